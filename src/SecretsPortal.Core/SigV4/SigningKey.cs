namespace SecretsPortal.Core.SigV4;

/// <summary>The key that signs a day's requests to one service in one region.</summary>
public static class SigningKey
{
    /// <summary>HMAC chain of the secret over date, region, service and <c>aws4_request</c>; 32 bytes.</summary>
    public static byte[] Derive(string secretAccessKey, string date, string region, string service) => throw new NotImplementedException();
}
