using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Endpoints;
using Microsoft.AspNetCore.Components.Routing;
using Microsoft.AspNetCore.Http.HttpResults;
using SecretsPortal.Core;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal;

/// <summary>Documents that answer where a page can't: one page too many, a store that is away, a fault.</summary>
internal static partial class PageAnswers
{
    /// <summary>Answers for pages that open a circuit which would be one too many, and for pages whose answer broke.</summary>
    public static async Task Guard(HttpContext http, RequestDelegate next)
    {
        if (http.GetEndpoint()?.Metadata.GetMetadata<ComponentTypeMetadata>() is null)
        {
            await next(http);
            return;
        }

        var pages = http.RequestServices.GetRequiredService<OpenPages>();
        if (http.AcceptsInteractiveRouting() && pages.IsFull(http.User, http.Request.Cookies.ContainsKey(OpenPages.LeavingCookie)))
        {
            await TooMany(http, pages.Limit);
            return;
        }

        try
        {
            await next(http);
        }
        catch (Exception fault) when (!http.Response.HasStarted && !http.RequestAborted.IsCancellationRequested)
        {
            var log = http.RequestServices.GetRequiredService<ILoggerFactory>().CreateLogger(typeof(PageAnswers));
            LogFault(log, http.TraceIdentifier, http.Request.Path, fault);
            http.Response.Clear();
            await (fault is PortalException { Error: PortalError.Unavailable } ? Away(http) : Broken(http));
        }
    }

    /// <summary>The store does not answer, so nothing can be shown to anybody.</summary>
    public static Task Away(HttpContext http) => Answer<AwayDocument>(http, StatusCodes.Status503ServiceUnavailable, new()
    {
        [nameof(AwayDocument.Address)] = AddressOf(http.Request) ?? PortalRoutes.Overview,
    });

    /// <summary>A page that needs an action which no policy allows.</summary>
    public static Task Denied(HttpContext http, string action) =>
        Answer<DeniedDocument>(http, StatusCodes.Status403Forbidden, new() { [nameof(DeniedDocument.Action)] = action });

    private static Task Broken(HttpContext http) => Answer<FaultDocument>(http, StatusCodes.Status500InternalServerError, new()
    {
        [nameof(FaultDocument.Heading)] = ShellText.BrokenTitle, [nameof(FaultDocument.Text)] = Words.Fill(ShellText.FaultDocumentText, http.TraceIdentifier),
        [nameof(FaultDocument.Address)] = AddressOf(http.Request),
    });

    private static Task TooMany(HttpContext http, int limit) => Answer<TooManyDocument>(http, StatusCodes.Status429TooManyRequests, new()
    {
        [nameof(TooManyDocument.Limit)] = limit, [nameof(TooManyDocument.Address)] = AddressOf(http.Request) ?? PortalRoutes.Overview,
    });

    private static Task Answer<TDocument>(HttpContext http, int status, Dictionary<string, object?> parameters)
        where TDocument : IComponent
    {
        PageHeaders.Protect(http.Response);
        return new RazorComponentResult<TDocument>(parameters) { StatusCode = status }.ExecuteAsync(http);
    }

    private static string? AddressOf(HttpRequest request) => HttpMethods.IsGet(request.Method) ? request.Path + request.QueryString : null;

    [LoggerMessage(EventId = 3201, Level = LogLevel.Error, Message = "Request {RequestId} for the page {Path} failed.")]
    private static partial void LogFault(ILogger logger, string requestId, string path, Exception fault);
}
