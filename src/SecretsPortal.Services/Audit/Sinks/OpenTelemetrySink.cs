using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Nodes;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Services.Audit.Sinks;

/// <summary>
/// Sends log records by OTLP over HTTP, encoded as JSON. Not through the SDK's exporter: that one takes records into a queue of its own and does not
/// tell which of them have arrived.
/// </summary>
internal sealed class OpenTelemetrySink(OpenTelemetryOptions options) : IAuditSink
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _http = new() { Timeout = s_patience };

    /// <inheritdoc/>
    public string Name => "opentelemetry";

    /// <inheritdoc/>
    public async Task Send(IReadOnlyList<ChainedRecord> records, CancellationToken cancel)
    {
        using var body = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(Body(records)));
        body.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        using var request = new HttpRequestMessage(HttpMethod.Post, $"{options.Endpoint.ToString().TrimEnd('/')}/v1/logs") { Content = body };
        if (options.Authorization is { } authorization)
            request.Headers.TryAddWithoutValidation("Authorization", authorization.Reveal());
        using var answer = await _http.SendAsync(request, cancel);
        answer.EnsureSuccessStatusCode();
        await using var content = await answer.Content.ReadAsStreamAsync(cancel);
        // A collector may take a request and refuse some of its records; those are not there.
        if (answer.Content.Headers.ContentLength is not 0 && await RejectedIn(content, cancel) is > 0 and var rejected)
            throw new HttpRequestException($"The collector has rejected {rejected} of {records.Count} records.");
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync()
    {
        _http.Dispose();
        return ValueTask.CompletedTask;
    }

    private static JsonObject Body(IReadOnlyList<ChainedRecord> records) => new()
    {
        ["resourceLogs"] = new JsonArray(new JsonObject
        {
            ["resource"] = new JsonObject { ["attributes"] = new JsonArray(Attribute("service.name", "secretsportal"), Attribute("host.name", Environment.MachineName)) },
            ["scopeLogs"] = new JsonArray(new JsonObject
            {
                ["scope"] = new JsonObject { ["name"] = "secretsportal.audit" },
                ["logRecords"] = new JsonArray([.. records.Select(Record)]),
            }),
        }),
    };

    private static JsonObject Record(ChainedRecord chained)
    {
        var record = chained.Record;
        var nanoseconds = ((record.At.UtcTicks - DateTime.UnixEpoch.Ticks) * 100).ToString(CultureInfo.InvariantCulture);
        var attributes = new JsonArray(
            new JsonObject { ["key"] = "audit.sequence", ["value"] = new JsonObject { ["intValue"] = chained.Sequence.ToString(CultureInfo.InvariantCulture) } },
            Attribute("audit.id", chained.Id), Attribute("audit.caller", record.Caller), Attribute("audit.action", record.Action),
            Attribute("audit.outcome", record.Outcome.ToString()), Attribute("source.address", record.SourceAddress),
            Attribute("audit.request_id", record.RequestId), Attribute("audit.mac", Convert.ToHexStringLower(chained.Mac)));
        foreach (var (name, value) in new[] { ("audit.access_key_id", record.AccessKeyId), ("audit.resource", record.Resource), ("audit.detail", record.Detail) })
        {
            if (value is not null)
                attributes.Add(Attribute(name, value));
        }

        // Severities of the data model: INFO, WARN, ERROR.
        var (number, text) = record.Outcome switch
        {
            AuditOutcome.Succeeded => (9, "INFO"),
            AuditOutcome.Denied => (13, "WARN"),
            _ => (17, "ERROR"),
        };
        return new JsonObject
        {
            ["timeUnixNano"] = nanoseconds,
            ["observedTimeUnixNano"] = nanoseconds,
            ["severityNumber"] = number,
            ["severityText"] = text,
            ["eventName"] = "secretsportal.audit",
            ["body"] = new JsonObject { ["stringValue"] = $"{record.Action} {record.Outcome} by {record.Caller}" },
            ["attributes"] = attributes,
        };
    }

    private static JsonObject Attribute(string key, string value) => new() { ["key"] = key, ["value"] = new JsonObject { ["stringValue"] = value } };

    private static async Task<long> RejectedIn(Stream content, CancellationToken cancel)
    {
        try
        {
            var answer = await JsonNode.ParseAsync(content, cancellationToken: cancel);
            // Numbers of 64 bits are texts in protobuf's JSON, and some collectors send numbers.
            return long.TryParse(answer?["partialSuccess"]?["rejectedLogRecords"]?.ToString(), CultureInfo.InvariantCulture, out var rejected) ? rejected : 0;
        }
        catch (JsonException)
        {
            // Not every collector answers in JSON; the status says that it has taken all.
            return 0;
        }
    }
}
