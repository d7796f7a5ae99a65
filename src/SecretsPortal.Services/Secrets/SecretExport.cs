using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsvHelper;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Secrets;

/// <summary>The form of an export of the list.</summary>
public enum SecretExportFormat
{
    /// <summary>An object of JSON per line.</summary>
    JsonLines,

    /// <summary>RFC 4180 with a header line; a cell that a spreadsheet would take for a formula begins with an apostrophe.</summary>
    Csv,
}

/// <summary>Gives away as a file what the list shows of secrets, and never a value.</summary>
public sealed class SecretExport
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    private static readonly CsvWriterOptions s_csv = new() { NewLine = "\r\n", Injection = CsvInjection.Escape };

    private static readonly string[] s_columns =
    [
        "name", "arn", "description", "kind", "fieldNames", "tags", "kmsKeyId", "createdAt", "lastChangedAt", "lastAccessedOn", "rotation", "lastRotatedAt", "nextRotationBy",
        "deletedOn", "primaryRegion", "replicaRegions",
    ];

    private readonly SecretBrowser _browser;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;

    internal SecretExport(SecretBrowser browser, Authorizer authorizer, AuditRecorder recorder)
    {
        _browser = browser;
        _authorizer = authorizer;
        _recorder = recorder;
    }

    /// <summary>Opens an export (action <c>secretsmanager:ListSecrets</c>), recorded before its first line leaves.</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="request">What to export.</param>
    /// <param name="format">In which form.</param>
    /// <param name="cancel">Ends the wait.</param>
    /// <returns>Writes all secrets that fit, in the request's order, into a stream that it leaves open.</returns>
    public Task<Func<Stream, CancellationToken, Task>> Open(CallContext call, BrowseRequest request, SecretExportFormat format, CancellationToken cancel) =>
        _recorder.Recording<Func<Stream, CancellationToken, Task>>(call, SecretActions.ListSecrets, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            var listing = await _browser.ListingOf(call, request, cancel);
            op.Detail = $"export as {format}";
            return (output, ended) => format == SecretExportFormat.Csv ? WriteCsv(listing, output, ended) : WriteJsonLines(listing, output, ended);
        }, cancel);

    private async Task WriteJsonLines(SecretListing listing, Stream output, CancellationToken cancel)
    {
        await using var text = new StreamWriter(output, s_utf8, leaveOpen: true);
        await foreach (var (secret, health) in _browser.All(listing, cancel))
        {
            await text.WriteAsync(JsonSerializer.Serialize(SecretLine.Of(secret, health), SecretLineJson.Default.SecretLine));
            await text.WriteAsync('\n');
        }
    }

    private async Task WriteCsv(SecretListing listing, Stream output, CancellationToken cancel)
    {
        await using var csv = CsvWriter.Create(output, s_csv, leaveOpen: true);
        csv.WriteHeader(s_columns.AsSpan());
        await foreach (var (secret, health) in _browser.All(listing, cancel))
            await csv.WriteRecordAsync(CellsOf(SecretLine.Of(secret, health)), cancel);
        await csv.FlushAsync(cancel);
    }

    private static string[] CellsOf(SecretLine line) =>
    [
        line.Name, line.Arn, line.Description ?? "", line.Kind ?? "", string.Join("; ", line.FieldNames ?? []),
        line.Tags is null ? "" : string.Join("; ", line.Tags.Select(tag => $"{tag.Key}={tag.Value}")), line.KmsKeyId ?? "",
        Cell(line.CreatedAt), Cell(line.LastChangedAt), line.LastAccessedOn?.ToString("O", CultureInfo.InvariantCulture) ?? "",
        line.Rotation, Cell(line.LastRotatedAt), Cell(line.NextRotationBy), Cell(line.DeletedOn), line.PrimaryRegion ?? "", string.Join("; ", line.ReplicaRegions ?? []),
    ];

    private static string Cell(DateTime? time) => time?.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture) ?? "";
}

/// <summary>A line of the export.</summary>
internal sealed record SecretLine
{
    public required string Name { get; init; }

    public required string Arn { get; init; }

    public string? Description { get; init; }

    public string? Kind { get; init; }

    public IReadOnlyList<string>? FieldNames { get; init; }

    public IReadOnlyDictionary<string, string>? Tags { get; init; }

    public string? KmsKeyId { get; init; }

    public required DateTime CreatedAt { get; init; }

    public required DateTime LastChangedAt { get; init; }

    public DateOnly? LastAccessedOn { get; init; }

    public required string Rotation { get; init; }

    public DateTime? LastRotatedAt { get; init; }

    public DateTime? NextRotationBy { get; init; }

    public DateTime? DeletedOn { get; init; }

    public string? PrimaryRegion { get; init; }

    public IReadOnlyList<string>? ReplicaRegions { get; init; }

    public static SecretLine Of(Secret secret, RotationHealth health) => new()
    {
        Name = secret.Name,
        Arn = secret.Arn.ToString(),
        Description = secret.Description,
        Kind = secret.Kind?.ToString(),
        FieldNames = secret.FieldNames.Count > 0 ? secret.FieldNames : null,
        Tags = secret.Tags is { Count: > 0 } tags ? tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal) : null,
        KmsKeyId = secret.KmsKeyId,
        CreatedAt = secret.CreatedAt.UtcDateTime,
        LastChangedAt = secret.LastChangedAt.UtcDateTime,
        LastAccessedOn = secret.LastAccessedOn,
        Rotation = health.ToString(),
        LastRotatedAt = secret.LastRotatedAt?.UtcDateTime,
        NextRotationBy = secret.Rotation is { Enabled: true, NextWindowEnd: { } end } ? end.UtcDateTime : null,
        DeletedOn = secret.PurgeAt?.UtcDateTime,
        PrimaryRegion = secret.PrimaryRegion,
        ReplicaRegions = secret.Replicas.Count > 0 ? [.. secret.Replicas.Select(replica => replica.Region)] : null,
    };
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(SecretLine))]
internal sealed partial class SecretLineJson : JsonSerializerContext;
