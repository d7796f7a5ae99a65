using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Access;

/// <summary>One user: what it may, how it signs in, and what is said about it.</summary>
public sealed partial class UserSheet : NamedSheet
{
    private UserDetail? _detail;
    private SecretText? _password;
    private bool _mayUpdate;
    private bool _mayDelete;
    private bool _mayResetPassword;
    private bool _mayResetFactor;
    private bool _mayEndSessions;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private UserService Users { get; set; } = default!;

    [Inject]
    private ISnackbar Notices { get; set; } = default!;

    /// <inheritdoc/>
    protected override void Forget() => (_detail, _password) = (null, null);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        ForgetPassword();
        base.Dispose(disposing);
    }

    /// <inheritdoc/>
    protected override async Task Load()
    {
        Fault = null;
        UserDetail? found = null;
        if (!await Ask(async call => found = await Users.Get(call, Name ?? "", Leaving)))
            return;
        var arn = found!.User.Arn;
        _mayUpdate = await May(PortalActions.UpdateUser, arn);
        _mayDelete = await May(PortalActions.DeleteUser, arn);
        _mayResetPassword = await May(PortalActions.ResetUserPassword, arn);
        _mayResetFactor = await May(PortalActions.ResetUserSecondFactor, arn);
        _mayEndSessions = await May(PortalActions.EndUserSessions, arn);
        _detail = found;
    }

    private async Task Edit()
    {
        var isSaved = await ProfileDialog.Ask(Dialogs, AccessText.EditProfile, new DialogParameters<ProfileDialog>
        {
            { d => d.Draft, ProfileDraft.Of(_detail!) },
            { d => d.IsPerson, true },
            { d => d.HasTags, true },
            { d => d.Reload, async call => ProfileDraft.Of(await Users.Get(call, Name!, Leaving)) },
            { d => d.Save, (call, draft) => Users.Update(call, Name!, ChangeOf(draft), Leaving) },
        });
        if (isSaved)
            await Load();
    }

    private async Task Switch()
    {
        var disable = !_detail!.User.IsDisabled;
        var change = new UpdateUserRequest { IsDisabled = disable, Revision = _detail.Revision };
        var isDone = disable
            ? await ConfirmDialog.Ask(Dialogs, AccessText.UserDisableTitle, Words.Fill(AccessText.UserDisableText, Name), AccessText.Disable,
                call => Users.Update(call, Name!, change, Leaving))
            : await Act(call => Users.Update(call, Name!, change, Leaving));
        if (!isDone)
            return;
        var name = Name!;
        if (disable)
            Undoing.Make(Words.Fill(AccessText.DisabledDone, name), call => Users.Update(call, name, new UpdateUserRequest { IsDisabled = false }, CancellationToken.None), EventCallback.Factory.Create(this, Load));
        await Load();
    }

    private async Task Delete()
    {
        if (await ConfirmDialog.Ask(Dialogs, AccessText.UserDeleteTitle, Words.Fill(AccessText.UserDeleteText, Name), AccessText.Delete,
            call => Users.Delete(call, Name!, Leaving)))
            Navigation.NavigateTo(Session.Here(PortalRoutes.Users));
    }

    private async Task ResetPassword()
    {
        SecretText? made = null;
        var isDone = await ConfirmDialog.Ask(Dialogs, AccessText.PasswordResetTitle,
            Words.Fill(AccessText.PasswordResetText, Name), AccessText.Reset,
            async call => made = await Users.ResetPassword(call, Name!, password: null, Leaving));
        if (!isDone)
            return;
        _password = made;
        await Load();
    }

    private Task ResetFactor() => Confirm(AccessText.FactorResetTitle,
        Words.Fill(AccessText.FactorResetText, Name),
        AccessText.Reset, AccessText.FactorResetDone, async call => await Users.ResetSecondFactor(call, Name!, Leaving));

    private Task EndSessions() => Confirm(AccessText.SessionsEndTitle, Words.Fill(AccessText.SessionsEndText, Name), AccessText.SessionsEnd, AccessText.SessionsEndDone,
        async call => await Users.EndSessions(call, Name!, Leaving));

    private async Task Confirm(string title, string text, string label, string done, Func<Services.CallContext, Task> action)
    {
        if (!await ConfirmDialog.Ask(Dialogs, title, text, label, action))
            return;
        Notices.Add(done, Severity.Success);
        await Load();
    }

    private void ForgetPassword() => _password = null;

    private static UpdateUserRequest ChangeOf(ProfileDraft draft) => new()
    {
        DisplayName = draft.DisplayName,
        Email = draft.Email,
        Description = draft.Description,
        Tags = draft.ToTags(),
        Revision = draft.Revision,
    };
}
