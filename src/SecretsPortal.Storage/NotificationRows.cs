using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Storage;

/// <summary>What somebody is to be told. It never holds a value.</summary>
/// <param name="Event">What has come about.</param>
/// <param name="SecretArn">Of the secret it is about; null in a trial.</param>
/// <param name="SecretName">Of the secret it is about; null in a trial.</param>
/// <param name="Region">Where it is.</param>
/// <param name="At">When it came about.</param>
/// <param name="Detail">More in plain words; null where there is nothing more to say.</param>
public sealed record RotationNotice(RotationEvent Event, string? SecretArn, string? SecretName, string Region, DateTimeOffset At, string? Detail);

/// <summary>The outbox of notifications, within a transaction that a store has begun.</summary>
internal static class NotificationRows
{
    private static readonly Sql s_selectChannels = Sql.Of("SELECT id, events FROM notification_channel WHERE is_disabled = 0");

    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO notification (id, channel_id, event, secret_arn, secret_name, region, detail, occurred_at)
        VALUES (@id, @channelId, @event, @secretArn, @secretName, @region, @detail, @occurredAt)
        """);

    /// <summary>Leaves a notice for each channel that wants to hear of it.</summary>
    public static async Task Leave(Session session, RotationNotice notice)
    {
        foreach (var channel in await session.Query<ChannelRow>(s_selectChannels))
        {
            if (channel.Events.Split(',').Contains(notice.Event.ToString(), StringComparer.Ordinal))
                await Insert(session, channel.Id, notice);
        }
    }

    /// <summary>Leaves a notice for one channel.</summary>
    public static Task Insert(Session session, string channelId, RotationNotice notice) => session.Execute(s_insert, new
    {
        id = Guid.CreateVersion7(notice.At).ToString("N"),
        channelId,
        @event = notice.Event.ToString(),
        secretArn = notice.SecretArn,
        secretName = notice.SecretName,
        region = notice.Region,
        detail = RotationRuns.Clip(notice.Detail),
        occurredAt = Stored.Time(notice.At),
    });

    private sealed record ChannelRow
    {
        public string Id { get; init; } = "";

        public string Events { get; init; } = "";
    }
}
