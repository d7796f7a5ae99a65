using SecretsPortal.Core;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Services.Access;

/// <summary>Hands out temporary credentials of users and clients.</summary>
public sealed class TemporaryCredentialService
{
    private readonly AccessAdministration _access;
    private readonly TemporaryCredentials _temporary;

    internal TemporaryCredentialService(AccessAdministration access, TemporaryCredentials temporary)
    {
        _access = access;
        _temporary = temporary;
    }

    /// <summary>
    /// Issues credentials that act as the user or client, as its permissions are at each request. Whoever may do that may do all that the
    /// other one may. <see cref="PortalError.ProofRequired"/> where a session of the portal asks whose user has not proved lately who they are.
    /// </summary>
    /// <param name="call">Who asks. Temporary credentials can't ask: what they may would not end with them.</param>
    /// <param name="kind">User or client.</param>
    /// <param name="name">As whom.</param>
    /// <param name="lifetime">15 minutes to 12 hours.</param>
    /// <param name="sessionPolicy">An identity policy, at most 2,048 characters: only what it allows as well is allowed; null narrows nothing.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<TemporaryAccess> Issue(
        CallContext call, CallerKind kind, string name, TimeSpan lifetime, string? sessionPolicy, CancellationToken cancel) =>
        _access.On(call, PortalActions.IssueTemporaryCredentials, name, of => _access.Arns.Caller(kind, of), async op =>
        {
            if (call.Caller.AccessKeyId?.StartsWith(TemporaryCredentials.KeyIdPrefix, StringComparison.Ordinal) == true)
                throw new PortalException(PortalError.InvalidRequest, "Temporary credentials can't issue others. Ask with an access key, or signed in to the portal.");
            var stored = await _access.FindCaller(kind, name, cancel);
            _access.RequireProof(call, "the credentials are issued");
            var issued = await _temporary.Issue(stored.Id, lifetime, sessionPolicy, cancel);
            op.Detail = $"{issued.AccessKeyId}, until {issued.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}{(sessionPolicy is null ? "" : ", narrowed by a session policy")}";
            return issued;
        }, cancel);
}
