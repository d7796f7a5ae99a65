using System.Buffers;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>Where a text stops being JSON; both count from 1.</summary>
/// <param name="Line">The line.</param>
/// <param name="Column">The character in the line.</param>
public sealed record JsonFault(long Line, long Column);

/// <summary>A text while it is typed, looked at as JSON. Says where a fault is and never what stands there.</summary>
public static class JsonText
{
    // Stored and given back as it is, never put into a page as markup.
    private static readonly JsonWriterOptions s_indented = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, Indented = true };

    /// <summary>How many bytes the text has as it is stored.</summary>
    public static int Bytes(string text) => Encoding.UTF8.GetByteCount(text);

    /// <summary>True where somebody who typed this most likely means JSON.</summary>
    public static bool IsMeant(string text) => text.AsSpan().TrimStart() is ['{' or '[', ..];

    /// <summary>Where it is no JSON; null where it is.</summary>
    public static JsonFault? FindFault(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        try
        {
            using var json = JsonDocument.Parse(text);
            return null;
        }
        catch (JsonException fault)
        {
            var line = fault.LineNumber ?? 0;
            return new JsonFault(line + 1, ColumnOf(text, line, fault.BytePositionInLine ?? 0));
        }
    }

    /// <summary>The same JSON with one member a line; null where the text is none. Numbers and the order of members stay.</summary>
    public static string? Format(string text)
    {
        try
        {
            using var json = JsonDocument.Parse(text);
            var buffer = new ArrayBufferWriter<byte>();
            using (var writer = new Utf8JsonWriter(buffer, s_indented))
                json.WriteTo(writer);
            return Encoding.UTF8.GetString(buffer.WrittenSpan);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No JSON, or a string with half a surrogate pair, which can't be written.
            return null;
        }
    }

    /// <summary>The reader counts bytes, people count characters.</summary>
    private static long ColumnOf(string text, long line, long bytes)
    {
        var rest = text.AsSpan();
        for (; line > 0 && rest.IndexOf('\n') is >= 0 and var end; line--)
            rest = rest[(end + 1)..];
        var column = 1;
        foreach (var rune in rest.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0)
                break;
            column++;
        }

        return column;
    }
}
