using System.Text.Json.Serialization;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>How a rotation function is called.</summary>
public enum RotationFunctionKind
{
    /// <summary>A program that the portal starts on its own machine and serves the AWS Lambda Runtime API.</summary>
    Process,

    /// <summary>The Invoke operation of AWS Lambda, or of what speaks like it.</summary>
    Endpoint,

    /// <summary>An HTTPS POST with a signature.</summary>
    Webhook,
}

/// <summary>What runs a process.</summary>
public enum ProcessRuntime
{
    /// <summary>The machine's Python 3.</summary>
    Python3,

    /// <summary>The machine's Node.js.</summary>
    NodeJs,

    /// <summary>A program of its own that speaks the Runtime API.</summary>
    Program,
}

/// <summary>A function that the portal starts.</summary>
public sealed record ProcessSettings
{
    /// <summary>What runs it.</summary>
    public required ProcessRuntime Runtime { get; init; }

    /// <summary>Its folder, relative to the one that <c>Portal:Functions:Directory</c> names.</summary>
    public required string Folder { get; init; }

    /// <summary>MODULE.FUNCTION of Python and Node.js; for a program what it makes of <c>_HANDLER</c>, or null.</summary>
    public string? Handler { get; init; }

    /// <summary>Of a program: its file in the folder, and arguments; null for <c>bootstrap</c>.</summary>
    public IReadOnlyList<string>? Command { get; init; }

    /// <summary>Variables of its environment, stored in the clear; null for none.</summary>
    public IReadOnlyDictionary<string, string>? Variables { get; init; }

    /// <summary>The most memory of each of its processes in MiB, 64–10,240; null for 256.</summary>
    public int? MemoryMiB { get; init; }
}

/// <summary>A function behind the Invoke operation of AWS Lambda.</summary>
public sealed record EndpointSettings
{
    /// <summary>The address that <c>/2015-03-31/functions/…</c> follows.</summary>
    public required string Url { get; init; }

    /// <summary>What the function is called there; null for its own name.</summary>
    public string? RemoteName { get; init; }

    /// <summary>The region that requests are signed for.</summary>
    public required string Region { get; init; }

    /// <summary>The access key that signs them.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>Its secret half; null in an update leaves what is there.</summary>
    public SecretText? SecretAccessKey { get; init; }
}

/// <summary>A function behind a webhook.</summary>
/// <param name="Url">Where to post.</param>
public sealed record WebhookSettings(string Url);

/// <summary>All that can be changed of a function.</summary>
public sealed record FunctionSettings
{
    /// <summary>What it is there for; at most 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>Of a process; null otherwise.</summary>
    public ProcessSettings? Process { get; init; }

    /// <summary>Of an endpoint; null otherwise.</summary>
    public EndpointSettings? Endpoint { get; init; }

    /// <summary>Of a webhook; null otherwise.</summary>
    public WebhookSettings? Webhook { get; init; }

    /// <summary>How long one event may take, 1–900 seconds; null for 30.</summary>
    public int? TimeoutSeconds { get; init; }

    /// <summary>Patterns (<c>*</c>, <c>?</c>) of the names of the secrets that it may be used for; none of them permits nothing.</summary>
    public IReadOnlyList<string> AllowedSecrets { get; init; } = [];

    /// <summary>A disabled function is not called, and its credentials are refused.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>The revision that the change was made upon; null changes whatever is there.</summary>
    public long? Revision { get; init; }
}

/// <summary>A function in a list.</summary>
public record FunctionSummary
{
    /// <summary>The portal's id, never given to another caller.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>Its ARN in the call's region, which RotateSecret takes as RotationLambdaARN.</summary>
    public required string Arn { get; init; }

    /// <summary>How it is called.</summary>
    public required RotationFunctionKind Kind { get; init; }

    /// <summary>What it is there for.</summary>
    public string? Description { get; init; }

    /// <summary>It is not called, and its credentials are refused.</summary>
    public required bool IsDisabled { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>How many secrets of all regions name it, deleted ones among them.</summary>
    public long SecretCount { get; init; }

    /// <summary>When the newest rotation of one of them was asked for; null where none was.</summary>
    public DateTimeOffset? LastRunAt { get; init; }

    /// <summary>Where that one stands.</summary>
    public RotationRunState? LastRunState { get; init; }
}

/// <summary>A function.</summary>
public sealed record FunctionDetail : FunctionSummary
{
    /// <summary>Of a process.</summary>
    public ProcessSettings? Process { get; init; }

    /// <summary>Of an endpoint, without the secret half.</summary>
    public EndpointSettings? Endpoint { get; init; }

    /// <summary>Of a webhook.</summary>
    public WebhookSettings? Webhook { get; init; }

    /// <summary>How long one event may take.</summary>
    public required int TimeoutSeconds { get; init; }

    /// <summary>Patterns of the names of the secrets that it may be used for.</summary>
    public required IReadOnlyList<string> AllowedSecrets { get; init; }

    /// <summary>ARNs of the secrets that name it, deleted ones among them; 100 at most.</summary>
    public required IReadOnlyList<string> Secrets { get; init; }

    /// <summary>To be given with a change, so that nobody else's is undone; it is the ETag.</summary>
    [JsonIgnore]
    public long Revision { get; init; }
}

/// <summary>A function that a secret can be rotated by.</summary>
/// <param name="Name">The name.</param>
/// <param name="Arn">Its ARN in the call's region.</param>
/// <param name="Kind">How it is called.</param>
public sealed record FunctionChoice(string Name, string Arn, RotationFunctionKind Kind);

/// <summary>A page of functions.</summary>
/// <param name="Functions">By name.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record FunctionPage(IReadOnlyList<FunctionSummary> Functions, string? NextToken);

/// <summary>A function that was added, or whose key was made anew.</summary>
/// <param name="Function">The function.</param>
/// <param name="SigningKey">The key that signs a webhook's requests, told this once; null for other kinds.</param>
public sealed record NewFunction(FunctionDetail Function, SecretText? SigningKey);

/// <summary>How a test event went.</summary>
/// <param name="Succeeded">The function answered without an error.</param>
/// <param name="ErrorType">The kind of error in the function's own words; null where it succeeded, or where the portal found the error.</param>
/// <param name="ErrorMessage">What went wrong; null where it succeeded.</param>
/// <param name="Log">What it wrote.</param>
/// <param name="DurationMilliseconds">How long it took.</param>
public sealed record FunctionTest(bool Succeeded, string? ErrorType, string? ErrorMessage, string Log, long DurationMilliseconds);

/// <summary>Whether a function and a secret agree. The function rotates the secret where all but <see cref="IsDeleted"/> hold.</summary>
public sealed record FunctionAgreement
{
    /// <summary>The function is not disabled.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>The function's side: one of its patterns permits the secret's name.</summary>
    public required bool IsPermitted { get; init; }

    /// <summary>The secret's side: its rotation names the function.</summary>
    public required bool IsNamed { get; init; }

    /// <summary>What the secret's rotation names instead; null for nothing.</summary>
    public string? Named { get; init; }

    /// <summary>The secret is marked for deletion, and is not rotated.</summary>
    public bool IsDeleted { get; init; }
}
