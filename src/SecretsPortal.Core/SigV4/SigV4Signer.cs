namespace SecretsPortal.Core.SigV4;

/// <summary>Credentials that sign requests.</summary>
/// <param name="AccessKeyId">The public half.</param>
/// <param name="SecretAccessKey">The secret half.</param>
/// <param name="SessionToken">Of temporary credentials; null otherwise.</param>
public sealed record SigningCredentials(string AccessKeyId, Secrets.SecretText SecretAccessKey, string? SessionToken = null);

/// <summary>Signs requests with AWS Signature Version 4, header form.</summary>
public static class SigV4Signer
{
    /// <summary>
    /// Gives the headers to add: X-Amz-Date, Authorization and, for temporary credentials, X-Amz-Security-Token. The request must
    /// already carry Host; every header it carries is signed.
    /// </summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Sign(
        SignedRequest request, SigningCredentials credentials, string region, string service, DateTimeOffset now) =>
        throw new NotImplementedException();
}
