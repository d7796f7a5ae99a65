using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace SecretsPortal.Web.Tests.Admin;

/// <summary>A body that must be refused.</summary>
/// <param name="What">What is wrong with it.</param>
/// <param name="Body">Its bytes.</param>
/// <param name="Field">What the answer must name; null where the body as a whole is wrong.</param>
public sealed record BadBody(string What, byte[] Body, string? Field);

/// <summary>Every way in which a body can be wrong, made from the operation's schema and its example.</summary>
public sealed class BadBodies(JsonElement document)
{
    /// <summary>Stands in wrong texts, so that its way into an answer shows.</summary>
    public const string Marker = "hunter2marker";

    /// <summary>The bodies for an operation that takes one.</summary>
    public IEnumerable<BadBody> Of(JsonElement content)
    {
        var example = JsonNode.Parse(content.GetProperty("example").GetRawText())!.AsObject();
        var text = example.ToJsonString();
        yield return new BadBody("empty", [], null);
        foreach (var (what, body) in new[]
        {
            ("an open brace", "{"), ("cut", text[..^1]), ("two objects", text + text), ("a comment", text + "/**/"), ("single quotes", text.Replace('"', '\'')),
            ("levels without end", $"{{\"a\":{new string('[', 5000)}{new string(']', 5000)}}}"), ("600 KiB", $"{{\"a\":\"{new string('a', 600 * 1024)}\"}}"),
        })
            yield return new BadBody(what, Encoding.UTF8.GetBytes(body), null);
        yield return new BadBody("UTF-16", Encoding.Unicode.GetBytes(text), null);
        foreach (var (what, body) in new[] { ("null", "null"), ("a list", "[]"), ("a number", "7"), ("a text", $"\"{Marker}\"") })
            yield return new BadBody(what, Encoding.UTF8.GetBytes(body), "body");
        foreach (var bad in Members(example, Resolve(content.GetProperty("schema")), example, ""))
            yield return bad;
    }

    private IEnumerable<BadBody> Members(JsonObject root, JsonElement schema, JsonObject here, string path)
    {
        yield return Bad(root, here, path, $"{Marker}Unknown", "1", "unknown");
        var required = schema.TryGetProperty("required", out var list) ? list.EnumerateArray().Select(r => r.GetString()!).ToList() : [];
        foreach (var member in schema.GetProperty("properties").EnumerateObject())
        {
            var type = Resolve(member.Value);
            if (required.Contains(member.Name))
                yield return Missing(root, here, path, member.Name);
            // The document gives an optional object by a reference, which can't say that it may be null.
            if (!Types(type).Contains("null") && (required.Contains(member.Name) || !type.TryGetProperty("properties", out _)))
                yield return Bad(root, here, path, member.Name, "null", "null");
            foreach (var json in new[] { "7.5", "true", $"\"{Marker}\"", "[7]", $"{{\"{Marker}\":1}}" }.Where(json => !Fits(type, json)))
                yield return Bad(root, here, path, member.Name, json, $"is {json}", isBelow: json[0] is '[' or '{');
            if (type.TryGetProperty("maxLength", out var longest))
                yield return Bad(root, here, path, member.Name, $"\"{new string('x', longest.GetInt32() + 1)}\"", "too long");
            if (type.TryGetProperty("maximum", out var most))
                yield return Bad(root, here, path, member.Name, $"{most.GetDecimal() + 1}", "too large");
            if (here.ContainsKey(member.Name))
                yield return Twice(root, here, path, member.Name);
            if (type.TryGetProperty("properties", out _) && here[member.Name] is JsonObject inner)
            {
                foreach (var bad in Members(root, type, inner, Join(path, member.Name)))
                    yield return bad;
            }
            else if (type.TryGetProperty("items", out var items) && here[member.Name] is JsonArray { Count: > 0 } array && array[0] is JsonObject first)
            {
                foreach (var bad in Members(root, Resolve(items), first, $"{Join(path, member.Name)}[0]"))
                    yield return bad;
            }
        }
    }

    // The member is put in as a mark first and replaced in the text, so that what is no JSON of its place can be written, too.
    private static BadBody Bad(JsonObject root, JsonObject here, string path, string name, string json, string what, bool isBelow = false)
    {
        const string mark = "@@here@@";
        var had = here.TryGetPropertyValue(name, out var before);
        var kept = before?.DeepClone();
        here[name] = mark;
        var text = root.ToJsonString().Replace($"\"{mark}\"", json, StringComparison.Ordinal);
        if (had)
            here[name] = kept;
        else
            here.Remove(name);
        var field = Join(path, name);
        return new BadBody($"{field} {what}", Encoding.UTF8.GetBytes(text), isBelow ? $"{field}*" : field);
    }

    private static BadBody Missing(JsonObject root, JsonObject here, string path, string name)
    {
        var kept = here[name]?.DeepClone();
        here.Remove(name);
        var text = root.ToJsonString();
        here[name] = kept;
        return new BadBody($"{Join(path, name)} missing", Encoding.UTF8.GetBytes(text), Join(path, name));
    }

    private static BadBody Twice(JsonObject root, JsonObject here, string path, string name)
    {
        var value = here[name]?.ToJsonString() ?? "null";
        var bad = Bad(root, here, path, name, $"{value},\"{name}\":{value}", "twice");
        return bad;
    }

    private bool Fits(JsonElement type, string json)
    {
        if (!type.TryGetProperty("type", out _))
            return true; // Anything goes, such as a policy document.
        var kinds = Types(type);
        return json[0] switch
        {
            't' => kinds.Contains("boolean"),
            '"' => kinds.Contains("string") && !type.TryGetProperty("enum", out _) && !(type.TryGetProperty("format", out var format) && format.GetString() == "date-time"),
            '[' => kinds.Contains("array") && type.TryGetProperty("items", out var items) && Fits(Resolve(items), "7.5"),
            '{' => kinds.Contains("object") && !type.TryGetProperty("properties", out _)
                && !(type.TryGetProperty("additionalProperties", out var extra) && extra.ValueKind == JsonValueKind.Object),
            _ => false,
        };
    }

    private static List<string?> Types(JsonElement type) => !type.TryGetProperty("type", out var kinds)
        ? type.TryGetProperty("enum", out _) ? ["string"] : ["null"]
        : kinds.ValueKind == JsonValueKind.Array ? [.. kinds.EnumerateArray().Select(k => k.GetString())] : [kinds.GetString()];

    // A reference, or one that may be null beside null itself.
    private JsonElement Resolve(JsonElement schema)
    {
        if (schema.TryGetProperty("oneOf", out var choices))
            schema = choices.EnumerateArray().First(c => c.TryGetProperty("$ref", out _) || c.GetProperty("type").GetString() != "null");
        return schema.TryGetProperty("$ref", out var reference)
            ? document.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1])
            : schema;
    }

    private static string Join(string path, string name) => path.Length == 0 ? name : $"{path}.{name}";
}
