using System.Text.Json;

namespace SecretsPortal.Core.Policies;

/// <summary>Reads IAM's JSON strictly: an element that would be ignored could be a Deny that its author relies on.</summary>
internal static class PolicyParser
{
    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false, MaxDepth = 10 };

    /// <summary>As <see cref="PolicyDocument.Parse"/>.</summary>
    public static PolicyDocument Parse(string json, bool isResourcePolicy)
    {
        if (json.Length is 0 or > PolicyDocument.MaxLength)
            throw Malformed($"The document must have 1 to {PolicyDocument.MaxLength} characters.");
        try
        {
            using var document = JsonDocument.Parse(json, s_options);
            return ReadDocument(document.RootElement, isResourcePolicy);
        }
        catch (JsonException e)
        {
            // The exception's text would quote the document; line and position are enough to find the place.
            throw Malformed($"The document is not valid JSON, is nested too deeply, or names a member twice, near line {(e.LineNumber ?? 0) + 1}, byte {(e.BytePositionInLine ?? 0) + 1}.");
        }
        catch (Exception e) when (e is ArgumentException or InvalidOperationException)
        {
            throw Malformed("The document has text that is not valid Unicode.");
        }
    }

    internal static PortalException Malformed(string message) => new(PortalError.MalformedPolicyDocument, message);

    /// <summary>What the document says, for a message: in quotes, cut after a line's length, without control characters.</summary>
    internal static string Quoted(string text)
    {
        const int longest = 128;
        var shown = text.Length > longest ? $"{text[..longest]}…" : text;
        return $"'{string.Concat(shown.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c))}'";
    }

    private static PolicyDocument ReadDocument(JsonElement root, bool isResourcePolicy)
    {
        if (root.ValueKind != JsonValueKind.Object)
            throw Malformed("The document must be a JSON object.");
        foreach (var member in root.EnumerateObject())
        {
            if (member.Name is not ("Version" or "Id" or "Statement"))
                throw Malformed($"The document has the unknown element {Quoted(member.Name)}. It may have Version, Id and Statement.");
        }

        if (root.TryGetProperty("Version", out var version)
            && (version.ValueKind != JsonValueKind.String || version.GetString() is not ("2012-10-17" or "2008-10-17")))
            throw Malformed("Version must be \"2012-10-17\" or \"2008-10-17\".");
        // A document without Version is one of the older language, which has no variables.
        var hasVariables = version.ValueKind == JsonValueKind.String && version.GetString() == "2012-10-17";
        if (root.TryGetProperty("Id", out var id) && id.ValueKind != JsonValueKind.String)
            throw Malformed("Id must be a string.");
        if (!root.TryGetProperty("Statement", out var statement))
            throw Malformed("The document has no Statement.");
        return new PolicyDocument(ReadStatements(statement, isResourcePolicy, hasVariables), isResourcePolicy);
    }

    private static PolicyStatement[] ReadStatements(JsonElement element, bool isResourcePolicy, bool hasVariables)
    {
        var elements = element.ValueKind == JsonValueKind.Array ? element.EnumerateArray().ToList() : [element];
        if (elements.Count == 0)
            throw Malformed("Statement must not be empty.");
        var statements = new List<PolicyStatement>();
        foreach (var each in elements)
            statements.Add(new StatementReader(each, statements.Count + 1, isResourcePolicy, hasVariables).Read());
        if (statements.CountBy(s => s.Name, StringComparer.Ordinal).FirstOrDefault(n => n.Value > 1) is { Value: > 1 } twice)
            throw Malformed($"The Sid '{twice.Key}' is used more than once. Give each statement its own.");
        return [.. statements];
    }
}
