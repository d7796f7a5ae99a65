using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>One client: its access keys, and what it may.</summary>
public sealed partial class ClientSheet : NamedSheet
{
    private ClientDetail? _detail;
    private bool _mayUpdate;
    private bool _mayDelete;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private ClientService Clients { get; set; } = default!;

    /// <inheritdoc/>
    protected override void Forget() => _detail = null;

    /// <inheritdoc/>
    protected override async Task Load()
    {
        Fault = null;
        ClientDetail? found = null;
        if (!await Ask(async call => found = await Clients.Get(call, Name ?? "", Leaving)))
            return;
        _mayUpdate = await May(PortalActions.UpdateClient, found!.Client.Arn);
        _mayDelete = await May(PortalActions.DeleteClient, found.Client.Arn);
        _detail = found;
    }

    private async Task Edit()
    {
        var isSaved = await ProfileDialog.Ask(Dialogs, AccessText.EditProfile, new DialogParameters<ProfileDialog>
        {
            { d => d.Draft, ProfileDraft.Of(_detail!) },
            { d => d.HasTags, true },
            { d => d.Reload, async call => ProfileDraft.Of(await Clients.Get(call, Name!, Leaving)) },
            { d => d.Save, (call, draft) => Clients.Update(
                call, Name!, new UpdateClientRequest { Description = draft.Description, Tags = draft.ToTags(), Revision = draft.Revision }, Leaving) },
        });
        if (isSaved)
            await Load();
    }

    private async Task Switch()
    {
        var disable = !_detail!.Client.IsDisabled;
        var change = new UpdateClientRequest { IsDisabled = disable, Revision = _detail.Revision };
        var isDone = disable
            ? await ConfirmDialog.Ask(Dialogs, AccessText.ClientDisableTitle, Words.Fill(AccessText.ClientDisableText, Name), AccessText.Disable,
                call => Clients.Update(call, Name!, change, Leaving))
            : await Act(call => Clients.Update(call, Name!, change, Leaving));
        if (!isDone)
            return;
        var name = Name!;
        if (disable)
            Undoing.Make(Words.Fill(AccessText.DisabledDone, name), call => Clients.Update(call, name, new UpdateClientRequest { IsDisabled = false }, CancellationToken.None), EventCallback.Factory.Create(this, Load));
        await Load();
    }

    private async Task Delete()
    {
        if (await ConfirmDialog.Ask(Dialogs, AccessText.ClientDeleteTitle, Words.Fill(AccessText.ClientDeleteText, Name), AccessText.Delete,
            call => Clients.Delete(call, Name!, Leaving)))
            Navigation.NavigateTo(Session.Here(PortalRoutes.Clients));
    }
}
