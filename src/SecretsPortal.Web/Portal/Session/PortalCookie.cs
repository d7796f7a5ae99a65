using Microsoft.AspNetCore.Authentication.Cookies;
using SecretsPortal.Core;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>The cookie that carries a session.</summary>
internal static class PortalCookie
{
    /// <summary>Where a request without a session is sent.</summary>
    public const string SignInPath = "/sign-in";

    /// <summary>Sets the cookie's name, its protections and its lifetime.</summary>
    public static void Configure(CookieAuthenticationOptions cookie)
    {
        cookie.Cookie.Name = "secretsportal.session";
        cookie.Cookie.HttpOnly = true;
        cookie.Cookie.SameSite = SameSiteMode.Lax;
        cookie.Cookie.SecurePolicy = CookieSecurePolicy.SameAsRequest;
        cookie.LoginPath = SignInPath;
        cookie.ReturnUrlParameter = "returnUrl";
        cookie.ExpireTimeSpan = SessionLimits.Idle;
        cookie.SlidingExpiration = true;
        cookie.Events.OnValidatePrincipal = Validate;
        // A signed-in user who lacks a right is told so; sending them to sign in again would only confuse.
        cookie.Events.OnRedirectToAccessDenied = static context =>
        {
            context.Response.StatusCode = StatusCodes.Status403Forbidden;
            return Task.CompletedTask;
        };
    }

    private static async Task Validate(CookieValidatePrincipalContext context)
    {
        var gate = context.HttpContext.RequestServices.GetRequiredService<SessionGate>();
        try
        {
            // The job dashboard asks for its figures every two seconds, whether anybody looks at it or not.
            var isUse = context.HttpContext.Request.Path != PortalRoutes.JobFigures;
            if (context.Principal is { } session && await gate.FindUser(session, isUse, context.HttpContext.RequestAborted) is not null)
                return;
        }
        catch (PortalException)
        {
            // The store is away, so nobody can say whether the user still may: the request goes on as anonymous.
        }

        context.RejectPrincipal();
    }
}
