using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>Moves between the regions that the portal serves; leads to the secrets of the chosen one.</summary>
public sealed partial class RegionMenu : ComponentBase
{
    /// <summary>The region that is open.</summary>
    [Parameter, EditorRequired]
    public string Region { get; set; } = "";

    [Inject]
    private PortalSession Session { get; set; } = default!;
}
