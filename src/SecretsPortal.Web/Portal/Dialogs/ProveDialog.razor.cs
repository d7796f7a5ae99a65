using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Has the user prove again who they are, by what they signed in with. The service decides; this only asks.</summary>
public sealed partial class ProveDialog : PortalPage
{
    private ProofKind? _kind;
    private string _proof = "";

    [Inject]
    private AccountService Service { get; set; } = default!;

    [Inject]
    private PortalOptions Options { get; set; } = default!;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    private string Provider => Options.Oidc?.DisplayName ?? SecretPageText.ProveProviderName;

    private int Minutes => (int)Options.ProofLifetime.TotalMinutes;

    /// <summary>Asks; true once it is proved.</summary>
    internal static async Task<bool> Ask(IDialogService dialogs)
    {
        var dialog = await dialogs.ShowAsync<ProveDialog>(SecretPageText.ProveTitle, DialogShapes.Small);
        return await dialog.Result is { Canceled: false };
    }

    /// <inheritdoc/>
    protected override Task OnInitializedAsync() => Ask(async call => _kind = await Service.HowToProve(call, Leaving));

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        _proof = "";
        base.Dispose(disposing);
    }

    private void Cancel() => Dialog.Cancel();

    private void GoToProvider() => Navigation.NavigateTo(PortalRoutes.ProveAtProvider(Navigation), forceLoad: true);

    private async Task Prove()
    {
        if (_proof.Length == 0)
            return;
        // A code counts once, and a wrong password is typed anew.
        (var proof, _proof) = (new SecretText(_proof), "");
        if (await Act(async call => await Service.ProveIdentity(call, await Session.SessionId(), proof, Leaving)))
            Dialog.Close(true);
    }
}
