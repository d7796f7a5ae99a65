using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What went wrong, where something did.</summary>
public sealed partial class FaultNote : ComponentBase
{
    /// <summary>The fault; null for none, which shows nothing.</summary>
    [Parameter, EditorRequired]
    public string? Text { get; set; }
}
