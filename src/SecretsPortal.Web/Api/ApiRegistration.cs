using SecretsPortal.Web.Admin;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Api;

/// <summary>Wires the door that speaks the Secrets Manager wire API.</summary>
internal static class ApiRegistration
{
    /// <summary>Adds what the door needs.</summary>
    public static IServiceCollection AddSecretsManagerApi(this IServiceCollection services) => services.AddScoped<SecretsManagerEndpoint>();

    /// <summary>Takes what is meant for the API but not sent to <c>POST /</c>, so that no page, redirect or 404 answers an API call. The administration API is signed, too.</summary>
    public static void UseSecretsManagerApi(this WebApplication app) => app.MapWhen(
        static http => SecretsManagerEndpoint.IsMeant(http.Request) && !(HttpMethods.IsPost(http.Request.Method) && http.Request.Path == "/")
            && !http.Request.Path.StartsWithSegments(AdminApi.Root, StringComparison.OrdinalIgnoreCase),
        static branch => branch.Run(static http => http.RequestServices.GetRequiredService<SecretsManagerEndpoint>().Answer(http)));

    /// <summary>Maps <c>POST /</c>.</summary>
    public static void MapSecretsManagerApi(this WebApplication app) =>
        // Before the portal's home page, which lies at the same path and would take posted forms.
        app.MapPost("/", static http => http.RequestServices.GetRequiredService<SecretsManagerEndpoint>().Answer(http))
            .WithOrder(-1).WithDoor(DoorRule.Operations).DisableAntiforgery();
}
