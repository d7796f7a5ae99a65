using Microsoft.AspNetCore.Components;
using SecretsPortal.Services.Overview;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>How many secrets there are, each number with the list behind it.</summary>
public sealed partial class SecretNumbersCard : ComponentBase
{
    /// <summary>The numbers.</summary>
    [Parameter, EditorRequired]
    public SecretNumbers Numbers { get; set; } = default!;

    [Inject]
    private PortalSession Place { get; set; } = default!;
}
