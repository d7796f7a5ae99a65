using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>Executes one run: createSecret, setSecret, testSecret, finishSecret.</summary>
public sealed partial class RotationRunner
{
    /// <summary>
    /// How often the cycle is attempted before a run is given up. A run that has begun to change its target goes on after that until the
    /// target says which value works.
    /// </summary>
    internal const int MaxAttempts = 3;

    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan[] s_pauses = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15)];

    private readonly RotationStore _rotations;
    private readonly RotationSteps _steps;
    private readonly TimeProvider _clock;
    private readonly ILogger<RotationRunner> _log;
    private readonly string _owner;

    internal RotationRunner(RotationStore rotations, RotationSteps steps, TimeProvider clock, ILogger<RotationRunner> log)
    {
        _rotations = rotations;
        _steps = steps;
        _clock = clock;
        _log = log;
        _owner = $"{Environment.MachineName}/{Environment.ProcessId}";
    }

    /// <summary>
    /// Claims the run and carries it as far as it goes. Returns quietly where another node holds it or it has ended: jobs run at least once.
    /// Failures are recorded on the run, never thrown; only cancellation is.
    /// </summary>
    public async Task Run(string runId, CancellationToken cancel)
    {
        try
        {
            var before = await _rotations.Find(runId, cancel);
            var now = _clock.Now();
            if (before is null || await _rotations.Claim(runId, _owner, now, now + s_lease, cancel) is not { } claim)
                return;
            using var lease = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var keeper = KeepLease(claim, lease);
            try
            {
                await Carry(new RotationWork(claim, before.Steps), lease.Token);
            }
            finally
            {
                await lease.CancelAsync();
                await keeper;
            }
        }
        catch (LeaseLostException)
        {
            LogLeaseLost(runId);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            LogLeaseLost(runId);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The database is away, say. The lease runs out, and a later tick takes the run up again.
            LogFault(fault, runId);
        }
    }

    private async Task Carry(RotationWork work, CancellationToken cancel)
    {
        try
        {
            if (work.Run.Attempt == 1)
                await _steps.RecordStart(work, cancel);
            if (work.Run.Mode == RotationMode.TestOnly)
            {
                await Step(work, RotationStep.TestSecret, _steps.TestPending, cancel);
                await _steps.EndTest(work, cancel);
                return;
            }

            await Step(work, RotationStep.CreateSecret, _steps.CreatePending, cancel);
            await Step(work, RotationStep.SetSecret, _steps.SetPending, cancel);
            await Step(work, RotationStep.TestSecret, _steps.TestPending, cancel);
            await Finish(work, cancel);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or LeaseLostException))
        {
            await RetryOrGiveUp(work, fault, cancel);
        }
    }

    /// <summary>Carries out a step that has not been done yet, and saves how it went.</summary>
    private async Task Step(RotationWork work, RotationStep step, Func<RotationWork, CancellationToken, Task<string>> act, CancellationToken cancel)
    {
        if (work.FindDone(step) is { } done)
        {
            await Save(work, done with { Attempt = work.Run.Attempt }, cancel);
            return;
        }

        var record = new RotationStepRecord(step, work.Run.Attempt, _clock.Now(), FinishedAt: null, Succeeded: false, Message: null);
        await Save(work, record, cancel);
        try
        {
            var message = await act(work, cancel);
            await Save(work, record with { FinishedAt = _clock.Now(), Succeeded = true, Message = message }, cancel);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or LeaseLostException))
        {
            await Save(work, record with { FinishedAt = _clock.Now(), Message = MessageOf(fault) }, cancel);
            throw;
        }
    }

    /// <summary>finishSecret ends the run in the transaction that moves AWSCURRENT, so its record is completed before.</summary>
    private async Task Finish(RotationWork work, CancellationToken cancel)
    {
        var started = new RotationStepRecord(RotationStep.FinishSecret, work.Run.Attempt, _clock.Now(), FinishedAt: null, Succeeded: false, Message: null);
        await Save(work, started, cancel);
        try
        {
            var message = await _steps.FinishPending(work, cancel);
            await Save(work, started with { FinishedAt = _clock.Now(), Succeeded = true, Message = message }, cancel);
            await _steps.MoveCurrent(work, message: null, cancel);
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or LeaseLostException))
        {
            await Save(work, started with { FinishedAt = _clock.Now(), Message = MessageOf(fault) }, cancel);
            throw;
        }
    }

    private async Task Save(RotationWork work, RotationStepRecord step, CancellationToken cancel)
    {
        if (!await _rotations.SaveStep(work.Run.RunId, work.Fence, step, cancel))
            throw new LeaseLostException();
    }

    private async Task RetryOrGiveUp(RotationWork work, Exception fault, CancellationToken cancel)
    {
        var message = MessageOf(fault);
        LogAttemptFailed(work.Run.RunId, work.Run.Attempt, message, fault.GetType().Name);
        var isFinal = fault is RotationException { IsFinal: true };
        if (work.Run.Attempt >= MaxAttempts || isFinal)
        {
            var needsAnswer = !isFinal && await _rotations.HasBegun(work.Run.RunId, RotationStep.SetSecret, cancel);
            if (await _steps.GiveUp(work, message, needsAnswer, cancel))
                return;
        }

        var pause = s_pauses[Math.Min(work.Run.Attempt, s_pauses.Length) - 1];
        if (!await _rotations.Retry(work.Run.RunId, work.Fence, _clock.Now() + pause, message, cancel))
            throw new LeaseLostException();
    }

    private async Task KeepLease(ClaimedRun claim, CancellationTokenSource lease)
    {
        try
        {
            using var timer = new PeriodicTimer(s_renewal, _clock);
            while (await timer.WaitForNextTickAsync(lease.Token))
                if (!await _rotations.Renew(claim.Run.RunId, claim.Fence, _clock.Now() + s_lease, lease.Token))
                    await lease.CancelAsync();
        }
        catch (OperationCanceledException)
        {
            // The work is done, or the lease is gone.
        }
        catch (Exception fault)
        {
            // Not renewed: the fencing token keeps the run from being written by two.
            LogFault(fault, claim.Run.RunId);
        }
    }

    /// <summary>Only faults that were written for people are shown; any other may hold what nobody should see.</summary>
    private static string MessageOf(Exception fault) => fault switch
    {
        RotationException or PortalException => fault.Message,
        _ => $"An unexpected fault ({fault.GetType().Name}); the portal's log names the run.",
    };

    [LoggerMessage(EventId = 1221, Level = LogLevel.Information, Message = "Rotation run {RunId} has ended or is carried on by another node")]
    private partial void LogLeaseLost(string runId);

    [LoggerMessage(EventId = 1222, Level = LogLevel.Error, Message = "Rotation run {RunId} was interrupted")]
    private partial void LogFault(Exception fault, string runId);

    [LoggerMessage(EventId = 1223, Level = LogLevel.Warning, Message = "Rotation run {RunId}, attempt {Attempt}: {Reason} ({FaultType})")]
    private partial void LogAttemptFailed(string runId, int attempt, string reason, string faultType);
}

/// <summary>A run under way: the claim, and what former attempts did.</summary>
internal sealed class RotationWork(ClaimedRun claim, IReadOnlyList<RotationStepRecord> before)
{
    /// <summary>The run as claimed.</summary>
    public RotationRun Run => claim.Run;

    /// <summary>What each write must show.</summary>
    public long Fence => claim.Fence;

    /// <summary>The lease that each change of the secret shows.</summary>
    public RotationRunLease Lease => new(claim.Run.RunId, claim.Fence);

    /// <summary>The record of a step that an earlier attempt completed; null where it is still to do.</summary>
    public RotationStepRecord? FindDone(RotationStep step) => before.FirstOrDefault(s => s.Step == step && s.Succeeded);

    /// <summary>A final <see cref="RotationException"/> where AWSPENDING is not on the run's version.</summary>
    public void CheckPending(Secret secret)
    {
        if (secret.Labels.VersionOf(StagingLabels.Pending) != Run.Token)
            throw new RotationException($"AWSPENDING was taken away from version {Run.Token} while it was being rotated. Rotate again.", isFinal: true);
    }
}

/// <summary>Another node has the run, or somebody ended it: this one must stop at once and quietly.</summary>
internal sealed class LeaseLostException : Exception;
