using Microsoft.AspNetCore.Authentication;
using Microsoft.AspNetCore.Authentication.Cookies;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Portal.Session;

/// <summary>What a browser keeps of a sign-in: the way to the next step while it lasts, and afterwards that its user has signed in with it.</summary>
internal static class SignInCookies
{
    private const string Ticket = "secretsportal.sign-in";
    private const string Device = "secretsportal.device";
    private static readonly TimeSpan s_ticketLifetime = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_deviceLifetime = TimeSpan.FromDays(180);

    /// <summary>What leads to the step that this browser is at; null where it is at none.</summary>
    public static string? TicketOf(HttpContext http) => http.Request.Cookies[Ticket];

    /// <summary>Where the request's sign-in comes from, with a request id of its own.</summary>
    public static SignInOrigin OriginOf(HttpContext http, TimeProvider time) => new(
        SourceAddress.Of(http), Guid.CreateVersion7(time.GetUtcNow()).ToString(), http.Request.Headers.UserAgent.FirstOrDefault(), http.Request.Cookies[Device]);

    /// <summary>Sets the cookies of a result: the session where the sign-in is complete, the ticket where there is a next step.</summary>
    public static async Task Keep(HttpContext http, SignInResult result)
    {
        if (result.Ticket is { } ticket)
            http.Response.Cookies.Append(Ticket, ticket.Reveal(), Options(http, s_ticketLifetime));
        else
            http.Response.Cookies.Delete(Ticket, Options(http, lifetime: null));
        if (result.Session is not { } session)
            return;
        if (result.Device is { } device)
            http.Response.Cookies.Append(Device, device.Reveal(), Options(http, s_deviceLifetime));
        const string scheme = CookieAuthenticationDefaults.AuthenticationScheme;
        await EndFormer(http);
        await http.SignInAsync(scheme, SessionGate.PrincipalOf(session, scheme));
    }

    /// <summary>Who signs in anew has left the session that the browser still has.</summary>
    private static async Task EndFormer(HttpContext http)
    {
        if (await http.RequestServices.GetRequiredService<SessionGate>().FindUser(http.User, http.RequestAborted) is { } former)
            await SignOutOf(http, former);
    }

    /// <summary>Ends the session of the request with its record.</summary>
    public static async Task SignOutOf(HttpContext http, Core.Policies.Caller user)
    {
        var services = http.RequestServices;
        var origin = OriginOf(http, services.GetRequiredService<TimeProvider>());
        var call = new Services.CallContext(user, services.GetRequiredService<Services.PortalOptions>().Region, origin.SourceAddress, origin.RequestId);
        await services.GetRequiredService<SessionService>().SignOut(call, SessionGate.SessionIdOf(http.User)!, http.RequestAborted);
    }

    private static CookieOptions Options(HttpContext http, TimeSpan? lifetime) => new()
    {
        HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, Path = PortalCookie.SignInPath, MaxAge = lifetime, IsEssential = true,
    };
}
