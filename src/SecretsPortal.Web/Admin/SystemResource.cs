using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Start;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/system</c>: the running portal.</summary>
internal static class SystemResource
{
    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api) =>
        api.Map("GET", "/system/status", PortalActions.ViewStatus, "See how the portal is and what is away", Status);

    private static Task<SystemStatus> Status(HttpContext http, PortalStatus status) => status.Describe(http.Call(), http.RequestAborted);
}
