using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Bench;

/// <summary>Requests for many names, signed beforehand: the load generator must cost nothing but sending.</summary>
internal static class SignedRequests
{
    /// <summary>The access key of the benchmark's portal.</summary>
    public const string AccessKeyId = "AKIABENCHMARKPORTAL1";

    /// <summary>Its secret half, good for a portal that lives as long as the benchmark.</summary>
    public const string SecretAccessKey = "secretHalfOfTheBenchmarksAccessKey012345";

    /// <summary>The region of the benchmark's portal.</summary>
    public const string Region = "us-east-1";

    /// <summary>The name of a secret by its number.</summary>
    public static string NameOf(int number) => string.Create(CultureInfo.InvariantCulture, $"bench/team-{number % 100:00}/secret-{number:000000}");

    /// <summary>Writes GetSecretValue requests for names spread over the store, each as its length, a line end and its bytes.</summary>
    public static void Write(string path, Uri address, int names, int secrets)
    {
        var step = Math.Max(1, secrets / names);
        using var file = File.Create(path);
        for (var i = 0; i < names; i++)
        {
            var raw = Raw(address, "GetSecretValue", $$"""{"SecretId":"{{NameOf(i * step % secrets)}}"}""");
            file.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{raw.Length}\n")));
            file.Write(raw);
        }
    }

    /// <summary>The headers of a signed request, Host among them.</summary>
    public static List<KeyValuePair<string, string>> Headers(Uri address, string operation, byte[] body)
    {
        List<KeyValuePair<string, string>> headers =
        [
            new("Host", address.Authority), new("Content-Type", "application/x-amz-json-1.1"), new("X-Amz-Target", $"secretsmanager.{operation}"),
        ];
        var request = new SignedRequest { Method = "POST", Path = "/", Query = "", Headers = headers, BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)) };
        var credentials = new SigningCredentials(AccessKeyId, new SecretText(SecretAccessKey));
        headers.AddRange(SigV4Signer.Sign(request, credentials, Region, "secretsmanager", TimeProvider.System.GetUtcNow()));
        return headers;
    }

    private static byte[] Raw(Uri address, string operation, string json)
    {
        var body = Encoding.UTF8.GetBytes(json);
        var head = new StringBuilder("POST / HTTP/1.1\r\n");
        foreach (var (name, value) in Headers(address, operation, body))
            head.Append(name).Append(": ").Append(value).Append("\r\n");
        head.Append(CultureInfo.InvariantCulture, $"Content-Length: {body.Length}\r\n\r\n");
        return [.. Encoding.ASCII.GetBytes(head.ToString()), .. body];
    }
}
