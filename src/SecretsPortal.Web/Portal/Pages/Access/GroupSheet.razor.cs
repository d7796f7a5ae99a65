using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>One group: who is in it, and what that gives them.</summary>
public sealed partial class GroupSheet : NamedSheet
{
    private GroupDetail? _group;
    private List<GroupMember> _members = [];
    private string? _nextToken;
    private CallerKind _kind = CallerKind.User;
    private string _name = "";
    private string? _memberFault;
    private bool _mayUpdate;
    private bool _mayDelete;
    private bool _mayAdd;
    private bool _mayRemove;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private GroupService Groups { get; set; } = default!;

    /// <inheritdoc/>
    protected override void Forget() => _group = null;

    /// <inheritdoc/>
    protected override async Task Load()
    {
        Fault = null;
        GroupDetail? found = null;
        MemberPage? members = null;
        if (!await Ask(async call => found = await Groups.Get(call, Name ?? "", Leaving))
            || !await Ask(async call => members = await Groups.Members(call, Name!, limit: null, nextToken: null, Leaving)))
            return;
        (_members, _nextToken) = ([.. members!.Members], members.NextToken);
        var arn = found!.Arn;
        _mayUpdate = await May(PortalActions.UpdateGroup, arn);
        _mayDelete = await May(PortalActions.DeleteGroup, arn);
        _mayAdd = await May(PortalActions.AddGroupMember, arn);
        _mayRemove = await May(PortalActions.RemoveGroupMember, arn);
        _group = found;
    }

    private Task<bool> LoadMore() => Act(async call =>
    {
        var page = await Groups.Members(call, Name!, limit: null, _nextToken, Leaving);
        _members.AddRange(page.Members);
        _nextToken = page.NextToken;
    });

    private async Task Add()
    {
        _memberFault = _name.Trim().Length == 0 ? AccessText.WhoMissing : null;
        if (_memberFault is not null)
            return;
        if (await Act(call => Groups.AddMember(call, Name!, _kind, _name.Trim(), Leaving)))
        {
            _name = "";
            await Load();
            return;
        }

        (_memberFault, Fault) = (Fault, null);
    }

    private async Task Remove(GroupMember member)
    {
        var group = Name!;
        if (!await Act(call => Groups.RemoveMember(call, group, member.Kind, member.Name, Leaving)))
            return;
        Undoing.Make(
            Words.Fill(AccessText.TakenOut, member.Name, group), call => Groups.AddMember(call, group, member.Kind, member.Name, CancellationToken.None), EventCallback.Factory.Create(this, Load));
        await Load();
    }

    private async Task Edit()
    {
        var isSaved = await ProfileDialog.Ask(Dialogs, AccessText.EditDescription, new DialogParameters<ProfileDialog>
        {
            { d => d.Draft, ProfileDraft.Of(_group!) },
            { d => d.Reload, async call => ProfileDraft.Of(await Groups.Get(call, Name!, Leaving)) },
            { d => d.Save, (call, draft) => Groups.Update(call, Name!, draft.Description, draft.Revision, Leaving) },
        });
        if (isSaved)
            await Load();
    }

    private async Task Delete()
    {
        if (await ConfirmDialog.Ask(Dialogs, AccessText.GroupDeleteTitle, Words.Fill(AccessText.GroupDeleteText, Name), AccessText.Delete,
            call => Groups.Delete(call, Name!, Leaving)))
            Navigation.NavigateTo(Session.Here(PortalRoutes.Groups));
    }
}
