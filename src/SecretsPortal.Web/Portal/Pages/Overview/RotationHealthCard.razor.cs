using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Overview;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>How many rotations are how, each number with the list behind it; what somebody must look at comes first.</summary>
public sealed partial class RotationHealthCard : ComponentBase
{
    private static readonly RotationHealth[] s_order =
    [
        RotationHealth.OutOfSync, RotationHealth.Overdue, RotationHealth.Failed, RotationHealth.Retrying, RotationHealth.Rotating, RotationHealth.Due,
        RotationHealth.Healthy,
    ];

    /// <summary>The numbers.</summary>
    [Parameter, EditorRequired]
    public RotationNumbers Numbers { get; set; } = default!;

    [Inject]
    private PortalSession Place { get; set; } = default!;
}
