namespace SecretsPortal.Core.SigV4;

/// <summary>What of an HTTP request the signature covers.</summary>
public sealed record SignedRequest
{
    /// <summary>The method, upper case.</summary>
    public required string Method { get; init; }

    /// <summary>The path as it stood on the request line, still percent-encoded.</summary>
    public required string Path { get; init; }

    /// <summary>The query string as it stood on the request line, without the question mark.</summary>
    public required string Query { get; init; }

    /// <summary>All headers, in their order, a name once per occurrence.</summary>
    public required IReadOnlyList<KeyValuePair<string, string>> Headers { get; init; }

    /// <summary>SHA-256 of the body, 64 lower-case hexadecimal digits.</summary>
    public required string BodyHash { get; init; }
}
