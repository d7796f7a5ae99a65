using Microsoft.Extensions.DependencyInjection;

namespace SecretsPortal.Services;

/// <summary>Wires the services and the storage below them.</summary>
public static class ServiceRegistration
{
    /// <summary>
    /// Adds everything but <see cref="Rotation.IRotationQueue"/>, which the host brings, and <see cref="TimeProvider"/>, which it may replace.
    /// </summary>
    public static IServiceCollection AddSecretsPortal(this IServiceCollection services, PortalOptions options) => throw new NotImplementedException();
}
