using MudBlazor;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal;

/// <summary>Whether to leave what was typed: asked once, however many forms of the page a move would leave.</summary>
internal sealed class LeaveQuestion(IDialogService dialogs)
{
    private Task<bool>? _asked;

    /// <summary>Asks, or waits for the answer to what is being asked; true where the user wants to leave.</summary>
    public Task<bool> Ask() => _asked is { IsCompleted: false } asked
        ? asked
        : _asked = ConfirmDialog.Ask(dialogs, ShellText.LeaveTitle, ShellText.LeaveText, ShellText.Leave, static _ => Task.CompletedTask);
}
