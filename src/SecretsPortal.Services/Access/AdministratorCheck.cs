using Microsoft.Extensions.Logging;
using SecretsPortal.Core.Policies;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Says loudly where nobody is left who can administer the portal. Changes through its doors are refused then (<see cref="LastAdministrator"/>); what
/// the configuration maps groups of the identity provider to is followed all the same, since rights that the provider has taken must not stay.
/// </summary>
internal sealed partial class AdministratorCheck(UserStore users, LastAdministrator administrator, PortalOptions options, ILogger<AdministratorCheck> log)
{
    /// <summary>Looks, and writes into the log what is wrong and what helps.</summary>
    public async Task Look(CancellationToken cancel)
    {
        var call = CallerArn.System("administrator-check", options.AccountId, options.Region, requestId: "-");
        var found = await users.FindAdministrators(administrator.RuleFor(call), cancel);
        if (found.Count == 0)
            LogNobody(ManagedPolicyDocuments.Administrator.Name, options.Oidc is null
                ? "Restore a backup in which somebody has."
                : $"Let one of Portal:Oidc:Groups map a group of the provider to {ManagedPolicyDocuments.Administrator.Name}, start the portal again, and have a member of it sign in.");
        else if (options.Oidc is null && found.All(user => user.Issuer is not null))
            LogNobody(ManagedPolicyDocuments.Administrator.Name,
                "All who have it come from an identity provider, and Portal:Oidc is not set, so they can't sign in. Set it again, or give a user with a password the policy before it is taken away.");
    }

    [LoggerMessage(EventId = 1151, Level = LogLevel.Critical, Message = "Nobody can administer the portal: no user who can sign in has the policy {Policy}. {Remedy}")]
    private partial void LogNobody(string policy, string remedy);
}
