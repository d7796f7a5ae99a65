using Hangfire.Dashboard;
using SecretsPortal.Core;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Jobs;

/// <summary>Lets signed-in callers into the dashboard whose policies allow <c>secretsportal:ViewJobs</c>; a denial is recorded.</summary>
internal sealed class DashboardGate : IDashboardAsyncAuthorizationFilter
{
    /// <summary>The action that policies name.</summary>
    public const string Action = "secretsportal:ViewJobs";

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
            return true;
        }
        catch (PortalException denied) when (denied.Error == PortalError.AccessDenied)
        {
            return false;
        }
    }
}
