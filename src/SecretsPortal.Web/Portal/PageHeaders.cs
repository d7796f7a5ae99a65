using Microsoft.AspNetCore.Components.Endpoints;

namespace SecretsPortal.Web.Portal;

/// <summary>Headers that every page carries, beside those of <see cref="Configuration.SecurityHeaders"/>.</summary>
internal static class PageHeaders
{
    /// <summary>Protects what a page's endpoint answers.</summary>
    public static Task ProtectPages(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is not null)
            Protect(http.Response);
        return next(http);
    }

    /// <summary>Scripts of the portal alone, and no copy in any cache.</summary>
    public static void Protect(HttpResponse response)
    {
        response.Headers.ContentSecurityPolicy = PagePolicy.Text;
        // Not before: the antiforgery token's own header would override this one, with a warning in the log.
        response.OnStarting(static state =>
        {
            ((HttpResponse)state).Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }, response);
    }
}
