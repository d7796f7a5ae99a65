using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Services.Rotation;

/// <summary>How a run that did not simply go through says what was found and done.</summary>
internal static class RotationWords
{
    /// <summary>The message of a run that ends or waits; null where there is nothing to say.</summary>
    /// <param name="action">What was decided.</param>
    /// <param name="run">The run.</param>
    /// <param name="fault">What went wrong last; null where nothing did.</param>
    /// <param name="asked">What the target said; null where it was not asked.</param>
    public static string? Of(CycleAction action, RotationRun run, string? fault, AskedTarget? asked)
    {
        if (run.Mode == RotationMode.Resolve)
            return $"{Found(run, asked)} {Done(action, run, asked)}";
        return action switch
        {
            CycleAction.Finish when fault is null => null,
            CycleAction.Finish when asked is null => $"Finished after a fault: the target had accepted the new value. The fault was: {fault}",
            CycleAction.Finish => $"Finished after a fault: {Found(run, asked)} The fault was: {fault}",
            CycleAction.Restore => $"{Found(run, asked)} {Done(action, run, asked)} The fault was: {fault}",
            CycleAction.Wait => $"The target does not say whether it has the new value, so AWSPENDING stays until it answers. It is asked again and again; \"Resolve\" asks it at once. The fault was: {fault}",
            _ => fault,
        };
    }

    /// <summary>A run for those who may not know where it led: how it and its steps went, without the messages.</summary>
    public static RotationRun WithoutParticulars(RotationRun run)
    {
        const string withheld = "Why is shown to whoever may rotate the secret (secretsmanager:RotateSecret) or read its value (secretsmanager:GetSecretValue): the message names the target's host and user.";
        return run with
        {
            Message = run.Message is null ? null : run.Steps is [.., { Succeeded: false, FinishedAt: not null } failed] ? $"The step {Functions.FunctionWords.NameOf(failed.Step)} failed. {withheld}" : withheld,
            Steps = [.. run.Steps.Select(step => step with { Message = step is { Succeeded: false, Message: not null } ? withheld : null })],
        };
    }

    private static string Found(RotationRun run, AskedTarget? asked)
    {
        if (asked is null)
            return "The target could not be asked: a rotation function alone knows it.";
        var answers = asked.Answers;
        var hangs = run.Token != asked.CurrentVersion;
        var found = hangs
            ? $"The target {Said(answers.Current)} the value of AWSCURRENT and {Said(answers.Pending)} that of the new version {run.Token}."
            : $"The target {Said(answers.Current)} the value of AWSCURRENT.";
        return answers is { Current: TargetAnswer.Accepted } or { Pending: TargetAnswer.Accepted } ? found : answers.Others switch
        {
            TargetAnswer.Accepted => $"{found} It accepts version {asked.OtherVersion}.",
            TargetAnswer.Refused => $"{found} It accepts no other value that the portal knows.",
            _ => $"{found} About older values it does not answer, either.",
        };
    }

    private static string Done(CycleAction action, RotationRun run, AskedTarget? asked) => action switch
    {
        CycleAction.Keep => run.Token == asked?.CurrentVersion ? "Nothing had to be done." : "AWSPENDING was removed, AWSCURRENT stays.",
        CycleAction.Finish => $"AWSCURRENT was moved to version {run.Token}.",
        CycleAction.Restore => $"AWSCURRENT was moved back to version {asked?.OtherVersion}, which works.",
        CycleAction.Retry or CycleAction.Wait => "Nothing was changed; it is asked again.",
        _ when asked is { Answers.Current: TargetAnswer.Refused } =>
            "AWSCURRENT stays, although it does not work. Put the password that works as a new value, or reset the user's password.",
        _ => "AWSCURRENT stays. Check that the target can be reached, then try again.",
    };

    private static string Said(TargetAnswer answer) => answer switch
    {
        TargetAnswer.Accepted => "accepts",
        TargetAnswer.Refused => "refuses",
        _ => "does not say whether it accepts",
    };
}
