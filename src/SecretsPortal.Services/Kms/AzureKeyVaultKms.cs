using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.Json.Serialization;
using Azure;
using Azure.Core;
using Azure.Core.Pipeline;
using Azure.Identity;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// Keys of an Azure Key Vault or Managed HSM, over its REST protocol: RSA keys wrap with RSA-OAEP-256, symmetric ones (oct-HSM, Managed HSM alone) with
/// A256KW. Neither binds the encryption context, so the binding rests on the sealed value's own associated data.
/// </summary>
/// <remarks>
/// A key reference is a key's name, or its URL in the configured vault; with a version in the URL that version alone is used. Wrapped key: algorithm
/// (1 byte: 1 RSA-OAEP-256, 2 A256KW), then what the vault gave. The key's version travels beside it, so that former versions unwrap.
/// Needs the permissions get, wrapKey and unwrapKey.
/// </remarks>
internal sealed class AzureKeyVaultKms : IKms
{
    private const string ApiVersion = "7.4";
    private const string Setting = "Portal:Kms:AzureKeyVault:VaultUri";
    private static readonly string[] s_algorithms = ["", "RSA-OAEP-256", "A256KW"];

    private readonly Uri _vault;
    private readonly HttpPipeline _pipeline;

    // A key's type rarely changes from version to version; where it did, the vault refuses and the type is asked for again.
    private readonly ConcurrentDictionary<string, byte> _algorithmOf = new(StringComparer.Ordinal);

    /// <param name="options">Where the vault is.</param>
    /// <param name="timeout">Of one attempt; the guard around this provider limits the whole call.</param>
    /// <param name="credential">Who the portal is; <see cref="DefaultAzureCredential"/> in use.</param>
    /// <param name="transport">Null for the library's own.</param>
    public AzureKeyVaultKms(AzureKeyVaultOptions options, TimeSpan timeout, TokenCredential credential, HttpPipelineTransport? transport = null)
    {
        _vault = options.VaultUri;
        var client = new KeyVaultClientOptions();
        client.Retry.MaxRetries = 3;
        client.Retry.Delay = TimeSpan.FromMilliseconds(200);
        client.Retry.NetworkTimeout = timeout;
        // What travels is wrapped keys, and unwrapped ones: no body or address belongs in a log.
        client.Diagnostics.IsLoggingEnabled = false;
        client.Diagnostics.IsDistributedTracingEnabled = false;
        client.Diagnostics.IsTelemetryEnabled = false;
        if (transport is not null)
            client.Transport = transport;
        _pipeline = HttpPipelineBuilder.Build(client, new KeyVaultChallengePolicy(credential));
    }

    /// <inheritdoc/>
    public string Provider => KmsProviders.AzureKeyVault;

    /// <inheritdoc/>
    public async Task<WrappedDataKey> Wrap(
        string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        var (name, version) = Parse(keyReference);
        if (!_algorithmOf.TryGetValue(name, out var algorithm))
            algorithm = AlgorithmOf(name, await GetKey(name, version, cancel));
        using var answer = await Send(RequestMethod.Post, $"keys/{name}/{version}/wrapkey", Body(algorithm, dataKey.Span), cancel);
        if (answer.Status == 400)
            _algorithmOf.TryRemove(name, out _);
        var wrapped = Read(answer);
        return new WrappedDataKey([algorithm, .. Decode(wrapped.Value)], VersionOf(wrapped.Kid));
    }

    /// <inheritdoc/>
    public async Task<byte[]> Unwrap(
        string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        var (name, pinned) = Parse(keyReference);
        if (wrapped.Bytes.Length < 2 || wrapped.Bytes[0] is 0 or > 2 || !IsName(wrapped.KeyVersion) || (pinned.Length > 0 && pinned != wrapped.KeyVersion))
            throw KmsFaults.Refused();
        using var answer = await Send(
            RequestMethod.Post, $"keys/{name}/{wrapped.KeyVersion}/unwrapkey", Body(wrapped.Bytes[0], wrapped.Bytes.AsSpan(1)), cancel);
        if (answer.Status == 400)
            throw KmsFaults.Refused(new RequestFailedException(answer));
        if (answer.Status == 404)
        {
            // With the key there, it is the version that is not: such bytes were never wrapped under it. Without it, this throws.
            await GetKey(name, pinned, cancel);
            throw KmsFaults.Refused();
        }

        var dataKey = Decode(Read(answer).Value);
        return dataKey.Length == AesGcmSealer.KeySize ? dataKey : throw KmsFaults.Refused();
    }

    /// <inheritdoc/>
    public async Task<string> CurrentVersion(string keyReference, CancellationToken cancel)
    {
        var (name, version) = Parse(keyReference);
        var key = await GetKey(name, version, cancel);
        AlgorithmOf(name, key);
        return VersionOf(key.Kid);
    }

    /// <inheritdoc/>
    public Task Check(string keyReference, CancellationToken cancel) => CurrentVersion(keyReference, cancel);

    private async Task<KeyVaultKey> GetKey(string name, string version, CancellationToken cancel)
    {
        using var answer = await Send(RequestMethod.Get, $"keys/{name}/{version}", null, cancel);
        ThrowUnlessOk(answer);
        try
        {
            var bundle = JsonSerializer.Deserialize(answer.Content.ToMemory().Span, KeyVaultJson.Default.KeyVaultBundle)!;
            if (!bundle.Attributes.Enabled)
                throw KmsFaults.KeyUnusable($"The key {name} of the Azure Key Vault is disabled. Enable it there.");
            return bundle.Key;
        }
        catch (JsonException fault)
        {
            throw NotOurProtocol(fault);
        }
    }

    private byte AlgorithmOf(string name, KeyVaultKey key)
    {
        byte algorithm = key.Kty switch
        {
            "RSA" or "RSA-HSM" => 1,
            "oct" or "oct-HSM" => 2,
            _ => throw KmsFaults.KeyUnusable($"The key {name} of the Azure Key Vault is of the type {key.Kty}, which wraps no keys. Register an RSA key, or on Managed HSM a symmetric one of 256 bits."),
        };
        _algorithmOf[name] = algorithm;
        return algorithm;
    }

    private static byte[] Body(byte algorithm, ReadOnlySpan<byte> value) => JsonSerializer.SerializeToUtf8Bytes(
        new KeyVaultOperation(s_algorithms[algorithm], Base64Url.EncodeToString(value)), KeyVaultJson.Default.KeyVaultOperation);

    private async Task<Response> Send(RequestMethod method, string path, byte[]? body, CancellationToken cancel)
    {
        using var request = _pipeline.CreateRequest();
        request.Method = method;
        request.Uri.Reset(new Uri(_vault, $"{path.TrimEnd('/').Replace("//", "/", StringComparison.Ordinal)}?api-version={ApiVersion}"));
        request.Headers.Add("Accept", "application/json");
        if (body is not null)
        {
            request.Headers.Add("Content-Type", "application/json");
            request.Content = RequestContent.Create(body);
        }

        try
        {
            return await _pipeline.SendRequestAsync(request, cancel);
        }
        catch (KeyVaultChallengeException fault)
        {
            throw new KmsOutageException($"The Azure Key Vault asks for a token that the portal does not give: {fault.Message}. Check {Setting}.", fault);
        }
        catch (Exception fault) when (fault is AuthenticationFailedException or CredentialUnavailableException)
        {
            throw new KmsOutageException("The portal has no credentials that Azure accepts for the Key Vault. Give it a managed identity, or set AZURE_TENANT_ID, AZURE_CLIENT_ID and AZURE_CLIENT_SECRET or AZURE_FEDERATED_TOKEN_FILE.", fault);
        }
        catch (Exception fault) when (fault is RequestFailedException or AggregateException || (fault is OperationCanceledException && !cancel.IsCancellationRequested))
        {
            throw new KmsOutageException($"The Azure Key Vault of {Setting} can't be reached. Try again later.", fault);
        }
    }

    private static KeyVaultResult Read(Response answer)
    {
        ThrowUnlessOk(answer);
        try
        {
            return JsonSerializer.Deserialize(answer.Content.ToMemory().Span, KeyVaultJson.Default.KeyVaultResult)!;
        }
        catch (JsonException fault)
        {
            throw NotOurProtocol(fault);
        }
    }

    private static void ThrowUnlessOk(Response answer)
    {
        if (answer.Status == 200)
            return;
        var fault = new RequestFailedException(answer);
        throw answer.Status switch
        {
            400 => KmsFaults.KeyUnusable("The Azure Key Vault refuses the operation on this key. Check the key's type, size and permitted operations (wrapKey, unwrapKey).", fault),
            403 when fault.Message.Contains("KeyDisabled", StringComparison.Ordinal) =>
                KmsFaults.KeyUnusable("The key of the Azure Key Vault is disabled. Enable it there.", fault),
            401 or 403 => KmsFaults.KeyUnusable($"The Azure Key Vault of {Setting} does not let the portal use the key. Grant its identity get, wrapKey and unwrapKey (the role Key Vault Crypto Service Encryption User).", fault),
            404 => KmsFaults.KeyUnusable($"The Azure Key Vault of {Setting} has no such key, or no longer. Recover it, or correct the key reference (Portal:Kms:KeyReference for the default key).", fault),
            429 => new KmsOutageException("The Azure Key Vault is throttling. Try again later.", fault),
            _ => new KmsOutageException($"The Azure Key Vault fails with status {answer.Status}. Try again later.", fault),
        };
    }

    /// <summary>Name and version (empty for the latest) of a key reference.</summary>
    private (string Name, string Version) Parse(string reference)
    {
        var path = reference;
        if (reference.Contains(':', StringComparison.Ordinal))
        {
            if (!Uri.TryCreate(reference, UriKind.Absolute, out var url) || url.GetLeftPart(UriPartial.Authority) != _vault.GetLeftPart(UriPartial.Authority)
                || !url.AbsolutePath.StartsWith("/keys/", StringComparison.Ordinal))
                throw KmsFaults.KeyUnusable($"The key reference must be the name of a key, or a URL such as {new Uri(_vault, "keys/NAME")}, in the vault of {Setting}.");
            path = url.AbsolutePath["/keys/".Length..].TrimEnd('/');
        }

        return path.Split('/') switch
        {
            [var name] when IsName(name) => (name, ""),
            [var name, var version] when IsName(name) && IsName(version) && path != reference => (name, version),
            _ => throw KmsFaults.KeyUnusable("The name of an Azure Key Vault key has 1 to 127 letters, digits and hyphens."),
        };
    }

    private static bool IsName(string text) => text.Length is > 0 and <= 127 && text.All(c => char.IsAsciiLetterOrDigit(c) || c == '-');

    private static string VersionOf(string kid) => kid.Split('/')[^1] is var version && IsName(version) ? version : throw NotOurProtocol(null);

    private static byte[] Decode(string value) => Base64Url.IsValid(value) ? Base64Url.DecodeFromChars(value) : throw NotOurProtocol(null);

    private static KmsOutageException NotOurProtocol(Exception? fault) =>
        new($"What answers at {Setting} does not speak the protocol of Azure Key Vault.", fault);

    private sealed class KeyVaultClientOptions : ClientOptions;
}

internal sealed record KeyVaultOperation(string Alg, string Value);

internal sealed record KeyVaultResult([property: JsonRequired] string Kid, [property: JsonRequired] string Value);

internal sealed record KeyVaultBundle([property: JsonRequired] KeyVaultKey Key, KeyVaultAttributes Attributes);

internal sealed record KeyVaultKey([property: JsonRequired] string Kid, [property: JsonRequired] string Kty);

internal readonly record struct KeyVaultAttributes(bool Enabled);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(KeyVaultOperation))]
[JsonSerializable(typeof(KeyVaultResult))]
[JsonSerializable(typeof(KeyVaultBundle))]
internal sealed partial class KeyVaultJson : JsonSerializerContext;
