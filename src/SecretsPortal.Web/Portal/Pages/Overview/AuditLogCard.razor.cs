using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Overview;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>Whether the log is whole and arrives where it shall.</summary>
public sealed partial class AuditLogCard : ComponentBase
{
    /// <summary>The log.</summary>
    [Parameter, EditorRequired]
    public AuditState State { get; set; } = default!;

    [Inject]
    private PortalSession Place { get; set; } = default!;
}
