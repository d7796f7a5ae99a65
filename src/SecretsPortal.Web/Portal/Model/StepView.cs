using SecretsPortal.Core.Rotation;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>Where a step of a run stands.</summary>
internal enum StepState
{
    /// <summary>Not begun in the latest attempt.</summary>
    Waiting,

    /// <summary>Begun and not ended.</summary>
    Running,

    /// <summary>Done.</summary>
    Done,

    /// <summary>Failed, or cut off when the run ended.</summary>
    Failed,
}

/// <summary>One step as a page shows it.</summary>
/// <param name="Step">Which one.</param>
/// <param name="State">Where it stands.</param>
/// <param name="Label">State, attempt and length in words.</param>
/// <param name="Note">What it did or why it failed; null for nothing to say.</param>
internal sealed record StepView(RotationStep Step, StepState State, string Label, string? Note)
{
    private static readonly RotationStep[] s_all = [RotationStep.CreateSecret, RotationStep.SetSecret, RotationStep.TestSecret, RotationStep.FinishSecret];

    /// <summary>All steps that the run has or will have, in their order.</summary>
    public static IReadOnlyList<StepView> Of(RotationRun run) =>
        [.. StepsOf(run.Mode).Select(step => Of(run, step))];

    private static RotationStep[] StepsOf(RotationMode mode) => mode switch
    {
        RotationMode.TestOnly => [RotationStep.TestSecret],
        RotationMode.Resolve => [],
        _ => s_all,
    };

    private static StepView Of(RotationRun run, RotationStep step)
    {
        var record = run.Steps.LastOrDefault(r => r.Step == step);
        var state = record switch
        {
            null => StepState.Waiting,
            { Succeeded: true } => StepState.Done,
            { FinishedAt: null } when run.IsOpen => StepState.Running,
            _ => StepState.Failed,
        };
        var label = state switch
        {
            StepState.Waiting => run.IsOpen ? SecretPageText.StepWaiting : SecretPageText.StepNotReached,
            StepState.Running => SecretPageText.StepRunning,
            StepState.Done => SecretPageText.StepDone,
            _ => record!.FinishedAt is null ? SecretPageText.StepCutOff : SecretPageText.StepFailed,
        };
        if (record is { Attempt: > 1 })
            label = Words.Fill(SecretPageText.StepAttempt, label, record.Attempt);
        if (record is { FinishedAt: { } finished })
            label += $", {Words.Length(finished - record.StartedAt)}";
        return new StepView(step, state, label, record?.Message);
    }
}
