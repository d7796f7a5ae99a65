using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>The groups.</summary>
public sealed partial class GroupList : PortalPage
{
    private bool _mayCreate;

    [Inject]
    private GroupService Groups { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _mayCreate = await May(PortalActions.CreateGroup, $"arn:aws:iam::{Session.AccountId}:group/*");

    private async Task<(IReadOnlyList<GroupDetail> Rows, string? NextToken)> Find(CallContext call, NameQuery query)
    {
        var page = await Groups.List(call, query, Leaving);
        return (page.Groups, page.NextToken);
    }

    private async Task Create()
    {
        var draft = new ProfileDraft();
        if (await ProfileDialog.Ask(Dialogs, AccessText.GroupAdd, new DialogParameters<ProfileDialog>
        {
            { d => d.Draft, draft },
            { d => d.Save, (call, typed) => Groups.Create(call, typed.Name, typed.Description, Leaving) },
        }))
            Navigation.NavigateTo(Session.Here(PortalRoutes.Group(draft.Name)));
    }
}
