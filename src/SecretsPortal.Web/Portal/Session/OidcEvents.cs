using System.Globalization;
using System.Security.Claims;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.OpenIdConnect;
using Microsoft.IdentityModel.Protocols.OpenIdConnect;
using Microsoft.IdentityModel.Tokens;
using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>
/// What follows the provider's answer. To somebody whom the provider has recognised the page says what is missing; of an answer that was not accepted it
/// says no more than that, and the log has the reason.
/// </summary>
internal static class OidcEvents
{
    private const string Email = "email";
    private const string EmailVerified = "email_verified";
    private const string DisplayName = "name";
    private const string AuthenticatedAt = "auth_time";

    // In what the handler keeps while the user is at the provider, sealed: the provider was asked to have them sign in anew.
    private const string IsProof = "prove";

    // The last second that a DateTimeOffset holds.
    private const long LatestSeconds = 253_402_300_800;

    /// <summary>The claims that are read, of the token or of the provider's answer about the user.</summary>
    public static IEnumerable<string> Claims(OidcOptions provider) =>
        new[] { provider.GroupsClaim, provider.NameClaim, Email, EmailVerified, DisplayName }.Distinct(StringComparer.Ordinal);

    /// <summary>Leads to the provider; back to sign-in where that does not say how it is asked.</summary>
    /// <param name="http">The request.</param>
    /// <param name="returnUrl">Where to go on to afterwards.</param>
    /// <param name="prove">Asks the provider to have the user sign in there anew, though they are signed in.</param>
    public static async Task Challenge(HttpContext http, string? returnUrl, bool prove)
    {
        var properties = new OpenIdConnectChallengeProperties { RedirectUri = PortalRoutes.LocalOrHome(returnUrl) };
        if (prove)
        {
            (properties.Prompt, properties.MaxAge) = (OpenIdConnectPrompt.Login, TimeSpan.Zero);
            properties.SetString(IsProof, "true");
        }

        try
        {
            await http.ChallengeAsync(OidcRegistration.Scheme, properties);
        }
        catch (Exception fault) when (fault is InvalidOperationException { InnerException: IOException } or HttpRequestException or IOException or TaskCanceledException)
        {
            await NotAccepted(http, SignInNotices.Away, "identity provider: it does not say how it is asked (/.well-known/openid-configuration)");
        }
    }

    /// <summary>The token holds: the portal's own session follows, or a refusal that says what is missing.</summary>
    public static async Task OnTicketReceived(TicketReceivedContext context)
    {
        context.HandleResponse();
        var http = context.HttpContext;
        var services = http.RequestServices;
        var provider = services.GetRequiredService<PortalOptions>().Oidc!;
        var origin = SignInCookies.OriginOf(http, services.GetRequiredService<TimeProvider>());
        var notice = SignInNotices.NotAccepted;
        try
        {
            var (refusal, result) = await services.GetRequiredService<FederatedSignIn>().SignIn(IdentityOf(context.Principal!, provider, ProvedAt(context)), origin, http.RequestAborted);
            if (result is not null)
            {
                await SignInCookies.Keep(http, result);
                http.Response.Redirect(PortalRoutes.LocalOrHome(context.ReturnUri));
                return;
            }

            notice = NoticeOf(refusal);
        }
        catch (PortalException fault)
        {
            notice = fault.Error == PortalError.Unavailable ? SignInNotices.Busy : SignInNotices.NotAccepted;
        }

        Refuse(http, notice);
    }

    /// <summary>The answer was not accepted, or there is none.</summary>
    public static async Task OnRemoteFailure(RemoteFailureContext context)
    {
        context.HandleResponse();
        var (notice, reason) = ReasonOf(context.Failure);
        await NotAccepted(context.HttpContext, notice, reason);
    }

    private static async Task NotAccepted(HttpContext http, string notice, string reason)
    {
        var origin = SignInCookies.OriginOf(http, http.RequestServices.GetRequiredService<TimeProvider>());
        await http.RequestServices.GetRequiredService<FederatedSignIn>().NotAccepted(reason, origin);
        Refuse(http, notice);
    }

    private static void Refuse(HttpContext http, string notice) => http.Response.Redirect($"{PortalCookie.SignInPath}?notice={notice}");

    // A provider that does not say when is believed where it was asked to have the user sign in anew, and only there.
    private static DateTimeOffset? ProvedAt(TicketReceivedContext context) => context.Principal!.FindFirst(AuthenticatedAt)?.Value switch
    {
        { } said => long.TryParse(said, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds < LatestSeconds
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null,
        null when context.Properties?.GetString(IsProof) is not null => context.HttpContext.RequestServices.GetRequiredService<TimeProvider>().GetUtcNow(),
        null => null,
    };

    private static FederatedIdentity IdentityOf(ClaimsPrincipal user, OidcOptions provider, DateTimeOffset? authenticatedAt)
    {
        // A provider that lists users by e-mail sends one address; of several none is vouched for.
        var emails = user.FindAll(Email).Select(c => c.Value).Distinct(StringComparer.Ordinal).ToList();
        var verified = user.FindAll(EmailVerified).Select(c => c.Value).ToList();
        return new FederatedIdentity(
            user.FindFirst("iss")?.Value ?? "",
            user.FindFirst("sub")?.Value ?? "",
            user.FindFirst(provider.NameClaim)?.Value,
            user.FindFirst(DisplayName)?.Value,
            emails.Count == 1 ? emails[0] : null,
            verified.Count > 0 && verified.All(static v => v.Equals("true", StringComparison.OrdinalIgnoreCase)),
            [.. user.FindAll(provider.GroupsClaim).Select(c => c.Value).Distinct(StringComparer.Ordinal)])
        {
            AuthenticatedAt = authenticatedAt,
        };
    }

    private static string NoticeOf(FederatedRefusal refusal) => refusal switch
    {
        FederatedRefusal.NoGroup => SignInNotices.NoGroup,
        FederatedRefusal.UnverifiedEmail => SignInNotices.Unverified,
        FederatedRefusal.NameTaken => SignInNotices.NameTaken,
        FederatedRefusal.NoName => SignInNotices.NoName,
        FederatedRefusal.Disabled => SignInNotices.Disabled,
        _ => SignInNotices.NotAccepted,
    };

    // In words of our own: what the provider or the token said may hold anything.
    private static (string Notice, string Reason) ReasonOf(Exception? failure)
    {
        for (var fault = failure; fault is not null; fault = fault.InnerException)
        {
            switch (fault)
            {
                case SecurityTokenInvalidAudienceException:
                    return (SignInNotices.NotAccepted, "identity provider: the token is for another audience");
                case SecurityTokenInvalidIssuerException:
                    return (SignInNotices.NotAccepted, "identity provider: the token is of another issuer");
                case SecurityTokenExpiredException or SecurityTokenNotYetValidException or SecurityTokenInvalidLifetimeException:
                    return (SignInNotices.Clock, "identity provider: the token is expired or not valid yet; the clocks of portal and provider may differ");
                case OpenIdConnectProtocolInvalidNonceException:
                    return (SignInNotices.NotAccepted, "identity provider: the token answers another request (nonce)");
                case SecurityTokenException:
                    return (SignInNotices.NotAccepted, $"identity provider: the token was not accepted ({fault.GetType().Name})");
                case HttpRequestException or TaskCanceledException or TimeoutException or IOException:
                    return (SignInNotices.Away, "identity provider: it does not answer");
                case OpenIdConnectProtocolException when CodeOf(fault) is { } code:
                    return (code == "access_denied" ? SignInNotices.Declined : SignInNotices.NotAccepted, $"identity provider: it answered {code}");
                case AuthenticationFailureException when fault.Message.Contains("Correlation", StringComparison.Ordinal) || fault.Message.Contains("state", StringComparison.OrdinalIgnoreCase):
                    return (SignInNotices.NotAccepted, "identity provider: the answer is to no request of this browser, or was given before (state)");
            }
        }

        return (SignInNotices.NotAccepted, string.Create(CultureInfo.InvariantCulture, $"identity provider: the answer was not accepted ({failure?.GetType().Name})"));
    }

    // OAuth's own words for its errors, and no others.
    private static string? CodeOf(Exception fault) => fault.Data["error"] is string code && code.Length <= 40 && code.All(c => char.IsAsciiLetterLower(c) || c == '_')
        ? code
        : null;
}
