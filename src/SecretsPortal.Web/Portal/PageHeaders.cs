using Microsoft.AspNetCore.Components.Endpoints;

namespace SecretsPortal.Web.Portal;

/// <summary>Headers that every page carries, beside those of <see cref="Configuration.SecurityHeaders"/>.</summary>
internal static class PageHeaders
{
    // Blazor and MudBlazor write style attributes and style elements; scripts come from files of the portal only. Frames: the page of the jobs shows the job
    // dashboard, the one thing that lets itself be framed; and a page is moved to without a new document, whose policy stays that of the first one.
    private const string ContentSecurityPolicy =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self'; "
        + "connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";

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
        response.Headers.ContentSecurityPolicy = ContentSecurityPolicy;
        // Not before: the antiforgery token's own header would override this one, with a warning in the log.
        response.OnStarting(static state =>
        {
            ((HttpResponse)state).Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }, response);
    }
}
