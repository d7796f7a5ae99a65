using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using SecretsPortal.Services;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>Wires sign-in by an OpenID Connect provider: code flow with PKCE; ASP.NET Core's handler checks state, nonce, signature, issuer, audience and times.</summary>
internal static class OidcRegistration
{
    /// <summary>The scheme's name.</summary>
    public const string Scheme = "oidc";

    /// <summary>Where the provider leads back to; registered there.</summary>
    public const string CallbackPath = "/sign-in/oidc/callback";

    // Portal and provider may differ by so much.
    private static readonly TimeSpan s_clockSkew = TimeSpan.FromMinutes(2);

    /// <summary>Adds the handler where a provider is configured.</summary>
    public static AuthenticationBuilder AddOidc(this AuthenticationBuilder builder, OidcOptions? provider) => provider is null
        ? builder
        : builder.AddOpenIdConnect(Scheme, options => Configure(options, provider));

    private static void Configure(OpenIdConnectOptions options, OidcOptions provider)
    {
        options.Authority = provider.Authority.OriginalString;
        options.RequireHttpsMetadata = provider.Authority.Scheme == Uri.UriSchemeHttps;
        options.ClientId = provider.ClientId;
        options.ClientSecret = provider.ClientSecret?.Reveal();
        options.ResponseType = OpenIdConnectResponseType.Code;
        // The answer comes in the address: a posted one would lose its cookies, which are not sent across sites, over plain http.
        options.ResponseMode = OpenIdConnectResponseMode.Query;
        options.UsePkce = true;
        options.CallbackPath = CallbackPath;
        options.MapInboundClaims = false;
        options.SaveTokens = false;
        options.Scope.Clear();
        foreach (var scope in provider.Scopes)
            options.Scope.Add(scope);
        options.GetClaimsFromUserInfoEndpoint = true;
        options.ClaimActions.Clear();
        foreach (var claim in OidcEvents.Claims(provider))
            options.ClaimActions.MapJsonKey(claim, claim);
        options.TokenValidationParameters.ClockSkew = s_clockSkew;
        options.TokenValidationParameters.NameClaimType = provider.NameClaim;
        options.DisableTelemetry = true;
        // What is kept while the user is at the provider is read when they come back, from a link of another site: SameSite=Strict would lose it.
        foreach (var cookie in new[] { options.CorrelationCookie, options.NonceCookie })
        {
            cookie.SameSite = SameSiteMode.Lax;
            cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
            cookie.Path = CallbackPath;
        }

        options.Events.OnTicketReceived = OidcEvents.OnTicketReceived;
        options.Events.OnRemoteFailure = OidcEvents.OnRemoteFailure;
    }
}
