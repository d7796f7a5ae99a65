using Microsoft.AspNetCore.Components;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Tells the second of two editors what the first one has changed, field by field. What was typed stays in the form below.</summary>
public sealed partial class ConflictNote : ComponentBase
{
    /// <summary>The fields that are stored otherwise now.</summary>
    [Parameter, EditorRequired]
    public IReadOnlyList<StoredChange> Changes { get; set; } = [];

    /// <summary>The user gives up what was typed for what is stored.</summary>
    [Parameter, EditorRequired]
    public EventCallback TakeTheirs { get; set; }
}
