using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>What a run's page says of a function's step.</summary>
internal static class FunctionWords
{
    // A step's message has 2,000 characters in the database.
    private const int LongestLog = 1200;

    /// <summary>A sentence and the end of the log; a <see cref="RotationException"/> with both where the step failed.</summary>
    public static string Of(string name, RotationStep step, InvocationResult result)
    {
        var log = Tail(result.Log);
        if (result.Succeeded)
            return $"The function {name} did {NameOf(step)}.{log}";
        var what = result.IsOwnWords
            ? result.ErrorMessage
            : $"The function {name} failed in {NameOf(step)} with {result.ErrorType}: {result.ErrorMessage}. Mend what it names, in the function, the secret's value or the target, and rotate again.";
        throw new RotationException($"{what}{log}", result.IsFinal);
    }

    /// <summary>What AWS calls the step.</summary>
    public static string NameOf(RotationStep step) => step switch
    {
        RotationStep.CreateSecret => "createSecret",
        RotationStep.SetSecret => "setSecret",
        RotationStep.TestSecret => "testSecret",
        _ => "finishSecret",
    };

    private static string Tail(string log)
    {
        var text = log.TrimEnd();
        if (text.Length == 0)
            return "";
        if (text.Length <= LongestLog)
            return $"\nIts output:\n{text}";
        var tail = text[^LongestLog..];
        // Whole lines, and never half a character.
        var line = tail.IndexOf('\n', StringComparison.Ordinal);
        return $"\nThe end of its output:\n…{(line >= 0 && line < LongestLog / 2 ? tail[line..] : char.IsLowSurrogate(tail[0]) ? tail[1..] : tail)}";
    }
}
