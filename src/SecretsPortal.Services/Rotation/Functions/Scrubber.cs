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

    // The last line of a PEM may be short; words of a text in lines are shorter still, mostly.
    private const int ShortestLine = 8;

    // Members of a database's secret that are no secret, and that messages need.
    private static readonly HashSet<string> s_plain = new(StringComparer.OrdinalIgnoreCase)
    {
        "engine", "host", "port", "username", "user", "dbname", "database", "dbInstanceIdentifier", "dbClusterIdentifier", "masterarn", "ssl", "sslrootcert", "authMode",
    };

    private static readonly JsonSerializerOptions s_relaxed = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private readonly HashSet<string> _known = new(StringComparer.Ordinal);

    /// <summary>Adds a text that must not be seen; of one with several lines (a key in PEM, say), each that is long enough to tell something, too.</summary>
    public void Add(string? secret)
    {
        if (secret is null)
            return;
        AddForms(secret);
        if (!secret.AsSpan().ContainsAny('\n', '\r'))
            return;
        foreach (var line in secret.Split(['\n', '\r'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
            if (line.Length >= ShortestLine && !line.StartsWith("-----", StringComparison.Ordinal))
                AddForms(line);
    }

    private void AddForms(string secret)
    {
        if (secret.Length < Shortest)
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
    public string Scrub(string text) => Without(text, Found(text));

    /// <summary>
    /// As <see cref="Scrub"/>, of a log: where its beginning was cut off (<see cref="BoundedLog.CutMark"/>), or it ends within a line, it may begin or end
    /// within something known, and then not with the rest of it either.
    /// </summary>
    public string ScrubLog(string log)
    {
        var isCut = log.StartsWith(BoundedLog.CutMark, StringComparison.Ordinal);
        var text = isCut ? log[BoundedLog.CutMark.Length..] : log;
        var found = Found(text);
        foreach (var secret in _known)
        {
            if (isCut && Overlap(secret, text) is >= Shortest and var left)
                found.Add((0, left));
            if (!text.EndsWith('\n') && Overlap(text, secret) is >= Shortest and var right)
                found.Add((text.Length - right, text.Length));
        }

        return (isCut ? BoundedLog.CutMark : "") + Without(text, found);
    }

    private static string Without(string text, List<(int Start, int End)> found)
    {
        found.Sort((a, b) => a.Start != b.Start ? a.Start.CompareTo(b.Start) : b.End.CompareTo(a.End));
        var clean = new StringBuilder(text.Length);
        var at = 0;
        foreach (var (start, end) in found)
        {
            // What overlaps is one place.
            if (end <= at)
                continue;
            if (start >= at)
                clean.Append(text, at, start - at).Append(Mark);
            at = end;
        }

        return clean.Append(text, at, text.Length - at).ToString();
    }

    /// <summary>Where something known stands: begin and end.</summary>
    private List<(int Start, int End)> Found(string text)
    {
        var found = new List<(int Start, int End)>();
        foreach (var secret in _known)
        {
            for (var at = 0; (at = text.IndexOf(secret, at, StringComparison.OrdinalIgnoreCase)) >= 0; at++)
                found.Add((at, at + secret.Length));
        }

        return found;
    }

    /// <summary>The length of the longest end of one text that the other one begins with, whatever the case. Takes a time that grows with the lengths, not with their product.</summary>
    private static int Overlap(string ending, string beginning)
    {
        var length = Math.Min(ending.Length, beginning.Length);
        // As Knuth, Morris and Pratt search: for each beginning, the longest end of it that is a beginning itself.
        var borders = new int[length];
        var border = 0;
        for (var i = 1; i < length; i++)
            borders[i] = border = Longer(beginning[i]);
        border = 0;
        foreach (var next in ending.AsSpan(ending.Length - length))
            border = Longer(next);
        return border;

        int Longer(char next)
        {
            while (border > 0 && (border == length || !AreSame(beginning[border], next)))
                border = borders[border - 1];
            return length > 0 && AreSame(beginning[border], next) ? border + 1 : 0;
        }
    }

    private static bool AreSame(char a, char b) => a == b || char.ToUpperInvariant(a) == char.ToUpperInvariant(b);

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
