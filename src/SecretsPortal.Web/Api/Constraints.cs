using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Api;

/// <summary>
/// Collects what breaks the lengths, ranges and enums of the API's model, so that one answer names all of it. The texts follow
/// the service's, always without the value.
/// </summary>
internal sealed class Constraints
{
    private readonly List<string> _faults = [];

    /// <summary>A required SecretId.</summary>
    public Constraints SecretId(string? value) => Required("secretId", value).Length("secretId", value, 1, Core.Secrets.SecretId.MaxLength);

    /// <summary>A member that must be there.</summary>
    public Constraints Required(string member, object? value) => Check(member, value is not null, "Member must not be null");

    /// <summary>A string's length in characters; an absent one passes.</summary>
    public Constraints Length(string member, string? value, int min, int max) => Size(member, value?.Length, min, max);

    /// <summary>A client token or version id: 32 to 64 characters.</summary>
    public Constraints Token(string member, string? value) => Length(member, value, 32, 64);

    /// <summary>A staging label.</summary>
    public Constraints Label(string member, string? value) => Length(member, value, 1, StagingLabels.MaxLength);

    /// <summary>A length in whatever the member is counted in; null passes.</summary>
    public Constraints Size(string member, int? size, int min, int max) =>
        Check(member, size is not { } tooSmall || tooSmall >= min, $"Member must have length greater than or equal to {min}")
            .Check(member, size is not { } tooLarge || tooLarge <= max, $"Member must have length less than or equal to {max}");

    /// <summary>A number's range; an absent one passes.</summary>
    public Constraints Range(string member, long? value, long min, long max) =>
        Check(member, value is not { } tooSmall || tooSmall >= min, $"Member must have value greater than or equal to {min}")
            .Check(member, value is not { } tooLarge || tooLarge <= max, $"Member must have value less than or equal to {max}");

    /// <summary>One of the model's words; an absent one passes.</summary>
    public Constraints Enum(string member, string? value, params ReadOnlySpan<string> allowed) =>
        Check(member, value is null || allowed.Contains(value), $"Member must satisfy enum value set: [{string.Join(", ", allowed)}]");

    /// <summary>A string and a binary value: each within its limit.</summary>
    public Constraints Value(SecretText? text, byte[]? binary) =>
        Size("secretString", text is { } t ? System.Text.Encoding.UTF8.GetByteCount(t.Reveal()) : null, 1, SecretValue.MaxBytes)
            .Size("secretBinary", binary?.Length, 1, SecretValue.MaxBytes);

    /// <summary>Tags: each with a key and a value in their lengths.</summary>
    public Constraints Tags(IReadOnlyList<WireTag?>? tags)
    {
        for (var i = 0; i < tags?.Count; i++)
        {
            var member = $"tags.{i + 1}.member";
            if (tags[i] is not { } tag)
                Required(member, null);
            else
                Required($"{member}.key", tag.Key).Length($"{member}.key", tag.Key, 1, 128)
                    .Required($"{member}.value", tag.Value).Length($"{member}.value", tag.Value, 0, 256);
        }

        return this;
    }

    /// <summary>Adds a fault unless <paramref name="holds"/>.</summary>
    public Constraints Check(string member, bool holds, string constraint)
    {
        if (!holds)
            _faults.Add($"Value at '{member}' failed to satisfy constraint: {constraint}");
        return this;
    }

    /// <summary>Throws <see cref="PortalError.Validation"/> with everything that was found.</summary>
    public void Done()
    {
        if (_faults.Count > 0)
            throw new PortalException(PortalError.Validation,
                $"{_faults.Count} validation error{(_faults.Count == 1 ? "" : "s")} detected: {string.Join("; ", _faults)}");
    }

    /// <summary>Refuses a member of the model that this version gives no meaning to: ignoring it would be a lie.</summary>
    public static void NotOffered(string member, JsonElement? value)
    {
        var asksForNothing = value is not { } given
            || given.ValueKind is JsonValueKind.Null or JsonValueKind.False
            || (given.ValueKind == JsonValueKind.Array && given.GetArrayLength() == 0);
        if (!asksForNothing)
            throw new PortalException(PortalError.NotOffered, $"This version of Secrets Portal does not offer the parameter {member} yet. Leave it out.");
    }
}
