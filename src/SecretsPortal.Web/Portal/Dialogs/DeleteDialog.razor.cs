using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Asks for how long a deleted secret can be restored, then marks it for deletion; or deletes it at once, where its name is typed.</summary>
public sealed partial class DeleteDialog : PortalPage
{
    private readonly NumberDraft _days = new(7, 30) { Text = "30" };
    private bool _atOnce;
    private string _typed = "";
    private bool _mayForce;
    private bool _isOver;

    /// <summary>What became of the secret.</summary>
    public enum Outcome
    {
        /// <summary>It is marked for deletion.</summary>
        Marked,

        /// <summary>It is no more.</summary>
        Gone,
    }

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The secret to delete.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _mayForce = await MayChange(Rights.Delete, Secret);

    private void Cancel() => Dialog.Cancel();

    private async Task Confirm()
    {
        if (_atOnce ? _typed != Secret.Name : _days.Number is null)
            return;
        if (!await Act(call => Writer.Delete(call, Secret.Arn.ToString(), _atOnce ? null : _days.Number, _atOnce, Leaving)))
            return;
        _isOver = true;
        Dialog.Close(DialogResult.Ok(_atOnce ? Outcome.Gone : Outcome.Marked));
    }
}
