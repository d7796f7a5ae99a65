namespace SecretsPortal.Web.Configuration;

/// <summary>Headers that every answer carries, whichever door it leaves by.</summary>
internal static class SecurityHeaders
{
    /// <summary>Adds the headers before the answer is begun, errors included.</summary>
    public static void UseSecurityHeaders(this WebApplication app) => app.Use(static (http, next) =>
    {
        http.Response.OnStarting(static state =>
        {
            var response = (HttpResponse)state;
            var headers = response.Headers;
            var isFrameable = response.HttpContext.GetEndpoint()?.Metadata.GetMetadata<Frameable>() is not null;
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = isFrameable ? "SAMEORIGIN" : "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            if (headers.ContentSecurityPolicy.Count == 0)
                headers.ContentSecurityPolicy = isFrameable ? "frame-ancestors 'self'" : "frame-ancestors 'none'";
            return Task.CompletedTask;
        }, http.Response);
        return next(http);
    });
}
