namespace SecretsPortal.Core.SigV4;

/// <summary>What a request says of its signature, checked for form, scope and age but not yet for truth.</summary>
public sealed record SigV4Claim
{
    /// <summary>Which access key it claims to be signed with.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>The scope's day, <c>yyyyMMdd</c>.</summary>
    public required string Date { get; init; }

    /// <summary>The scope's region.</summary>
    public required string Region { get; init; }

    /// <summary>The scope's service.</summary>
    public required string Service { get; init; }

    /// <summary>The request's time, <c>yyyyMMdd'T'HHmmss'Z'</c>.</summary>
    public required string Timestamp { get; init; }

    /// <summary>The signed headers' names, lower case, in order.</summary>
    public required IReadOnlyList<string> SignedHeaders { get; init; }

    /// <summary>64 lower-case hexadecimal digits.</summary>
    public required string Signature { get; init; }

    /// <summary>X-Amz-Security-Token; null where there is none.</summary>
    public string? SessionToken { get; init; }
}

/// <summary>Verifies AWS Signature Version 4 in its header form.</summary>
public static class SigV4Verifier
{
    /// <summary>How far the request's clock may be off, either way.</summary>
    public static readonly TimeSpan MaxSkew = TimeSpan.FromMinutes(5);

    /// <summary>
    /// Reads the Authorization header and its companions. Throws MissingAuthenticationToken, IncompleteSignature or
    /// InvalidSignature with AWS's messages.
    /// </summary>
    public static SigV4Claim Read(SignedRequest request, string service, DateTimeOffset now) => throw new NotImplementedException();

    /// <summary>Compares the signature in constant time; InvalidSignature where it does not match.</summary>
    public static void Verify(SignedRequest request, SigV4Claim claim, ReadOnlySpan<byte> signingKey) => throw new NotImplementedException();
}
