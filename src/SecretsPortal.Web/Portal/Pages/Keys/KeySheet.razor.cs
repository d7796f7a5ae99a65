using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Keys;

/// <summary>One KMS key: whether it serves, what uses it, and its re-wrappings.</summary>
public sealed partial class KeySheet : NamedSheet
{
    private KeyDetail? _key;
    private bool _mayUpdate;
    private bool _mayDisable;
    private bool _mayEnable;
    private bool _mayDelete;
    private bool _mayCancelDeletion;

    [Inject]
    private UndoOffers Undoing { get; set; } = default!;

    [Inject]
    private KeyService Keys { get; set; } = default!;

    /// <inheritdoc/>
    protected override void Forget() => _key = null;

    /// <inheritdoc/>
    protected override async Task Load()
    {
        Fault = null;
        KeyDetail? found = null;
        if (!await Ask(async call => found = await Keys.Get(call, Name ?? "", Leaving)))
            return;
        _mayUpdate = await May(PortalActions.UpdateKey, found!.Arn);
        _mayDisable = await May(PortalActions.DisableKey, found.Arn);
        _mayEnable = await May(PortalActions.EnableKey, found.Arn);
        _mayDelete = await May(PortalActions.ScheduleKeyDeletion, found.Arn);
        _mayCancelDeletion = await May(PortalActions.CancelKeyDeletion, found.Arn);
        _key = found;
    }

    private async Task Edit()
    {
        if (await KeyDialog.Ask(Dialogs, KeysText.EditTitle, new DialogParameters<KeyDialog> { { d => d.Key, _key } }) is not null)
            await Load();
    }

    private Task<bool> MakeDefault() => Confirm(
        KeysText.MakeDefaultTitle, Words.Fill(KeysText.MakeDefaultText, _key!.Region, KeyWords.NameOf(_key)), KeysText.MakeDefault,
        call => Keys.Update(call, _key.KeyId, new UpdateKeyRequest { BecomesDefault = true }, Leaving), Color.Primary);

    private async Task Disable()
    {
        var key = _key!;
        if (await Confirm(KeysText.DisableTitle, KeysText.DisableText, KeysText.Disable, call => Keys.Disable(call, key.KeyId, Leaving)))
            Undoing.Make(Words.Fill(KeysText.DisabledDone, KeyWords.NameOf(key)), call => Keys.Enable(call, key.KeyId, CancellationToken.None), EventCallback.Factory.Create(this, Load));
    }

    private async Task Enable()
    {
        if (await Act(call => Keys.Enable(call, _key!.KeyId, Leaving)))
            await Load();
    }

    private async Task Delete()
    {
        var key = _key!;
        if (await Confirm(KeysText.RemoveTitle, KeysText.RemoveText, KeysText.Remove, call => Keys.ScheduleDeletion(call, key.KeyId, days: null, Leaving)))
            Undoing.Make(Words.Fill(KeysText.RemovedDone, KeyWords.NameOf(key)), call => KeepAsItWas(call, key), EventCallback.Factory.Create(this, Load));
    }

    // A key whose removal is called off is disabled at first.
    private async Task KeepAsItWas(Services.CallContext call, KeyDetail key)
    {
        await Keys.CancelDeletion(call, key.KeyId, CancellationToken.None);
        if (key.State == KmsKeyState.Enabled)
            await Keys.Enable(call with { RequestId = Session.NewId() }, key.KeyId, CancellationToken.None);
    }

    private async Task CancelDeletion()
    {
        if (await Act(call => Keys.CancelDeletion(call, _key!.KeyId, Leaving)))
            await Load();
    }

    private async Task<bool> Confirm(string title, string text, string label, Func<Services.CallContext, Task> action, Color tone = Color.Error)
    {
        if (!await ConfirmDialog.Ask(Dialogs, title, text, label, action, tone))
            return false;
        await Load();
        return true;
    }
}
