using System.Globalization;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Storage;

/// <summary>
/// Keeps the health of a rotation in its schedule's row, so that it can be counted and listed by an index, and leaves word of trouble in the
/// outbox of notifications in the same transaction.
/// </summary>
internal static class RotationHealthRows
{
    // An open run past its first attempt counts as retrying: that is what its owner wants to know.
    private static readonly Sql s_selectFacts = Sql.Of("""
        SELECT p.secret_id, p.region, p.enabled, p.due_at, p.open_window_end_at, p.next_window_end_at, p.health, p.alarm, p.heartbeat_answer, p.heartbeat_version,
          p.heartbeat_message, s.arn, s.name, s.deleted_at, s.last_rotated_at, l.version_id AS current_version, v.created_at AS current_created_at,
          (SELECT CASE WHEN r.attempt > 1 THEN 'Retrying' ELSE r.state END FROM rotation_run r
            WHERE r.secret_id = p.secret_id AND r.finished_at IS NULL AND r.mode = 'Rotate') AS open_run,
          (SELECT MAX(r.finished_at) FROM rotation_run r WHERE r.secret_id = p.secret_id AND r.state = 'Failed' AND r.mode = 'Rotate') AS failed_at
        FROM rotation_schedule p
          JOIN secret s ON s.id = p.secret_id
          LEFT JOIN secret_label l ON l.secret_id = p.secret_id AND l.label = 'AWSCURRENT'
          LEFT JOIN secret_version v ON v.secret_id = l.secret_id AND v.version_id = l.version_id
        WHERE p.secret_id = @secretId
        """);

    private static readonly Sql s_update = Sql.Of("""
        UPDATE rotation_schedule SET health = @health, health_since_at = @since, health_changes_at = @changesAt, alarm = @alarm WHERE secret_id = @secretId
        """);

    private static readonly Sql s_updateChange = Sql.Of("UPDATE rotation_schedule SET health_changes_at = @changesAt, alarm = @alarm WHERE secret_id = @secretId");

    // A run without the secret at hand: the next tick looks at it.
    private static readonly Sql s_touchOfRun = Sql.Of(
        "UPDATE rotation_schedule SET health_changes_at = 0 WHERE secret_id = (SELECT r.secret_id FROM rotation_run r WHERE r.id = @runId)");

    /// <summary>Tells the health of a secret's rotation anew. Nothing happens where rotation was never set up.</summary>
    /// <param name="session">The transaction that changed what it follows from.</param>
    /// <param name="secretId">The portal's id of the secret.</param>
    /// <param name="now">The time of that change.</param>
    /// <param name="failed">True where the transaction has given a run up.</param>
    /// <returns>How it was and how it is; null where rotation was never set up.</returns>
    public static async Task<(RotationHealth Before, RotationHealth After)?> Refresh(Session session, string secretId, DateTimeOffset now, bool failed = false)
    {
        if (await session.First<FactsRow>(s_selectFacts, new { secretId }) is not { } row)
            return null;
        var facts = row.ToFacts();
        var (before, after) = (Stored.Member<RotationHealth>(row.Health), facts.At(now));
        // A test that failed is no rotation that was given up.
        var hasFailed = failed && row.FailedAt == Stored.Time(now);
        var open = row.Alarm is null ? (RotationEvent?)null : Stored.Member<RotationEvent>(row.Alarm);
        var (tell, alarm) = RotationAlarms.After(open, after, hasFailed);
        var parameters = new
        {
            secretId, health = after.ToString(), since = Stored.Time(now), changesAt = Stored.Time(facts.ChangesAfter(now)), alarm = alarm?.ToString(),
        };
        await session.Execute(after == before ? s_updateChange : s_update, parameters);
        if (tell is { } told)
            await NotificationRows.Leave(session, new RotationNotice(told, row.Arn, row.Name, row.Region, now, DetailOf(told, row, facts)));
        return (before, after);
    }

    private static readonly Sql s_selectOfRun = Sql.Of("""
        SELECT p.secret_id, p.region, s.arn, s.name
        FROM rotation_run r JOIN rotation_schedule p ON p.secret_id = r.secret_id JOIN secret s ON s.id = r.secret_id
        WHERE r.id = @runId
        """);

    private static readonly Sql s_updateAlarm = Sql.Of("UPDATE rotation_schedule SET alarm = @alarm WHERE secret_id = @secretId");

    /// <summary>Tells that a run has come to its window's end without a word of its target. Its end is told as that of a rotation that was given up.</summary>
    public static async Task Stalled(Session session, string runId, DateTimeOffset now)
    {
        if (await session.First<StalledRow>(s_selectOfRun, new { runId }) is not { } row)
            return;
        await session.Execute(s_updateAlarm, new { secretId = row.SecretId, alarm = nameof(RotationEvent.Failed) });
        await NotificationRows.Leave(session, new RotationNotice(
            RotationEvent.Stalled, row.Arn, row.Name, row.Region, now,
            "The target does not say whether it has the new value, so AWSPENDING stays and it is asked again and again. The secret's page says why."));
    }

    /// <summary>Has the next tick tell the health anew.</summary>
    public static Task Touch(Session session, string runId) => session.Execute(s_touchOfRun, new { runId });

    // Not the run's own message: it names host and user, which are content of the value.
    private static string? DetailOf(RotationEvent told, FactsRow row, RotationFacts facts) => told switch
    {
        RotationEvent.Failed => "The rotation was given up; the next window tries again. The secret's page says why.",
        RotationEvent.Overdue => string.Create(
            CultureInfo.InvariantCulture, $"The window ended at {facts.OverdueAt:yyyy-MM-dd HH:mm} UTC without a rotation that succeeded."),
        RotationEvent.OutOfSync => row.HeartbeatMessage,
        _ => null,
    };

    private sealed record StalledRow
    {
        public string SecretId { get; init; } = "";

        public string Region { get; init; } = "";

        public string Arn { get; init; } = "";

        public string Name { get; init; } = "";
    }

    private sealed record FactsRow
    {
        public string SecretId { get; init; } = "";

        public string Region { get; init; } = "";

        public long Enabled { get; init; }

        public long? DueAt { get; init; }

        public long? OpenWindowEndAt { get; init; }

        public long? NextWindowEndAt { get; init; }

        public string Health { get; init; } = "";

        public string? Alarm { get; init; }

        public string? HeartbeatAnswer { get; init; }

        public string? HeartbeatVersion { get; init; }

        public string? HeartbeatMessage { get; init; }

        public string Arn { get; init; } = "";

        public string Name { get; init; } = "";

        public long? DeletedAt { get; init; }

        public long? LastRotatedAt { get; init; }

        public string? CurrentVersion { get; init; }

        public long? CurrentCreatedAt { get; init; }

        public string? OpenRun { get; init; }

        public long? FailedAt { get; init; }

        public RotationFacts ToFacts() => new()
        {
            IsEnabled = Enabled != 0,
            IsDeleted = DeletedAt is not null,
            DueAt = Stored.Time(DueAt),
            OverdueAt = Stored.Time(OpenWindowEndAt ?? NextWindowEndAt),
            OpenRun = OpenRun is null ? null : Stored.Member<RotationRunState>(OpenRun),
            FailedAt = Stored.Time(FailedAt),
            ChangedAt = Stored.Time(LastRotatedAt is { } rotated && !(CurrentCreatedAt > rotated) ? rotated : CurrentCreatedAt),
            IsRefused = HeartbeatAnswer == "Refused" && HeartbeatVersion == CurrentVersion,
        };
    }
}
