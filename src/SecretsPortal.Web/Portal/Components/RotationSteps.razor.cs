using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The steps of one run, as far as it has come.</summary>
public sealed partial class RotationSteps : ComponentBase
{
    /// <summary>The run.</summary>
    [Parameter, EditorRequired]
    public RotationRun Run { get; set; } = default!;

    private IReadOnlyList<StepView> Steps => StepView.Of(Run);
}
