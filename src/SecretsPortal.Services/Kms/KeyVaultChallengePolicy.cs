using Azure.Core;
using Azure.Core.Pipeline;

namespace SecretsPortal.Services.Kms;

/// <summary>The vault's challenge is none that the portal answers.</summary>
internal sealed class KeyVaultChallengeException(string message) : Exception(message);

/// <summary>
/// Key Vault's bearer authentication: the vault says in its challenge which tenant and resource a token must be for. The first request therefore
/// goes out without body and token. A token is made only for a resource that the vault's own name lies under, so that nobody else collects one.
/// </summary>
internal sealed class KeyVaultChallengePolicy(TokenCredential credential) : BearerTokenAuthenticationPolicy(credential, [])
{
    private const string BodyProperty = "KeyVaultBody";

    // One vault per policy, so one answer; a later challenge replaces it.
    private volatile Challenge? _known;

    /// <inheritdoc/>
    protected override ValueTask AuthorizeRequestAsync(HttpMessage message)
    {
        if (message.Request.Uri.Scheme != Uri.UriSchemeHttps)
            throw new KeyVaultChallengeException("tokens travel over https alone");
        if (_known is { } known)
        {
            // A retry of a request that went out without its body, before another one learned the challenge.
            RestoreBody(message);
            return AuthenticateAndAuthorizeRequestAsync(message, known.Context(message));
        }

        if (message.Request.Content is { } body)
            message.SetProperty(BodyProperty, body);
        message.Request.Content = null;
        return default;
    }

    /// <inheritdoc/>
    protected override async ValueTask<bool> AuthorizeRequestOnChallengeAsync(HttpMessage message)
    {
        RestoreBody(message);
        if (!message.Response.Headers.TryGetValue("WWW-Authenticate", out var header) || Challenge.Parse(header) is not { } challenge)
            return false;
        if (!challenge.IsFor(message.Request.Uri.Host))
            throw new KeyVaultChallengeException($"the resource {challenge.Resource} is not that of the vault");
        _known = challenge;
        await AuthenticateAndAuthorizeRequestAsync(message, challenge.Context(message));
        return true;
    }

    private static void RestoreBody(HttpMessage message)
    {
        if (message.Request.Content is null && message.TryGetProperty(BodyProperty, out var body) && body is RequestContent content)
            message.Request.Content = content;
    }

    /// <summary>What <c>WWW-Authenticate: Bearer authorization="…", resource="…"</c> says.</summary>
    private sealed record Challenge(Uri Authorization, Uri Resource)
    {
        public static Challenge? Parse(string header)
        {
            const string scheme = "Bearer ";
            if (!header.StartsWith(scheme, StringComparison.OrdinalIgnoreCase))
                return null;
            var parameters = header[scheme.Length..].Split(',', StringSplitOptions.TrimEntries)
                .Select(part => part.Split('=', 2))
                .Where(pair => pair.Length == 2)
                .GroupBy(pair => pair[0], StringComparer.OrdinalIgnoreCase)
                .ToDictionary(group => group.Key, group => group.First()[1].Trim('"'), StringComparer.OrdinalIgnoreCase);
            var authorization = parameters.GetValueOrDefault("authorization") ?? parameters.GetValueOrDefault("authorization_uri");
            var resource = parameters.GetValueOrDefault("resource") ?? parameters.GetValueOrDefault("scope")?.Replace("/.default", "", StringComparison.Ordinal);
            return Uri.TryCreate(authorization, UriKind.Absolute, out var where) && Uri.TryCreate(resource, UriKind.Absolute, out var what)
                ? new Challenge(where, what)
                : null;
        }

        public bool IsFor(string? host) =>
            Resource.Scheme == Uri.UriSchemeHttps && host?.EndsWith($".{Resource.Host}", StringComparison.OrdinalIgnoreCase) == true;

        public TokenRequestContext Context(HttpMessage message) => new(
            [$"{Resource.AbsoluteUri.TrimEnd('/')}/.default"], message.Request.ClientRequestId, tenantId: Authorization.AbsolutePath.Trim('/').Split('/')[0]);
    }
}
