using System.Text.Json;

namespace SecretsPortal.Core.Secrets;

/// <summary>
/// The names of the members of a JSON value, of its top level: metadata, so that a secret is found by them without opening it. What the members
/// hold is never among them.
/// </summary>
public static class FieldNames
{
    /// <summary>How many names are kept of a value; those that follow are left out.</summary>
    public const int Most = 50;

    /// <summary>How long a name may be, in UTF-16 units; a longer one is left out, as is one with a control character.</summary>
    public const int Longest = 64;

    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 64 };

    /// <summary>In their order, each once; null where the value is no JSON object. Never throws on odd input.</summary>
    public static IReadOnlyList<string>? Of(SecretValue value)
    {
        ArgumentNullException.ThrowIfNull(value);
        var bytes = value.Bytes.TrimStart(" \t\r\n"u8);
        if (!value.IsText || bytes.IsEmpty || bytes[0] != (byte)'{')
            return null;
        try
        {
            return Read(bytes);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No JSON, too deep, or a name that is no valid Unicode.
            return null;
        }
    }

    private static List<string> Read(ReadOnlySpan<byte> json)
    {
        var names = new List<string>();
        var reader = new Utf8JsonReader(json, s_options);
        reader.Read();
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            if (reader.GetString() is { Length: > 0 and <= Longest } name && names.Count < Most && !name.Any(char.IsControl) && !names.Contains(name, StringComparer.Ordinal))
                names.Add(name);
            reader.Skip();
        }

        // What follows the object would make it no JSON.
        reader.Read();
        return names;
    }
}
