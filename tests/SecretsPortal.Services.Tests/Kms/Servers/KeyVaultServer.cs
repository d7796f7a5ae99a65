using System.Buffers.Text;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace SecretsPortal.Services.Tests.Kms.Servers;

/// <summary>
/// Azure Key Vault's protocol for keys (get, wrapkey, unwrapkey; api-version 7.4) with its bearer challenge, and the token endpoint that the challenge
/// names, with real cryptography: RSA-OAEP-256 with RSA keys, A256KW with symmetric ones, as Managed HSM has them.
/// </summary>
internal sealed class KeyVaultServer() : LoopbackServer(VaultHost, LoginHost)
{
    public const string VaultHost = "tests.vault.example";
    public const string LoginHost = "login.example";
    public const string Tenant = "11111111-2222-3333-4444-555555555555";
    public const string ClientId = "66666666-7777-8888-9999-000000000000";
    public const string ClientSecret = "client-secret-of-the-tests";

    private readonly ConcurrentDictionary<string, VaultKey> _keys = new();
    private readonly ConcurrentDictionary<string, string> _tokens = new();

    public Uri VaultUri => new($"https://{VaultHost}:{Port}");

    public Uri LoginUri => new($"https://{LoginHost}:{Port}");

    /// <summary>What the challenge asks a token for.</summary>
    public string Resource { get; set; } = "https://vault.example";

    /// <summary>False: every token is known, and none may do anything.</summary>
    public bool IsGranted { get; set; } = true;

    public int Tokens => _tokens.Count;

    public VaultKey AddKey(string name, bool isSymmetric)
    {
        var key = new VaultKey(isSymmetric);
        key.Rotate();
        return _keys[name] = key;
    }

    public void RemoveKey(string name) => _keys.TryRemove(name, out _);

    protected override Task Answer(HttpContext http, byte[] body) =>
        http.Request.Host.Host == LoginHost ? Login(http, body) : Vault(http, body);

    private async Task Login(HttpContext http, byte[] body)
    {
        var path = http.Request.Path.Value!;
        if (path == $"/{Tenant}/v2.0/.well-known/openid-configuration")
        {
            await Json(http, 200, new JsonObject
            {
                ["issuer"] = $"{LoginUri}{Tenant}/v2.0",
                ["authorization_endpoint"] = $"{LoginUri}{Tenant}/oauth2/v2.0/authorize",
                ["token_endpoint"] = $"{LoginUri}{Tenant}/oauth2/v2.0/token",
            });
            return;
        }

        var form = Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(Encoding.UTF8.GetString(body));
        if (path != $"/{Tenant}/oauth2/v2.0/token" || form["client_id"] != ClientId || form["client_secret"] != ClientSecret || form["grant_type"] != "client_credentials")
        {
            await Json(http, 401, new JsonObject { ["error"] = "invalid_client", ["error_description"] = "AADSTS7000215: Invalid client secret provided." });
            return;
        }

        var token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        _tokens[token] = form["scope"].ToString().Split(' ').First(scope => scope.StartsWith("https", StringComparison.Ordinal));
        await Json(http, 200, new JsonObject { ["token_type"] = "Bearer", ["expires_in"] = 3600, ["access_token"] = token });
    }

    private Task Vault(HttpContext http, byte[] body)
    {
        var header = http.Request.Headers.Authorization.ToString();
        if (!header.StartsWith("Bearer ", StringComparison.Ordinal) || !_tokens.TryGetValue(header["Bearer ".Length..], out var scope) || scope != $"{Resource}/.default")
        {
            http.Response.Headers.WWWAuthenticate = $"Bearer authorization=\"{LoginUri}{Tenant}\", resource=\"{Resource}\"";
            return Error(http, 401, "Unauthorized", "AKV10000: Request is missing a Bearer or PoP token.");
        }

        if (http.Request.Query["api-version"] != "7.4")
            return Error(http, 400, "BadParameter", "The specified version is not recognized.");
        if (!IsGranted)
            return Error(http, 403, "Forbidden", "Caller is not authorized to perform action on resource.");
        if (http.Request.Path.Value!.Split('/') is not ["", "keys", var name, .. var rest] || !_keys.TryGetValue(name, out var key))
            return Error(http, 404, "KeyNotFound", "A key with (name/id) was not found in this key vault.");
        return rest switch
        {
            [] => Get(http, name, key, key.Current),
            [var version] when key.Versions.ContainsKey(version) => Get(http, name, key, version),
            ["wrapkey"] or ["unwrapkey"] => Operate(http, name, key, key.Current, rest[0], body),
            [var version, var operation] when key.Versions.ContainsKey(version) => Operate(http, name, key, version, operation, body),
            _ => Error(http, 404, "KeyNotFound", "A key with (name/id) was not found in this key vault."),
        };
    }

    private Task Get(HttpContext http, string name, VaultKey key, string version)
    {
        var jwk = new JsonObject { ["kid"] = Kid(name, version), ["kty"] = key.IsSymmetric ? "oct-HSM" : "RSA", ["key_ops"] = new JsonArray("wrapKey", "unwrapKey") };
        if (key.Versions[version].Rsa is { } rsa)
        {
            var parameters = rsa.ExportParameters(false);
            jwk["n"] = Base64Url.EncodeToString(parameters.Modulus);
            jwk["e"] = Base64Url.EncodeToString(parameters.Exponent);
        }

        return Json(http, 200, new JsonObject { ["key"] = jwk, ["attributes"] = new JsonObject { ["enabled"] = key.IsEnabled, ["recoveryLevel"] = "Recoverable" } });
    }

    private Task Operate(HttpContext http, string name, VaultKey key, string version, string operation, byte[] body)
    {
        if (!key.IsEnabled)
            return Error(http, 403, "Forbidden", "Operation is not allowed on a disabled key.", "KeyDisabled");
        var asked = JsonNode.Parse(body)!;
        var value = Base64Url.DecodeFromChars((string)asked["value"]!);
        if ((string)asked["alg"]! != (key.IsSymmetric ? "A256KW" : "RSA-OAEP-256"))
            return Error(http, 400, "BadParameter", "Key and algorithm do not fit.");
        try
        {
            var result = operation == "wrapkey" ? key.Versions[version].Wrap(value) : key.Versions[version].Unwrap(value);
            return Json(http, 200, new JsonObject { ["kid"] = Kid(name, version), ["value"] = Base64Url.EncodeToString(result) });
        }
        catch (CryptographicException)
        {
            return Error(http, 400, "BadParameter", "The parameter is incorrect.");
        }
    }

    private string Kid(string name, string version) => $"{VaultUri}keys/{name}/{version}";

    private static Task Error(HttpContext http, int status, string code, string message, string? inner = null)
    {
        var error = new JsonObject { ["code"] = code, ["message"] = message };
        if (inner is not null)
            error["innererror"] = new JsonObject { ["code"] = inner };
        return Json(http, status, new JsonObject { ["error"] = error });
    }

    private static Task Json(HttpContext http, int status, JsonObject body)
    {
        http.Response.StatusCode = status;
        http.Response.ContentType = "application/json; charset=utf-8";
        return http.Response.WriteAsync(body.ToJsonString(JsonSerializerOptions.Web));
    }
}

/// <summary>A key of the vault with its versions.</summary>
internal sealed class VaultKey(bool isSymmetric)
{
    public bool IsSymmetric { get; } = isSymmetric;

    public bool IsEnabled { get; set; } = true;

    public string Current { get; private set; } = "";

    public ConcurrentDictionary<string, VaultKeyVersion> Versions { get; } = new();

    public void Rotate()
    {
        var version = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        Versions[version] = IsSymmetric ? new VaultKeyVersion(null, RandomNumberGenerator.GetBytes(32)) : new VaultKeyVersion(RSA.Create(2048), null);
        Current = version;
    }
}

/// <summary>One of the two.</summary>
internal sealed record VaultKeyVersion(RSA? Rsa, byte[]? Symmetric)
{
    public byte[] Wrap(byte[] value) => Rsa is { } rsa ? rsa.Encrypt(value, RSAEncryptionPadding.OaepSHA256) : AesKeyWrap.Wrap(Symmetric!, value);

    public byte[] Unwrap(byte[] value) => Rsa is { } rsa ? rsa.Decrypt(value, RSAEncryptionPadding.OaepSHA256) : AesKeyWrap.Unwrap(Symmetric!, value);
}
