using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Services;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Says what an action does before it is done, and what kept it from being done.</summary>
public sealed partial class ConfirmDialog : PortalPage
{
    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>What it does.</summary>
    [Parameter, EditorRequired]
    public string Text { get; set; } = "";

    /// <summary>What the button says.</summary>
    [Parameter, EditorRequired]
    public string Label { get; set; } = "";

    /// <summary>The colour of the button: the one of what takes something away, unless nothing is lost.</summary>
    [Parameter]
    public Color Tone { get; set; } = Color.Error;

    /// <summary>Does it.</summary>
    [Parameter, EditorRequired]
    public Func<CallContext, Task> Do { get; set; } = default!;

    /// <summary>Asks; true once it is done.</summary>
    public static async Task<bool> Ask(IDialogService dialogs, string title, string text, string label, Func<CallContext, Task> action, Color tone = Color.Error)
    {
        ArgumentNullException.ThrowIfNull(dialogs);
        var parameters = new DialogParameters<ConfirmDialog> { { d => d.Text, text }, { d => d.Label, label }, { d => d.Do, action }, { d => d.Tone, tone } };
        var dialog = await dialogs.ShowAsync<ConfirmDialog>(title, parameters, DialogShapes.Small);
        return await dialog.Result is { Canceled: false };
    }

    private void Cancel() => Dialog.Cancel();

    private async Task Confirm()
    {
        if (await Act(Do))
            Dialog.Close(true);
    }
}
