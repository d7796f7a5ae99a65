using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Puts a text into the clipboard.</summary>
public sealed partial class CopyButton : ComponentBase
{
    private bool _isCopied;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    [Inject]
    private ISnackbar Notices { get; set; } = default!;

    /// <summary>What to copy.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    /// <summary>What it is called.</summary>
    [Parameter, EditorRequired]
    public string What { get; set; } = "";

    private async Task Copy()
    {
        _isCopied = await Browser.InvokeAsync<bool>("portal.copy", Text);
        if (_isCopied)
            Notices.Add($"Copied: {What}.", Severity.Normal);
        else
            Notices.Add("The browser does not allow copying here. Select the text and copy it, or open the portal over https.", Severity.Warning);
    }
}
