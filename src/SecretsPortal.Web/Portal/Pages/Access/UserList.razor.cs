using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Components;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>The portal's users.</summary>
public sealed partial class UserList : PortalPage
{
    private AccessList<UserSummary>? _list;
    private NewUser? _made;
    private bool _mayCreate;

    [Inject]
    private UserService Users { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync() => _mayCreate = await May(PortalActions.CreateUser, $"arn:aws:iam::{Session.AccountId}:user/*");

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Forget();
        base.Dispose(disposing);
    }

    private async Task<(IReadOnlyList<UserSummary> Rows, string? NextToken)> Find(CallContext call, NameQuery query)
    {
        var page = await Users.List(call, query, Leaving);
        return (page.Users, page.NextToken);
    }

    private async Task Create()
    {
        NewUser? made = null;
        var isMade = await ProfileDialog.Ask(Dialogs, AccessText.UserAdd, new DialogParameters<ProfileDialog>
        {
            { d => d.Draft, new ProfileDraft() },
            { d => d.IsPerson, true },
            { d => d.HasTags, true },
            { d => d.Save, async (call, draft) => made = await Users.Create(call, RequestOf(draft), Leaving) },
        });
        if (!isMade)
            return;
        _made = made;
        await _list!.Load();
    }

    private void Forget() => _made = null;

    private static CreateUserRequest RequestOf(ProfileDraft draft) => new()
    {
        Name = draft.Name,
        DisplayName = draft.DisplayName,
        Email = draft.Email,
        Description = draft.Description,
        Tags = draft.ToTags(),
    };
}
