using System.Text.Json;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Notifications;

/// <summary>A notice in words and in JSON. Neither holds anything of a value.</summary>
/// <param name="pending">The notice.</param>
internal sealed class NotificationMessage(PendingNotice pending)
{
    private readonly RotationNotice _notice = pending.Notice;

    /// <summary>Stays the same however often it is sent, so that a receiver can tell what it has had already.</summary>
    public string Id => pending.Id;

    /// <summary>What it is called by programs.</summary>
    public string Type => _notice switch
    {
        { SecretArn: null } => "notification.test",
        { Event: RotationEvent.Failed } => "rotation.failed",
        { Event: RotationEvent.Overdue } => "rotation.overdue",
        { Event: RotationEvent.OutOfSync } => "rotation.out_of_sync",
        { Event: RotationEvent.Stalled } => "rotation.stalled",
        _ => "rotation.recovered",
    };

    /// <summary>In a line.</summary>
    public string Subject => _notice switch
    {
        { SecretArn: null } => "This is a trial of a notification channel",
        { Event: RotationEvent.Failed } => $"Rotation failed: {_notice.SecretName}",
        { Event: RotationEvent.Overdue } => $"Rotation overdue: {_notice.SecretName}",
        { Event: RotationEvent.OutOfSync } => $"Out of sync: {_notice.SecretName}",
        { Event: RotationEvent.Stalled } => $"Rotation waits for its target: {_notice.SecretName}",
        _ => $"Recovered: {_notice.SecretName}",
    };

    /// <summary>As plain text.</summary>
    public string Text => string.Join("\r\n", new[]
    {
        Subject,
        "",
        _notice.Detail,
        _notice.SecretArn is null ? null : $"Secret: {_notice.SecretName}",
        _notice.SecretArn is null ? null : $"ARN:    {_notice.SecretArn}",
        $"When:   {_notice.At.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC",
        "",
        "Sent by Secrets Portal.",
    }.Where(line => line is not null));

    /// <summary>As JSON in the form of Standard Webhooks: type, timestamp, data.</summary>
    public byte[] Json => JsonSerializer.SerializeToUtf8Bytes(new
    {
        type = Type,
        timestamp = _notice.At,
        data = new { secretName = _notice.SecretName, secretArn = _notice.SecretArn, region = _notice.Region, detail = _notice.Detail, summary = Subject },
    });
}
