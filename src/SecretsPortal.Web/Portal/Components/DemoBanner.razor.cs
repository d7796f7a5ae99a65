using Microsoft.AspNetCore.Components;
using SecretsPortal.Services;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Says on every page that what it shows is made up; nothing where it is not.</summary>
public sealed partial class DemoBanner : ComponentBase
{
    [Inject]
    private PortalOptions Options { get; set; } = default!;
}
