using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Storage;

/// <summary>A rotation whose time has come.</summary>
/// <param name="SecretId">The portal's id of the secret.</param>
/// <param name="DueAt">Since when.</param>
/// <param name="TargetKey">Which target it is for; null where nobody knows.</param>
public sealed record DueRotation(string SecretId, DateTimeOffset DueAt, string? TargetKey);

/// <summary>An open run that waits for a worker.</summary>
/// <param name="RunId">The run.</param>
/// <param name="Fence">How often it was claimed.</param>
/// <param name="TargetKey">Which target it is for; null where nobody knows.</param>
/// <param name="IsCounted">True where it counts among those under way already: it was not waiting for a retry.</param>
/// <param name="HasBegun">True where it has begun to change its target, so that it must come to its end.</param>
public sealed record WaitingRun(string RunId, long Fence, string? TargetKey, bool IsCounted, bool HasBegun);

/// <summary>How the rotation of a secret is, as it is listed.</summary>
public sealed record RotationHealthEntry
{
    /// <summary>The portal's id of the secret.</summary>
    public required string SecretId { get; init; }

    /// <summary>The secret's name.</summary>
    public required string Name { get; init; }

    /// <summary>The secret's ARN.</summary>
    public required string Arn { get; init; }

    /// <summary>How it is.</summary>
    public required RotationHealth Health { get; init; }

    /// <summary>Since when; null where it was never anything else.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>When the next scheduled rotation begins; null where nothing is scheduled.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>By when one must have succeeded; null where nothing is scheduled.</summary>
    public DateTimeOffset? OverdueAt { get; init; }

    /// <summary>When it was rotated last; null where it never was.</summary>
    public DateTimeOffset? LastRotatedAt { get; init; }

    /// <summary>When the target was asked last whether it takes AWSCURRENT; null where it never was.</summary>
    public DateTimeOffset? HeartbeatAt { get; init; }

    /// <summary>What the target said then.</summary>
    public string? HeartbeatMessage { get; init; }
}

/// <summary>All rotations are held up.</summary>
/// <param name="Since">Since when.</param>
/// <param name="By">The ARN of who did it.</param>
/// <param name="Reason">Why, in that one's words; null where nothing was said.</param>
public sealed record RotationPause(DateTimeOffset Since, string By, string? Reason);

/// <summary>Schedules: what is due, and how rotations are. Each question is answered by one index.</summary>
public sealed class RotationScheduleStore(Database database)
{
    private const string PauseName = "rotation-pause";

    internal static readonly Sql SelectDue = Sql.Of("""
        SELECT p.secret_id, p.due_at, p.target_key
        FROM rotation_schedule p
        WHERE p.enabled = 1 AND p.due_at <= @now AND (p.due_at > @from OR (p.due_at = @from AND p.secret_id > @after))
          AND NOT EXISTS (SELECT r.id FROM rotation_run r WHERE r.secret_id = p.secret_id AND r.finished_at IS NULL)
        ORDER BY p.due_at, p.secret_id
        {limit}
        """);

    private static readonly Sql s_selectWaiting = Sql.Of("""
        SELECT r.id AS run_id, r.fence, p.target_key, CASE WHEN r.state = 'Retrying' THEN 0 ELSE 1 END AS is_counted,
          (SELECT COUNT(*) FROM rotation_step t WHERE t.run_id = r.id AND t.step = 'SetSecret') AS has_begun
        FROM rotation_run r LEFT JOIN rotation_schedule p ON p.secret_id = r.secret_id
        WHERE r.finished_at IS NULL
          AND (r.state = 'Queued' OR (r.state = 'Retrying' AND r.next_attempt_at <= @now) OR (r.state = 'Running' AND r.lease_until_at <= @now))
        ORDER BY r.created_at, r.id
        {limit}
        """);

    private static readonly Sql s_countByTarget = Sql.Of("""
        SELECT p.target_key, COUNT(*) AS number
        FROM rotation_run r LEFT JOIN rotation_schedule p ON p.secret_id = r.secret_id
        WHERE r.finished_at IS NULL AND r.state IN ('Queued', 'Running')
        GROUP BY p.target_key
        """);

    internal static readonly Sql SelectHealthChanges = Sql.Of("""
        SELECT secret_id FROM rotation_schedule WHERE health_changes_at <= @now
        ORDER BY health_changes_at
        {limit}
        """);

    internal static readonly Sql CountHealth = Sql.Of("SELECT region, health, COUNT(*) AS number FROM rotation_schedule GROUP BY region, health");

    private const string EntryColumns = """
        p.secret_id, s.name, s.arn, p.health, p.health_since_at AS since_at, p.due_at, p.open_window_end_at, p.next_window_end_at, s.last_rotated_at,
          p.heartbeat_at, p.heartbeat_message
        FROM rotation_schedule p JOIN secret s ON s.id = p.secret_id
        """;

    private static readonly Sql s_list = Sql.Of($$"""
        SELECT {{EntryColumns}}
        WHERE p.region = @region AND p.health <> 'Off' AND p.secret_id > @after
        ORDER BY p.secret_id
        {limit}
        """);

    internal static readonly Sql ListOfHealth = Sql.Of($$"""
        SELECT {{EntryColumns}}
        WHERE p.region = @region AND p.health = @health AND p.secret_id > @after
        ORDER BY p.secret_id
        {limit}
        """);

    private static readonly SqlByIds s_selectHealth = SqlByIds.Of($"SELECT {EntryColumns} WHERE p.secret_id IN ({{ids}})");

    private static readonly Sql s_selectSwitch = Sql.Of("SELECT reason, changed_by, changed_at FROM portal_switch WHERE name = @name");

    internal static readonly Sql InsertSwitch = Sql.Of("""
        INSERT INTO portal_switch (name, reason, changed_by, changed_at)
        SELECT @name, @reason, @changedBy, @changedAt WHERE NOT EXISTS (SELECT name FROM portal_switch WHERE name = @name)
        """);

    private static readonly Sql s_deleteSwitch = Sql.Of("DELETE FROM portal_switch WHERE name = @name");

    /// <summary>Rotations whose time has come and that have no open run, by their time, after a position; from the first on where there is none.</summary>
    public Task<IReadOnlyList<DueRotation>> FindDue(DateTimeOffset now, DueRotation? after, int limit, CancellationToken cancel) => database.Read<IReadOnlyList<DueRotation>>(
        async session => [.. (await session.Query<DueRow>(SelectDue, new
        {
            now = Stored.Time(now), from = after is null ? 0 : Stored.Time(after.DueAt), after = after?.SecretId ?? "", limit = (long)limit,
        })).Select(row => new DueRotation(row.SecretId, Stored.Time(row.DueAt), row.TargetKey))],
        cancel);

    /// <summary>Open runs that wait for a worker: queued, retrying and due, or running under an expired lease; oldest first.</summary>
    public Task<IReadOnlyList<WaitingRun>> FindWaiting(DateTimeOffset now, int limit, CancellationToken cancel) => database.Read<IReadOnlyList<WaitingRun>>(
        async session => [.. (await session.Query<WaitingRow>(s_selectWaiting, new { now = Stored.Time(now), limit = (long)limit }))
            .Select(row => new WaitingRun(row.RunId, row.Fence, row.TargetKey, row.IsCounted != 0, row.HasBegun != 0))],
        cancel);

    /// <summary>How many runs of each target are queued or running; those of an unknown target under the empty key.</summary>
    public Task<IReadOnlyDictionary<string, int>> CountByTarget(CancellationToken cancel) => database.Read<IReadOnlyDictionary<string, int>>(
        async session => (await session.Query<TargetRow>(s_countByTarget)).ToDictionary(row => row.TargetKey ?? "", row => (int)row.Number, StringComparer.Ordinal),
        cancel);

    /// <summary>Tells the health of rotations anew whose time to change has come; gives how many there were, at most <paramref name="limit"/>.</summary>
    public Task<int> RefreshHealth(DateTimeOffset now, int limit, CancellationToken cancel) => database.Write(
        async session =>
        {
            var ids = await session.Query<string>(SelectHealthChanges, new { now = Stored.Time(now), limit = (long)limit });
            foreach (var id in ids)
                await RotationHealthRows.Refresh(session, id, now);
            return ids.Count;
        },
        cancel);

    /// <summary>How many rotations of each region there are of each health.</summary>
    public Task<IReadOnlyDictionary<(string Region, RotationHealth Health), long>> CountByHealth(CancellationToken cancel) =>
        database.Read<IReadOnlyDictionary<(string, RotationHealth), long>>(
            async session => (await session.Query<HealthRow>(CountHealth)).ToDictionary(row => (row.Region, Stored.Member<RotationHealth>(row.Health)), row => row.Number),
            cancel);

    /// <summary>Rotations of a region by the portal's ids of their secrets, after one of them; of one health, or all that are not off.</summary>
    public Task<IReadOnlyList<RotationHealthEntry>> List(string region, RotationHealth? health, string? after, int limit, CancellationToken cancel) =>
        database.Read<IReadOnlyList<RotationHealthEntry>>(
            async session => [.. (await session.Query<EntryRow>(health is null ? s_list : ListOfHealth, health is null
                ? new { region, after = after ?? "", limit = (long)limit }
                : new { region, health = health.ToString(), after = after ?? "", limit = (long)limit })).Select(row => row.ToEntry())],
            cancel);

    /// <summary>How the rotations of secrets are, by the portal's ids of them; those whose rotation was never set up are missing.</summary>
    public Task<IReadOnlyDictionary<string, RotationHealthEntry>> FindHealth(IReadOnlyList<string> secretIds, CancellationToken cancel) =>
        database.Read<IReadOnlyDictionary<string, RotationHealthEntry>>(
            async session =>
            {
                var found = new Dictionary<string, RotationHealthEntry>(StringComparer.Ordinal);
                foreach (var chunk in secretIds.Chunk(SqlByIds.Capacity))
                {
                    var (sql, parameters) = s_selectHealth.With(chunk);
                    foreach (var row in await session.Query<EntryRow>(sql, parameters))
                        found[row.SecretId] = row.ToEntry();
                }

                return found;
            },
            cancel);

    /// <summary>What holds all rotations up; null where nothing does.</summary>
    public Task<RotationPause?> FindPause(CancellationToken cancel) => database.Read(
        async session => await session.First<SwitchRow>(s_selectSwitch, new { name = PauseName }) is { } row
            ? new RotationPause(Stored.Time(row.ChangedAt), row.ChangedBy, row.Reason) : null,
        cancel);

    /// <summary>Holds all rotations up, or lets them go on where <paramref name="pause"/> is null, with the record of it; false, and nothing changed, where it is so already.</summary>
    public Task<bool> SetPause(RotationPause? pause, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            var changed = pause is null
                ? await session.Execute(s_deleteSwitch, new { name = PauseName })
                : await session.Execute(InsertSwitch, new { name = PauseName, reason = pause.Reason, changedBy = pause.By, changedAt = Stored.Time(pause.Since) });
            if (changed == 0)
                return false;
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    private sealed record DueRow
    {
        public string SecretId { get; init; } = "";

        public long DueAt { get; init; }

        public string? TargetKey { get; init; }
    }

    private sealed record WaitingRow
    {
        public string RunId { get; init; } = "";

        public long Fence { get; init; }

        public string? TargetKey { get; init; }

        public long IsCounted { get; init; }

        public long HasBegun { get; init; }
    }

    private sealed record TargetRow
    {
        public string? TargetKey { get; init; }

        public long Number { get; init; }
    }

    private sealed record HealthRow
    {
        public string Region { get; init; } = "";

        public string Health { get; init; } = "";

        public long Number { get; init; }
    }

    private sealed record SwitchRow
    {
        public string? Reason { get; init; }

        public string ChangedBy { get; init; } = "";

        public long ChangedAt { get; init; }
    }

    private sealed record EntryRow
    {
        public string SecretId { get; init; } = "";

        public string Name { get; init; } = "";

        public string Arn { get; init; } = "";

        public string Health { get; init; } = "";

        public long? SinceAt { get; init; }

        public long? DueAt { get; init; }

        public long? OpenWindowEndAt { get; init; }

        public long? NextWindowEndAt { get; init; }

        public long? LastRotatedAt { get; init; }

        public long? HeartbeatAt { get; init; }

        public string? HeartbeatMessage { get; init; }

        public RotationHealthEntry ToEntry() => new()
        {
            SecretId = SecretId,
            Name = Name,
            Arn = Arn,
            Health = Stored.Member<RotationHealth>(Health),
            Since = Stored.Time(SinceAt),
            DueAt = Stored.Time(DueAt),
            OverdueAt = Stored.Time(OpenWindowEndAt ?? NextWindowEndAt),
            LastRotatedAt = Stored.Time(LastRotatedAt),
            HeartbeatAt = Stored.Time(HeartbeatAt),
            HeartbeatMessage = HeartbeatMessage,
        };
    }
}
