using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json;
using CsvHelper;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Audit;

/// <summary>The form of an export.</summary>
public enum AuditExportFormat
{
    /// <summary>An object of JSON per line.</summary>
    JsonLines,

    /// <summary>RFC 4180 with a header line; a cell that a spreadsheet would take for a formula begins with an apostrophe.</summary>
    Csv,
}

/// <summary>Gives the log away as a file, as a stream of whatever length.</summary>
public sealed class AuditExport
{
    private const int PageSize = 500;

    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private static readonly CsvWriterOptions s_csv = new() { NewLine = "\r\n", Injection = CsvInjection.Escape };

    private static readonly string[] s_columns =
        ["sequence", "time", "caller", "accessKeyId", "action", "resource", "outcome", "detail", "sourceAddress", "requestId"];

    private readonly AuditRecorder _recorder;
    private readonly AuditSearch _search;
    private readonly Authorizer _authorizer;

    internal AuditExport(AuditRecorder recorder, AuditSearch search, Authorizer authorizer)
    {
        _recorder = recorder;
        _search = search;
        _authorizer = authorizer;
    }

    /// <summary>
    /// Opens an export (action <c>secretsportal:ExportAudit</c>), recorded before its first line leaves, once the log was read. What is recorded after that
    /// is not part of it. An export that breaks off later leaves a second record, of its failure.
    /// </summary>
    /// <param name="call">Who asks.</param>
    /// <param name="query">What to export; its limit does not count.</param>
    /// <param name="format">In which form.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Writes all records that fit, newest first, into a stream that it leaves open.</returns>
    public async Task<Func<Stream, CancellationToken, Task>> Open(CallContext call, AuditQuery query, AuditExportFormat format, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(query);
        await _recorder.Recording(call, PortalActions.ExportAudit, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            op.Detail = $"{format}{Words(query)}";
            await _search.Find(query with { Limit = 1 }, cancel);
            return true;
        }, cancel);
        // The export's own record is the newest one: a page that holds it alone tells where the export begins.
        var newest = await _search.Find(new AuditQuery { Limit = 1 }, cancel);
        var before = Math.Min(query.Before ?? long.MaxValue, newest[0].Sequence + 1);
        return async (output, ended) =>
        {
            try
            {
                await Write(query with { Before = before, Limit = PageSize }, format, output, ended);
            }
            catch (Exception fault)
            {
                await _recorder.RecordBreak(call, PortalActions.ExportAudit, "*", $"broke off before its end: {format}{Words(query)}", fault);
                throw;
            }
        };
    }

    /// <summary>The whole log, without asking anybody: for the host's own command.</summary>
    internal Task WriteAll(AuditExportFormat format, Stream output, CancellationToken cancel) =>
        Write(new AuditQuery { Limit = PageSize }, format, output, cancel);

    private Task Write(AuditQuery query, AuditExportFormat format, Stream output, CancellationToken cancel) =>
        format == AuditExportFormat.Csv ? WriteCsv(query, output, cancel) : WriteJsonLines(query, output, cancel);

    private async Task WriteJsonLines(AuditQuery query, Stream output, CancellationToken cancel)
    {
        await using var text = new StreamWriter(output, s_utf8, leaveOpen: true);
        await foreach (var found in All(query, cancel))
        {
            await text.WriteAsync(JsonSerializer.Serialize(RecordLine.Of(found.Sequence, found.Record), AuditJson.Default.RecordLine));
            await text.WriteAsync('\n');
        }
    }

    private async Task WriteCsv(AuditQuery query, Stream output, CancellationToken cancel)
    {
        await using var csv = CsvWriter.Create(output, s_csv, leaveOpen: true);
        csv.WriteHeader(s_columns.AsSpan());
        await foreach (var found in All(query, cancel))
            await csv.WriteRecordAsync(CellsOf(found), cancel);
        await csv.FlushAsync(cancel);
    }

    private async IAsyncEnumerable<AuditEvent> All(AuditQuery query, [EnumeratorCancellation] CancellationToken cancel)
    {
        while (await _search.Find(query, cancel) is { Count: > 0 } page)
        {
            foreach (var found in page)
                yield return found;
            query = query with { Before = page[^1].Sequence };
        }
    }

    private static string[] CellsOf(AuditEvent found) =>
    [
        found.Sequence.ToString(CultureInfo.InvariantCulture), found.Record.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
        found.Record.Caller, found.Record.AccessKeyId ?? "", found.Record.Action, found.Record.Resource ?? "", found.Record.Outcome.ToString(),
        found.Record.Detail ?? "", found.Record.SourceAddress, found.Record.RequestId,
    ];

    private static string Words(AuditQuery query) => string.Concat(new[]
    {
        Part("from", query.From?.ToString("u", CultureInfo.InvariantCulture)), Part("until", query.Until?.ToString("u", CultureInfo.InvariantCulture)),
        Part("caller", query.Caller), Part("action", query.Action), Part("resource", query.Resource), Part("outcome", query.Outcome?.ToString()),
        Part("request", query.RequestId), Part("address", query.SourceAddress),
    });

    private static string Part(string name, string? value) => value is null ? "" : $", {name} {value}";
}
