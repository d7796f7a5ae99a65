using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Says in place of a page which permission it needs, and who can grant it.</summary>
public sealed partial class DeniedNote : ComponentBase
{
    /// <summary>The action that the policies do not allow.</summary>
    [Parameter, EditorRequired]
    public string Action { get; set; } = "";
}
