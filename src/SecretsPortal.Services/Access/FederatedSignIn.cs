using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>What an identity provider says of somebody, from a token that was verified.</summary>
/// <param name="Issuer">The provider's own name, <c>iss</c>.</param>
/// <param name="Subject">The provider's name of the user, which it never gives to another: <c>sub</c>.</param>
/// <param name="UserName">What shall be the user name here; null where the provider gives none.</param>
/// <param name="DisplayName">The name for people; null where the provider gives none.</param>
/// <param name="Email">The e-mail address; null where the provider gives none.</param>
/// <param name="IsEmailVerified">The provider vouches for the address.</param>
/// <param name="Groups">The user's groups at the provider.</param>
public sealed record FederatedIdentity(
    string Issuer, string Subject, string? UserName, string? DisplayName, string? Email, bool IsEmailVerified, IReadOnlyCollection<string> Groups)
{
    /// <summary>
    /// When the user last signed in at the provider, by <c>auth_time</c>, which may be long before it led here; null where nobody knows: the session
    /// begins without a proof then.
    /// </summary>
    public DateTimeOffset? AuthenticatedAt { get; init; }
}

/// <summary>Why somebody whom the identity provider has recognised is not let in.</summary>
public enum FederatedRefusal
{
    /// <summary>They are.</summary>
    None,

    /// <summary>No group of theirs maps to anything here.</summary>
    NoGroup,

    /// <summary>The provider does not vouch for the e-mail address.</summary>
    UnverifiedEmail,

    /// <summary>Another account has the name.</summary>
    NameTaken,

    /// <summary>There is no name that the portal can use.</summary>
    NoName,

    /// <summary>The account is disabled here.</summary>
    Disabled,
}

/// <summary>
/// Sign-in of users of an identity provider. An account is bound to issuer and subject, never to a name or an address, made at the first sign-in,
/// and has what the configuration maps the user's groups to, evaluated anew at each.
/// </summary>
public sealed class FederatedSignIn
{
    private const int LongestIssuer = 512;
    private const int LongestSubject = 255;
    private const int Most = 100;

    private readonly CallerStore _callers;
    private readonly UserStore _users;
    private readonly FederationTargets _targets;
    private readonly AdministratorCheck _administrators;
    private readonly FormerPrincipals _former;
    private readonly SignInService _signIn;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal FederatedSignIn(
        CallerStore callers, UserStore users, FederationTargets targets, AdministratorCheck administrators, FormerPrincipals former, SignInService signIn, AuditRecorder recorder,
        PortalOptions options, TimeProvider clock)
    {
        _callers = callers;
        _users = users;
        _targets = targets;
        _administrators = administrators;
        _former = former;
        _signIn = signIn;
        _recorder = recorder;
        _options = options;
        _clock = clock;
    }

    /// <summary>Lets a recognised user in, or says why not; records either.</summary>
    public async Task<(FederatedRefusal Refusal, SignInResult? Result)> SignIn(FederatedIdentity identity, SignInOrigin origin, CancellationToken cancel)
    {
        var known = await Find(identity, cancel);
        var wanted = await _targets.Of(identity.Groups, cancel);
        var refusal = RefusalOf(identity, known, wanted);
        if (refusal == FederatedRefusal.None && known is null)
            (refusal, known) = await Add(identity, origin, cancel);
        if (known is not null)
            await Follow(known, refusal == FederatedRefusal.None ? wanted : FederationTargets.Nothing, refusal, origin, cancel);
        if (refusal != FederatedRefusal.None)
        {
            await Refused(identity, known, refusal, origin);
            return (refusal, null);
        }

        var provedAt = identity.AuthenticatedAt ?? DateTimeOffset.UnixEpoch;
        return (refusal, await _signIn.Complete(known!, origin, $"by {identity.Issuer}, groups {string.Join(", ", identity.Groups.Take(20))}", provedAt, cancel));
    }

    /// <summary>Records that the provider's answer was not accepted, with the reason, which is for the log alone.</summary>
    public Task NotAccepted(string reason, SignInOrigin origin)
    {
        var anonymous = CallerArn.Anonymous(accessKeyId: null, _options.Region, origin.SourceAddress, origin.RequestId);
        return _recorder.Record(_recorder.For(anonymous, PortalActions.SignIn, resource: null, AuditOutcome.Denied, reason), CancellationToken.None);
    }

    private Task<StoredCaller?> Find(FederatedIdentity identity, CancellationToken cancel) =>
        identity.Issuer.Length is > 0 and <= LongestIssuer && identity.Subject.Length is > 0 and <= LongestSubject
            ? _callers.FindBySubject(identity.Issuer, identity.Subject, cancel)
            : throw new PortalException(PortalError.InvalidParameter, "The identity provider's name, or its name of the user, is empty or too long.");

    private FederatedRefusal RefusalOf(FederatedIdentity identity, StoredCaller? known, FederationTargets.Wanted wanted) => known switch
    {
        { IsDisabled: true } => FederatedRefusal.Disabled,
        _ when _options.Oidc!.RequireVerifiedEmail && !(identity.IsEmailVerified && identity.Email is { Length: > 0 }) => FederatedRefusal.UnverifiedEmail,
        _ when wanted.IsEmpty => FederatedRefusal.NoGroup,
        null when !IsUserName(identity.UserName) => FederatedRefusal.NoName,
        _ => FederatedRefusal.None,
    };

    private async Task<(FederatedRefusal Refusal, StoredCaller? User)> Add(FederatedIdentity identity, SignInOrigin origin, CancellationToken cancel)
    {
        var now = _clock.Now();
        var user = new StoredCaller
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Kind = CallerKind.User,
            Name = identity.UserName!,
            DisplayName = Clip(identity.DisplayName, 256),
            Email = Clip(identity.Email, 320),
            Issuer = identity.Issuer,
            Subject = identity.Subject,
            CreatedAt = now,
        };
        var arn = CallerArn.CallerOf(user, _options.AccountId, null).Arn;
        try
        {
            await _former.RefuseNamed(arn, cancel);
        }
        catch (PortalException refusal) when (refusal.Error == PortalError.InvalidRequest)
        {
            // Resource policies still speak of somebody who had the name before.
            return (FederatedRefusal.NameTaken, null);
        }

        var audit = _recorder.For(System(origin), PortalActions.CreateUser, arn, AuditOutcome.Succeeded, $"first sign-in by {identity.Issuer}");
        if (await _users.Add(user, [], [], audit, cancel))
            return (FederatedRefusal.None, user);
        // The name is somebody else's, or the same user was a moment faster in another window.
        return await Find(identity, cancel) is { } other ? (FederatedRefusal.None, other) : (FederatedRefusal.NameTaken, null);
    }

    /// <summary>What the groups map to is given and taken; who is let in no more loses open sessions, too.</summary>
    private async Task Follow(StoredCaller user, FederationTargets.Wanted wanted, FederatedRefusal refusal, SignInOrigin origin, CancellationToken cancel)
    {
        if (refusal == FederatedRefusal.Disabled)
            return;
        var call = System(origin);
        var hasTaken = await _targets.Apply(user, wanted, Most, (action, detail) => _recorder.For(
            call, action, CallerArn.CallerOf(user, _options.AccountId, null).Arn, AuditOutcome.Succeeded, detail), cancel);
        if (hasTaken)
            await _administrators.Look(cancel);
        if (refusal != FederatedRefusal.None)
        {
            var audit = _recorder.For(call, PortalActions.EndUserSessions, user.Name, AuditOutcome.Succeeded, $"{refusal} at {user.Issuer}");
            await _users.EndSessions(user.Id, keptSessionId: null, audit, cancel);
        }
    }

    private Task Refused(FederatedIdentity identity, StoredCaller? known, FederatedRefusal refusal, SignInOrigin origin)
    {
        var anonymous = CallerArn.Anonymous(accessKeyId: null, _options.Region, origin.SourceAddress, origin.RequestId);
        var who = known?.Name ?? (IsUserName(identity.UserName) ? identity.UserName : null);
        return _recorder.Record(_recorder.For(
            anonymous, PortalActions.SignIn, who, AuditOutcome.Denied, $"{refusal}: subject {identity.Subject} of {identity.Issuer}"), CancellationToken.None);
    }

    private CallContext System(SignInOrigin origin) =>
        CallerArn.System("federation", _options.AccountId, _options.Region, origin.RequestId) with { SourceAddress = origin.SourceAddress };

    private static bool IsUserName(string? name) => name is not null && AccessAdministration.IsName(name);

    private static string? Clip(string? text, int longest) => text?.Length > longest ? text[..longest] : text;
}
