using System.Globalization;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>What a run's page says of a function's step.</summary>
internal static class FunctionWords
{
    // A step's message has 2,000 characters in the database.
    private const int FirstShown = 300;
    private const int LastShown = 850;

    // Of what goes into the portal's log.
    private const int FirstLogged = 4 * 1024;
    private const int LastLogged = 12 * 1024;

    /// <summary>A sentence with the beginning and the end of the output; a <see cref="RotationException"/> with both where the step failed.</summary>
    public static string Of(string name, RotationStep step, InvocationResult result)
    {
        var output = Shorten(result.Log, FirstShown, LastShown);
        var log = output.Length == 0 ? "" : $"\nIts output:\n{output}";
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

    /// <summary>The output for the portal's log: far more of it, in one line.</summary>
    public static string ForLog(InvocationResult result) => Shorten(result.Log, FirstLogged, LastLogged).ReplaceLineEndings(" | ");

    /// <summary>An output's beginning and end, and between them how much is left out. One whose beginning was dropped already (<see cref="BoundedLog"/>) has its end alone.</summary>
    private static string Shorten(string output, int first, int last)
    {
        var text = output.TrimEnd();
        if (text.Length <= first + last)
            return text;
        var isCut = text.StartsWith(BoundedLog.CutMark, StringComparison.Ordinal);
        var head = isCut ? "" : Head(text, first);
        var tail = Tail(text, isCut ? first + last : last);
        var left = string.Create(CultureInfo.InvariantCulture, $"{text.Length - head.Length - tail.Length:N0}");
        return isCut ? $"[more than {left} characters are left out]\n{tail}" : $"{head}\n[{left} characters are left out]\n{tail}";
    }

    // Whole lines where they are not too long, and never half a character.
    private static string Head(string text, int length)
    {
        var head = text[..length];
        var line = head.LastIndexOf('\n');
        return line > length / 2 ? head[..line] : char.IsHighSurrogate(head[^1]) ? head[..^1] : head;
    }

    private static string Tail(string text, int length)
    {
        var tail = text[^length..];
        var line = tail.IndexOf('\n', StringComparison.Ordinal);
        return line >= 0 && line < length / 2 ? tail[(line + 1)..] : char.IsLowSurrogate(tail[0]) ? tail[1..] : tail;
    }
}
