using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Keys;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// Carries re-wrappings out, batch by batch: each batch and the job's progress commit together, so that a process that dies loses at most a
/// batch's work, and any node goes on where the last one stopped.
/// </summary>
public sealed partial class RewrapRunner
{
    private const int BatchSize = 100;
    private const int MostPasses = 3;
    private const int AtOnce = 4;

    // A batch that takes longer is saved as far as it came, so the lease never runs out under a slow KMS.
    private static readonly TimeSpan s_mostOfBatch = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(30);

    private readonly RewrapStore _jobs;
    private readonly KeyRegistry _keys;
    private readonly Envelope _envelope;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<RewrapRunner> _log;
    private readonly OneAtATime _ticks = new();
    private readonly string _owner;

    internal RewrapRunner(
        RewrapStore jobs, KeyRegistry keys, Envelope envelope, AuditRecorder recorder, PortalOptions options, TimeProvider clock, ILogger<RewrapRunner> log)
    {
        _jobs = jobs;
        _keys = keys;
        _envelope = envelope;
        _recorder = recorder;
        _options = options;
        _clock = clock;
        _log = log;
        _owner = $"{Environment.MachineName}/{Environment.ProcessId}";
    }

    /// <summary>
    /// One tick: carries on every re-wrapping that waits. Safe to run on several nodes at once; on this one a tick that finds another under way does
    /// nothing. Failures are noted on the job, never thrown; only cancellation is.
    /// </summary>
    public Task Tick(CancellationToken cancel) => _ticks.Run(async () =>
    {
        foreach (var jobId in await _jobs.FindClaimable(_clock.Now(), limit: 100, cancel))
        {
            cancel.ThrowIfCancellationRequested();
            var now = _clock.Now();
            if (await _jobs.Claim(jobId, _owner, now, now + s_lease, cancel) is { } claim)
                await Carry(claim, cancel);
        }
    });

    private async Task Carry(ClaimedRewrap claim, CancellationToken cancel)
    {
        try
        {
            await Run(claim, cancel);
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            // Another node, or this one after its start, goes on at once.
            await _jobs.Release(claim, message: null, nextAttempt: null, CancellationToken.None);
            throw;
        }
        catch (PortalException fault)
        {
            LogInterrupted(fault, claim.Job.JobId);
            await _jobs.Release(claim, fault.Message, _clock.Now() + s_pause, cancel);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The database is away, say. The lease runs out, and a later tick takes the job up again.
            LogInterrupted(fault, claim.Job.JobId);
        }
    }

    private async Task Run(ClaimedRewrap claim, CancellationToken cancel)
    {
        var job = claim.Job;
        var target = await TargetOf(job, cancel);
        if (job.Total == 0)
            job = job with { Total = await _jobs.Count(job, cancel) };
        for (var pass = 1; ; pass++)
        {
            if (await WorkThrough(claim, job, target, cancel) is not { } after)
                return;
            job = after;
            // What was sealed beside the job under the old version, before this node or another knew of the new one.
            var rest = await _jobs.Count(job, cancel);
            if (rest <= job.Failed || pass == MostPasses)
                break;
            job = job with { Stage = RewrapStage.SecretVersion, Position = "", Total = job.Done + rest, Failed = 0 };
        }

        await Finish(claim, job, cancel);
    }

    /// <summary>All stages from where the job stands to the end; null where the lease was lost.</summary>
    private async Task<RewrapJob?> WorkThrough(ClaimedRewrap claim, RewrapJob job, StoredKmsKey target, CancellationToken cancel)
    {
        while (true)
        {
            var rows = await _jobs.FindRows(job, BatchSize, cancel);
            if (rows.Count == 0)
            {
                if (job.Stage == RewrapStage.RotationFunction || job.SecretId is not null)
                    return job;
                job = job with { Stage = job.Stage + 1, Position = "" };
                continue;
            }

            var batch = await Rewrap(rows, target, cancel);
            job = job with
            {
                Position = batch.Position ?? job.Position,
                Done = job.Done + batch.Rewrapped.Count,
                Failed = job.Failed + batch.Failed,
                Message = batch.Failed > 0 ? batch.Message : job.Message,
            };
            if (!await _jobs.Save(claim, job, batch.Rewrapped, _clock.Now() + s_lease, cancel))
            {
                LogLeaseLost(job.JobId);
                return null;
            }

            if (batch.Interrupted is { } fault)
                throw fault;
        }
    }

    /// <summary>Wraps rows anew, some at once, as far as time and KMS allow; rows that can't be opened are counted and left.</summary>
    private async Task<Batch> Rewrap(IReadOnlyList<SealedRow> rows, StoredKmsKey target, CancellationToken cancel)
    {
        var began = _clock.GetTimestamp();
        var batch = new Batch();
        foreach (var some in rows.Chunk(AtOnce))
        {
            cancel.ThrowIfCancellationRequested();
            foreach (var (row, (rewrapped, fault)) in some.Zip(await Task.WhenAll(some.Select(row => TryRewrap(row, target, cancel)))))
            {
                if (fault is { Error: not (PortalError.DecryptionFailure or PortalError.EncryptionFailure) })
                {
                    batch.Interrupted = fault;
                    return batch;
                }

                batch.Position = row.Position;
                if (rewrapped is not null)
                    batch.Rewrapped.Add(rewrapped);
                else
                    batch.Fail($"{fault!.Message} ({(row.VersionId.Length > 0 ? $"version {row.VersionId} of {row.Arn}" : row.Id)})");
            }

            if (_clock.GetElapsedTime(began) > s_mostOfBatch)
                break;
        }

        return batch;
    }

    private async Task<(RewrappedRow? Row, PortalException? Fault)> TryRewrap(SealedRow row, StoredKmsKey target, CancellationToken cancel)
    {
        try
        {
            var rewrapped = await _envelope.Rewrap(row.Sealed, SealedContexts.Of(_options, row), target, cancel);
            return (new RewrappedRow(row, rewrapped.Bytes, rewrapped.KeyVersion), null);
        }
        catch (PortalException fault)
        {
            return (null, fault);
        }
    }

    private async Task<StoredKmsKey> TargetOf(RewrapJob job, CancellationToken cancel)
    {
        var keys = await _keys.All(cancel);
        foreach (var keyId in (string[])[job.SourceKeyId, job.TargetKeyId])
            if (keys.FirstOrDefault(key => key.KeyId == keyId) is not { State: KmsKeyState.Enabled })
                throw new PortalException(PortalError.InvalidRequest, $"The key {keyId} is not enabled. Enable it, or cancel the re-wrapping.");
        return keys.First(key => key.KeyId == job.TargetKeyId);
    }

    private async Task Finish(ClaimedRewrap claim, RewrapJob job, CancellationToken cancel)
    {
        var (state, message) = job.Failed == 0
            ? (RewrapState.Succeeded, null)
            : (RewrapState.Failed, $"{job.Failed} could not be wrapped anew and lie under the former key as before. The last one: {job.Message}");
        var target = (await _keys.All(cancel)).First(key => key.KeyId == job.SourceKeyId);
        var system = CallerArn.System("rewrap", _options.AccountId, target.Region, Guid.CreateVersion7(_clock.Now()).ToString());
        var audit = _recorder.For(system, "secretsportal:RewrapFinished", _keys.ArnOf(target), state == RewrapState.Succeeded ? AuditOutcome.Succeeded : AuditOutcome.Failed,
            $"job {job.JobId}: {job.Done} of {job.Total} wrapped anew{(job.Failed == 0 ? "" : $", {job.Failed} failed")}");
        if (!await _jobs.Finish(claim, state, message, audit, cancel))
            LogLeaseLost(job.JobId);
    }

    [LoggerMessage(EventId = 1411, Level = LogLevel.Warning, Message = "The re-wrapping {JobId} was interrupted; the portal goes on later")]
    private partial void LogInterrupted(Exception fault, string jobId);

    [LoggerMessage(EventId = 1412, Level = LogLevel.Information, Message = "The re-wrapping {JobId} was paused, cancelled or taken over by another node")]
    private partial void LogLeaseLost(string jobId);

    private sealed class Batch
    {
        public List<RewrappedRow> Rewrapped { get; } = [];

        public int Failed { get; private set; }

        public string? Position { get; set; }

        public string? Message { get; private set; }

        public PortalException? Interrupted { get; set; }

        public void Fail(string message)
        {
            Failed++;
            Message = message;
        }
    }
}
