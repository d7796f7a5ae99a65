using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>What was changed last, of everything, by anybody.</summary>
public sealed partial class RecentChangesCard : ComponentBase
{
    /// <summary>The records, newest first.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<AuditEvent> Changes { get; set; } = [];

    [Inject]
    private PortalSession Place { get; set; } = default!;

    /// <summary>The secret that a record is about; null where it is about something else, or about one that is gone.</summary>
    private static SecretArn? SecretOf(AuditRecord record) =>
        SecretArn.TryParse(record.Resource ?? "", out var arn) && !record.Action.EndsWith(":PurgeSecret", StringComparison.Ordinal) ? arn : null;
}
