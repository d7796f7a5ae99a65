using System.ComponentModel.DataAnnotations;
using Microsoft.AspNetCore.Http.HttpResults;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/rewraps</c>: wrapping anew what lies under a key, begun at the key. Each is decided on the key that it wraps from.</summary>
internal static class RewrapsResource
{
    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("POST", "/keys/{key}/rewraps", PortalActions.RewrapKey, "Wrap anew all that lies under a key, under its current version or another key", Start)
            .Takes<NewRewrapBody>("""{ "target": "alias/payments" }""");
        api.Map("POST", "/keys/{key}/versions", PortalActions.RewrapKey, "Give a local key a new version, and wrap anew what lies under the older ones", Rotate, "RotateKey");
        api.Map("GET", "/rewraps", PortalActions.ListKeys, "List re-wrappings with their progress, newest first", List, "ListRewraps");
        api.Map("GET", "/rewraps/{jobId}", PortalActions.GetKey, "See a re-wrapping with its progress", Get, "GetRewrap");
        api.Map("POST", "/rewraps/{jobId}/pause", PortalActions.RewrapKey, "Hold a re-wrapping up", Pause, "PauseRewrap");
        api.Map("POST", "/rewraps/{jobId}/resume", PortalActions.RewrapKey, "Let a paused re-wrapping go on where it stopped", Resume, "ResumeRewrap");
        api.Map("POST", "/rewraps/{jobId}/cancel", PortalActions.RewrapKey, "Give a re-wrapping up; what is wrapped anew stays so", Cancel, "CancelRewrap");
    }

    private static async Task<Created<RewrapBody>> Start(HttpContext http, RewrapService rewraps, string key)
    {
        var body = http.Body<NewRewrapBody>();
        return Begun(await rewraps.Start(http.Call(), KeysResource.NameOf(key), body.Target, http.RequestAborted));
    }

    private static async Task<Created<RewrapBody>> Rotate(HttpContext http, RewrapService rewraps, string key) =>
        Begun(await rewraps.Rotate(http.Call(), KeysResource.NameOf(key), http.RequestAborted));

    private static async Task<RewrapList> List(HttpContext http, RewrapService rewraps, [Range(1, 100)] int? limit, string? nextToken)
    {
        var page = await rewraps.List(http.Call(), CommonBodies.Limit(limit), nextToken, http.RequestAborted);
        return new RewrapList([.. page.Jobs.Select(RewrapBody.From)], page.NextToken);
    }

    private static async Task<RewrapBody> Get(HttpContext http, RewrapService rewraps, string jobId) =>
        RewrapBody.From(await rewraps.Get(http.Call(), jobId, http.RequestAborted));

    private static async Task<RewrapBody> Pause(HttpContext http, RewrapService rewraps, string jobId) =>
        RewrapBody.From(await rewraps.Pause(http.Call(), jobId, http.RequestAborted));

    private static async Task<RewrapBody> Resume(HttpContext http, RewrapService rewraps, string jobId) =>
        RewrapBody.From(await rewraps.Resume(http.Call(), jobId, http.RequestAborted));

    private static async Task<RewrapBody> Cancel(HttpContext http, RewrapService rewraps, string jobId) =>
        RewrapBody.From(await rewraps.Cancel(http.Call(), jobId, http.RequestAborted));

    private static Created<RewrapBody> Begun(RewrapJob job) => TypedResults.Created($"{AdminApi.Root}/rewraps/{job.JobId}", RewrapBody.From(job));
}

/// <summary>A re-wrapping to begin.</summary>
public sealed record NewRewrapBody
{
    /// <summary>Another key of the region, by id, ARN or alias; absent for the current version of the same key.</summary>
    [StringLength(KeysResource.LongestName, MinimumLength = 1)]
    public string? Target { get; init; }
}

/// <summary>A page of re-wrappings.</summary>
/// <param name="Rewraps">Newest first.</param>
/// <param name="NextToken">Asks for the next page, with the same parameters; absent on the last one.</param>
public sealed record RewrapList(IReadOnlyList<RewrapBody> Rewraps, string? NextToken);

/// <summary>A re-wrapping with its progress.</summary>
public sealed record RewrapBody
{
    /// <summary>32 hexadecimal digits that rise with time.</summary>
    public required string JobId { get; init; }

    /// <summary>The id of the key whose wraps are replaced.</summary>
    public required string SourceKeyId { get; init; }

    /// <summary>The id of the key that wraps from now on; the source itself for a newer version.</summary>
    public required string TargetKeyId { get; init; }

    /// <summary>The version that counts as done.</summary>
    public required string TargetVersion { get; init; }

    /// <summary>True where it is about the older versions of one secret, which has changed its key.</summary>
    public required bool IsOfOneSecret { get; init; }

    /// <summary>Where it stands.</summary>
    public required RewrapState State { get; init; }

    /// <summary>What is worked through now.</summary>
    public required RewrapStage Stage { get; init; }

    /// <summary>How many there were to wrap when it began.</summary>
    public required long Total { get; init; }

    /// <summary>How many are wrapped anew.</summary>
    public required long Done { get; init; }

    /// <summary>How many could not be.</summary>
    public required long Failed { get; init; }

    /// <summary>The last trouble in plain words.</summary>
    public string? Message { get; init; }

    /// <summary>The ARN of who started it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended; absent while it is open.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When it goes on after trouble with the KMS.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The form of a job.</summary>
    internal static RewrapBody From(RewrapJob job) => new()
    {
        JobId = job.JobId,
        SourceKeyId = job.SourceKeyId,
        TargetKeyId = job.TargetKeyId,
        TargetVersion = job.TargetVersion,
        IsOfOneSecret = job.SecretId is not null,
        State = job.State,
        Stage = job.Stage,
        Total = job.Total,
        Done = job.Done,
        Failed = job.Failed,
        Message = job.Message,
        StartedBy = job.StartedBy,
        CreatedAt = job.CreatedAt,
        FinishedAt = job.FinishedAt,
        NextAttemptAt = job.NextAttemptAt,
    };
}
