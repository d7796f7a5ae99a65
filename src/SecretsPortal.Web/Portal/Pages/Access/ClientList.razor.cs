using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>The programs that sign in with access keys.</summary>
public sealed partial class ClientList : PortalPage
{
    private bool _mayCreate;

    [Inject]
    private ClientService Clients { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() =>
        _mayCreate = await May(PortalActions.CreateClient, $"arn:aws:iam::{Session.AccountId}:user/client/*");

    private async Task<(IReadOnlyList<ClientSummary> Rows, string? NextToken)> Find(CallContext call, NameQuery query)
    {
        var page = await Clients.List(call, query, Leaving);
        return (page.Clients, page.NextToken);
    }

    private string KeysOf(ClientSummary client)
    {
        var good = client.AccessKeys.Count(key => !key.IsDisabled && !(key.ExpiresAt <= Session.Now));
        return (client.AccessKeys.Count, good) switch
        {
            (0, _) => AccessText.NoneOfThem,
            var (all, usable) when all == usable => $"{all}",
            var (all, usable) => Words.Fill(AccessText.KeysUsable, all, usable),
        };
    }

    private async Task Create()
    {
        var draft = new ProfileDraft();
        if (await ProfileDialog.Ask(Dialogs, AccessText.ClientAdd, new DialogParameters<ProfileDialog>
        {
            { d => d.Draft, draft },
            { d => d.HasTags, true },
            { d => d.Save, (call, typed) => Clients.Create(call, new CreateClientRequest(typed.Name, typed.Description, typed.ToTags()), Leaving) },
        }))
            Navigation.NavigateTo(Session.Here(PortalRoutes.Client(draft.Name)));
    }
}
