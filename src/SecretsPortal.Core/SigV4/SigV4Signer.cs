using System.Security.Cryptography;

namespace SecretsPortal.Core.SigV4;

/// <summary>Credentials that sign requests.</summary>
/// <param name="AccessKeyId">The public half.</param>
/// <param name="SecretAccessKey">The secret half.</param>
/// <param name="SessionToken">Of temporary credentials; null otherwise.</param>
public sealed record SigningCredentials(string AccessKeyId, Secrets.SecretText SecretAccessKey, string? SessionToken = null)
{
    /// <summary>The access key id alone: a session token is a credential.</summary>
    public override string ToString() => $"{nameof(SigningCredentials)} {{ AccessKeyId = {AccessKeyId} }}";
}

/// <summary>Signs requests with AWS Signature Version 4, header form.</summary>
public static class SigV4Signer
{
    private static readonly string[] s_ownHeaders = ["x-amz-date", "authorization", "x-amz-security-token"];

    /// <summary>
    /// Gives the headers to add: X-Amz-Date, Authorization and, for temporary credentials, X-Amz-Security-Token. The request must
    /// already carry Host; every header it carries is signed.
    /// </summary>
    /// <exception cref="ArgumentException">The request carries no Host, or already one of the headers to add.</exception>
    public static IReadOnlyList<KeyValuePair<string, string>> Sign(
        SignedRequest request, SigningCredentials credentials, string region, string service, DateTimeOffset now) =>
        Sign(request, credentials, region, service, now, normalizePath: true);

    internal static IReadOnlyList<KeyValuePair<string, string>> Sign(
        SignedRequest request, SigningCredentials credentials, string region, string service, DateTimeOffset now, bool normalizePath)
    {
        if (!CanonicalRequest.ValuesOf(request, "host").Any())
            throw new ArgumentException("The request has no Host header, which must be signed.", nameof(request));
        if (s_ownHeaders.FirstOrDefault(h => CanonicalRequest.ValuesOf(request, h).Any()) is { } own)
            throw new ArgumentException($"The request already has the header {own}, which the signer adds.", nameof(request));

        var timestamp = CanonicalRequest.Timestamp(now);
        var date = timestamp[..8];
        List<KeyValuePair<string, string>> added = [new("X-Amz-Date", timestamp)];
        if (credentials.SessionToken is { } token)
            added.Add(new("X-Amz-Security-Token", token));
        var complete = request with { Headers = [.. request.Headers, .. added] };
        string[] signedHeaders =
            [.. complete.Headers.Select(h => h.Key.ToLowerInvariant()).Distinct().Order(StringComparer.Ordinal)];

        var canonical = CanonicalRequest.Text(complete, signedHeaders, normalizePath);
        var key = SigningKey.Derive(credentials.SecretAccessKey.Reveal(), date, region, service);
        try
        {
            var signature = CanonicalRequest.Signature(key, CanonicalRequest.StringToSign(timestamp, date, region, service, canonical));
            added.Add(new("Authorization",
                $"{CanonicalRequest.Algorithm} Credential={credentials.AccessKeyId}/{CanonicalRequest.Scope(date, region, service)}, " +
                $"SignedHeaders={string.Join(';', signedHeaders)}, Signature={Convert.ToHexStringLower(signature)}"));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }

        return added;
    }
}
