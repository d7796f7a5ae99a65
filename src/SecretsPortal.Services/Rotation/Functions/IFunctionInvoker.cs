using System.Text.Json;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>One event for a function, and what it may use while it works on it.</summary>
/// <param name="FunctionArn">The function in the event's region.</param>
/// <param name="Event">JSON: of a rotation the four members that AWS Lambda gives rotation functions.</param>
/// <param name="Region">The region that its requests to the portal are signed for.</param>
/// <param name="Access">Temporary credentials, limited to the secret.</param>
/// <param name="Endpoint">Where it finds the portal's API.</param>
internal sealed record FunctionCall(string FunctionArn, SecretText Event, string Region, TemporaryAccess Access, Uri Endpoint)
{
    /// <summary>The event of a step.</summary>
    /// <param name="step">The step.</param>
    /// <param name="secretArn">The secret that is rotated.</param>
    /// <param name="token">The id of the new version, one for each rotation.</param>
    /// <param name="rotationToken">Of <see cref="RotationTokens"/>, one for each event.</param>
    public static SecretText EventOf(RotationStep step, string secretArn, string token, SecretText rotationToken) => new(JsonSerializer.Serialize(
        new Dictionary<string, string>
        {
            ["Step"] = FunctionWords.NameOf(step),
            ["SecretId"] = secretArn,
            ["ClientRequestToken"] = token,
            ["RotationToken"] = rotationToken.Reveal(),
        }));

    /// <summary>The call without its credentials.</summary>
    public override string ToString() => $"{nameof(FunctionCall)} {{ {FunctionArn} }}";
}

/// <summary>How a function dealt with an event.</summary>
/// <param name="Succeeded">It answered, and with no error.</param>
/// <param name="ErrorType">The kind of error in the function's own words, or the portal's; null where it succeeded.</param>
/// <param name="ErrorMessage">What went wrong; null where it succeeded.</param>
/// <param name="Log">What it wrote, the last <see cref="BoundedLog.Capacity"/> bytes at most.</param>
internal sealed record InvocationResult(bool Succeeded, string? ErrorType, string? ErrorMessage, string Log)
{
    /// <summary>True where the same would happen again until somebody changes something.</summary>
    public bool IsFinal { get; init; }

    /// <summary>What the portal itself found, in words that were written for people: nothing of the function's is in them.</summary>
    public bool IsOwnWords { get; init; }

    /// <summary>It answered.</summary>
    public static InvocationResult Success(string log) => new(true, null, null, log);

    /// <summary>The function says that it failed.</summary>
    public static InvocationResult Error(string? type, string? message, string log) => new(false, type ?? "Error", message ?? "", log);

    /// <summary>The portal could not call the function, or got no good answer.</summary>
    public static InvocationResult Fault(string message, string log, bool isFinal = false) => new(false, null, message, log) { IsFinal = isFinal, IsOwnWords = true };

    /// <summary>Whether it succeeded: the rest may hold what nobody should see.</summary>
    public override string ToString() => $"{nameof(InvocationResult)} {{ {Succeeded} }}";
}

/// <summary>Calls functions of one kind. What comes back is as the function gave it: <see cref="FunctionCaller"/> scrubs it.</summary>
internal interface IFunctionInvoker
{
    /// <summary>The kind.</summary>
    FunctionKind Kind { get; }

    /// <summary>Gives the function an event and waits for its answer, no longer than its time limit. Only cancellation is thrown.</summary>
    /// <param name="function">The function.</param>
    /// <param name="key">The function's key, opened; null where it has none.</param>
    /// <param name="call">The event.</param>
    /// <param name="cancel">Ends the wait, and what was started.</param>
    Task<InvocationResult> Invoke(StoredFunction function, SecretText? key, FunctionCall call, CancellationToken cancel);
}
