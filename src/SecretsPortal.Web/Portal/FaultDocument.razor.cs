using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal;

/// <summary>Answers where a page could not be: it says what to do.</summary>
public sealed partial class FaultDocument : ComponentBase
{
    /// <summary>What happened.</summary>
    [Parameter, EditorRequired]
    public string Heading { get; set; } = "";

    /// <summary>What to do.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    /// <summary>The page that was asked for, within the portal, to try again; null where that is of no use.</summary>
    [Parameter]
    public string? Address { get; set; }
}
