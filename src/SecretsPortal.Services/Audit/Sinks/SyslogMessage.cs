using System.Globalization;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Services.Audit.Sinks;

/// <summary>A record as a message of RFC 5424: its line of JSON, and its place in the log as the structured data <c>meta sequenceId</c>.</summary>
internal static class SyslogMessage
{
    private const long LargestSequenceId = 2_147_483_647;

    /// <summary>The message's bytes, without any framing.</summary>
    public static byte[] Of(ChainedRecord record, int facility, string host, int process)
    {
        var at = record.Record.At.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture);
        // The RFC lets the number begin again at 1; the JSON has the whole one.
        var sequenceId = ((record.Sequence - 1) % LargestSequenceId) + 1;
        var header = string.Create(
            CultureInfo.InvariantCulture,
            $"<{(facility * 8) + SeverityOf(record.Record.Outcome)}>1 {at} {Printable(host, 255)} secretsportal {process} {MessageIdOf(record.Record.Action)} [meta sequenceId=\"{sequenceId}\"] ");
        var line = JsonSerializer.Serialize(RecordLine.Of(record), AuditJson.Default.RecordLine);
        return Encoding.UTF8.GetBytes(header + line);
    }

    // Informational, warning, notice.
    private static int SeverityOf(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Succeeded => 6,
        AuditOutcome.Denied => 4,
        _ => 5,
    };

    private static string MessageIdOf(string action) => Printable(action[(action.LastIndexOf(':') + 1)..], 32);

    /// <summary>Printable ASCII without blanks, as header fields must be; <c>-</c> for none.</summary>
    private static string Printable(string text, int length)
    {
        var clean = string.Concat(text.Select(c => c is > ' ' and <= '~' ? c : '?').Take(length));
        return clean.Length == 0 ? "-" : clean;
    }
}
