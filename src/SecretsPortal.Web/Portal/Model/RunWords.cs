using SecretsPortal.Core.Rotation;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for a run of a rotation.</summary>
internal static class RunWords
{
    /// <summary>What the state of the latest run means for whoever looks at it, and what to do, in plain words.</summary>
    public static string Meaning(RotationRun run) => (run.Mode, run.State) switch
    {
        (_, RotationRunState.Queued) => SecretPageText.RunQueued,
        (RotationMode.TestOnly, RotationRunState.Running) => SecretPageText.RunTesting,
        (RotationMode.Resolve, RotationRunState.Running) => SecretPageText.RunAsking,
        (_, RotationRunState.Running) => run.Steps.Any(step => step is { Step: RotationStep.SetSecret }) ? SecretPageText.RunChanging : SecretPageText.RunPreparing,
        (RotationMode.TestOnly, RotationRunState.Succeeded) => SecretPageText.RunTested,
        (RotationMode.Resolve, RotationRunState.Succeeded) => SecretPageText.RunResolved,
        (_, RotationRunState.Succeeded) => SecretPageText.RunSucceeded,
        (_, RotationRunState.Retrying) => run.StalledAt is null ? SecretPageText.RunRetrying : SecretPageText.RunStalled,
        (RotationMode.TestOnly, RotationRunState.Failed) => SecretPageText.RunTestFailed,
        (_, RotationRunState.Failed) => SecretPageText.RunFailed,
        _ => SecretPageText.RunAbandoned,
    };

    /// <summary>What a run was and what asked for it.</summary>
    public static string Title(RotationRun run) => $"{Words.Of(run.Mode)} {Words.Of(run.Trigger)}";

    /// <summary>What went wrong; where a step below tells all of it, its first line. Null where nothing was said.</summary>
    public static string? Message(RotationRun run) => run.Message is { } message && run.Steps.Any(step => step.Message == message) ? message.Split('\n')[0] : run.Message;

    /// <summary>In which attempt it is; empty for the first.</summary>
    public static string Attempt(RotationRun run) =>
        run.Attempt > 1 ? Words.Fill(SecretPageText.RunAttempt, run.Attempt) : "";

    /// <summary>The colour of a state.</summary>
    public static string ToneOf(RotationRunState state) => state switch
    {
        RotationRunState.Succeeded => "good",
        RotationRunState.Failed => "bad",
        RotationRunState.Abandoned => "",
        RotationRunState.Retrying => "warn",
        _ => "live",
    };

    /// <summary>The colour of a finding.</summary>
    public static string ToneOf(PreflightState state) => state switch
    {
        PreflightState.Passed => "good",
        PreflightState.Failed => "bad",
        PreflightState.Warning => "warn",
        _ => "",
    };
}
