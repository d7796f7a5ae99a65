using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Access;

/// <summary>Portal users: sign-in and the caller behind a session.</summary>
public sealed class SignInService
{
    /// <summary>
    /// Checks name and password in a time that does not tell which of them was wrong; records the attempt. Null where they do not fit
    /// or the user is disabled.
    /// </summary>
    public Task<Caller?> SignIn(string name, SecretText password, string sourceAddress, string requestId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Records that a session was ended by its user.</summary>
    public Task SignOut(CallContext call, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The user of a session, fresh from the store; null where it is gone or disabled, which ends the session.</summary>
    public Task<Caller?> FindUser(string callerId, CancellationToken cancel) => throw new NotImplementedException();
}
