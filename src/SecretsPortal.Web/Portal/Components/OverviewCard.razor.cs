using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What is known of a secret without its value.</summary>
public sealed partial class OverviewCard : ComponentBase
{
    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    [Inject]
    private PortalSession Place { get; set; } = default!;
}
