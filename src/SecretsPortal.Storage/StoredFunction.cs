namespace SecretsPortal.Storage;

/// <summary>How a rotation function is called.</summary>
public enum FunctionKind
{
    /// <summary>A program that the portal starts and serves the AWS Lambda Runtime API.</summary>
    Process,

    /// <summary>The Invoke operation of AWS Lambda, or of what speaks like it.</summary>
    Endpoint,

    /// <summary>An HTTP POST with a signature.</summary>
    Webhook,
}

/// <summary>What runs a function of the kind <see cref="FunctionKind.Process"/>.</summary>
public enum FunctionRuntime
{
    /// <summary>The machine's Python 3, with the client of the Runtime API that comes with the portal.</summary>
    Python3,

    /// <summary>The machine's Node.js, likewise.</summary>
    NodeJs,

    /// <summary>A program that speaks the Runtime API itself.</summary>
    Program,
}

/// <summary>A variable of a function's environment.</summary>
/// <param name="Name">An ASCII letter or underscore, then such and digits.</param>
/// <param name="Value">Stored in the clear.</param>
public sealed record FunctionVariable(string Name, string Value);

/// <summary>A rotation function as stored. Members that its kind has no use for are null or empty.</summary>
public sealed record StoredFunction
{
    /// <summary>Its name, description and whether it is disabled; it calls the API as this caller.</summary>
    public required StoredCaller Caller { get; init; }

    /// <summary>How it is called.</summary>
    public required FunctionKind Kind { get; init; }

    /// <summary>What runs a process.</summary>
    public FunctionRuntime? Runtime { get; init; }

    /// <summary>A process's folder, below the one that configuration names.</summary>
    public string? Folder { get; init; }

    /// <summary>A process's handler, such as <c>lambda_function.lambda_handler</c>.</summary>
    public string? Handler { get; init; }

    /// <summary>The program of <see cref="FunctionRuntime.Program"/> in the folder, and its arguments.</summary>
    public IReadOnlyList<string> Command { get; init; } = [];

    /// <summary>A process's own variables.</summary>
    public IReadOnlyList<FunctionVariable> Variables { get; init; } = [];

    /// <summary>Where an endpoint or a webhook is.</summary>
    public string? Url { get; init; }

    /// <summary>What the endpoint calls the function.</summary>
    public string? RemoteName { get; init; }

    /// <summary>The region that requests to the endpoint are signed for.</summary>
    public string? RemoteRegion { get; init; }

    /// <summary>The access key that signs requests to the endpoint.</summary>
    public string? RemoteAccessKeyId { get; init; }

    /// <summary>The secret half of that access key, or the key that signs a webhook's requests, sealed.</summary>
    public byte[]? SealedKey { get; init; }

    /// <summary>The most memory of a process, in MiB.</summary>
    public int MemoryMiB { get; init; }

    /// <summary>How long one event may take.</summary>
    public TimeSpan Timeout { get; init; }

    /// <summary>Patterns of the names of the secrets that it may be used for.</summary>
    public IReadOnlyList<string> AllowedSecrets { get; init; } = [];

    /// <summary>Nothing sealed.</summary>
    public override string ToString() => $"{nameof(StoredFunction)} {{ {Caller.Name}, {Kind} }}";
}
