using System.Globalization;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal;

/// <summary>The log and its checkpoints as files, from the audit page.</summary>
internal static class AuditDownloads
{
    /// <summary>Maps both.</summary>
    public static void MapAuditDownloads(this WebApplication app)
    {
        app.MapGet("/audit/export", Export).WithDoor(DoorRule.ByService(PortalActions.ExportAudit));
        app.MapGet("/audit/checkpoints.jsonl", Checkpoints).WithDoor(DoorRule.ByService(PortalActions.ExportAudit));
    }

    /// <summary>The address of an export of what a query finds.</summary>
    public static string AddressOf(AuditQuery query, string format)
    {
        var parts = new (string Name, string? Value)[]
        {
            ("format", format), ("from", query.From?.ToString("O", CultureInfo.InvariantCulture)), ("until", query.Until?.ToString("O", CultureInfo.InvariantCulture)),
            ("caller", query.Caller), ("action", query.Action), ("resource", query.Resource), ("outcome", query.Outcome?.ToString()),
            ("address", query.SourceAddress), ("request", query.RequestId),
        };
        return "/audit/export?" + string.Join('&', parts.Where(part => part.Value is not null).Select(part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}"));
    }

    private static Task<IResult> Export(HttpContext http, SessionGate gate, AuditExport export, PortalOptions options, TimeProvider time) => Downloads.As(http, gate, options, time, async call =>
    {
        var format = http.Request.Query["format"] == "csv" ? AuditExportFormat.Csv : AuditExportFormat.JsonLines;
        var write = await export.Open(call, QueryOf(http.Request.Query), format, http.RequestAborted);
        var (type, name) = format == AuditExportFormat.Csv ? ("text/csv", "audit.csv") : ("application/jsonl", "audit.jsonl");
        return TypedResults.Stream(output => write(output, http.RequestAborted), type, name);
    });

    private static Task<IResult> Checkpoints(HttpContext http, SessionGate gate, AuditCheckpoints checkpoints, PortalOptions options, TimeProvider time) =>
        Downloads.As(http, gate, options, time, async call => TypedResults.File(
            System.Text.Encoding.UTF8.GetBytes(await checkpoints.Export(call, http.RequestAborted)), "application/jsonl", "audit-checkpoints.jsonl"));

    /// <summary>What such an address asks for.</summary>
    internal static AuditQuery QueryOf(IQueryCollection query) => new()
    {
        From = Time(query, "from"),
        Until = Time(query, "until"),
        Caller = Text(query, "caller"),
        Action = Text(query, "action"),
        Resource = Text(query, "resource"),
        SourceAddress = Text(query, "address"),
        RequestId = Text(query, "request"),
        Outcome = Text(query, "outcome") is not { } name ? null : Enum.TryParse<AuditOutcome>(name, ignoreCase: false, out var outcome) && Enum.IsDefined(outcome)
            ? outcome
            : throw new PortalException(PortalError.Validation, Words.Fill(AuditText.OutcomeFault, string.Join(", ", Enum.GetNames<AuditOutcome>()))),
    };

    private static string? Text(IQueryCollection query, string name) => query[name] is [{ Length: > 0 } value, ..] ? value : null;

    private static DateTimeOffset? Time(IQueryCollection query, string name) => Text(query, name) is not { } text ? null
        : DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time
        : throw new PortalException(PortalError.Validation, Words.Fill(AuditText.AddressTimeFault, name));
}
