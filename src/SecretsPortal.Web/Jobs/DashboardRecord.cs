using Hangfire.Dashboard;
using Microsoft.AspNetCore.Antiforgery;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Jobs;

/// <summary>
/// Records each page of the dashboard that is opened and each command that is given there, and lets commands through from those alone who may give them
/// (action <c>secretsportal:ManageJobs</c>). Whoever comes here has passed the door's rule; Hangfire's own question is answered by that, and with no where the gate
/// was not passed.
/// </summary>
internal sealed class DashboardRecord : IDashboardAsyncAuthorizationFilter
{
    private const int MostNamed = 20;

    // Hangfire puts its version into the names of its scripts and styles, without a separator.
    private static readonly string[] s_assets = ["/js", "/css", "/fonts"];

    /// <inheritdoc/>
    public async Task<bool> AuthorizeAsync(DashboardContext context)
    {
        var http = context.GetHttpContext();
        if (http.Features.Get<DoorCall>() is not { Call: var call })
            return false;
        var services = http.RequestServices;
        var (audit, authorizer) = (services.GetRequiredService<AuditLog>(), services.GetRequiredService<Authorizer>());
        if (IsCommand(http.Request))
            return await services.GetRequiredService<IAntiforgery>().IsRequestValidAsync(http) && await MayCommand(http, call, authorizer, audit);
        if (!IsPage(http.Request))
            return true;
        // Its pages show their buttons to those who may use them.
        if ((await authorizer.Decide(call, PortalActions.ManageJobs, "*", secret: null, http.RequestAborted)).IsAllowed)
            http.Features.Set(new DashboardManager());
        await audit.Record(audit.For(call, PortalActions.ViewJobs, "*", AuditOutcome.Succeeded), http.RequestAborted);
        return true;
    }

    /// <summary>True for whoever may only look.</summary>
    public static bool IsReadOnly(DashboardContext context) => context.GetHttpContext().Features.Get<DashboardManager>() is null;

    private static async Task<bool> MayCommand(HttpContext http, CallContext call, Authorizer authorizer, AuditLog audit)
    {
        try
        {
            await authorizer.Require(call, PortalActions.ManageJobs, "*", secret: null, http.RequestAborted);
        }
        catch (PortalException denied) when (denied.Error == PortalError.AccessDenied)
        {
            // The denial is recorded.
            return false;
        }

        // Before it is done: without the record it is not.
        await audit.Record(audit.For(call, PortalActions.ManageJobs, "*", AuditOutcome.Succeeded, await Describe(http.Request)), http.RequestAborted);
        http.Features.Set(new DashboardManager());
        return true;
    }

    private static async Task<string> Describe(HttpRequest request)
    {
        var named = request.HasFormContentType ? (await request.ReadFormAsync(request.HttpContext.RequestAborted))["jobs[]"] : default;
        return named.Count == 0 ? $"{request.Path}" : $"{request.Path}: {string.Join(", ", named.Take(MostNamed))}{(named.Count > MostNamed ? $" and {named.Count - MostNamed} more" : "")}";
    }

    /// <summary>True for what changes something: all that is posted but the questions for figures of an open page.</summary>
    private static bool IsCommand(HttpRequest request) => !HttpMethods.IsGet(request.Method) && request.Path != "/stats";

    /// <summary>True for what somebody opens; false for what an open page asks for by itself: its figures (by POST), scripts, styles and fonts.</summary>
    private static bool IsPage(HttpRequest request) =>
        HttpMethods.IsGet(request.Method)
        && !s_assets.Any(asset => request.Path.Value?.StartsWith(asset, StringComparison.OrdinalIgnoreCase) == true);

    /// <summary>Marks a request of somebody who may give commands.</summary>
    private sealed record DashboardManager;
}
