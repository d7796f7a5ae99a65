using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Storage;

/// <summary>A target that is to be asked whether it takes AWSCURRENT.</summary>
/// <param name="SecretId">The portal's id of the secret.</param>
/// <param name="DueAt">Since when.</param>
/// <param name="TargetKey">Which target; null where nobody knows.</param>
public sealed record DueHeartbeat(string SecretId, DateTimeOffset DueAt, string? TargetKey);

/// <summary>What a target said.</summary>
/// <param name="At">When.</param>
/// <param name="VersionId">The version that it was asked about.</param>
/// <param name="Answer">What it said.</param>
/// <param name="Message">The same in plain words; never a value.</param>
public sealed record Heartbeat(DateTimeOffset At, string VersionId, TargetAnswer Answer, string Message);

/// <summary>When targets are asked whether they take what AWSCURRENT has, and what they said.</summary>
public sealed class HeartbeatStore(Database database)
{
    private static readonly Sql s_selectUnplanned = Sql.Of("""
        SELECT secret_id FROM rotation_schedule WHERE enabled = 1 AND heartbeat_due_at IS NULL
        ORDER BY secret_id
        {limit}
        """);

    private static readonly Sql s_plan = Sql.Of("UPDATE rotation_schedule SET heartbeat_due_at = @dueAt WHERE secret_id = @secretId");

    internal static readonly Sql SelectDue = Sql.Of("""
        SELECT p.secret_id, p.heartbeat_due_at AS due_at, p.target_key
        FROM rotation_schedule p
        WHERE p.enabled = 1 AND p.heartbeat_due_at <= @now
          AND NOT EXISTS (SELECT r.id FROM rotation_run r WHERE r.secret_id = p.secret_id AND r.finished_at IS NULL)
        ORDER BY p.heartbeat_due_at
        {limit}
        """);

    private static readonly Sql s_take = Sql.Of(
        "UPDATE rotation_schedule SET heartbeat_due_at = @dueAt WHERE secret_id = @secretId AND enabled = 1 AND heartbeat_due_at = @fromAt");

    // Of a rotation that began meanwhile, or a value that was put, the answer says nothing any more.
    private const string IsStillSo = """
        secret_id = @secretId
          AND NOT EXISTS (SELECT r.id FROM rotation_run r WHERE r.secret_id = @secretId AND r.finished_at IS NULL)
          AND EXISTS (SELECT l.version_id FROM secret_label l WHERE l.secret_id = @secretId AND l.label = 'AWSCURRENT' AND l.version_id = @version)
        """;

    private static readonly Sql s_save = Sql.Of($"""
        UPDATE rotation_schedule
        SET heartbeat_at = @at, heartbeat_version = @version, heartbeat_answer = @answer, heartbeat_message = @message
        WHERE {IsStillSo}
        """);

    // What was known stays known until the target says something else.
    private static readonly Sql s_saveUnknown = Sql.Of($"""
        UPDATE rotation_schedule
        SET heartbeat_at = @at, heartbeat_message = @message, heartbeat_answer = COALESCE(heartbeat_answer, 'Unknown'),
          heartbeat_version = COALESCE(heartbeat_version, @version)
        WHERE {IsStillSo}
        """);

    /// <summary>Gives those that were never planned their time, as <paramref name="place"/> says; gives how many there were, at most <paramref name="limit"/>.</summary>
    public Task<int> Plan(Func<string, DateTimeOffset> place, int limit, CancellationToken cancel) => database.Write(
        async session =>
        {
            var ids = await session.Query<string>(s_selectUnplanned, new { limit = (long)limit });
            foreach (var secretId in ids)
                await session.Execute(s_plan, new { secretId, dueAt = Stored.Time(place(secretId)) });
            return ids.Count;
        },
        cancel);

    /// <summary>Those whose time has come and that are not being rotated, oldest first.</summary>
    public Task<IReadOnlyList<DueHeartbeat>> FindDue(DateTimeOffset now, int limit, CancellationToken cancel) => database.Read<IReadOnlyList<DueHeartbeat>>(
        async session => [.. (await session.Query<DueRow>(SelectDue, new { now = Stored.Time(now), limit = (long)limit }))
            .Select(row => new DueHeartbeat(row.SecretId, Stored.Time(row.DueAt), row.TargetKey))],
        cancel);

    /// <summary>Takes one on and sets its next time; false where another node was first.</summary>
    public Task<bool> Take(DueHeartbeat due, DateTimeOffset next, CancellationToken cancel) => database.Write(
        async session => await session.Execute(s_take, new { secretId = due.SecretId, fromAt = Stored.Time(due.DueAt), dueAt = Stored.Time(next) }) > 0, cancel);

    /// <summary>Has one asked again at another time than was set.</summary>
    public Task Postpone(string secretId, DateTimeOffset at, CancellationToken cancel) => database.Write(
        session => session.Execute(s_plan, new { secretId, dueAt = Stored.Time(at) }), cancel);

    /// <summary>
    /// Stores what a target said, unless its secret has changed or is being rotated meanwhile, and tells the health anew;
    /// <paramref name="record"/> is asked for a record where the secret gets out of sync (true) or back (false).
    /// </summary>
    public Task<bool> Save(string secretId, Heartbeat beat, Func<bool, AuditRecord> record, CancellationToken cancel) => database.Write(
        async session =>
        {
            var parameters = new
            {
                secretId, at = Stored.Time(beat.At), version = beat.VersionId, answer = beat.Answer.ToString(), message = RotationRuns.Clip(beat.Message),
            };
            var saved = beat.Answer == TargetAnswer.Unknown
                ? await session.Execute(s_saveUnknown, new { parameters.secretId, parameters.at, parameters.version, parameters.message })
                : await session.Execute(s_save, parameters);
            if (saved == 0 || await RotationHealthRows.Refresh(session, secretId, beat.At) is not var (before, after))
                return false;
            if (before == RotationHealth.OutOfSync != (after == RotationHealth.OutOfSync))
                await AuditStore.Insert(session, record(after == RotationHealth.OutOfSync));
            return true;
        },
        cancel);

    private sealed record DueRow
    {
        public string SecretId { get; init; } = "";

        public long DueAt { get; init; }

        public string? TargetKey { get; init; }
    }
}
