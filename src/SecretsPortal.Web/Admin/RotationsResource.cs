using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/rotations</c>: how rotations are, what is rotated when, how it goes, and what helps.</summary>
internal static class RotationsResource
{
    private const int DefaultRuns = 20;

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/rotations", PortalActions.ListRotations, "See how the rotations of the region are: counts, and those of one health", List);
        api.Map("POST", "/rotations/pause", PortalActions.PauseRotations, "Hold all rotations of the portal up", Pause).Takes<PauseBody>("""{ "reason": "maintenance of the databases" }""");
        api.Map("POST", "/rotations/resume", PortalActions.ResumeRotations, "Let rotations go on; what was missed is caught up once", Resume);
        api.Map("GET", "/rotations/{secret}", SecretActions.DescribeSecret, "See how a secret's rotation is and how it is planned, with its next five windows", Get, "GetRotation");
        api.Map("GET", "/rotations/{secret}/windows", SecretActions.DescribeSecret, "See the five windows that another schedule would have", Preview, "PreviewRotationWindows");
        api.Map("GET", "/rotations/{secret}/runs", SecretActions.DescribeSecret, "List a secret's rotation runs with their steps, newest first", ListRuns, "ListRotationRuns");
        api.Map("POST", "/rotations/{secret}/check", SecretActions.RotateSecret, "Check whether a rotation would work, without changing anything", Check, "CheckRotation")
            .Takes<RotationCheckBody>("""{ "rotationLambdaArn": null }""");
        api.Map("POST", "/rotations/{secret}/retry", SecretActions.RotateSecret, "Have a run that waits for its next attempt begin it now", Retry, "RetryRotation");
        api.Map("POST", "/rotations/{secret}/resolve", SecretActions.RotateSecret, "Ask the target which values it accepts, and move the labels to match", Resolve, "ResolveRotation");
    }

    private static Task<RotationPage> List(HttpContext http, RotationOverview rotations, RotationHealth? health, [Range(1, 100)] int? limit, string? nextToken) =>
        rotations.List(http.Call(), health, CommonBodies.Limit(limit), nextToken, http.RequestAborted);

    private static Task<RotationHold> Pause(HttpContext http, RotationOverview rotations) =>
        rotations.Pause(http.Call(), http.Body<PauseBody>().Reason, http.RequestAborted);

    private static async Task<NoContent> Resume(HttpContext http, RotationOverview rotations)
    {
        await rotations.Resume(http.Call(), http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static Task<RotationPlan> Get(HttpContext http, RotationOverview rotations, string secret) =>
        rotations.Describe(http.Call(), KeysResource.NameOf(secret), http.RequestAborted);

    private static Task<PlannedWindows> Preview(
        HttpContext http, RotationOverview rotations, string secret, string? scheduleExpression, [Range(1, RotationSchedule.MaxDays)] int? automaticallyAfterDays, string? duration) =>
        rotations.Preview(http.Call(), KeysResource.NameOf(secret), () => Read(scheduleExpression, automaticallyAfterDays, duration), http.RequestAborted);

    private static async Task<RotationRunList> ListRuns(HttpContext http, RotationHistory history, string secret, [Range(1, 100)] int? limit) => new(
        [.. (await history.ListRuns(http.Call(), KeysResource.NameOf(secret), CommonBodies.Limit(limit) ?? DefaultRuns, http.RequestAborted)).Select(RotationRunBody.From)]);

    private static async Task<RotationCheckResult> Check(HttpContext http, RotationService rotations, string secret)
    {
        var report = await rotations.Check(http.Call(), KeysResource.NameOf(secret), http.Body<RotationCheckBody>().RotationLambdaArn, http.RequestAborted);
        return new RotationCheckResult(report.WouldWork, report.Findings);
    }

    private static async Task<NoContent> Retry(HttpContext http, RotationService rotations, string secret)
    {
        await rotations.Retry(http.Call(), KeysResource.NameOf(secret), http.RequestAborted);
        return TypedResults.NoContent();
    }

    private static async Task<RotationRunBody> Resolve(HttpContext http, RotationService rotations, string secret) =>
        RotationRunBody.From(await rotations.Resolve(http.Call(), KeysResource.NameOf(secret), http.RequestAborted));

    /// <summary>A schedule from its three members; <see cref="FieldException"/> names the one that is wrong.</summary>
    private static RotationSchedule Read(string? scheduleExpression, int? automaticallyAfterDays, string? duration)
    {
        try
        {
            return RotationSchedule.Parse(scheduleExpression, automaticallyAfterDays, duration);
        }
        catch (PortalException wrong) when (wrong.Error == PortalError.InvalidParameter)
        {
            var field = wrong.Message.StartsWith("Duration", StringComparison.Ordinal) ? nameof(duration)
                : wrong.Message.StartsWith("AutomaticallyAfterDays", StringComparison.Ordinal) ? nameof(automaticallyAfterDays) : nameof(scheduleExpression);
            throw new FieldException(field, wrong.Message);
        }
    }
}

/// <summary>A question whether a rotation would work.</summary>
public sealed record RotationCheckBody
{
    /// <summary>The function that is to rotate it; absent for the one that is set, or the built-in rotator of the secret's engine.</summary>
    [StringLength(2048, MinimumLength = 1)]
    public string? RotationLambdaArn { get; init; }
}

/// <summary>Whether a rotation would work.</summary>
/// <param name="WouldWork">False where a finding would make it fail.</param>
/// <param name="Findings">What was looked at, in order.</param>
public sealed record RotationCheckResult(bool WouldWork, IReadOnlyList<PreflightFinding> Findings);

/// <summary>The runs of a secret.</summary>
/// <param name="Runs">Newest first.</param>
public sealed record RotationRunList(IReadOnlyList<RotationRunBody> Runs);

/// <summary>A run with its steps.</summary>
public sealed record RotationRunBody
{
    /// <summary>32 hexadecimal digits that rise with time.</summary>
    public required string RunId { get; init; }

    /// <summary>The version that it makes, or asks the target about.</summary>
    public required string VersionId { get; init; }

    /// <summary>What it does.</summary>
    public required RotationMode Mode { get; init; }

    /// <summary>What asked for it.</summary>
    public required RotationTrigger Trigger { get; init; }

    /// <summary>Where it stands.</summary>
    public required RotationRunState State { get; init; }

    /// <summary>How often it was begun.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it was asked for.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended; absent while it is open.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When it is tried again.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>Since when it waits for its target to say which value works.</summary>
    public DateTimeOffset? StalledAt { get; init; }

    /// <summary>What went wrong, or what was found and done.</summary>
    public string? Message { get; init; }

    /// <summary>The steps of the latest attempt that were begun, in their order.</summary>
    public required IReadOnlyList<RotationStepRecord> Steps { get; init; }

    /// <summary>The form of a run.</summary>
    internal static RotationRunBody From(RotationRun run) => new()
    {
        RunId = run.RunId,
        VersionId = run.Token,
        Mode = run.Mode,
        Trigger = run.Trigger,
        State = run.State,
        Attempt = run.Attempt,
        CreatedAt = run.CreatedAt,
        FinishedAt = run.FinishedAt,
        NextAttemptAt = run.NextAttemptAt,
        StalledAt = run.StalledAt,
        Message = run.Message,
        Steps = run.Steps,
    };
}

/// <summary>Why rotations are held up.</summary>
public sealed record PauseBody
{
    /// <summary>For those who find them paused; absent where nothing is to be said.</summary>
    [StringLength(2048)]
    public string? Reason { get; init; }
}
