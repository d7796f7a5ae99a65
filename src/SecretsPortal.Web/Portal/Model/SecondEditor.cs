namespace SecretsPortal.Web.Portal.Model;

/// <summary>A field that somebody else has changed since a form was opened.</summary>
/// <param name="Label">What the form calls it.</param>
/// <param name="Before">What it was when the form was opened; empty for nothing.</param>
/// <param name="Now">What is stored now; empty for nothing.</param>
public sealed record StoredChange(string Label, string Before, string Now)
{
    /// <summary>True where it is shown as a text of its own.</summary>
    public bool IsLong => Before.Contains('\n', StringComparison.Ordinal) || Now.Contains('\n', StringComparison.Ordinal) || Before.Length > 120 || Now.Length > 120;
}

/// <summary>What the second of two editors is shown and keeps: of the first one's changes all, of what was typed all.</summary>
internal static class SecondEditor
{
    /// <summary>The fields that are stored otherwise now.</summary>
    public static IReadOnlyList<StoredChange> Changes(params IEnumerable<(string Label, string? Before, string? Now)> fields) =>
        [.. fields.Where(static field => (field.Before ?? "") != (field.Now ?? "")).Select(static field => new StoredChange(field.Label, field.Before ?? "", field.Now ?? ""))];

    /// <summary>A field from now on: theirs where it was not touched, what was typed otherwise.</summary>
    public static T Merged<T>(T seen, T mine, T theirs) => EqualityComparer<T>.Default.Equals(seen, mine) ? theirs : mine;

    /// <summary>Tags in one line.</summary>
    public static string Line(IEnumerable<(string Key, string Value)> tags) => string.Join(", ", tags.Select(static tag => $"{tag.Key}={tag.Value}"));
}
