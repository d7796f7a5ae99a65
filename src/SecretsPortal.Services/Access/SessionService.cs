using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>Where a sign-in comes from.</summary>
/// <param name="SourceAddress">The peer's IP address.</param>
/// <param name="RequestId">A UUID, also in the log.</param>
/// <param name="UserAgent">What the browser says it is; null where it says nothing.</param>
/// <param name="Device">What <see cref="SignInResult.Device"/> gave this browser before; null where it brings nothing.</param>
public sealed record SignInOrigin(string SourceAddress, string RequestId, string? UserAgent = null, string? Device = null);

/// <summary>A session that was opened.</summary>
/// <param name="Id">For the cookie; opaque.</param>
/// <param name="User">Who signed in.</param>
public sealed record OpenedSession(string Id, Caller User);

/// <summary>A session that still holds.</summary>
/// <param name="Id">As opened.</param>
/// <param name="User">Fresh from the store.</param>
/// <param name="ProvedAt">When the user last proved who they are.</param>
public sealed record CurrentSession(string Id, Caller User, DateTimeOffset ProvedAt);

/// <summary>Sessions of the portal. They lie in the database, so that one that is ended is over on every node with the next request.</summary>
public sealed class SessionService
{
    /// <summary>A session without any request ends after this time.</summary>
    public static readonly TimeSpan Idle = TimeSpan.FromMinutes(30);

    /// <summary>Every session ends after this time, however busy it is.</summary>
    public static readonly TimeSpan Absolute = TimeSpan.FromHours(12);

    private static readonly TimeSpan s_touchEvery = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan s_purgeEvery = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_keep = TimeSpan.FromDays(7);

    private readonly CallerStore _callers;
    private readonly UserStore _users;
    private readonly SessionStore _sessions;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private long _purgedAt;

    internal SessionService(
        CallerStore callers, UserStore users, SessionStore sessions, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _callers = callers;
        _users = users;
        _sessions = sessions;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>
    /// The session of an id with its user as stored now; null where it never was, was ended, was idle or open for too long, or where its user is
    /// disabled or has had all sessions ended.
    /// </summary>
    /// <param name="sessionId">From the cookie.</param>
    /// <param name="isUse">The user did something, which keeps an idle session open; false for what an open page asks by itself.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<CurrentSession?> Find(string sessionId, bool isUse, CancellationToken cancel)
    {
        var now = _clock.Now();
        if (await _sessions.Find(sessionId, cancel) is not var (session, user)
            || session.EndedAt is not null || session.SessionEpoch != user.SessionEpoch
            || now - session.CreatedAt >= Absolute || now - session.LastSeenAt >= Idle
            || user is not { Kind: CallerKind.User, IsDisabled: false, MustChangePassword: false })
            return null;
        if (isUse && now - session.LastSeenAt >= s_touchEvery)
            await _sessions.Touch(sessionId, now, cancel);
        return new CurrentSession(sessionId, CallerArn.CallerOf(user, _options.AccountId, accessKeyId: null), session.ProvedAt);
    }

    /// <summary>Ends a session by its user's sign-out, for every page and every copy of its cookie; records it.</summary>
    public Task<bool> SignOut(CallContext call, string sessionId, CancellationToken cancel) => _sessions.End(
        sessionId, call.Caller.Id, _clock.Now(), _recorder.For(call, PortalActions.SignOut, call.Caller.Name, AuditOutcome.Succeeded), cancel);

    /// <summary>
    /// Opens a session of a user who has proved who they are, with the record of the sign-in. <see cref="PortalError.AccessDenied"/> where the user was
    /// disabled or has had all sessions ended a moment ago.
    /// </summary>
    /// <param name="callerId">Whose.</param>
    /// <param name="origin">Where from.</param>
    /// <param name="detail">For the record: how it was proved.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<OpenedSession> Open(string callerId, SignInOrigin origin, string? detail, CancellationToken cancel) =>
        await _callers.FindById(callerId, cancel) is { Kind: CallerKind.User } user ? await Open(user, origin, detail, provedAt: null, cancel) : throw Gone();

    /// <summary>As the public one, of the user as read when the proof began: what has changed since counts.</summary>
    /// <param name="user">Whose.</param>
    /// <param name="origin">Where from.</param>
    /// <param name="detail">For the record: how it was proved.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <param name="provedAt">When the user last proved who they are, where that was earlier elsewhere; now by default.</param>
    internal async Task<OpenedSession> Open(StoredCaller user, SignInOrigin origin, string? detail, DateTimeOffset? provedAt, CancellationToken cancel)
    {
        var now = _clock.Now();
        await Purge(now, cancel);
        var caller = CallerArn.CallerOf(user, _options.AccountId, accessKeyId: null);
        var session = new StoredPortalSession
        {
            Id = RandomNumberGenerator.GetHexString(64, lowercase: true),
            CallerId = user.Id,
            SessionEpoch = user.SessionEpoch,
            CreatedAt = now,
            ProvedAt = provedAt < now ? provedAt.Value : now,
            LastSeenAt = now,
            SourceAddress = origin.SourceAddress,
            UserAgent = origin.UserAgent,
        };
        var call = new CallContext(caller, _options.Region, origin.SourceAddress, origin.RequestId);
        if (!await _sessions.Add(session, _recorder.For(call, PortalActions.SignIn, user.Name, AuditOutcome.Succeeded, detail), cancel))
            throw Gone();
        await _users.NoteSeen(user.Id, now, cancel);
        return new OpenedSession(session.Id, caller);
    }

    private static PortalException Gone() => new(PortalError.AccessDenied, "The account was changed a moment ago. Sign in again.");

    private async Task Purge(DateTimeOffset now, CancellationToken cancel)
    {
        var last = Interlocked.Read(ref _purgedAt);
        if (now.Ticks - last >= s_purgeEvery.Ticks && Interlocked.CompareExchange(ref _purgedAt, now.Ticks, last) == last)
            await _sessions.Purge(now - s_keep, cancel);
    }
}
