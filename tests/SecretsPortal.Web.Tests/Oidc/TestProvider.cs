using System.Collections.Immutable;
using System.Collections.Concurrent;
using System.Security.Claims;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenIddict.Abstractions;
using OpenIddict.Server;
using static OpenIddict.Server.OpenIddictServerEvents;

namespace SecretsPortal.Web.Tests.Oidc;

/// <summary>
/// A real OpenID Connect provider (OpenIddict) on the loopback. Whoever comes is signed in there already, as <see cref="User"/>; what it says can be
/// spoilt after it is made and before it is signed.
/// </summary>
public sealed class TestProvider : IAsyncDisposable
{
    public const string ClientId = "secrets-portal";
    public const string ClientSecret = "secret-of-the-portal-at-the-provider";

    private readonly WebApplication _app;
    private readonly ConcurrentDictionary<string, bool> _codes = new(StringComparer.Ordinal);

    private TestProvider(WebApplication app) => _app = app;

    public string Address => _app.Urls.First();

    /// <summary>Who is signed in there.</summary>
    public ProviderUser User { get; set; } = new("ada-1", "ada");

    /// <summary>Changes the identity token's claims before it is signed.</summary>
    public Action<ClaimsPrincipal> Spoil { get; set; } = static _ => { };

    /// <summary>The user turns back.</summary>
    public bool Declines { get; set; }

    /// <summary>How often a code was taken.</summary>
    public int CodesTaken => _codes.Count;

    public static async Task<TestProvider> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        TestProvider? provider = null;
        builder.Services.AddAuthentication();
        builder.Services.AddOpenIddict().AddServer(server => Configure(server, () => provider!));
        provider = new TestProvider(builder.Build());
        provider._app.UseAuthentication();
        await provider._app.StartAsync();
        return provider;
    }

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private static void Configure(OpenIddictServerBuilder server, Func<TestProvider> provider)
    {
        server.SetAuthorizationEndpointUris("connect/authorize").SetTokenEndpointUris("connect/token");
        server.AllowAuthorizationCodeFlow().RequireProofKeyForCodeExchange();
        server.RegisterScopes("openid", "profile", "email");
        server.AddEphemeralEncryptionKey().AddEphemeralSigningKey();
        // Without a database: who may ask, and that a code counts once, is decided below.
        server.EnableDegradedMode();
        server.UseAspNetCore().DisableTransportSecurityRequirement();
        server.AddEventHandler<ValidateAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            if (context.ClientId != ClientId)
                context.Reject(OpenIddictConstants.Errors.InvalidClient);
            return default;
        }));
        server.AddEventHandler<ValidateTokenRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            if (context.ClientId != ClientId || context.ClientSecret != ClientSecret)
                context.Reject(OpenIddictConstants.Errors.InvalidClient);
            else if (!provider()._codes.TryAdd(context.Request.Code ?? "", true))
                context.Reject(OpenIddictConstants.Errors.InvalidGrant);
            return default;
        }));
        server.AddEventHandler<HandleAuthorizationRequestContext>(handler => handler.UseInlineHandler(context =>
        {
            if (provider().Declines)
                context.Reject(OpenIddictConstants.Errors.AccessDenied);
            else
                context.SignIn(provider().User.ToPrincipal(context.Request.GetScopes()));
            return default;
        }));
        server.AddEventHandler<ProcessSignInContext>(handler => handler
            .UseInlineHandler(context =>
            {
                if (context.IdentityTokenPrincipal is { } principal)
                    provider().Spoil(principal);
                return default;
            })
            .SetOrder(OpenIddictServerHandlers.PrepareIdentityTokenPrincipal.Descriptor.Order + 1));
    }
}

/// <summary>A user of the provider.</summary>
public sealed record ProviderUser(string Subject, string Name, params string[] Groups)
{
    public string Email { get; init; } = "ada@example.com";

    public bool IsVerified { get; init; } = true;

    public ClaimsPrincipal ToPrincipal(ImmutableArray<string> scopes)
    {
        var identity = new ClaimsIdentity("provider");
        identity.SetClaim("sub", Subject).SetClaim("preferred_username", Name).SetClaim("name", "Ada Lovelace").SetClaim("email", Email)
            .SetClaim("email_verified", IsVerified).SetClaims("groups", [.. Groups]);
        var principal = new ClaimsPrincipal(identity);
        principal.SetScopes(scopes);
        principal.SetDestinations(static _ => [OpenIddictConstants.Destinations.IdentityToken]);
        return principal;
    }
}
