namespace SecretsPortal.Core.Rotation;

/// <summary>How the step that was tried last ended.</summary>
public enum CycleFault
{
    /// <summary>Well, or none was tried yet.</summary>
    None,

    /// <summary>Badly, and trying again may help.</summary>
    Passing,

    /// <summary>Badly, and trying again would change nothing.</summary>
    Final,
}

/// <summary>Where the labels are, seen from a run.</summary>
public enum RunPlace
{
    /// <summary>AWSPENDING is on the run's version.</summary>
    Pending,

    /// <summary>AWSCURRENT is on the run's version, whether or not AWSPENDING is, too.</summary>
    Current,

    /// <summary>Neither is: they were moved by hand, or the secret was deleted.</summary>
    Elsewhere,
}

/// <summary>What the target says to the values there are.</summary>
/// <param name="Pending">To the run's version; refused where that has no value.</param>
/// <param name="Current">To AWSCURRENT's value.</param>
/// <param name="Others">To AWSPREVIOUS and to what failed rotations left: accepted where it takes one of them, refused where it refuses all.</param>
public sealed record TargetAnswers(TargetAnswer Pending, TargetAnswer Current, TargetAnswer Others);

/// <summary>All that the next move of a run depends on.</summary>
public sealed record CycleState
{
    /// <summary>What the run does.</summary>
    public required RotationMode Mode { get; init; }

    /// <summary>The last step that is done, in this attempt or an earlier one; null before createSecret.</summary>
    public RotationStep? LastDone { get; init; }

    /// <summary>True where setSecret was begun in any attempt: the target may have the new value.</summary>
    public bool HasBegunSet { get; init; }

    /// <summary>How the step that was tried last ended.</summary>
    public CycleFault Fault { get; init; }

    /// <summary>False where the target can't be asked, being known to a function alone.</summary>
    public bool CanAsk { get; init; } = true;

    /// <summary>Where the labels are; looked at after a fault.</summary>
    public RunPlace Place { get; init; }

    /// <summary>What the target says; null before it was asked.</summary>
    public TargetAnswers? Answers { get; init; }

    /// <summary>Which attempt this is, from 1.</summary>
    public required int Attempt { get; init; }

    /// <summary>The present time.</summary>
    public required DateTimeOffset Now { get; init; }

    /// <summary>The end of the run's window; see <see cref="RotationCycle.RetryUntil"/>.</summary>
    public required DateTimeOffset RetryUntil { get; init; }
}

/// <summary>What a run does next.</summary>
public enum CycleAction
{
    /// <summary>Carry out <see cref="CycleDecision.Step"/>.</summary>
    Step,

    /// <summary>Ask the target about the values, then decide again.</summary>
    Ask,

    /// <summary>Begin the cycle again at <see cref="CycleDecision.At"/>, inside the window.</summary>
    Retry,

    /// <summary>As <see cref="Retry"/>, after the window: nothing may be decided before the target has said something, so AWSPENDING stays.</summary>
    Wait,

    /// <summary>AWSCURRENT to the run's version, AWSPENDING nowhere; the run has succeeded.</summary>
    Finish,

    /// <summary>AWSCURRENT to the other version that the target accepts, AWSPENDING nowhere.</summary>
    Restore,

    /// <summary>AWSPENDING nowhere, AWSCURRENT stays, and that is well: it works.</summary>
    Keep,

    /// <summary>AWSPENDING nowhere, AWSCURRENT stays; the run has failed. The values stay in their versions, where a later rotation finds them.</summary>
    GiveUp,
}

/// <summary>What a run does next.</summary>
/// <param name="Action">What it is.</param>
/// <param name="Step">The step to carry out; only with <see cref="CycleAction.Step"/>.</param>
/// <param name="At">When it goes on; only with <see cref="CycleAction.Retry"/> and <see cref="CycleAction.Wait"/>.</param>
public sealed record CycleDecision(CycleAction Action, RotationStep? Step = null, DateTimeOffset? At = null);

/// <summary>
/// The state machine of a rotation: what comes next, as a function of what was done, how it ended and what the target says. Whatever happens, a run
/// ends with AWSPENDING nowhere and AWSCURRENT on a value that works, if there is one. See docs/decisions/0021-rotation-cycle.md.
/// </summary>
public static class RotationCycle
{
    /// <summary>How long a run that no schedule asked for is tried again.</summary>
    public static readonly TimeSpan ManualWindow = TimeSpan.FromMinutes(10);

    /// <summary>For how long after its window a run waits for its target's word before it is given up.</summary>
    public static readonly TimeSpan LongestWait = TimeSpan.FromDays(7);

    private static readonly TimeSpan s_dense = TimeSpan.FromDays(1);
    private static readonly TimeSpan s_soon = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan s_later = TimeSpan.FromHours(1);
    private static readonly TimeSpan[] s_pauses = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), s_soon];

    /// <summary>Until when a run is tried again: the end of its window.</summary>
    public static DateTimeOffset RetryUntil(RotationRun run) => run.RetryUntil ?? run.CreatedAt + ManualWindow;

    /// <summary>What comes next.</summary>
    public static CycleDecision Decide(CycleState state) => state.Mode switch
    {
        RotationMode.TestOnly => Test(state),
        RotationMode.Resolve => Resolve(state),
        _ => Rotate(state),
    };

    private static CycleDecision Test(CycleState state) => state switch
    {
        { Fault: CycleFault.None, LastDone: null } => new(CycleAction.Step, RotationStep.TestSecret),
        { Fault: CycleFault.None } => new(CycleAction.Keep),
        _ => Again(state) ?? new(CycleAction.GiveUp),
    };

    private static CycleDecision Rotate(CycleState state)
    {
        if (state.Place == RunPlace.Elsewhere)
            return Elsewhere(state);
        if (state.Fault == CycleFault.None)
            return state.LastDone == RotationStep.FinishSecret
                ? new(CycleAction.Finish)
                : new(CycleAction.Step, state.LastDone is { } done ? done + 1 : RotationStep.CreateSecret);
        if (Again(state) is { } again)
            return again;
        // The target took the new value in this run, so it does not matter what went wrong after that.
        if (state.LastDone >= RotationStep.TestSecret)
            return new(CycleAction.Finish);
        if (!state.CanAsk)
            return new(CycleAction.GiveUp);
        return state.Answers is { } answers ? Settle(state, answers) : new(CycleAction.Ask);
    }

    /// <summary>The labels are their owner's, unless the target has the new value already and takes AWSCURRENT's no more.</summary>
    private static CycleDecision Elsewhere(CycleState state) => state switch
    {
        not { HasBegunSet: true, CanAsk: true } => new(CycleAction.GiveUp),
        { Answers: null } => new(CycleAction.Ask),
        { Answers: { Pending: TargetAnswer.Accepted, Current: TargetAnswer.Refused } } => new(CycleAction.Finish),
        _ => new(CycleAction.GiveUp),
    };

    /// <summary>The cycle can't be carried on, so the target's word decides.</summary>
    private static CycleDecision Settle(CycleState state, TargetAnswers answers) => answers switch
    {
        { Current: TargetAnswer.Accepted } => new(CycleAction.GiveUp),
        { Pending: TargetAnswer.Accepted, Current: TargetAnswer.Refused } => new(CycleAction.Finish),
        // Before setSecret nothing of this run is in the target, and what was put by hand is not taken away for what may be a bad moment.
        _ when !state.HasBegunSet => new(CycleAction.GiveUp),
        { Pending: TargetAnswer.Accepted } => new(CycleAction.Finish),
        { Current: TargetAnswer.Refused, Others: TargetAnswer.Accepted } => new(CycleAction.Restore),
        { Pending: TargetAnswer.Unknown } => Wait(state),
        _ => new(CycleAction.GiveUp),
    };

    /// <summary>No step is carried out: the target says what works, and the labels follow.</summary>
    private static CycleDecision Resolve(CycleState state)
    {
        if (!state.CanAsk)
            return new(CycleAction.GiveUp);
        if (state.Answers is not { } answers)
            return new(CycleAction.Ask);
        return answers switch
        {
            { Current: TargetAnswer.Accepted } => new(CycleAction.Keep),
            { Current: TargetAnswer.Refused, Pending: TargetAnswer.Accepted } => new(CycleAction.Finish),
            { Current: TargetAnswer.Refused, Others: TargetAnswer.Accepted } => new(CycleAction.Restore),
            { Current: TargetAnswer.Refused, Pending: TargetAnswer.Refused, Others: TargetAnswer.Refused } => new(CycleAction.GiveUp),
            // Nothing hangs, so there is nothing to wait for.
            _ when state.Place != RunPlace.Pending => new(CycleAction.GiveUp),
            _ => Again(state with { Fault = CycleFault.Passing }) ?? Wait(state),
        };
    }

    private static CycleDecision? Again(CycleState state)
    {
        var at = state.Now + s_pauses[Math.Clamp(state.Attempt, 1, s_pauses.Length) - 1];
        return state.Fault == CycleFault.Passing && at <= state.RetryUntil ? new(CycleAction.Retry, At: at) : null;
    }

    private static CycleDecision Wait(CycleState state)
    {
        if (state.Now >= state.RetryUntil + LongestWait)
            return new(CycleAction.GiveUp);
        return new(CycleAction.Wait, At: state.Now + (state.Now < state.RetryUntil + s_dense ? s_soon : s_later));
    }
}
