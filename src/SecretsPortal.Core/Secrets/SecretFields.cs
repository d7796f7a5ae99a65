using System.Security.Cryptography;
using System.Text;
using System.Text.Json;

namespace SecretsPortal.Core.Secrets;

/// <summary>How a field of one value stands to the same field of another.</summary>
public enum FieldChange
{
    /// <summary>Both hold the same.</summary>
    Same,

    /// <summary>They differ.</summary>
    Changed,

    /// <summary>Only the second one has it.</summary>
    Added,

    /// <summary>Only the first one has it.</summary>
    Removed,
}

/// <summary>One field of two values.</summary>
/// <param name="Name">The field.</param>
/// <param name="Change">How it stands.</param>
public sealed record FieldDifference(string Name, FieldChange Change);

/// <summary>
/// The fields of a value that is one level of JSON: names and plain values. What is told of them tells no value, and no length of one.
/// </summary>
public static class SecretFields
{
    private static readonly JsonDocumentOptions s_options = new() { AllowDuplicateProperties = false, MaxDepth = 8 };

    /// <summary>Names and values in their order, a value that is no string as it stands in the JSON; null for a value of any other form.</summary>
    public static IReadOnlyList<KeyValuePair<string, SecretText>>? Read(SecretValue value) =>
        Members(value)?.ConvertAll(member => KeyValuePair.Create(member.Name, new SecretText(member.IsText ? member.Value[1..] : member.Value)));

    /// <summary>
    /// Each field of either value, those of the first one first; null where one of the two has no fields, so that only the whole can be compared. Takes the
    /// same time whether or not a field differs, and wherever it does.
    /// </summary>
    public static IReadOnlyList<FieldDifference>? Compare(SecretValue before, SecretValue after)
    {
        if (Members(before) is not { } first || Members(after) is not { } second)
            return null;
        var differences = new List<FieldDifference>();
        foreach (var field in first)
        {
            var other = second.Find(f => f.Name == field.Name);
            differences.Add(new FieldDifference(
                field.Name,
                other is null ? FieldChange.Removed : IsSame(Encoding.UTF8.GetBytes(field.Value), Encoding.UTF8.GetBytes(other.Value)) ? FieldChange.Same : FieldChange.Changed));
        }

        differences.AddRange(second.Where(field => first.TrueForAll(f => f.Name != field.Name)).Select(field => new FieldDifference(field.Name, FieldChange.Added)));
        return differences;
    }

    /// <summary>True where two values are the same, as text or bytes; told in a time that does not depend on where they differ.</summary>
    public static bool AreSame(SecretValue one, SecretValue other) => one.IsText == other.IsText && IsSame(one.Bytes, other.Bytes);

    // Of equal length, so that not even that tells by the time it takes.
    private static bool IsSame(ReadOnlySpan<byte> one, ReadOnlySpan<byte> other) => CryptographicOperations.FixedTimeEquals(SHA256.HashData(one), SHA256.HashData(other));

    private static List<Field>? Members(SecretValue value)
    {
        if (!value.IsText)
            return null;
        try
        {
            using var json = JsonDocument.Parse(value.Bytes.ToArray(), s_options);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return null;
            var fields = new List<Field>();
            foreach (var member in json.RootElement.EnumerateObject())
            {
                if (member.Value.ValueKind is JsonValueKind.Object or JsonValueKind.Array)
                    return null;
                var isText = member.Value.ValueKind == JsonValueKind.String;
                // A mark before a string keeps "1" and 1 apart.
                fields.Add(new Field(member.Name, isText ? $"\"{member.Value.GetString()}" : member.Value.GetRawText(), isText));
            }

            return fields;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No JSON; too deep; a member twice; or a string that is no valid Unicode.
            return null;
        }
    }

    // Not a record: its printer would show the value.
    private sealed class Field(string name, string value, bool isText)
    {
        public string Name { get; } = name;

        public string Value { get; } = value;

        public bool IsText { get; } = isText;
    }
}
