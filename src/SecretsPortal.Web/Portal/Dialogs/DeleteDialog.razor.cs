using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Asks for how long a deleted secret can be restored, then marks it for deletion.</summary>
public sealed partial class DeleteDialog : PortalPage
{
    private int _days = 30;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    /// <summary>The secret to delete.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    private void Cancel() => Dialog.Cancel();

    private async Task Confirm()
    {
        if (await Act(call => Writer.Delete(call, Secret.Arn.ToString(), _days, force: false, Leaving)))
            Dialog.Close(true);
    }
}
