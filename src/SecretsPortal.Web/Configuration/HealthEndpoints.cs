using System.Text.Json.Serialization;
using SecretsPortal.Services.Start;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Configuration;

/// <summary><c>GET /health/live</c> and <c>GET /health/ready</c>, open to anyone.</summary>
internal static class HealthEndpoints
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private static readonly DoorRule s_open = DoorRule.Public("Probes have no credentials; the answers name no cause.");

    /// <summary>Maps both.</summary>
    public static void MapHealth(this WebApplication app)
    {
        app.MapGet("/health/live", () => Answer(new HealthAnswer("live", null), StatusCodes.Status200OK)).WithDoor(s_open);
        app.MapGet("/health/ready", Ready).WithDoor(s_open);
    }

    private static async Task<IResult> Ready(PortalHealth health, HttpContext http, TimeProvider time)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, http.RequestAborted);
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            var away = await health.Check(either.Token);
            return away.Count == 0
                ? Answer(new HealthAnswer("ready", null), StatusCodes.Status200OK)
                : Answer(new HealthAnswer("unavailable", away), StatusCodes.Status503ServiceUnavailable);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            var late = new Dictionary<string, string> { ["portal"] = $"The checks took longer than {s_patience.TotalSeconds} seconds." };
            return Answer(new HealthAnswer("unavailable", late), StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Answer(HealthAnswer answer, int status) =>
        Results.Json(answer, HealthJson.Default.HealthAnswer, statusCode: status);
}

/// <summary>The body of both answers.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>unavailable</c>.</param>
/// <param name="Away">What is away, with a reason each; absent when nothing is.</param>
internal sealed record HealthAnswer(string Status, IReadOnlyDictionary<string, string>? Away);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
