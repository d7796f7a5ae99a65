using Microsoft.AspNetCore.Components;
using MudBlazor;
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

    private Task MakeDefault() => Confirm(
        KeysText.MakeDefaultTitle, Words.Fill(KeysText.MakeDefaultText, _key!.Region, KeyWords.NameOf(_key)), KeysText.MakeDefault,
        call => Keys.Update(call, _key.KeyId, new UpdateKeyRequest { BecomesDefault = true }, Leaving));

    private Task Disable() => Confirm(
        KeysText.DisableTitle, KeysText.DisableText, KeysText.Disable,
        call => Keys.Disable(call, _key!.KeyId, Leaving));

    private async Task Enable()
    {
        if (await Act(call => Keys.Enable(call, _key!.KeyId, Leaving)))
            await Load();
    }

    private Task Delete() => Confirm(
        KeysText.RemoveTitle, KeysText.RemoveText, KeysText.Remove,
        call => Keys.ScheduleDeletion(call, _key!.KeyId, days: null, Leaving));

    private async Task CancelDeletion()
    {
        if (await Act(call => Keys.CancelDeletion(call, _key!.KeyId, Leaving)))
            await Load();
    }

    private async Task Confirm(string title, string text, string label, Func<Services.CallContext, Task> action)
    {
        if (await ConfirmDialog.Ask(Dialogs, title, text, label, action))
            await Load();
    }
}
