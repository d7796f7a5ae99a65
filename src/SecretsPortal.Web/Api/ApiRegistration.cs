namespace SecretsPortal.Web.Api;

/// <summary>Wires the door that speaks the Secrets Manager wire API.</summary>
internal static class ApiRegistration
{
    /// <summary>Adds what the door needs.</summary>
    public static IServiceCollection AddSecretsManagerApi(this IServiceCollection services) => services.AddScoped<SecretsManagerEndpoint>();

    /// <summary>Maps <c>POST /</c>.</summary>
    public static void MapSecretsManagerApi(this WebApplication app) =>
        // Before the portal's home page, which lies at the same path and would take posted forms.
        app.MapPost("/", static http => http.RequestServices.GetRequiredService<SecretsManagerEndpoint>().Answer(http))
            .WithOrder(-1).AllowAnonymous().DisableAntiforgery();
}
