using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>Executes one run: whatever <see cref="RotationCycle"/> decides, until it ends or waits.</summary>
public sealed partial class RotationRunner
{
    /// <summary>How long a node that died keeps its run from the others.</summary>
    internal static readonly TimeSpan Lease = TimeSpan.FromSeconds(30);

    private static readonly TimeSpan s_renewal = TimeSpan.FromSeconds(10);

    private readonly RotationStore _rotations;
    private readonly RotationSteps _steps;
    private readonly RotationProbe _probe;
    private readonly TimeProvider _clock;
    private readonly ILogger<RotationRunner> _log;
    private readonly string _owner;

    internal RotationRunner(RotationStore rotations, RotationSteps steps, RotationProbe probe, TimeProvider clock, ILogger<RotationRunner> log)
    {
        _rotations = rotations;
        _steps = steps;
        _probe = probe;
        _clock = clock;
        _log = log;
        _owner = $"{Environment.MachineName}/{Environment.ProcessId}";
    }

    /// <summary>
    /// Claims the run and carries it as far as it goes. Returns quietly where another node holds it or it has ended: jobs run at least once.
    /// Failures are recorded on the run, never thrown; only cancellation is. True where an attempt was made and its end recorded here.
    /// </summary>
    public async Task<bool> Run(string runId, CancellationToken cancel)
    {
        try
        {
            var before = await _rotations.Find(runId, cancel);
            // Ends with the lease by itself: a database that answers late, or never, must not let the work go on past it.
            using var held = new CancellationTokenSource(Lease, _clock);
            var now = _clock.Now();
            if (before is null || await _rotations.Claim(runId, _owner, now, now + Lease, cancel) is not { } claim)
                return false;
            using var lease = CancellationTokenSource.CreateLinkedTokenSource(cancel, held.Token);
            var keeper = KeepLease(claim, held, lease);
            try
            {
                await _probe.At("claimed", lease.Token);
                await Carry(new RotationWork(claim, before.Steps), lease.Token);
                return true;
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

        return false;
    }

    private async Task Carry(RotationWork work, CancellationToken cancel)
    {
        var start = work.Run.Attempt == 1 ? await _steps.StartOf(work, cancel) : null;
        if (work.Done.Count > 0)
            await Save(work, [.. work.Done.Select(done => done with { Attempt = work.Run.Attempt })], audit: null, cancel);
        var state = new CycleState
        {
            Mode = work.Run.Mode,
            LastDone = work.Done.Count > 0 ? work.Done[^1].Step : null,
            Attempt = work.Run.Attempt,
            Now = _clock.Now(),
            RetryUntil = RotationCycle.RetryUntil(work.Run),
        };
        // No step tells of a run that carries none out.
        if (state.Mode == RotationMode.Resolve && start is not null)
            await _steps.Write(start, cancel);
        if (state.Mode == RotationMode.Resolve)
            state = await Looked(work, state, CycleFault.None, cancel);
        AskedTarget? asked = null;
        string? message = null;
        // Done, and saved together with what comes next: half as many transactions.
        List<RotationStepRecord> unsaved = [];
        while (true)
        {
            var decision = RotationCycle.Decide(state);
            try
            {
                switch (decision.Action)
                {
                    case CycleAction.Step:
                        await Step(work, decision.Step!.Value, unsaved, start, cancel);
                        start = null;
                        state = state with { LastDone = decision.Step };
                        continue;
                    case CycleAction.Ask:
                        asked = await _steps.Ask(work, cancel);
                        await _probe.At("asked", cancel);
                        state = state with { Answers = asked.Answers };
                        continue;
                    case CycleAction.Retry or CycleAction.Wait:
                        await GoOnLater(work, decision, RotationWords.Of(decision.Action, work.Run, message, asked) ?? "", cancel);
                        return;
                    default:
                        await _probe.At("ending", cancel);
                        await _steps.End(work, decision.Action, asked, RotationWords.Of(decision.Action, work.Run, message, asked), unsaved, cancel);
                        if (unsaved.Count > 0)
                            await _probe.At($"{unsaved[^1].Step}.saved", cancel);
                        await _probe.At("ended", cancel);
                        return;
                }
            }
            catch (Exception fault) when (fault is not (OperationCanceledException or LeaseLostException) && (decision.Action == CycleAction.Step || fault is RotationException))
            {
                message = MessageOf(fault);
                // A function's output is among the words, and must not pass for lines of the portal's own.
                LogAttemptFailed(work.Run.RunId, work.Run.Attempt, message.ReplaceLineEndings(" | "), fault.GetType().Name);
                asked = null;
                state = await Looked(work, state with { Answers = Known(fault) }, fault is RotationException { IsFinal: true } ? CycleFault.Final : CycleFault.Passing, cancel);
            }
        }
    }

    /// <summary>What a step that failed for want of a password that works has found out already: its round of log-ins is not made a second time.</summary>
    private static TargetAnswers? Known(Exception fault) =>
        fault is RotationException { IsFinal: true, IsRefusal: true } ? new TargetAnswers(TargetAnswer.Refused, TargetAnswer.Refused, TargetAnswer.Refused) : null;

    /// <summary>The state after a fault.</summary>
    private async Task<CycleState> Looked(RotationWork work, CycleState state, CycleFault fault, CancellationToken cancel)
    {
        var (place, canAsk) = await _steps.Look(work, cancel);
        return state with
        {
            Fault = fault,
            Place = place,
            CanAsk = canAsk,
            HasBegunSet = await _rotations.HasBegun(work.Run.RunId, RotationStep.SetSecret, cancel),
            Now = _clock.Now(),
        };
    }

    /// <summary>
    /// Carries out a step. That it begins is saved before anything is done, together with the end of the step before; that it failed, at once; that it
    /// is done, by whatever comes next: cut off in between it would be carried out again, as each step may be. Where there is no target, the steps
    /// after createSecret do nothing that anybody could ask for later, and are saved with the end of the run.
    /// </summary>
    private async Task Step(RotationWork work, RotationStep step, List<RotationStepRecord> unsaved, AuditRecord? start, CancellationToken cancel)
    {
        var record = new RotationStepRecord(step, work.Run.Attempt, _clock.Now(), FinishedAt: null, Succeeded: false, Message: null);
        var before = unsaved.Count > 0 ? unsaved[^1] : null;
        if (work.HasTarget || start is not null)
        {
            await Save(work, [.. unsaved, record], start, cancel);
            unsaved.Clear();
        }

        if (before is not null)
            await _probe.At($"{before.Step}.saved", cancel);
        await _probe.At($"{step}.begun", cancel);
        try
        {
            var message = await Act(step)(work, cancel);
            await _probe.At($"{step}.acted", cancel);
            unsaved.Add(record with { FinishedAt = _clock.Now(), Succeeded = true, Message = message });
        }
        catch (Exception fault) when (fault is not (OperationCanceledException or LeaseLostException))
        {
            await Save(work, [.. unsaved, record with { FinishedAt = _clock.Now(), Message = MessageOf(fault) }], audit: null, cancel);
            unsaved.Clear();
            throw;
        }
    }

    private Func<RotationWork, CancellationToken, Task<string>> Act(RotationStep step) => step switch
    {
        RotationStep.CreateSecret => _steps.CreatePending,
        RotationStep.SetSecret => _steps.SetPending,
        RotationStep.TestSecret => _steps.TestPending,
        _ => _steps.FinishPending,
    };

    private async Task Save(RotationWork work, IReadOnlyList<RotationStepRecord> steps, AuditRecord? audit, CancellationToken cancel)
    {
        if (!await _rotations.SaveSteps(work.Run.RunId, work.Fence, steps, audit, cancel))
            throw new LeaseLostException();
    }

    private async Task GoOnLater(RotationWork work, CycleDecision decision, string message, CancellationToken cancel)
    {
        var isStall = decision.Action == CycleAction.Wait;
        if (isStall && work.Run.StalledAt is null)
            await _steps.RecordStall(work, message, cancel);
        if (!await _rotations.Retry(work.Run.RunId, work.Fence, decision.At!.Value, message, isStall ? _clock.Now() : null, cancel))
            throw new LeaseLostException();
    }

    /// <summary>Renews the lease until the work is done. A renewal that fails is tried again; at the lease's end the work is cancelled, whatever the renewal does.</summary>
    private async Task KeepLease(ClaimedRun claim, CancellationTokenSource held, CancellationTokenSource lease)
    {
        try
        {
            using var timer = new PeriodicTimer(s_renewal, _clock);
            while (await timer.WaitForNextTickAsync(lease.Token))
                if (!await IsStillOurs(claim, held, lease.Token))
                    await lease.CancelAsync();
        }
        catch (Exception) when (lease.IsCancellationRequested)
        {
            // The work is done, or the lease is gone. A renewal that was cut off may say so in its driver's words.
        }
    }

    /// <summary>Renews the lease; false where it was lost.</summary>
    private async Task<bool> IsStillOurs(ClaimedRun claim, CancellationTokenSource held, CancellationToken cancel)
    {
        var next = _clock.Now() + Lease;
        try
        {
            if (!await _rotations.Renew(claim.Run.RunId, claim.Fence, next, cancel))
                return false;
            var left = next - _clock.Now();
            held.CancelAfter(left > TimeSpan.Zero ? left : TimeSpan.Zero);
        }
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            // The database was away for a moment, say. Another node may take the run from the lease's end on.
            LogFault(fault, claim.Run.RunId);
        }

        return true;
    }

    /// <summary>Only faults that were written for people are shown; any other may hold what nobody should see.</summary>
    private static string MessageOf(Exception fault) => fault switch
    {
        RotationException or PortalException => fault.Message,
        _ => $"An unexpected fault ({fault.GetType().Name}); the portal's log names the run.",
    };

    [LoggerMessage(EventId = 1221, Level = LogLevel.Information, Message = "Rotation run {RunId} has ended or is carried on by another node")]
    private partial void LogLeaseLost(string runId);

    [LoggerMessage(EventId = 1222, Level = LogLevel.Error, Message = "Rotation run {RunId} was interrupted, or its lease could not be renewed")]
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

    /// <summary>False once createSecret has found that nothing but the portal has the value, so that the other steps do nothing.</summary>
    public bool HasTarget { get; set; } = true;

    /// <summary>The lease that each change of the secret shows.</summary>
    public RotationRunLease Lease => new(claim.Run.RunId, claim.Fence);

    /// <summary>
    /// The records of the steps, in their order, that earlier attempts have done. Where testSecret failed, setSecret is to be done again: the
    /// target may have got another value since.
    /// </summary>
    public IReadOnlyList<RotationStepRecord> Done { get; } = DoneBefore(claim.Run.Mode, before);

    private static List<RotationStepRecord> DoneBefore(RotationMode mode, IReadOnlyList<RotationStepRecord> before)
    {
        var done = before.OrderBy(step => step.Step).TakeWhile(step => step.Succeeded).ToList();
        var hasFailedTest = before.Any(step => step is { Step: RotationStep.TestSecret, Succeeded: false, FinishedAt: not null });
        return mode == RotationMode.Rotate && hasFailedTest ? [.. done.Where(step => step.Step == RotationStep.CreateSecret)] : done;
    }

    /// <summary>A final <see cref="RotationException"/> where AWSPENDING is not on the run's version.</summary>
    public void CheckPending(Secret secret)
    {
        if (secret.Labels.VersionOf(StagingLabels.Pending) != Run.Token)
            throw new RotationException($"AWSPENDING was taken away from version {Run.Token} while it was being rotated. Rotate again.", isFinal: true);
    }
}

/// <summary>Another node has the run, or somebody ended it: this one must stop at once and quietly.</summary>
internal sealed class LeaseLostException : Exception;
