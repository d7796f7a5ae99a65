using SecretsPortal.Core;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Keeps a new user, client or rotation function from inheriting what resource policies say of a former one of the same name: they name principals by ARN, and the
/// ARN holds the name alone. See docs/decisions.
/// </summary>
internal sealed class FormerPrincipals(SecretStore secrets, PolicyCache policies)
{
    /// <summary><see cref="PortalError.InvalidRequest"/> where the resource policy of any secret names the ARN as a principal.</summary>
    public async Task RefuseNamed(string arn, CancellationToken cancel)
    {
        // One that can't be read denies everything; whom it names counts once somebody has repaired it, and that is a decision of its own.
        var naming = (await secrets.FindPoliciesWith(arn, cancel)).Count(text => policies.Read(text, isResourcePolicy: true)?.NamesPrincipal(arn) == true);
        if (naming > 0)
            throw new PortalException(PortalError.InvalidRequest,
                $"The resource policies of {naming} {(naming == 1 ? "secret names" : "secrets name")} {arn}, so a new caller of this name would have what they give. Take the name out of them first, or choose another one; afterwards it can be put in again.");
    }
}
