using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

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

    private string Label => Words.Fill(ShellText.Copy, What);

    private async Task Copy()
    {
        _isCopied = await Browser.InvokeAsync<bool>("portal.copy", Text);
        if (_isCopied)
            Notices.Add(Words.Fill(ShellText.Copied, What), Severity.Normal);
        else
            Notices.Add(ShellText.CopyRefused, Severity.Warning);
    }
}
