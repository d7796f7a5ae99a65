using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Storage;

/// <summary>A run that a node holds, with the fencing token that each of its writes must show.</summary>
/// <param name="Run">The run as claimed.</param>
/// <param name="Fence">Rises with each claim of the run.</param>
public sealed record ClaimedRun(RotationRun Run, long Fence);

/// <summary>Schedules that are due, runs and their steps.</summary>
public sealed class RotationStore(Database database)
{
    private const string IsClaimable = """
        (state = 'Queued'
          OR (state = 'Retrying' AND next_attempt_at <= @now)
          OR (state = 'Running' AND lease_until_at <= @now))
        """;

    private static readonly Sql s_claim = Sql.Of($"""
        UPDATE rotation_run
        SET state = 'Running', lease_owner = @owner, lease_until_at = @leaseUntilAt, fence = fence + 1, attempt = attempt + 1,
          next_attempt_at = NULL
        WHERE id = @id AND {IsClaimable}
        """);

    private static readonly Sql s_renew = Sql.Of(
        "UPDATE rotation_run SET lease_until_at = @leaseUntilAt WHERE id = @id AND fence = @fence AND state = 'Running'");

    private static readonly Sql s_retry = Sql.Of("""
        UPDATE rotation_run
        SET state = 'Retrying', next_attempt_at = @nextAttemptAt, message = @message, stalled_at = COALESCE(stalled_at, @stalledAt), lease_owner = NULL, lease_until_at = NULL
        WHERE id = @id AND fence = @fence AND state = 'Running'
        """);

    private static readonly Sql s_isFirstStall = Sql.Of("SELECT COUNT(*) FROM rotation_run WHERE id = @id AND fence = @fence AND state = 'Running' AND stalled_at IS NULL");

    private static readonly Sql s_hasten = Sql.Of(
        "UPDATE rotation_run SET next_attempt_at = @now WHERE id = @id AND state = 'Retrying' AND next_attempt_at > @now");

    private static readonly Sql s_hasBegun = Sql.Of("SELECT COUNT(*) FROM rotation_step WHERE run_id = @runId AND step = @step");

    private static readonly Sql s_selectHanging = Sql.Of("""
        SELECT l.secret_id
        FROM secret_label l
          JOIN secret s ON s.id = l.secret_id
          JOIN rotation_schedule p ON p.secret_id = l.secret_id
          LEFT JOIN secret_label c ON c.secret_id = l.secret_id AND c.label = 'AWSCURRENT'
        WHERE l.label = 'AWSPENDING' AND l.secret_id > @after AND s.deleted_at IS NULL AND s.primary_region IS NULL
          AND s.last_changed_at <= @unchangedSince AND (c.version_id IS NULL OR c.version_id <> l.version_id)
          AND NOT EXISTS (SELECT 1 FROM rotation_run r WHERE r.secret_id = l.secret_id AND r.finished_at IS NULL)
        ORDER BY l.secret_id
        {limit}
        """);

    /// <summary>
    /// Ids, after <paramref name="after"/> and in their order, of secrets with rotation settings whose AWSPENDING belongs to no open run and is not on
    /// AWSCURRENT's version, and that nobody has changed since.
    /// </summary>
    public Task<IReadOnlyList<string>> FindHanging(string after, DateTimeOffset unchangedSince, int limit, CancellationToken cancel) =>
        database.Read(session => session.Query<string>(s_selectHanging, new { after, unchangedSince = Stored.Time(unchangedSince), limit = (long)limit }), cancel);

    /// <summary>Takes the lease of a run by a conditional UPDATE and counts an attempt; null where another holds it or it has ended.</summary>
    public Task<ClaimedRun?> Claim(string runId, string owner, DateTimeOffset now, DateTimeOffset leaseUntil, CancellationToken cancel) =>
        database.Write(
            async session =>
            {
                var taken = await session.Execute(s_claim, new
                {
                    id = runId, owner = Stored.Clip(owner, 256), now = Stored.Time(now), leaseUntilAt = Stored.Time(leaseUntil),
                });
                return taken == 0 ? null : await RotationRuns.Find(session, runId);
            },
            cancel);

    /// <summary>Extends the lease; false where it was lost.</summary>
    public Task<bool> Renew(string runId, long fence, DateTimeOffset leaseUntil, CancellationToken cancel) => database.Write(
        async session => await session.Execute(s_renew, new { id = runId, fence, leaseUntilAt = Stored.Time(leaseUntil) }) > 0, cancel);

    /// <summary>Stores a step's beginning or end (same run, attempt and step: one row); false where the lease was lost.</summary>
    public Task<bool> SaveStep(string runId, long fence, RotationStepRecord step, CancellationToken cancel) => SaveSteps(runId, fence, [step], audit: null, cancel);

    /// <summary>As <see cref="SaveStep"/>, several in one transaction (the end of one, the beginning of the next), and with them a record.</summary>
    public Task<bool> SaveSteps(string runId, long fence, IReadOnlyList<RotationStepRecord> steps, AuditRecord? audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            if (!await RotationRuns.IsHeld(session, runId, fence))
                return false;
            foreach (var step in steps)
                await RotationRuns.SaveStep(session, runId, step);
            if (audit is not null)
                await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>
    /// Gives the lease back for a retry; false where it was lost. <paramref name="stalledAt"/> is kept where it is the first one: since when the run
    /// waits for its target's word.
    /// </summary>
    public Task<bool> Retry(string runId, long fence, DateTimeOffset nextAttemptAt, string message, DateTimeOffset? stalledAt, CancellationToken cancel) => database.Write(
        async session =>
        {
            var parameters = new
            {
                id = runId, fence, nextAttemptAt = Stored.Time(nextAttemptAt), message = RotationRuns.Clip(message), stalledAt = Stored.Time(stalledAt),
            };
            var hasStalled = stalledAt is not null && await session.Number(s_isFirstStall, new { id = runId, fence }) > 0;
            if (await session.Execute(s_retry, parameters) == 0)
                return false;
            if (hasStalled)
                await RotationHealthRows.Stalled(session, runId, stalledAt!.Value);
            await RotationHealthRows.Touch(session, runId);
            return true;
        },
        cancel);

    /// <summary>Makes a retry that waits due now; false where the run does not wait for one.</summary>
    public Task<bool> Hasten(string runId, DateTimeOffset now, CancellationToken cancel) => database.Write(
        async session => await session.Execute(s_hasten, new { id = runId, now = Stored.Time(now) }) > 0, cancel);

    /// <summary>True where any attempt of the run has begun the step.</summary>
    public async Task<bool> HasBegun(string runId, RotationStep step, CancellationToken cancel) =>
        await database.Read(session => session.Number(s_hasBegun, new { runId, step = step.ToString() }), cancel) > 0;

    /// <summary>One run with the steps of its latest attempt; null where there is none.</summary>
    public Task<RotationRun?> Find(string runId, CancellationToken cancel) =>
        database.ReadTogether(async session => (await RotationRuns.Find(session, runId))?.Run, cancel);

    /// <summary>The secret's open run, or null.</summary>
    public Task<RotationRun?> FindOpen(string secretId, CancellationToken cancel) =>
        database.ReadTogether(session => RotationRuns.FindOpen(session, secretId), cancel);

    /// <summary>The secret's runs before one of them, newest first, with the steps of each run's latest attempt.</summary>
    public Task<IReadOnlyList<RotationRun>> Older(string secretId, RotationRun than, int limit, CancellationToken cancel) =>
        database.ReadTogether(session => RotationRuns.Older(session, secretId, than, limit), cancel);

    /// <summary>The secret's runs, newest first.</summary>
    public Task<IReadOnlyList<RotationRun>> History(string secretId, int limit, CancellationToken cancel) =>
        database.ReadTogether(session => RotationRuns.History(session, secretId, limit), cancel);
}
