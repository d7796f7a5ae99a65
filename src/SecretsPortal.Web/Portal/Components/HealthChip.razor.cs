using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>How a rotation is: in a word, and in a colour for the eye that looks for red.</summary>
public sealed partial class HealthChip : ComponentBase
{
    /// <summary>How it is.</summary>
    [Parameter, EditorRequired]
    public RotationHealth Health { get; set; }
}
