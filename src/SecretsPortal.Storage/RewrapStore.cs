using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Keys;

namespace SecretsPortal.Storage;

/// <summary>A re-wrapping that a node holds, with the fencing token that each of its writes must show.</summary>
/// <param name="Job">The job as claimed.</param>
/// <param name="Fence">Rises with each claim of the job.</param>
public sealed record ClaimedRewrap(RewrapJob Job, long Fence);

/// <summary>A row's new wrap.</summary>
/// <param name="Row">The row as it was read.</param>
/// <param name="Rewrapped">What it shall hold.</param>
/// <param name="KeyVersion">The version that wrapped it.</param>
public sealed record RewrappedRow(SealedRow Row, byte[] Rewrapped, string KeyVersion);

/// <summary>Re-wrappings, and the rows that they write.</summary>
public sealed class RewrapStore(Database database)
{
    private const int MessageLength = 2000;
    private const string JobColumns = """
        id, source_key_id, target_key_id, target_version, secret_id, state, stage, position, total, done, failed, message, started_by, created_at,
        finished_at, next_attempt_at, fence
        """;

    private const string IsClaimable = """
        ((state = 'Queued' AND (next_attempt_at IS NULL OR next_attempt_at <= @now))
          OR (state = 'Running' AND lease_until_at <= @now))
        """;

    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO rewrap_job (id, source_key_id, target_key_id, target_version, secret_id, state, stage, position, total, done, failed, message,
          started_by, created_at, finished_at, fence)
        VALUES (@id, @sourceKeyId, @targetKeyId, @targetVersion, @secretId, @state, @stage, @reached, @total, @done, @failed, @message,
          @startedBy, @createdAt, @finishedAt, 0)
        """);

    private static readonly Sql s_select = Sql.Of($"SELECT {JobColumns} FROM rewrap_job WHERE id = @id");

    private static readonly Sql s_selectPage = Sql.Of($$"""
        SELECT {{JobColumns}} FROM rewrap_job
        WHERE created_at <= @beforeAt AND (created_at < @beforeAt OR id < @beforeId)
        ORDER BY created_at DESC, id DESC
        {limit}
        """);

    private static readonly Sql s_selectClaimable = Sql.Of($$"""
        SELECT id FROM rewrap_job WHERE finished_at IS NULL AND {{IsClaimable}}
        ORDER BY created_at, id
        {limit}
        """);

    private static readonly Sql s_countOpenOf = Sql.Of(
        "SELECT COUNT(*) FROM rewrap_job WHERE finished_at IS NULL AND (source_key_id = @keyId OR target_key_id = @keyId)");

    private static readonly Sql s_claim = Sql.Of($"""
        UPDATE rewrap_job
        SET state = 'Running', lease_owner = @owner, lease_until_at = @leaseUntilAt, fence = fence + 1, next_attempt_at = NULL
        WHERE id = @id AND {IsClaimable}
        """);

    private static readonly Sql s_progress = Sql.Of("""
        UPDATE rewrap_job
        SET stage = @stage, position = @reached, total = @total, done = @done, failed = @failed, message = @message, lease_until_at = @leaseUntilAt
        WHERE id = @id AND fence = @fence AND state = 'Running'
        """);

    private static readonly Sql s_release = Sql.Of("""
        UPDATE rewrap_job
        SET state = 'Queued', message = @message, next_attempt_at = @nextAttemptAt, lease_owner = NULL, lease_until_at = NULL
        WHERE id = @id AND fence = @fence AND state = 'Running'
        """);

    private static readonly Sql s_finish = Sql.Of("""
        UPDATE rewrap_job
        SET state = @state, message = @message, finished_at = @finishedAt, lease_owner = NULL, lease_until_at = NULL
        WHERE id = @id AND fence = @fence AND state = 'Running'
        """);

    // The fence rises, so that a node that carries the job on can't write any more.
    private static readonly Sql s_setState = Sql.Of("""
        UPDATE rewrap_job
        SET state = @state, fence = fence + 1, finished_at = @finishedAt, lease_owner = NULL, lease_until_at = NULL, next_attempt_at = NULL
        WHERE id = @id AND finished_at IS NULL AND state <> @state AND (@was IS NULL OR state = @was)
        """);

    /// <summary>Registers a job with its record.</summary>
    public Task Start(RewrapJob job, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            await Insert(session, job);
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>A job with its fencing token; null where there is none.</summary>
    public Task<RewrapJob?> Find(string jobId, CancellationToken cancel) => database.Read(async session => (await Claimed(session, jobId))?.Job, cancel);

    /// <summary>Jobs, newest first, after the one of <paramref name="before"/>.</summary>
    public Task<IReadOnlyList<RewrapJob>> List((DateTimeOffset At, string JobId)? before, int limit, CancellationToken cancel) => database.Read<IReadOnlyList<RewrapJob>>(
        async session => [.. (await session.Query<JobRow>(s_selectPage, new
        {
            beforeAt = before is { } last ? Stored.Time(last.At) : long.MaxValue, beforeId = before?.JobId ?? "", limit = (long)limit,
        })).Select(row => row.ToJob())],
        cancel);

    /// <summary>Ids of jobs that wait for a node: queued and due, or running under an expired lease; the oldest first.</summary>
    public Task<IReadOnlyList<string>> FindClaimable(DateTimeOffset now, int limit, CancellationToken cancel) =>
        database.Read(session => session.Query<string>(s_selectClaimable, new { now = Stored.Time(now), limit = (long)limit }), cancel);

    /// <summary>Takes the lease of a job by a conditional UPDATE; null where another holds it or it waits or has ended.</summary>
    public Task<ClaimedRewrap?> Claim(string jobId, string owner, DateTimeOffset now, DateTimeOffset leaseUntil, CancellationToken cancel) => database.Write(
        async session =>
        {
            var taken = await session.Execute(s_claim, new
            {
                id = jobId, owner = Stored.Clip(owner, 256), now = Stored.Time(now), leaseUntilAt = Stored.Time(leaseUntil),
            });
            return taken == 0 ? null : await Claimed(session, jobId);
        },
        cancel);

    /// <summary>How many rows the job has to wrap anew.</summary>
    public Task<long> Count(RewrapJob job, CancellationToken cancel) =>
        database.Read(session => SealedRows.Count(session, job.SourceKeyId, ExceptVersion(job), job.SecretId), cancel);

    /// <summary>The next rows of the job's stage, after its position.</summary>
    public Task<IReadOnlyList<SealedRow>> FindRows(RewrapJob job, int limit, CancellationToken cancel) => database.Read(
        session => SealedRows.Find(session, job.Stage, job.SourceKeyId, ExceptVersion(job), job.SecretId, job.Position, limit), cancel);

    /// <summary>
    /// Writes a batch of new wraps and the job's progress in one transaction. A row that changed meanwhile stays as it became. False, and nothing
    /// written, where the lease was lost: the job was taken over, paused or cancelled.
    /// </summary>
    public Task<bool> Save(ClaimedRewrap claim, RewrapJob progress, IReadOnlyList<RewrappedRow> rows, DateTimeOffset leaseUntil, CancellationToken cancel) => database.Write(
        async session =>
        {
            var isHeld = await session.Execute(s_progress, new
            {
                id = progress.JobId,
                fence = claim.Fence,
                stage = progress.Stage.ToString(),
                reached = progress.Position,
                total = progress.Total,
                done = progress.Done,
                failed = progress.Failed,
                message = Clip(progress.Message),
                leaseUntilAt = Stored.Time(leaseUntil),
            }) > 0;
            foreach (var row in isHeld ? rows : [])
                await SealedRows.Replace(session, row.Row, row.Rewrapped, progress.TargetKeyId, row.KeyVersion);
            return isHeld;
        },
        cancel);

    /// <summary>Gives the lease back until <paramref name="nextAttempt"/>, or at once for null.</summary>
    public Task Release(ClaimedRewrap claim, string? message, DateTimeOffset? nextAttempt, CancellationToken cancel) => database.Write(
        session => session.Execute(s_release, new
        {
            id = claim.Job.JobId, fence = claim.Fence, message = Clip(message), nextAttemptAt = Stored.Time(nextAttempt),
        }),
        cancel);

    /// <summary>Ends the job with its record; false where the lease was lost.</summary>
    public Task<bool> Finish(ClaimedRewrap claim, RewrapState state, string? message, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            var isHeld = await session.Execute(s_finish, new
            {
                id = claim.Job.JobId, fence = claim.Fence, state = state.ToString(), message = Clip(message), finishedAt = Stored.Time(audit.At),
            }) > 0;
            if (isHeld)
                await AuditStore.Insert(session, audit);
            return isHeld;
        },
        cancel);

    /// <summary>Pauses, resumes or cancels an open job with its record; false where it has ended or is not in the state <paramref name="was"/>.</summary>
    public Task<bool> SetState(string jobId, RewrapState? was, RewrapState state, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            var isChanged = await session.Execute(s_setState, new
            {
                id = jobId, was = was?.ToString(), state = state.ToString(), finishedAt = state == RewrapState.Cancelled ? Stored.Time(audit.At) : (long?)null,
            }) > 0;
            if (isChanged)
                await AuditStore.Insert(session, audit);
            return isChanged;
        },
        cancel);

    /// <summary>Registers a job within the transaction of the change that it follows.</summary>
    internal static Task Insert(Session session, RewrapJob job) => session.Execute(s_insert, new
    {
        id = job.JobId,
        sourceKeyId = job.SourceKeyId,
        targetKeyId = job.TargetKeyId,
        targetVersion = job.TargetVersion,
        secretId = job.SecretId,
        state = job.State.ToString(),
        stage = job.Stage.ToString(),
        reached = job.Position,
        total = job.Total,
        done = job.Done,
        failed = job.Failed,
        message = Clip(job.Message),
        startedBy = Stored.Clip(job.StartedBy, 512),
        createdAt = Stored.Time(job.CreatedAt),
        finishedAt = Stored.Time(job.FinishedAt),
    });

    /// <summary>True where an open job wraps from or to the key.</summary>
    internal static async Task<bool> HasOpen(Session session, string keyId) => await session.Number(s_countOpenOf, new { keyId }) > 0;

    // Towards another key, whatever lies under the source is due, in whichever version.
    private static string? ExceptVersion(RewrapJob job) => job.SourceKeyId == job.TargetKeyId ? job.TargetVersion : null;

    private static string? Clip(string? message) => message is null ? null : Stored.Clip(message, MessageLength);

    private static async Task<ClaimedRewrap?> Claimed(Session session, string jobId) =>
        await session.First<JobRow>(s_select, new { id = jobId }) is { } row && row.Id == jobId ? new ClaimedRewrap(row.ToJob(), row.Fence) : null;

    private sealed record JobRow
    {
        public string Id { get; init; } = "";

        public string SourceKeyId { get; init; } = "";

        public string TargetKeyId { get; init; } = "";

        public string TargetVersion { get; init; } = "";

        public string? SecretId { get; init; }

        public string State { get; init; } = "";

        public string Stage { get; init; } = "";

        public string Position { get; init; } = "";

        public long Total { get; init; }

        public long Done { get; init; }

        public long Failed { get; init; }

        public string? Message { get; init; }

        public string StartedBy { get; init; } = "";

        public long CreatedAt { get; init; }

        public long? FinishedAt { get; init; }

        public long? NextAttemptAt { get; init; }

        public long Fence { get; init; }

        public RewrapJob ToJob() => new()
        {
            JobId = Id,
            SourceKeyId = SourceKeyId,
            TargetKeyId = TargetKeyId,
            TargetVersion = TargetVersion,
            SecretId = SecretId,
            State = Stored.Member<RewrapState>(State),
            Stage = Stored.Member<RewrapStage>(Stage),
            Position = Position,
            Total = Total,
            Done = Done,
            Failed = Failed,
            Message = Message,
            StartedBy = StartedBy,
            CreatedAt = Stored.Time(CreatedAt),
            FinishedAt = Stored.Time(FinishedAt),
            NextAttemptAt = Stored.Time(NextAttemptAt),
        };
    }
}
