using System.Security.Cryptography;
using System.Text;

namespace SecretsPortal.Core.SigV4;

/// <summary>The key that signs a day's requests to one service in one region.</summary>
public static class SigningKey
{
    /// <summary>HMAC chain of the secret over date, region, service and <c>aws4_request</c>; 32 bytes.</summary>
    /// <param name="secretAccessKey">The secret half of the access key.</param>
    /// <param name="date">The scope's day, <c>yyyyMMdd</c>.</param>
    /// <param name="region">The scope's region.</param>
    /// <param name="service">The scope's service.</param>
    public static byte[] Derive(string secretAccessKey, string date, string region, string service)
    {
        var key = Encoding.UTF8.GetBytes("AWS4" + secretAccessKey);
        foreach (var part in (ReadOnlySpan<string>)[date, region, service, CanonicalRequest.Terminator])
        {
            var next = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(part));
            CryptographicOperations.ZeroMemory(key);
            key = next;
        }

        return key;
    }
}
