using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>What a sign-in needs next.</summary>
public enum SignInStep
{
    /// <summary>It was refused; nothing that was proved is kept.</summary>
    Refused,

    /// <summary>A code of the second factor.</summary>
    SecondFactor,

    /// <summary>A new password, since somebody else knows this one.</summary>
    NewPassword,

    /// <summary>Nothing: the session is open.</summary>
    Complete,
}

/// <summary>How far a sign-in has come.</summary>
/// <param name="Next">What it needs next.</param>
public sealed record SignInResult(SignInStep Next)
{
    /// <summary>Leads to the next step and nowhere else, for ten minutes; null where there is none.</summary>
    public SecretText? Ticket { get; init; }

    /// <summary>The session, where the sign-in is complete.</summary>
    public OpenedSession? Session { get; init; }

    /// <summary>
    /// Tells this browser from now on as one that the user has signed in with, so that guessing elsewhere does not slow it down; where the sign-in
    /// is complete.
    /// </summary>
    public SecretText? Device { get; init; }

    /// <summary>More to say where it was refused; null for the same words as ever.</summary>
    public string? Hint { get; init; }
}

/// <summary>Sign-in of local users, step by step: password, second factor where one is set up, a new password where that is asked for.</summary>
public sealed class SignInService
{
    private const int LongestName = 256;

    private readonly CallerStore _callers;
    private readonly UserStore _users;
    private readonly SessionService _sessions;
    private readonly SecondFactors _secondFactors;
    private readonly SignInTickets _tickets;
    private readonly SignInThrottle _throttle;
    private readonly SignInTurns _turns = new();
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal SignInService(
        CallerStore callers, UserStore users, SessionService sessions, SecondFactors secondFactors, SignInTickets tickets, SignInThrottle throttle,
        AuditRecorder recorder, PortalOptions options, TimeProvider clock)
    {
        _callers = callers;
        _users = users;
        _sessions = sessions;
        _secondFactors = secondFactors;
        _tickets = tickets;
        _throttle = throttle;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>
    /// The first step: checks name and password in a time that does not tell which of them was wrong; records the attempt. Refused alike where they
    /// do not fit and where the user is disabled or signs in elsewhere. <see cref="PortalError.Throttling"/> after repeated failures, with the time
    /// to wait.
    /// </summary>
    public async Task<SignInResult> SignIn(string name, SecretText password, SignInOrigin origin, CancellationToken cancel)
    {
        var user = name.Length is > 0 and <= LongestName ? await _callers.Find(CallerKind.User, name, cancel) : null;
        var device = await _tickets.OpenDevice(name, origin.Device, cancel);
        using var turn = await _turns.Take($"{name}\0{(device is null ? origin.SourceAddress : Convert.ToHexString(device))}", cancel);
        await Throttled(() => _throttle.BeginPassword(name, origin.SourceAddress, device, cancel), user, origin);

        var fits = await PasswordHasher.Fits(password, user?.PasswordHash ?? PasswordHasher.Dummy, cancel);
        if (user is null || !fits || user.IsDisabled)
        {
            // A name that nobody has may be a password typed into the wrong field, so it is not recorded.
            await Refused(user, origin, user is null ? "unknown user" : fits ? "disabled user" : "wrong password");
            return new SignInResult(SignInStep.Refused);
        }

        await _throttle.PasswordFits(name, origin.SourceAddress, device, cancel);
        if (user.TotpConfirmedAt is null)
            return await AfterProof(user, origin, detail: null, cancel);
        // Somebody has the password, and may not have the rest.
        await Refused(user, origin, "right password, second factor outstanding");
        return new SignInResult(SignInStep.SecondFactor) { Ticket = new SecretText(await _tickets.Issue(SignInStep.SecondFactor, user, cancel)) };
    }

    /// <summary>
    /// The second step: a code of the authenticator or a recovery code, each of which counts once. Refused with the same step to try again;
    /// <see cref="SignInStep.Refused"/> where the ticket is over. <see cref="PortalError.Throttling"/> as for the password.
    /// </summary>
    public async Task<SignInResult> ProveSecondFactor(string? ticket, SecretText code, SignInOrigin origin, CancellationToken cancel)
    {
        if (await _tickets.Open(SignInStep.SecondFactor, ticket, cancel) is not { TotpConfirmedAt: not null } user)
            return await TicketIsOver(origin);
        await Throttled(() => _throttle.BeginProof(nameof(SignInStep.SecondFactor), user.Id, cancel), user, origin);
        var proof = await _secondFactors.Take(user, code.Reveal(), cancel);
        if (proof == CodeProof.None)
        {
            await Refused(user, origin, "wrong second factor");
            return new SignInResult(SignInStep.SecondFactor) { Ticket = new SecretText(ticket!), Hint = await HintFor(user, code, origin, cancel) };
        }

        await _throttle.ProofFits(nameof(SignInStep.SecondFactor), user.Id, cancel);
        return await AfterProof(user, origin, proof == CodeProof.RecoveryCode ? "with a recovery code" : "with a second factor", cancel);
    }

    /// <summary>
    /// The last step, where it is asked for: the new password, which ends all sessions of the user. <see cref="PortalError.InvalidParameter"/> where the
    /// rules refuse it or it is the present one.
    /// </summary>
    public async Task<SignInResult> SetNewPassword(string? ticket, SecretText password, SignInOrigin origin, CancellationToken cancel)
    {
        if (await _tickets.Open(SignInStep.NewPassword, ticket, cancel) is not { MustChangePassword: true, PasswordHash: { } former } user)
            return await TicketIsOver(origin);
        PasswordRules.Check(password, user.Name);
        if (await PasswordHasher.Fits(password, former, cancel))
            throw new PortalException(PortalError.InvalidParameter, "This is the password that has to be changed. Choose another one.");
        var hash = await PasswordHasher.Hash(password, cancel);
        var caller = CallerArn.CallerOf(user, _options.AccountId, accessKeyId: null);
        var call = new CallContext(caller, _options.Region, origin.SourceAddress, origin.RequestId);
        var audit = _recorder.For(call, PortalActions.ChangeOwnPassword, user.Name, AuditOutcome.Succeeded, "at sign-in");
        if (!await _users.SetPassword(user.Id, new PasswordChange(hash, _clock.Now(), MustChange: false, KeptSessionId: null), audit, cancel)
            || await _callers.FindById(user.Id, cancel) is not { } changed)
            return await TicketIsOver(origin);
        return await Complete(changed, origin, "with a new password", provedAt: null, cancel);
    }

    /// <summary>The user's name to whom a ticket leads; null where it is over.</summary>
    public async Task<string?> NameOf(SignInStep step, string? ticket, CancellationToken cancel) => (await _tickets.Open(step, ticket, cancel))?.Name;

    /// <summary>Opens a session of a user who has proved all there is to prove.</summary>
    internal async Task<SignInResult> Complete(StoredCaller user, SignInOrigin origin, string? detail, DateTimeOffset? provedAt, CancellationToken cancel)
    {
        var session = await _sessions.Open(user, origin, detail, provedAt, cancel);
        return new SignInResult(SignInStep.Complete) { Session = session, Device = new SecretText(await _tickets.IssueDevice(user.Name, cancel)) };
    }

    private async Task<SignInResult> AfterProof(StoredCaller user, SignInOrigin origin, string? detail, CancellationToken cancel)
    {
        if (!user.MustChangePassword)
            return await Complete(user, origin, detail, provedAt: null, cancel);
        await Refused(user, origin, "right password, which has to be changed first");
        return new SignInResult(SignInStep.NewPassword) { Ticket = new SecretText(await _tickets.Issue(SignInStep.NewPassword, user, cancel)) };
    }

    /// <summary>That a clock is off is told to a browser that the user has signed in with before: to anybody else it would say that a guess was near.</summary>
    private async Task<string?> HintFor(StoredCaller user, SecretText code, SignInOrigin origin, CancellationToken cancel) =>
        await _tickets.OpenDevice(user.Name, origin.Device, cancel) is null ? null : await _secondFactors.ClockHint(user, code.Reveal(), cancel);

    private async Task<SignInResult> TicketIsOver(SignInOrigin origin)
    {
        await Refused(user: null, origin, "the step before is too long ago, or was another browser's");
        return new SignInResult(SignInStep.Refused) { Hint = "That took too long, or the account has changed meanwhile. Sign in again." };
    }

    private async Task Throttled(Func<Task> begin, StoredCaller? user, SignInOrigin origin)
    {
        try
        {
            await begin();
        }
        catch (PortalException refusal) when (refusal.Error == PortalError.Throttling)
        {
            await Refused(user, origin, nameof(PortalError.Throttling));
            throw;
        }
    }

    private Task Refused(StoredCaller? user, SignInOrigin origin, string reason)
    {
        var anonymous = CallerArn.Anonymous(accessKeyId: null, _options.Region, origin.SourceAddress, origin.RequestId);
        return _recorder.Record(_recorder.For(anonymous, PortalActions.SignIn, user?.Name, AuditOutcome.Denied, reason), CancellationToken.None);
    }
}
