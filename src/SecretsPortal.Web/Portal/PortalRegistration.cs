using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.DataProtection.KeyManagement;
using Microsoft.AspNetCore.DataProtection.XmlEncryption;
using MudBlazor;
using MudBlazor.Services;
using SecretsPortal.Services;
using SecretsPortal.Services.Start;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Portal.Palette;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal;

/// <summary>Wires the admin portal.</summary>
internal static class PortalRegistration
{
    // The largest value is 65,536 bytes; typed into a form it travels as escaped JSON, at worst six bytes for one.
    private const long MaxMessageBytes = 512 * 1024;

    /// <summary>Adds Blazor, the cookie session and the portal's own services.</summary>
    public static IServiceCollection AddPortal(this IServiceCollection services, PortalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        services.AddAuthentication(CookieAuthenticationDefaults.AuthenticationScheme).AddCookie(PortalCookie.Configure).AddOidc(options.Oidc);
        services.AddAuthorization();
        services.AddAntiforgery(static antiforgery =>
        {
            antiforgery.Cookie.Name = "secretsportal.antiforgery";
            antiforgery.Cookie.SameSite = SameSiteMode.Strict;
            antiforgery.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        });
        services.AddDataProtection().SetApplicationName("SecretsPortal");
        services.AddOptions<KeyManagementOptions>().Configure<PortalKeyRing>(static (keys, ring) =>
        {
            keys.XmlRepository = new KeyRingRepository(ring);
            // The key ring seals each entry under the KMS already.
            keys.XmlEncryptor = new NullXmlEncryptor();
        });
        services.AddRazorComponents().AddInteractiveServerComponents(static circuits =>
            {
                circuits.DisconnectedCircuitRetentionPeriod = SessionLimits.Retention;
                circuits.DisconnectedCircuitMaxRetained = SessionLimits.RetainedAtMost;
                // Nothing of a page outlives its circuit, wherever it might be put: what was typed or shown may be a value.
                circuits.PersistedCircuitInMemoryMaxRetained = 0;
            })
            .AddHubOptions(static hub => hub.MaximumReceiveMessageSize = MaxMessageBytes);
        services.AddMudServices(static mud =>
        {
            mud.SnackbarConfiguration.PositionClass = Defaults.Classes.Position.BottomCenter;
            mud.SnackbarConfiguration.VisibleStateDuration = 4000;
            mud.SnackbarConfiguration.PreventDuplicates = true;
        });
        return services.AddPortalSession();
    }

    /// <summary>Adds what gives pages their user; apart from the rest, so that a page's test can have it with the real services.</summary>
    public static IServiceCollection AddPortalSession(this IServiceCollection services)
    {
        services.AddSingleton<SessionGate>();
        services.AddSingleton<DoorGate>();
        services.AddScoped<PortalSession>();
        services.AddScoped<Drafts>();
        services.AddScoped<LeaveQuestion>();
        services.AddScoped<UndoOffers>();
        services.AddScoped<PaletteFinder>();
        services.AddScoped<Shortcuts>();
        services.AddScoped<CircuitActivity>();
        services.AddScoped<CircuitHandler>(static provider => provider.GetRequiredService<CircuitActivity>());
        services.AddSingleton<OpenPages>();
        services.AddScoped<CircuitHandler, OpenPage>();
        services.AddScoped<AuthenticationStateProvider, CircuitUser>();
        return services.AddCascadingAuthenticationState();
    }

    /// <summary>Maps the portal's pages and its static files.</summary>
    public static void MapPortal(this WebApplication app)
    {
        ArgumentNullException.ThrowIfNull(app);
        app.Use(PageHeaders.ProtectPages);
        app.Use(PageAnswers.Guard);
        app.Use(CircuitOrigin.Check);
        app.UseAntiforgery();
        app.MapStaticAssets().WithDoor(DoorRule.Public("The portal's own scripts, styles and pictures, the same for everybody."));
        // Not a page of its own: the AWS API answers POST on the same path.
        app.MapGet("/", static () => TypedResults.LocalRedirect(PortalRoutes.Overview))
            .WithDoor(DoorRule.Public("It only leads to the overview, whose page has a rule of its own."));
        // An open page makes no requests, so that one that is worked in asks now and then, which renews the cookie.
        app.MapGet("/session", static () => TypedResults.NoContent()).WithDoor(DoorRule.SignedIn);
        if (app.Services.GetRequiredService<PortalOptions>().Oidc is not null)
        {
            app.MapGet(PortalRoutes.SignInWithProvider, static (HttpContext http, string? returnUrl, bool? prove) => OidcEvents.Challenge(http, returnUrl, prove == true))
                .WithDoor(DoorRule.Public("It leads to the identity provider."));
        }

        app.MapPost("/sign-out", SignOut).WithDoor(DoorRule.Public("It ends the session that asks; without one there is nothing to end."));
        app.MapAuditDownloads();
        app.MapBackupDownloads();
        app.MapSecretDownloads();
        // Compression of what holds secrets beside what others can choose lets its length tell something of the secret.
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(static render => render.DisableWebSocketCompression = true).WithDoors();
    }

    private static async Task<IResult> SignOut(HttpContext http, IAntiforgery antiforgery, SessionGate gate)
    {
        if (http.Features.Get<UnknownSession>() is not null)
        {
            // The page of sign-in would look as if the session were over.
            await PageAnswers.Away(http);
            return TypedResults.Empty;
        }

        if (http.User.Identity?.IsAuthenticated != true)
            return TypedResults.LocalRedirect(PortalCookie.SignInPath);
        if (!await antiforgery.IsRequestValidAsync(http))
            return TypedResults.BadRequest(ShellText.SignOutExpired);
        if (await gate.FindUser(http.User, http.RequestAborted) is { } user)
            await SignInCookies.SignOutOf(http, user);
        await http.SignOutAsync();
        return TypedResults.LocalRedirect(PortalCookie.SignInPath);
    }
}
