using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Storage;

/// <summary>Rows of runs and steps, within a transaction that a store has begun.</summary>
internal static class RotationRuns
{
    /// <summary>The longest message of a run or a step; longer ones are clipped.</summary>
    private const int MessageLength = 2000;

    private const string RunColumns =
        "r.id, r.secret_id, r.token, r.mode, r.requested_by, r.state, r.attempt, r.fence, r.next_attempt_at, r.created_at, r.finished_at, r.message, "
        + "r.retry_until_at, r.stalled_at";

    private static readonly Sql s_select = Sql.Of($"SELECT {RunColumns} FROM rotation_run r WHERE r.id = @id");

    private static readonly Sql s_selectOpen = Sql.Of($"SELECT {RunColumns} FROM rotation_run r WHERE r.secret_id = @secretId AND r.finished_at IS NULL");

    private static readonly Sql s_selectHistory = Sql.Of($$"""
        SELECT {{RunColumns}} FROM rotation_run r WHERE r.secret_id = @secretId
        ORDER BY r.created_at DESC, r.id DESC
        {limit}
        """);

    private static readonly Sql s_selectOlder = Sql.Of($$"""
        SELECT {{RunColumns}} FROM rotation_run r
        WHERE r.secret_id = @secretId AND r.created_at <= @createdAt AND (r.created_at < @createdAt OR r.id < @id)
        ORDER BY r.created_at DESC, r.id DESC
        {limit}
        """);

    private static readonly SqlByIds s_selectSteps = SqlByIds.Of("""
        SELECT s.run_id, s.step, s.attempt, s.started_at, s.finished_at, s.succeeded, s.message
        FROM rotation_step s JOIN rotation_run r ON r.id = s.run_id AND r.attempt = s.attempt
        WHERE s.run_id IN ({ids})
        """);

    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO rotation_run (id, secret_id, token, mode, requested_by, state, attempt, fence, next_attempt_at, created_at, message,
          retry_until_at, region)
        SELECT @id, s.id, @token, @mode, @requestedBy, @state, @attempt, 0, @nextAttemptAt, @createdAt, @message, @retryUntilAt, s.region
        FROM secret s WHERE s.id = @secretId
        """);

    private static readonly Sql s_lockHeld = Sql.Of("""
        SELECT r.id FROM rotation_run r {for update}
        WHERE r.id = @id AND r.fence = @fence AND r.state = 'Running'
        """);

    private static readonly Sql s_end = Sql.Of("""
        UPDATE rotation_run
        SET state = @state, message = @message, finished_at = @finishedAt, lease_owner = NULL, lease_until_at = NULL, next_attempt_at = NULL
        WHERE id = @id AND secret_id = @secretId AND fence = @fence AND state = 'Running'
        """);

    private static readonly Sql s_abandonOpen = Sql.Of("""
        UPDATE rotation_run
        SET state = 'Abandoned', message = @message, finished_at = @finishedAt, lease_owner = NULL, lease_until_at = NULL, next_attempt_at = NULL
        WHERE secret_id = @secretId AND finished_at IS NULL
        """);

    private static readonly Sql s_hasOpen = Sql.Of("SELECT COUNT(*) FROM rotation_run WHERE secret_id = @secretId AND finished_at IS NULL");

    private static readonly Sql s_updateStep = Sql.Of("""
        UPDATE rotation_step
        SET started_at = @startedAt, finished_at = @finishedAt, succeeded = @succeeded, message = @message
        WHERE run_id = @runId AND attempt = @attempt AND step = @step
        """);

    private static readonly Sql s_insertStep = Sql.Of("""
        INSERT INTO rotation_step (run_id, attempt, step, started_at, finished_at, succeeded, message)
        VALUES (@runId, @attempt, @step, @startedAt, @finishedAt, @succeeded, @message)
        """);

    /// <summary>A run with the steps of its latest attempt, and its fencing token; null where there is none.</summary>
    public static async Task<ClaimedRun?> Find(Session session, string runId) =>
        await session.First<RunRow>(s_select, new { id = runId }) is { } row ? (await WithSteps(session, [row]))[0] : null;

    /// <summary>The secret's open run, or null.</summary>
    public static async Task<RotationRun?> FindOpen(Session session, string secretId) =>
        await session.First<RunRow>(s_selectOpen, new { secretId }) is { } row ? (await WithSteps(session, [row]))[0].Run : null;

    /// <summary>The secret's runs, newest first.</summary>
    public static async Task<IReadOnlyList<RotationRun>> History(Session session, string secretId, int limit) =>
        await Runs(session, await session.Query<RunRow>(s_selectHistory, new { secretId, limit = (long)limit }));

    /// <summary>The secret's runs before one of them, newest first.</summary>
    public static async Task<IReadOnlyList<RotationRun>> Older(Session session, string secretId, RotationRun than, int limit) =>
        await Runs(session, await session.Query<RunRow>(s_selectOlder, new { secretId, createdAt = Stored.Time(than.CreatedAt), id = than.RunId, limit = (long)limit }));

    private static async Task<IReadOnlyList<RotationRun>> Runs(Session session, IReadOnlyList<RunRow> rows)
    {
        var runs = new List<RotationRun>(rows.Count);
        foreach (var chunk in rows.Chunk(SqlByIds.Capacity))
            runs.AddRange((await WithSteps(session, chunk)).Select(claimed => claimed.Run));
        return runs;
    }

    /// <summary>Registers a run; InvalidRequest where the secret has an open one.</summary>
    public static async Task Start(Session session, RotationRun run)
    {
        if (await session.Number(s_hasOpen, new { secretId = run.SecretId }) > 0)
            throw new PortalException(PortalError.InvalidRequest, "A previous rotation isn't complete. That rotation will be reattempted.");
        await session.Execute(s_insert, new
        {
            id = run.RunId,
            secretId = run.SecretId,
            token = run.Token,
            mode = run.Mode.ToString(),
            requestedBy = run.Trigger.ToString(),
            state = run.State.ToString(),
            attempt = (long)run.Attempt,
            nextAttemptAt = Stored.Time(run.NextAttemptAt),
            createdAt = Stored.Time(run.CreatedAt),
            message = Clip(run.Message),
            retryUntilAt = Stored.Time(run.RetryUntil),
        });
    }

    /// <summary>True, and the run's row locked until the transaction ends, where the fencing token is still the run's last one.</summary>
    public static async Task<bool> IsHeld(Session session, string runId, long fence) =>
        await session.First<string>(s_lockHeld, new { id = runId, fence }) is not null;

    /// <summary>Ends a run; InvalidRequest where its lease was lost or it has ended.</summary>
    public static async Task End(Session session, string secretId, RotationRunEnd end, DateTimeOffset now)
    {
        var ended = await session.Execute(s_end, new
        {
            id = end.RunId,
            secretId,
            fence = end.Fence,
            state = end.State.ToString(),
            message = Clip(end.Message),
            finishedAt = Stored.Time(now),
        });
        if (ended == 0)
            throw LeaseLost();
        foreach (var step in end.Steps)
            await SaveStep(session, end.RunId, step);
    }

    /// <summary>Ends the secret's open run, if there is one, whoever holds it.</summary>
    public static Task AbandonOpen(Session session, string secretId, string message, DateTimeOffset now) =>
        session.Execute(s_abandonOpen, new { secretId, message = Clip(message), finishedAt = Stored.Time(now) });

    /// <summary>Writes a step's row anew.</summary>
    public static async Task SaveStep(Session session, string runId, RotationStepRecord step)
    {
        var parameters = new
        {
            runId,
            attempt = (long)step.Attempt,
            step = step.Step.ToString(),
            startedAt = Stored.Time(step.StartedAt),
            finishedAt = Stored.Time(step.FinishedAt),
            succeeded = step.Succeeded ? 1L : 0L,
            message = Clip(step.Message),
        };
        if (await session.Execute(s_updateStep, parameters) == 0)
            await session.Execute(s_insertStep, parameters);
    }

    /// <summary>What a worker is told that no longer holds its run.</summary>
    public static PortalException LeaseLost() => new(PortalError.InvalidRequest,
        "This rotation has ended or another node carries it on. Nothing was changed.");

    /// <summary>A message cut to what its column holds.</summary>
    public static string? Clip(string? message) => message is null ? null : Stored.Clip(message, MessageLength);

    private static async Task<IReadOnlyList<ClaimedRun>> WithSteps(Session session, IReadOnlyList<RunRow> rows)
    {
        if (rows.Count == 0)
            return [];
        var (sql, parameters) = s_selectSteps.With([.. rows.Select(row => row.Id)]);
        var steps = (await session.Query<StepRow>(sql, parameters)).ToLookup(row => row.RunId, row => row.ToStep(), StringComparer.Ordinal);
        return [.. rows.Select(row => new ClaimedRun(row.ToRun([.. steps[row.Id].OrderBy(step => step.Step)]), row.Fence))];
    }

    private sealed record RunRow
    {
        public string Id { get; init; } = "";

        public string SecretId { get; init; } = "";

        public string Token { get; init; } = "";

        public string Mode { get; init; } = "";

        public string RequestedBy { get; init; } = "";

        public string State { get; init; } = "";

        public long Attempt { get; init; }

        public long Fence { get; init; }

        public long? NextAttemptAt { get; init; }

        public long CreatedAt { get; init; }

        public long? FinishedAt { get; init; }

        public string? Message { get; init; }

        public long? RetryUntilAt { get; init; }

        public long? StalledAt { get; init; }

        public RotationRun ToRun(IReadOnlyList<RotationStepRecord> steps) => new()
        {
            RunId = Id,
            SecretId = SecretId,
            Token = Token,
            Mode = Stored.Member<RotationMode>(Mode),
            Trigger = Stored.Member<RotationTrigger>(RequestedBy),
            State = Stored.Member<RotationRunState>(State),
            Attempt = checked((int)Attempt),
            CreatedAt = Stored.Time(CreatedAt),
            FinishedAt = Stored.Time(FinishedAt),
            NextAttemptAt = Stored.Time(NextAttemptAt),
            Message = Message,
            RetryUntil = Stored.Time(RetryUntilAt),
            StalledAt = Stored.Time(StalledAt),
            Steps = steps,
        };
    }

    private sealed record StepRow
    {
        public string RunId { get; init; } = "";

        public string Step { get; init; } = "";

        public long Attempt { get; init; }

        public long StartedAt { get; init; }

        public long? FinishedAt { get; init; }

        public long Succeeded { get; init; }

        public string? Message { get; init; }

        public RotationStepRecord ToStep() => new(
            Stored.Member<RotationStep>(Step), checked((int)Attempt), Stored.Time(StartedAt), Stored.Time(FinishedAt), Succeeded != 0, Message);
    }
}
