using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Portal;

/// <summary>What the portal's downloads share.</summary>
internal static class Downloads
{
    /// <summary>Gives a download to the user who is signed in, in the region that the address names, or says in a line of text why not.</summary>
    public static async Task<IResult> As(HttpContext http, SessionGate gate, PortalOptions options, TimeProvider time, Func<CallContext, Task<IResult>> work)
    {
        http.Response.Headers.CacheControl = "no-store";
        if (await gate.Find(http) is not { } session)
            return TypedResults.Unauthorized();
        var region = PortalRoutes.RegionOf(http.Request) is { } named && options.Regions.Contains(named, StringComparer.Ordinal) ? named : options.Region;
        var requestId = Guid.CreateVersion7(time.GetUtcNow()).ToString();
        try
        {
            return await work(new CallContext(session.User, region, SourceAddress.Of(http), requestId)
            {
                IsSecure = http.Request.IsHttps,
                Session = new SessionProof(session.Id, session.ProvedAt),
            });
        }
        catch (PortalException fault)
        {
            var status = fault.Error switch
            {
                PortalError.AccessDenied => StatusCodes.Status403Forbidden,
                PortalError.Unavailable => StatusCodes.Status503ServiceUnavailable,
                _ => StatusCodes.Status400BadRequest,
            };
            return TypedResults.Text(fault.Message, statusCode: status);
        }
    }
}
