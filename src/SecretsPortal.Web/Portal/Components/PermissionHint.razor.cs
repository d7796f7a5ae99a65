using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Says before a form is filled in that the permission to send it is missing, or given for some names alone; the service decides when it is sent.</summary>
public sealed partial class PermissionHint : PortalPage
{
    private bool _isMissing;

    /// <summary>The action.</summary>
    [Parameter, EditorRequired]
    public string Action { get; set; } = "";

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _isMissing = !await May(Action, "*");
}
