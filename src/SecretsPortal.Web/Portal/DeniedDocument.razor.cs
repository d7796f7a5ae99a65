using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal;

/// <summary>The document that answers where the gate refuses a page, or the job dashboard.</summary>
public sealed partial class DeniedDocument : ComponentBase
{
    /// <summary>The action that the policies do not allow.</summary>
    [Parameter, EditorRequired]
    public string Action { get; set; } = "";
}
