using System.Security.Cryptography;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Services.Secrets;

/// <summary>
/// Page tokens: a position that is sealed and bound to caller and query, so that a token can be neither read, forged nor used for another query.
/// </summary>
internal sealed class PageTokens(PortalTokens tokens)
{
    private const int LongestToken = 4096;

    /// <summary>What a token is bound to: the list, the caller, the region, and all members of the query.</summary>
    public static byte[] ScopeOf(string list, CallContext call, params string?[] query) =>
        SHA256.HashData(JsonSerializer.SerializeToUtf8Bytes((string?[])[list, call.Caller.Id, call.Region, .. query]));

    /// <summary>A token for the position where a page ended.</summary>
    public Task<string> Write<T>(T position, byte[] scope, CancellationToken cancel) =>
        tokens.Seal(PortalKeys.PageToken, JsonSerializer.SerializeToUtf8Bytes(position), scope, cancel);

    /// <summary>The position, or null without a token; <see cref="PortalError.InvalidNextToken"/> for one that this query did not get.</summary>
    public async Task<T?> Read<T>(string? token, byte[] scope, CancellationToken cancel) where T : class
    {
        if (token is null)
            return null;
        var plaintext = await tokens.Open(PortalKeys.PageToken, token, LongestToken, scope, cancel) ?? throw Invalid();
        return JsonSerializer.Deserialize<T>(plaintext);
    }

    private static PortalException Invalid() => new(PortalError.InvalidNextToken,
        "The NextToken is not valid for this request. Repeat the request that gave it, unchanged, or begin again without a NextToken.");
}
