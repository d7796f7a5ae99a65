using Hangfire.Dashboard;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Jobs;

/// <summary>
/// Records each page of the dashboard that is opened. Whoever comes here has passed the door's rule; Hangfire's own question is answered by that,
/// and with no where the gate was not passed.
/// </summary>
internal sealed class DashboardRecord : IDashboardAsyncAuthorizationFilter
{
    // Hangfire puts its version into the names of its scripts and styles, without a separator.
    private static readonly string[] s_assets = ["/js", "/css", "/fonts"];

    /// <inheritdoc/>
    public async Task<bool> AuthorizeAsync(DashboardContext context)
    {
        var http = context.GetHttpContext();
        if (http.Features.Get<DoorCall>() is not { } passed)
            return false;
        if (IsPage(http.Request))
        {
            var audit = http.RequestServices.GetRequiredService<AuditLog>();
            await audit.Record(audit.For(passed.Call, PortalActions.ViewJobs, "*", AuditOutcome.Succeeded), http.RequestAborted);
        }

        return true;
    }

    /// <summary>True for what somebody opens; false for what an open page asks for by itself: its figures (by POST), scripts, styles and fonts.</summary>
    private static bool IsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && !s_assets.Any(asset => request.Path.Value?.StartsWith(asset, StringComparison.OrdinalIgnoreCase) == true);
}
