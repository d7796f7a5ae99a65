using System.Text.Json;
using System.Text.RegularExpressions;

namespace SecretsPortal.Web.Tests.Matrix;

/// <summary>
/// What policy documents say, read in a few lines of its own: the engine under test is not asked. It knows no more than the matrix's policies
/// need, and stops at anything else.
/// </summary>
internal static class PolicyReading
{
    /// <summary>True where a statement allows and none denies.</summary>
    public static bool Allows(IEnumerable<string> documents, string action, string resource)
    {
        var statements = documents.SelectMany(d => JsonDocument.Parse(d).RootElement.GetProperty("Statement").EnumerateArray())
            .Where(s => Fits(s.GetProperty("Action"), action, RegexOptions.IgnoreCase) && Fits(s.GetProperty("Resource"), resource, RegexOptions.None) && Holds(s))
            .Select(s => s.GetProperty("Effect").GetString())
            .ToList();
        return statements.Contains("Allow") && !statements.Contains("Deny");
    }

    private static bool Fits(JsonElement patterns, string text, RegexOptions options) =>
        (patterns.ValueKind == JsonValueKind.Array ? patterns.EnumerateArray().Select(p => p.GetString()!) : [patterns.GetString()!])
            .Any(p => Regex.IsMatch(text, $"^{Regex.Escape(p).Replace("\\*", ".*", StringComparison.Ordinal).Replace("\\?", ".", StringComparison.Ordinal)}$", options));

    // The one condition among the managed policies: whether a function is named. None of the matrix's requests names one.
    private static bool Holds(JsonElement statement)
    {
        if (!statement.TryGetProperty("Condition", out var condition))
            return true;
        var operators = condition.EnumerateObject().Single();
        var key = operators.Value.EnumerateObject().Single();
        return (operators.Name, key.Name) == ("Null", "secretsmanager:RotationLambdaARN")
            ? key.Value.ToString() == "true"
            : throw new NotSupportedException($"The matrix does not know the condition {operators.Name} on {key.Name}.");
    }
}
