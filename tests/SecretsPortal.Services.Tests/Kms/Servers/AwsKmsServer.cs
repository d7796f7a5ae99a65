using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Amazon.Runtime;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using SecretsPortal.Core;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Services.Tests.Kms.Servers;

/// <summary>
/// The protocol of AWS KMS for Encrypt, Decrypt and DescribeKey: every request's Signature Version 4 is verified, and the ciphertext is AES-256-GCM
/// with the encryption context as associated data.
/// </summary>
internal sealed class AwsKmsServer() : LoopbackServer(Host)
{
    public const string Host = "kms.us-west-2.example";
    public const string Region = "us-west-2";
    public const string AccessKeyId = "AKIAOFTHEKMSSERVER01";
    public const string SecretAccessKey = "secret-half-of-the-kms-servers-access-key";

    private readonly ConcurrentDictionary<string, AwsKey> _keys = new();
    private readonly ConcurrentDictionary<string, string> _aliases = new();

    public Uri Endpoint => new($"https://{Host}:{Port}");

    public bool IsGranted { get; set; } = true;

    public AwsKey AddKey()
    {
        var key = new AwsKey(Guid.CreateVersion7().ToString());
        _keys[key.Id] = key;
        return key;
    }

    public void SetAlias(string alias, AwsKey key) => _aliases[alias] = key.Id;

    public void RemoveKey(AwsKey key) => _keys.TryRemove(key.Id, out _);

    /// <summary>The transport through which the SDK's client reaches this server.</summary>
    public HttpClientFactory Transport() => new Factory(this);

    protected override async Task Answer(HttpContext http, byte[] body)
    {
        try
        {
            Authenticate(http, body);
            var asked = JsonNode.Parse(body)!;
            var answer = http.Request.Headers["X-Amz-Target"].ToString() switch
            {
                "TrentService.Encrypt" => Encrypt(asked),
                "TrentService.Decrypt" => Decrypt(asked),
                "TrentService.DescribeKey" => Describe(Find((string)asked["KeyId"]!)),
                var other => throw new Refusal("UnknownOperationException", other),
            };
            await Json(http, 200, answer);
        }
        catch (PortalException fault)
        {
            await Json(http, 400, new JsonObject
            {
                ["__type"] = fault.Error == PortalError.InvalidSignature ? "InvalidSignatureException" : "UnrecognizedClientException",
                ["message"] = fault.Message,
            });
        }
        catch (Refusal fault)
        {
            await Json(http, 400, new JsonObject { ["__type"] = fault.Type, ["message"] = fault.Message });
        }
    }

    private static void Authenticate(HttpContext http, byte[] body)
    {
        var target = http.Features.Get<IHttpRequestFeature>()!.RawTarget.Split('?');
        var request = new SignedRequest
        {
            Method = http.Request.Method,
            Path = target[0],
            Query = target.Length > 1 ? target[1] : "",
            Headers = [.. from header in http.Request.Headers from value in header.Value select KeyValuePair.Create(header.Key, value ?? "")],
            BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)),
        };
        var claim = SigV4Verifier.Read(request, "kms", TimeProvider.System.GetUtcNow());
        if (claim.AccessKeyId != AccessKeyId || claim.Region != Region)
            throw new PortalException(PortalError.UnrecognizedClient, "The security token included in the request is invalid.");
        SigV4Verifier.Verify(request, claim, SigningKey.Derive(SecretAccessKey, claim.Date, claim.Region, claim.Service));
    }

    private JsonObject Encrypt(JsonNode asked)
    {
        var key = Usable(Find((string)asked["KeyId"]!));
        var plaintext = Convert.FromBase64String((string)asked["Plaintext"]!);
        var nonce = RandomNumberGenerator.GetBytes(12);
        var ciphertext = new byte[plaintext.Length];
        var tag = new byte[16];
        using var gcm = new AesGcm(key.Material, tag.Length);
        gcm.Encrypt(nonce, plaintext, ciphertext, tag, Context(asked));
        byte[] blob = [.. Guid.Parse(key.Id).ToByteArray(), .. nonce, .. ciphertext, .. tag];
        return new JsonObject { ["CiphertextBlob"] = Convert.ToBase64String(blob), ["KeyId"] = key.Arn, ["EncryptionAlgorithm"] = "SYMMETRIC_DEFAULT" };
    }

    private JsonObject Decrypt(JsonNode asked)
    {
        var blob = Convert.FromBase64String((string)asked["CiphertextBlob"]!);
        if (blob.Length < 16 + 12 + 16 || !_keys.TryGetValue(new Guid(blob.AsSpan(0, 16)).ToString(), out var key))
            throw new Refusal("InvalidCiphertextException", "");
        if (asked["KeyId"] is { } named && Find((string)named!).Id != key.Id)
            throw new Refusal("IncorrectKeyException", "The key ID in the request does not identify a CMK that can perform this operation.");
        Usable(key);
        var plaintext = new byte[blob.Length - 16 - 12 - 16];
        try
        {
            using var gcm = new AesGcm(key.Material, 16);
            gcm.Decrypt(blob.AsSpan(16, 12), blob.AsSpan(28, plaintext.Length), blob.AsSpan(28 + plaintext.Length), plaintext, Context(asked));
        }
        catch (CryptographicException)
        {
            throw new Refusal("InvalidCiphertextException", "");
        }

        return new JsonObject { ["KeyId"] = key.Arn, ["Plaintext"] = Convert.ToBase64String(plaintext), ["EncryptionAlgorithm"] = "SYMMETRIC_DEFAULT" };
    }

    private static JsonObject Describe(AwsKey key) => new()
    {
        ["KeyMetadata"] = new JsonObject
        {
            ["KeyId"] = key.Id, ["Arn"] = key.Arn, ["KeyState"] = key.State, ["Enabled"] = key.State == "Enabled",
            ["KeySpec"] = "SYMMETRIC_DEFAULT", ["KeyUsage"] = "ENCRYPT_DECRYPT",
        },
    };

    private AwsKey Find(string reference)
    {
        if (!IsGranted)
            throw new Refusal("AccessDeniedException", "User is not authorized to perform this operation.");
        var id = reference.StartsWith("alias/", StringComparison.Ordinal) ? _aliases.GetValueOrDefault(reference) : reference.Split('/')[^1];
        return id is not null && _keys.TryGetValue(id, out var key) ? key : throw new Refusal("NotFoundException", $"Key '{reference}' does not exist");
    }

    private static AwsKey Usable(AwsKey key) => key.State switch
    {
        "Enabled" => key,
        "Disabled" => throw new Refusal("DisabledException", $"{key.Arn} is disabled."),
        _ => throw new Refusal("KMSInvalidStateException", $"{key.Arn} is pending deletion."),
    };

    private static byte[] Context(JsonNode asked)
    {
        var pairs = asked["EncryptionContext"]?.AsObject().OrderBy(pair => pair.Key, StringComparer.Ordinal) ?? Enumerable.Empty<KeyValuePair<string, JsonNode?>>();
        return System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(pairs.Select(pair => new[] { pair.Key, (string)pair.Value! }));
    }

    private static Task Json(HttpContext http, int status, JsonObject body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/x-amz-json-1.1";
        http.Response.Headers["x-amzn-RequestId"] = Guid.CreateVersion7().ToString();
        return http.Response.WriteAsync(body.ToJsonString());
    }

    private sealed class Refusal(string type, string message) : Exception(message)
    {
        public string Type { get; } = type;
    }

    private sealed class Factory(AwsKmsServer server) : HttpClientFactory
    {
        public override HttpClient CreateHttpClient(IClientConfig clientConfig) => new(server.Handler());

        public override bool UseSDKHttpClientCaching(IClientConfig clientConfig) => false;
    }
}

/// <summary>A key with its material.</summary>
internal sealed class AwsKey(string id)
{
    public string Id { get; } = id;

    public string Arn => $"arn:aws:kms:{AwsKmsServer.Region}:111122223333:key/{Id}";

    /// <summary><c>Enabled</c>, <c>Disabled</c> or <c>PendingDeletion</c>.</summary>
    public string State { get; set; } = "Enabled";

    public byte[] Material { get; } = RandomNumberGenerator.GetBytes(32);
}
