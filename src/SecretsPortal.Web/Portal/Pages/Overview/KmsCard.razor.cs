using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Overview;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>Whether the KMS providers can be used: without them no value can be read or stored.</summary>
public sealed partial class KmsCard : ComponentBase
{
    /// <summary>The providers of the region.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<KmsState> Providers { get; set; } = [];

    [Inject]
    private PortalSession Place { get; set; } = default!;
}
