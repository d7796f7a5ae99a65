using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Storage;

/// <summary>A run that a node holds, with the fencing token that each of its writes must show.</summary>
/// <param name="Run">The run as claimed.</param>
/// <param name="Fence">Rises with each claim of the run.</param>
public sealed record ClaimedRun(RotationRun Run, long Fence);

/// <summary>Schedules that are due, runs and their steps.</summary>
public sealed class RotationStore(Database database)
{
    /// <summary>Ids of secrets whose schedule is on, whose window has begun and which have no open run.</summary>
    public Task<IReadOnlyList<string>> FindDue(DateTimeOffset now, int limit, CancellationToken cancel) => throw new NotImplementedException(database.ToString());

    /// <summary>Ids of open runs that wait for a worker: queued, retrying and due, or running under an expired lease.</summary>
    public Task<IReadOnlyList<string>> FindClaimable(DateTimeOffset now, int limit, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Takes the lease of a run by a conditional UPDATE and counts an attempt; null where another holds it or it has ended.</summary>
    public Task<ClaimedRun?> Claim(string runId, string owner, DateTimeOffset now, DateTimeOffset leaseUntil, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Extends the lease; false where it was lost.</summary>
    public Task<bool> Renew(string runId, long fence, DateTimeOffset leaseUntil, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Stores a step's beginning or end (same run, attempt and step: one row); false where the lease was lost.</summary>
    public Task<bool> SaveStep(string runId, long fence, RotationStepRecord step, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Gives the lease back for a retry; false where it was lost.</summary>
    public Task<bool> Retry(string runId, long fence, DateTimeOffset nextAttemptAt, string message, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>One run with the steps of its latest attempt; null where there is none.</summary>
    public Task<RotationRun?> Find(string runId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The secret's open run, or null.</summary>
    public Task<RotationRun?> FindOpen(string secretId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The secret's runs, newest first.</summary>
    public Task<IReadOnlyList<RotationRun>> History(string secretId, int limit, CancellationToken cancel) => throw new NotImplementedException();
}
