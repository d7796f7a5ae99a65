using Microsoft.AspNetCore.Authentication.Cookies;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>The cookie that carries a session.</summary>
internal static partial class PortalCookie
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
        var http = context.HttpContext;
        var gate = http.RequestServices.GetRequiredService<SessionGate>();
        try
        {
            // The job dashboard asks for its figures every two seconds, whether anybody looks at it or not.
            var isUse = http.Request.Path != PortalRoutes.JobFigures;
            if (context.Principal is { } session && await gate.FindUser(session, isUse, http.RequestAborted) is not null)
                return;
        }
        catch (Exception fault) when (!http.RequestAborted.IsCancellationRequested)
        {
            // Nobody can say whether the user still may. What is open to everybody goes on without them; every other door says that the store is away.
            LogUnknown(http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(PortalCookie)), http.TraceIdentifier, fault);
            http.Features.Set(new UnknownSession());
        }

        // The cookie stays: a session that is over leads to sign-in by itself, and one that nobody knows about now may go on later.
        context.RejectPrincipal();
    }

    [LoggerMessage(EventId = 3202, Level = LogLevel.Error, Message = "Request {RequestId} has a session that the store can't tell of.")]
    private static partial void LogUnknown(ILogger logger, string requestId, Exception fault);
}
