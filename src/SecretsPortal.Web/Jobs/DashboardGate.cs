using Hangfire.Dashboard;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Jobs;

/// <summary>
/// Lets signed-in callers into the dashboard whose policies allow <c>secretsportal:ViewJobs</c>; a denial is recorded, and each page
/// that is opened.
/// </summary>
internal sealed class DashboardGate : IDashboardAsyncAuthorizationFilter
{
    /// <summary>The action that policies name.</summary>
    public const string Action = "secretsportal:ViewJobs";

    // Hangfire puts its version into the names of its scripts and styles, without a separator.
    private static readonly string[] s_assets = ["/js", "/css", "/fonts"];

    /// <inheritdoc/>
    public async Task<bool> AuthorizeAsync(DashboardContext context)
    {
        var http = context.GetHttpContext();
        var services = http.RequestServices;
        if (await services.GetRequiredService<SessionGate>().FindUser(http.User, http.RequestAborted) is not { } caller)
            return false;
        var requestId = Guid.CreateVersion7(services.GetRequiredService<TimeProvider>().GetUtcNow()).ToString();
        var call = new CallContext(caller, services.GetRequiredService<PortalOptions>().Region, SourceAddress.Of(http), requestId);
        try
        {
            await services.GetRequiredService<Authorizer>().Require(call, Action, "*", secret: null, http.RequestAborted);
            if (IsPage(http.Request))
            {
                var audit = services.GetRequiredService<AuditLog>();
                await audit.Record(audit.For(call, Action, "*", AuditOutcome.Succeeded), http.RequestAborted);
            }

            return true;
        }
        catch (PortalException denied) when (denied.Error == PortalError.AccessDenied)
        {
            return false;
        }
    }

    /// <summary>True for what somebody opens; false for what an open page asks for by itself: its figures (by POST), scripts, styles and fonts.</summary>
    private static bool IsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && !s_assets.Any(asset => request.Path.Value?.StartsWith(asset, StringComparison.OrdinalIgnoreCase) == true);
}
