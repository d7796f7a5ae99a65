using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Services.Secrets;

/// <summary>
/// Page tokens: a position sealed with AES-256-GCM under the portal's own key, bound to caller and query, so that a token can be neither
/// read, forged nor used for another query.
/// </summary>
internal sealed class PageTokens(PortalKeys keys, FillRandom random)
{
    private const byte FormatVersion = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int LongestToken = 4096;

    /// <summary>What a token is bound to: the list, the caller, the region, and all members of the query.</summary>
    public static byte[] ScopeOf(string list, CallContext call, params string?[] query) =>
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes((string?[])[list, call.Caller.Id, call.Region, .. query]));

    /// <summary>A token for the position where a page ended.</summary>
    public async Task<string> Write<T>(T position, byte[] scope, CancellationToken cancel)
    {
        var key = await keys.Get(PortalKeys.PageToken, cancel);
        var plaintext = JsonSerializer.SerializeToUtf8Bytes(position);
        var token = new byte[1 + NonceSize + plaintext.Length + TagSize];
        token[0] = FormatVersion;
        random(token.AsSpan(1, NonceSize));
        using var gcm = new AesGcm(key, TagSize);
        gcm.Encrypt(token.AsSpan(1, NonceSize), plaintext, token.AsSpan(1 + NonceSize, plaintext.Length), token.AsSpan(token.Length - TagSize), scope);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>The position, or null without a token; <see cref="PortalError.InvalidNextToken"/> for one that this query did not get.</summary>
    public async Task<T?> Read<T>(string? token, byte[] scope, CancellationToken cancel) where T : class
    {
        if (token is null)
            return null;
        if (token.Length is 0 or > LongestToken || !Base64Url.IsValid(token))
            throw Invalid();
        var bytes = Base64Url.DecodeFromUtf8(Encoding.ASCII.GetBytes(token));
        if (bytes.Length < 1 + NonceSize + TagSize || bytes[0] != FormatVersion)
            throw Invalid();
        var key = await keys.Get(PortalKeys.PageToken, cancel);
        var plaintext = new byte[bytes.Length - 1 - NonceSize - TagSize];
        try
        {
            using var gcm = new AesGcm(key, TagSize);
            gcm.Decrypt(bytes.AsSpan(1, NonceSize), bytes.AsSpan(1 + NonceSize, plaintext.Length), bytes.AsSpan(bytes.Length - TagSize), plaintext, scope);
        }
        catch (CryptographicException)
        {
            throw Invalid();
        }

        return JsonSerializer.Deserialize<T>(plaintext);
    }

    private static PortalException Invalid() => new(PortalError.InvalidNextToken,
        "The NextToken is not valid for this request. Repeat the request that gave it, unchanged, or begin again without a NextToken.");
}
