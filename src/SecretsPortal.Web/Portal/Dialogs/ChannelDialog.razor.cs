using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Notifications;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>Adds a channel of notifications, or changes one. A password is written and never shown.</summary>
public sealed partial class ChannelDialog : PortalPage
{
    // The services' names of the fields that this form has.
    private static readonly string[] s_fields =
        ["name", "webhook.url", "email.host", "email.port", "email.security", "email.username", "password", "email.from", "email.to", "events"];

    private ChannelDetail? _seen;
    private IReadOnlyList<StoredChange>? _changes;
    private bool _isOver;

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    [Inject]
    private NotificationChannels Channels { get; set; } = default!;

    /// <summary>The channel to be changed; null for a new one.</summary>
    [Parameter, EditorRequired]
    public ChannelDetail? Channel { get; set; }

    private ChannelDraft Draft { get; set; } = new();

    private bool IsNameTaken => FaultKind == PortalError.ResourceExists && Fault is not null;

    // A fault is told once: beside its field where it has one.
    private string? OtherFault => IsNameTaken || s_fields.Any(name => FaultOf(name, "") is not null) ? null : FaultBeside(_changes);

    /// <summary>Asks; the channel once it is stored, null where the user thought better of it.</summary>
    internal static async Task<ChannelDetail?> Ask(IDialogService dialogs, ChannelDetail? channel)
    {
        var title = channel is null ? NotificationsText.AddTitle : Fill.In(NotificationsText.EditTitle, channel.Name);
        var dialog = await dialogs.ShowAsync<ChannelDialog>(title, new DialogParameters<ChannelDialog> { { d => d.Channel, channel } }, DialogShapes.SmallForm);
        return (await dialog.Result)?.Data as ChannelDetail;
    }

    /// <inheritdoc/>
    protected override void OnInitialized() => (_seen, Draft) = (Channel, Channel is null ? new ChannelDraft() : ChannelDraft.Of(Channel));

    private string? FaultOf(string field, string label)
    {
        // The service says "events: …" of some and "email.port must …" of others.
        var fault = Fault?.StartsWith($"{field}:", StringComparison.Ordinal) == true ? $"{field}{Fault[(field.Length + 1)..]}" : Fault;
        return FieldFault.Of(fault, field, label);
    }

    private void Choose(RotationEvent told, bool isChosen)
    {
        if (isChosen)
            Draft.Events.Add(told);
        else
            Draft.Events.Remove(told);
    }

    private void Cancel() => Dialog.Cancel();

    private async Task Store()
    {
        ChannelDetail? stored = null;
        if (await Act(async call => stored = Channel is null
            ? await Channels.Create(call, Draft.Name.Trim(), Draft.ToRequest(), Leaving)
            : await Channels.Update(call, Channel.Name, Draft.ToRequest() with { Seen = _seen }, Leaving)))
            Close(stored!);
        else if (FaultKind == PortalError.PreconditionNotMet)
            await ShowTheirs();
    }

    private void Close(ChannelDetail stored)
    {
        _isOver = true;
        Dialog.Close(DialogResult.Ok(stored));
    }

    private async Task ShowTheirs()
    {
        ChannelDetail? theirs = null;
        if (!await Ask(async call => theirs = await Channels.Get(call, Channel!.Name, Leaving)))
            return;
        var (seen, stored) = (ChannelDraft.Of(_seen!), ChannelDraft.Of(theirs!));
        _changes = stored.ChangesSince(seen);
        Draft = Draft.MergedWith(seen, stored);
        _seen = theirs;
    }

    private void TakeTheirs()
    {
        // From here on it is upon what the other one saved.
        Draft = ChannelDraft.Of(_seen!);
        (_changes, Fault) = (null, null);
    }
}
