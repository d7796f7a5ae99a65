using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>The end of a secret.</summary>
public sealed partial class EndCard : PortalPage
{
    private bool _mayDelete;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private SecretWriter Writer { get; set; } = default!;

    /// <summary>The secret.</summary>
    [Parameter, EditorRequired]
    public Secret Secret { get; set; } = default!;

    /// <summary>It was marked for deletion.</summary>
    [Parameter]
    public EventCallback Changed { get; set; }

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _mayDelete = await MayChange(Rights.Delete, Secret);

    private async Task Delete()
    {
        var parameters = new DialogParameters<DeleteDialog> { { d => d.Secret, Secret } };
        var dialog = await Dialogs.ShowAsync<DeleteDialog>(SecretPageText.DeleteTitle, parameters, DialogShapes.SmallForm);
        switch (await dialog.Result)
        {
            case { Canceled: false, Data: DeleteDialog.Outcome.Gone }:
                Navigation.NavigateTo(Session.Here(PortalRoutes.Secrets));
                break;
            case { Canceled: false }:
                var (arn, name) = (Secret.Arn.ToString(), Secret.Name);
                Undoing.Make(Words.Fill(SecretPageText.DeletedDone, name), call => Writer.Restore(call, arn, CancellationToken.None), Changed);
                await Changed.InvokeAsync();
                break;
        }
    }
}
