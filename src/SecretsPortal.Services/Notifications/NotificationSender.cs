using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Notifications;

/// <summary>
/// Sends what waits in the outbox, each channel by itself: one that is dead delays no other and no rotation, and what is for it waits until it is
/// back. A message is sent at least once; its id stays the same.
/// </summary>
public sealed partial class NotificationSender
{
    private const int BatchSize = 100;

    private static readonly TimeSpan s_lease = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan[] s_pauses =
        [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1)];

    private readonly NotificationStore _store;
    private readonly NotificationChannels _channels;
    private readonly WebhookSender _webhooks;
    private readonly RotationMetrics _metrics;
    private readonly AuditRecorder _recorder;
    private readonly TimeProvider _clock;
    private readonly ILogger<NotificationSender> _log;
    private readonly OneAtATime _ticks = new();

    internal NotificationSender(
        NotificationStore store, NotificationChannels channels, WebhookSender webhooks, RotationMetrics metrics, AuditRecorder recorder,
        TimeProvider clock, ILogger<NotificationSender> log)
    {
        _store = store;
        _channels = channels;
        _webhooks = webhooks;
        _metrics = metrics;
        _recorder = recorder;
        _clock = clock;
        _log = log;
    }

    /// <summary>Sends over each channel that has something to tell and may be tried, all at once. Safe on several nodes at once.</summary>
    public Task Tick(CancellationToken cancel) =>
        _ticks.Run(async () => await Task.WhenAll((await _store.FindDue(_clock.Now(), cancel)).Select(channel => Serve(channel, cancel))));

    /// <summary>Sends a trial over a channel at once (action <c>secretsportal:TestNotificationChannel</c>); InvalidRequest says why it could not be sent.</summary>
    public Task Test(CallContext call, string name, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.TestNotificationChannel, name, async op =>
        {
            var channel = await _channels.Allowed(op, name, cancel);
            var now = _clock.Now();
            var trial = new PendingNotice(
                Guid.CreateVersion7(now).ToString("N"),
                new RotationNotice(RotationEvent.Recovered, SecretArn: null, SecretName: null, call.Region, now, "Somebody tries whether messages arrive."));
            try
            {
                await Send(channel, trial, cancel);
                return true;
            }
            catch (ChannelFaultException fault)
            {
                throw new PortalException(PortalError.InvalidRequest, fault.Message);
            }
        }, cancel);

    private async Task Serve(StoredChannel channel, CancellationToken cancel)
    {
        try
        {
            var until = _clock.Now() + s_lease;
            if (!await _store.Take(channel, until, cancel))
                return;
            foreach (var pending in await _store.FindPending(channel.Id, BatchSize, cancel))
            {
                // What takes longer goes on with a later tick, perhaps of another node.
                if (_clock.Now() > until - (s_lease / 2))
                    break;
                await Send(channel, pending, cancel);
                await _store.Sent(channel.Id, pending.Id, _clock.Now(), cancel);
                _metrics.Notified(Word(channel), isSent: true);
            }

            await _store.Release(channel.Id, attempts: 0, _clock.Now(), failure: null, cancel);
        }
        catch (ChannelFaultException fault)
        {
            _metrics.Notified(Word(channel), isSent: false);
            var pause = s_pauses[Math.Min(channel.Attempts, s_pauses.Length - 1)];
            LogFailed(channel.Name, fault.Message, pause);
            await _store.Release(channel.Id, channel.Attempts + 1, _clock.Now() + pause, fault.Message, cancel);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // Of the portal's own. The channel is tried again when this node's time with it is over.
            LogFault(fault, channel.Name);
        }
    }

    private async Task Send(StoredChannel channel, PendingNotice pending, CancellationToken cancel)
    {
        var message = new NotificationMessage(pending);
        var secret = await _channels.Open(channel, cancel);
        if (channel.Kind == NotificationChannelKind.Webhook)
            await _webhooks.Send(ChannelRules.Read<WebhookAddress>(channel.Settings), secret!.Value, message, cancel);
        else
            await EmailSender.Send(ChannelRules.Read<EmailSettings>(channel.Settings), secret, message, cancel);
    }

    private static string Word(StoredChannel channel) => channel.Kind == NotificationChannelKind.Webhook ? "webhook" : "email";

    [LoggerMessage(EventId = 1241, Level = LogLevel.Warning, Message = "The notification channel {Channel} could not be reached: {Reason} It is tried again in {Pause}")]
    private partial void LogFailed(string channel, string reason, TimeSpan pause);

    [LoggerMessage(EventId = 1242, Level = LogLevel.Error, Message = "The notification channel {Channel} could not be served")]
    private partial void LogFault(Exception fault, string channel);
}
