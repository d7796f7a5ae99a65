using SecretsPortal.Web.Admin;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Api;

/// <summary>Wires the door that speaks the Secrets Manager wire API.</summary>
internal static class ApiRegistration
{
    /// <summary>Adds what the door needs.</summary>
    public static IServiceCollection AddSecretsManagerApi(this IServiceCollection services) => services.AddSingleton<SecretsManagerEndpoint>();

    /// <summary>Takes what is meant for the API but not sent to <c>POST /</c>, so that no page, redirect or 404 answers an API call. The administration API is signed, too.</summary>
    public static void UseSecretsManagerApi(this WebApplication app)
    {
        var answer = AnswerOf(app);
        app.MapWhen(
            static http => !(HttpMethods.IsPost(http.Request.Method) && http.Request.Path == "/") && SecretsManagerEndpoint.IsMeant(http.Request)
                && !http.Request.Path.StartsWithSegments(AdminApi.Root, StringComparison.OrdinalIgnoreCase),
            branch => branch.Run(answer));
    }

    /// <summary>Maps <c>POST /</c>.</summary>
    public static void MapSecretsManagerApi(this WebApplication app) =>
        // Before the portal's home page, which lies at the same path and would take posted forms. Answered as soon as it is routed: what stands between
        // routing and the portal's endpoints asks for sessions and tokens of forms, which the API has none of.
        app.MapPost("/", AnswerOf(app)).WithOrder(-1).WithDoor(DoorRule.Operations).DisableAntiforgery().ShortCircuit();

    // One for all requests, made at the first of them: no request needs services of its own.
    private static RequestDelegate AnswerOf(WebApplication app)
    {
        var endpoint = new Lazy<SecretsManagerEndpoint>(app.Services.GetRequiredService<SecretsManagerEndpoint>);
        return http => endpoint.Value.Answer(http);
    }
}
