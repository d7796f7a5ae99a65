using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>Takes known secrets out of texts that a function wrote, in the forms in which programs print them.</summary>
internal sealed class Scrubber
{
    /// <summary>What stands in the place of a secret.</summary>
    public const string Mark = "[redacted]";

    // What is shorter would take half of every text away.
    private const int Shortest = 4;

    // Members of a database's secret that are no secret, and that messages need.
    private static readonly HashSet<string> s_plain = new(StringComparer.OrdinalIgnoreCase)
    {
        "engine", "host", "port", "username", "user", "dbname", "database", "dbInstanceIdentifier", "dbClusterIdentifier", "masterarn", "ssl", "sslrootcert", "authMode",
    };

    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Adds a text that must not be seen.</summary>
    public void Add(string? secret)
    {
        if (secret is not { Length: >= Shortest })
            return;
        var bytes = Encoding.UTF8.GetBytes(secret);
        _known.Add(secret);
        _known.Add(Inner(JsonSerializer.Serialize(secret)));
        _known.Add(Inner(JsonSerializer.Serialize(secret, s_relaxed)));
        // As Python's json and repr print it: what is not ASCII escaped, or quotes.
        _known.Add(string.Concat(Inner(JsonSerializer.Serialize(secret, s_relaxed)).Select(c => c <= '~' ? $"{c}" : $"\\u{(int)c:x4}")));
        _known.Add(Uri.EscapeDataString(secret));
        // The end of a base64 text depends on what follows it.
        _known.Add(Convert.ToBase64String(bytes).TrimEnd('='));
        _known.Add(Convert.ToHexStringLower(bytes));
        _known.Add(secret.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("'", "\\'", StringComparison.Ordinal));
    }

    /// <summary>Adds a secret's value: the whole of it, and each text in its JSON that is not a place or a name.</summary>
    public void Add(SecretValue? value)
    {
        if (value is null)
            return;
        if (!value.IsText)
        {
            Add(Convert.ToBase64String(value.Bytes));
            return;
        }

        Add(value.Text);
        try
        {
            using var json = JsonDocument.Parse(value.Text);
            AddTexts(json.RootElement, name: "");
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No JSON, so it is one text.
        }
    }

    /// <summary>The text without what is known, whatever its case. What a function has encoded in a way of its own is not found.</summary>
    public string Scrub(string text) => _known.OrderByDescending(secret => secret.Length).ThenBy(secret => secret, StringComparer.Ordinal)
        .Aggregate(text, (left, secret) => left.Replace(secret, Mark, StringComparison.OrdinalIgnoreCase));

    private void AddTexts(JsonElement element, string name)
    {
        switch (element.ValueKind)
        {
            case JsonValueKind.Object:
                foreach (var member in element.EnumerateObject())
                    AddTexts(member.Value, member.Name);
                break;
            case JsonValueKind.Array:
                foreach (var item in element.EnumerateArray())
                    AddTexts(item, name);
                break;
            case JsonValueKind.String when !s_plain.Contains(name):
                Add(element.GetString());
                break;
            case JsonValueKind.Number when !s_plain.Contains(name):
                Add(element.GetRawText());
                break;
            default:
                break;
        }
    }

    private static string Inner(string json) => json[1..^1];
}
