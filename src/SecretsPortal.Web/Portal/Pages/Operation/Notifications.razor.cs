using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Notifications;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages.Operation;

/// <summary>The channels over which the portal tells of trouble with rotations.</summary>
public sealed partial class Notifications : PortalPage
{
    private IReadOnlyList<ChannelDetail>? _channels;
    private SecretText? _key;
    private string? _keyOf;
    private bool _mayCreate;

    [Inject]
    private NotificationChannels Channels { get; set; } = default!;

    [Inject]
    private NotificationSender Sender { get; set; } = default!;

    [Inject]
    private IDialogService Dialogs { get; set; } = default!;

    [Inject]
    private ISnackbar Notices { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayCreate = await May(PortalActions.CreateNotificationChannel, $"arn:aws:sns:{Session.Regions[0]}:{Session.AccountId}:*");
        await Load();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        Forget();
        base.Dispose(disposing);
    }

    private Task<bool> Load()
    {
        Fault = null;
        return Ask(async call => _channels = await Channels.List(call, Leaving));
    }

    private async Task Add()
    {
        if (await ChannelDialog.Ask(Dialogs, channel: null) is not { } added)
            return;
        (_key, _keyOf) = (added.SigningKey, added.Name);
        await Load();
    }

    private async Task Edit(ChannelDetail channel)
    {
        if (await ChannelDialog.Ask(Dialogs, channel) is not null)
            await Load();
    }

    private async Task Test(ChannelDetail channel)
    {
        if (await Act(call => Sender.Test(call, channel.Name, Leaving)))
            Notices.Add(Fill.In(NotificationsText.Tested, channel.Name), Severity.Success);
    }

    private async Task Delete(ChannelDetail channel)
    {
        if (!await ConfirmDialog.Ask(Dialogs, NotificationsText.DeleteTitle, Fill.In(NotificationsText.DeleteText, channel.Name), NotificationsText.DeleteDo,
            call => Channels.Delete(call, channel.Name, Leaving)))
            return;
        if (_keyOf == channel.Name)
            Forget();
        Notices.Add(Fill.In(NotificationsText.DeleteDone, channel.Name), Severity.Success);
        await Load();
    }

    private void Forget() => (_key, _keyOf) = (null, null);

    private static string EventsOf(ChannelDetail channel) => channel.Events.Count == Enum.GetValues<RotationEvent>().Length
        ? NotificationsText.Everything : string.Join(", ", channel.Events.Select(ChannelWords.Of));

    private static string StateOf(ChannelDetail channel) => channel switch
    {
        { IsDisabled: true } => NotificationsText.Disabled,
        { Failure: not null } => NotificationsText.Trouble,
        { LastSentAt: not null } => NotificationsText.Works,
        _ => NotificationsText.Untried,
    };

    private static string ToneOf(ChannelDetail channel) => channel switch
    {
        { IsDisabled: true } => "",
        { Failure: not null } => "bad",
        { LastSentAt: not null } => "good",
        _ => "",
    };
}
