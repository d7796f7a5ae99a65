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
    /// <summary>What helps where nobody is left; null where somebody is.</summary>
    public async Task<string?> FindRemedy(CancellationToken cancel)
    {
        var call = CallerArn.System("administrator-check", options.AccountId, options.Region, requestId: "-");
        if ((await users.FindAdministrators(administrator.RuleFor(call), cancel)).Count > 0)
            return null;
        return options.Oidc is null
            ? "Restore a backup in which somebody has; or, where those who have it come from an identity provider, set Portal:Oidc again, which lets them in."
            : $"Let one of Portal:Oidc:Groups map a group of the provider to {ManagedPolicyDocuments.Administrator.Name}, start the portal again, and have a member of it sign in.";
    }

    /// <summary>Looks, and writes into the log what is wrong and what helps.</summary>
    public async Task Look(CancellationToken cancel)
    {
        if (await FindRemedy(cancel) is { } remedy)
            LogNobody(ManagedPolicyDocuments.Administrator.Name, remedy);
    }

    [LoggerMessage(EventId = 1151, Level = LogLevel.Critical, Message = "Nobody can administer the portal: no user who can sign in has the policy {Policy}. {Remedy}")]
    private partial void LogNobody(string policy, string remedy);
}
