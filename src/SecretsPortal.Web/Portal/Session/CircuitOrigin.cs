namespace SecretsPortal.Web.Portal.Session;

/// <summary>
/// The connection of an open page is taken from the portal's own pages alone. Browsers ask nobody before they open a WebSocket to another origin, and a
/// page of the same site (another port, a neighbouring name) brings the session's cookie along.
/// </summary>
internal static class CircuitOrigin
{
    private static readonly PathString s_circuits = "/_blazor";

    /// <summary>Refuses what comes from elsewhere. A program that says nothing of its origin has no cookie that it was not given.</summary>
    public static Task Check(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Path.StartsWithSegments(s_circuits, StringComparison.OrdinalIgnoreCase) || IsOurs(http.Request))
            return next(http);
        http.Response.StatusCode = StatusCodes.Status403Forbidden;
        return Task.CompletedTask;
    }

    private static bool IsOurs(HttpRequest request) =>
        request.Headers["Sec-Fetch-Site"] is [] or ["same-origin"]
        && (request.Headers.Origin is [] || (request.Headers.Origin is [var text] && Uri.TryCreate(text, UriKind.Absolute, out var origin)
            && string.Equals(origin.Authority, request.Host.Value, StringComparison.OrdinalIgnoreCase)));
}
