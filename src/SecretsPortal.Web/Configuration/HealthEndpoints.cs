using System.Text.Json.Serialization;
using SecretsPortal.Services.Audit;
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
        app.MapGet("/health/live", () => Answer(new HealthAnswer("live"), StatusCodes.Status200OK)).WithDoor(s_open);
        app.MapGet("/health/ready", Ready).WithDoor(s_open);
    }

    private static async Task<IResult> Ready(PortalHealth health, AuditUpkeep audit, HttpContext http, TimeProvider time)
    {
        using var patience = new CancellationTokenSource(s_patience, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(patience.Token, http.RequestAborted);
        http.Response.Headers.CacheControl = "no-store";
        try
        {
            var away = await health.Check(either.Token);
            if (away.Count > 0)
                return Answer(new HealthAnswer("unavailable", away), StatusCodes.Status503ServiceUnavailable);
            // A sink that is away delays nothing, so the portal is ready all the same.
            var behind = await audit.Behind(either.Token);
            return Answer(new HealthAnswer("ready", Behind: behind.Count > 0 ? behind : null), StatusCodes.Status200OK);
        }
        catch (OperationCanceledException) when (patience.IsCancellationRequested)
        {
            var late = new Dictionary<string, string> { ["portal"] = $"The checks took longer than {s_patience.TotalSeconds} seconds." };
            return Answer(new HealthAnswer("unavailable", Away: late), StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static IResult Answer(HealthAnswer answer, int status) =>
        Results.Json(answer, HealthJson.Default.HealthAnswer, statusCode: status);
}

/// <summary>The body of both answers.</summary>
/// <param name="Status"><c>live</c>, <c>ready</c> or <c>unavailable</c>.</param>
/// <param name="Away">What is away, with a reason each; absent when nothing is.</param>
/// <param name="Behind">The audit log's sinks that take nothing, with how far they are behind; absent when none is.</param>
internal sealed record HealthAnswer(string Status, IReadOnlyDictionary<string, string>? Away = null, IReadOnlyDictionary<string, string>? Behind = null);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(HealthAnswer))]
internal sealed partial class HealthJson : JsonSerializerContext;
