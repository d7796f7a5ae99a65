using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>Portal users: sign-in and the caller behind a session.</summary>
public sealed class SignInService
{
    private const string SignInAction = "secretsportal:SignIn";
    private const int LongestName = 256;

    private readonly CallerStore _callers;
    private readonly AuditRecorder _recorder;
    private readonly SignInThrottle _throttle;
    private readonly PortalOptions _options;

    internal SignInService(CallerStore callers, AuditRecorder recorder, SignInThrottle throttle, PortalOptions options)
    {
        _callers = callers;
        _recorder = recorder;
        _throttle = throttle;
        _options = options;
    }

    /// <summary>
    /// Checks name and password in a time that does not tell which of them was wrong; records the attempt. Null where they do not fit
    /// or the user is disabled. <see cref="PortalError.Throttling"/> after repeated failures of the name from the address, with the
    /// time to wait.
    /// </summary>
    public async Task<Caller?> SignIn(string name, SecretText password, string sourceAddress, string requestId, CancellationToken cancel)
    {
        var anonymous = CallerArn.Anonymous(accessKeyId: null, _options.Region, sourceAddress, requestId);
        var user = name.Length is > 0 and <= LongestName ? await _callers.Find(CallerKind.User, name, cancel) : null;
        // A name that nobody has may be a password typed into the wrong field, so it is not recorded.
        var knownName = user?.Name;
        try
        {
            _throttle.Begin(name, sourceAddress);
        }
        catch (PortalException)
        {
            await _recorder.Record(_recorder.For(anonymous, SignInAction, knownName, AuditOutcome.Denied, nameof(PortalError.Throttling)), CancellationToken.None);
            throw;
        }

        var fits = await PasswordHasher.Fits(password, user?.PasswordHash ?? PasswordHasher.Dummy, cancel);
        if (user is null || !fits || user.IsDisabled)
        {
            var reason = user is null ? "unknown user" : fits ? "disabled user" : "wrong password";
            await _recorder.Record(_recorder.For(anonymous, SignInAction, knownName, AuditOutcome.Denied, reason), CancellationToken.None);
            return null;
        }

        _throttle.Succeeded(name, sourceAddress);
        var caller = CallerArn.CallerOf(user, _options.AccountId, accessKeyId: null);
        var call = new CallContext(caller, _options.Region, sourceAddress, requestId);
        await _recorder.Record(_recorder.For(call, SignInAction, knownName, AuditOutcome.Succeeded), cancel);
        return caller;
    }

    /// <summary>Records that a session was ended by its user.</summary>
    public Task SignOut(CallContext call, CancellationToken cancel) =>
        _recorder.Record(_recorder.For(call, "secretsportal:SignOut", call.Caller.Name, AuditOutcome.Succeeded), cancel);

    /// <summary>The user of a session, fresh from the store; null where it is gone or disabled, which ends the session.</summary>
    public async Task<Caller?> FindUser(string callerId, CancellationToken cancel)
    {
        var user = await _callers.FindById(callerId, cancel);
        return user is { Kind: CallerKind.User, IsDisabled: false } ? CallerArn.CallerOf(user, _options.AccountId, accessKeyId: null) : null;
    }
}
