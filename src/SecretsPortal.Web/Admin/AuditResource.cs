using System.ComponentModel.DataAnnotations;
using System.Text;
using Microsoft.AspNetCore.Http.HttpResults;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary><c>/api/v1/audit</c>: the log.</summary>
internal static class AuditResource
{
    private const int PageSize = 100;
    private const string JsonLines = "application/jsonl";
    private const string Csv = "text/csv";

    /// <summary>Maps its operations.</summary>
    public static void Map(AdminRoutes api)
    {
        api.Map("GET", "/audit/events", PortalActions.SearchAudit, "Search the audit log, newest first", Search);
        api.Map("GET", "/audit/export", PortalActions.ExportAudit, "Export the audit log as JSON Lines or CSV, newest first", Export)
            .Produces<string>(StatusCodes.Status200OK, JsonLines, Csv);
        api.Map("GET", "/audit/checkpoints", PortalActions.ExportAudit, "Export the signed checkpoints with the public key, to be kept elsewhere", Checkpoints, "ExportAuditCheckpoints")
            .Produces<string>(StatusCodes.Status200OK, JsonLines);
        api.Map("POST", "/audit/verify", PortalActions.VerifyAudit, "Verify the whole log: find an edit, a deletion, a reorder or a cut tail", Verify);
    }

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

    private static async Task<PushStreamHttpResult> Export(
        HttpContext http, AuditExport export, AuditExportFormat? format, DateTimeOffset? from, DateTimeOffset? until, [StringLength(800)] string? caller,
        [StringLength(128)] string? action, [StringLength(800)] string? resource, AuditOutcome? outcome)
    {
        var form = format ?? AuditExportFormat.JsonLines;
        var query = new AuditQuery { From = from, Until = until, Caller = caller, Action = action, Resource = resource, Outcome = outcome };
        var write = await export.Open(http.Call(), query, form, http.RequestAborted);
        var (type, name) = form == AuditExportFormat.Csv ? (Csv, "audit.csv") : (JsonLines, "audit.jsonl");
        return TypedResults.Stream(output => write(output, http.RequestAborted), type, name);
    }

    private static async Task<FileContentHttpResult> Checkpoints(HttpContext http, AuditCheckpoints checkpoints) => TypedResults.File(
        Encoding.UTF8.GetBytes(await checkpoints.Export(http.Call(), http.RequestAborted)), JsonLines, "audit-checkpoints.jsonl");

    private static async Task<AuditVerificationBody> Verify(HttpContext http, AuditVerifier verifier) =>
        AuditVerificationBody.From(await verifier.Verify(http.Call(), progress: null, http.RequestAborted));
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

/// <summary>What a verification of the log saw.</summary>
public sealed record AuditVerificationBody
{
    /// <summary>True where every record, checkpoint and archive's anchor is as the portal wrote it.</summary>
    public required bool IsIntact { get; init; }

    /// <summary>The first record that is not as it was written; absent where none is, or what is wrong is no record.</summary>
    public long? FirstBadSequence { get; init; }

    /// <summary>What is wrong, in plain words; empty for a log that is whole.</summary>
    public required IReadOnlyList<AuditFinding> Findings { get; init; }

    /// <summary>How many records were found as they were written.</summary>
    public required long Records { get; init; }

    /// <summary>The first of them; 0 for none.</summary>
    public required long First { get; init; }

    /// <summary>The last of them; 0 for none.</summary>
    public required long Last { get; init; }

    /// <summary>How many checkpoints were held against the log.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>How many ranges lie in archives; the command checks their files as well.</summary>
    public required int Archives { get; init; }

    /// <summary>The form of what the service tells.</summary>
    internal static AuditVerificationBody From(AuditVerification seen) => new()
    {
        IsIntact = seen.IsIntact,
        FirstBadSequence = seen.Findings.Min(finding => finding.Sequence),
        Findings = seen.Findings,
        Records = seen.Records,
        First = seen.First,
        Last = seen.Last,
        Checkpoints = seen.Checkpoints,
        Archives = seen.Archives,
    };
}
