using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Access;

/// <summary>The one gate: asks the policy engine, records denials.</summary>
public sealed class Authorizer
{
    /// <summary>
    /// Throws AccessDenied, after recording it, where the caller's policies do not allow the action on the resource. With a
    /// <paramref name="secret"/>, its tags and name are condition keys.
    /// </summary>
    public Task Require(CallContext call, string action, string resource, Secret? secret, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The decision alone, for pages that show or hide and for lists that filter; nothing is recorded.</summary>
    public Task<Decision> Decide(CallContext call, string action, string resource, Secret? secret, CancellationToken cancel) => throw new NotImplementedException();
}
