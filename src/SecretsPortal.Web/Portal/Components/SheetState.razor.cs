using Microsoft.AspNetCore.Components;
using SecretsPortal.Core;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>What stands in place of a thing that is not shown: it is still loading, is not there, is not open to the user, or could not be loaded.</summary>
public sealed partial class SheetState : ComponentBase
{
    /// <summary>What the thing is, such as "user".</summary>
    [Parameter, EditorRequired]
    public string What { get; set; } = "";

    /// <summary>The action that shows it.</summary>
    [Parameter, EditorRequired]
    public string Action { get; set; } = "";

    /// <summary>The list of its like.</summary>
    [Parameter, EditorRequired]
    public string Back { get; set; } = "";

    /// <summary>What went wrong; null while it loads.</summary>
    [Parameter, EditorRequired]
    public string? Fault { get; set; }

    /// <summary>The kind of what went wrong.</summary>
    [Parameter, EditorRequired]
    public PortalError? Kind { get; set; }

    /// <summary>Loads it once more.</summary>
    [Parameter, EditorRequired]
    public EventCallback Again { get; set; }
}
