using System.ComponentModel.DataAnnotations;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/audit</c>: the log.</summary>
internal static class AuditResource
{
    private const int PageSize = 100;

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api) =>
        api.Map("GET", "/audit/events", PortalActions.SearchAudit, "Search the audit log, newest first", Search);

    private static async Task<AuditEventList> Search(
        HttpContext http, AuditLog log, DateTimeOffset? from, DateTimeOffset? until, [StringLength(800)] string? caller, [StringLength(128)] string? action,
        [StringLength(800)] string? resource, AuditOutcome? outcome, [Range(1, 500)] int? limit, string? nextToken)
    {
        var query = new AuditQuery
        {
            From = from, Until = until, Caller = caller, Action = action, Resource = resource, Outcome = outcome, Limit = limit ?? PageSize,
        };
        var page = await log.Search(http.Call(), query, nextToken, http.RequestAborted);
        return new AuditEventList([.. page.Events.Select(AuditEventBody.From)], page.NextToken);
    }
}

/// <summary>A page of the audit log.</summary>
/// <param name="Events">Newest first.</param>
/// <param name="NextToken">Asks for the next page, with the same parameters; absent on the last one.</param>
public sealed record AuditEventList(IReadOnlyList<AuditEventBody> Events, string? NextToken);

/// <summary>One record of the audit log. Never a value.</summary>
public sealed record AuditEventBody
{
    /// <summary>Its place in the log; rises with each record.</summary>
    public required long Sequence { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The caller's ARN; anonymous where nobody was recognised.</summary>
    public required string Caller { get; init; }

    /// <summary>The access key that signed; absent for users and the portal's own work.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>What was asked for.</summary>
    public required string Action { get; init; }

    /// <summary>Of which resource; absent where the action has none.</summary>
    public string? Resource { get; init; }

    /// <summary>How it ended.</summary>
    public required AuditOutcome Outcome { get; init; }

    /// <summary>More in plain words.</summary>
    public string? Detail { get; init; }

    /// <summary>Where it came from.</summary>
    public required string SourceAddress { get; init; }

    /// <summary>The id that the answer carried, too.</summary>
    public required string RequestId { get; init; }

    /// <summary>The form of a stored record.</summary>
    internal static AuditEventBody From(AuditEvent stored) => new()
    {
        Sequence = stored.Sequence,
        At = stored.Record.At,
        Caller = stored.Record.Caller,
        AccessKeyId = stored.Record.AccessKeyId,
        Action = stored.Record.Action,
        Resource = stored.Record.Resource,
        Outcome = stored.Record.Outcome,
        Detail = stored.Record.Detail,
        SourceAddress = stored.Record.SourceAddress,
        RequestId = stored.Record.RequestId,
    };
}
