using System.Text.RegularExpressions;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Api;

/// <summary>
/// Collects what breaks the lengths, ranges and enums of the API's model, so that one answer names all of it. The texts follow
/// the service's, always without the value.
/// </summary>
internal sealed partial class Constraints
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
    public Constraints Size(string member, int? size, int min, int max)
    {
        if (size < min)
            Add(member, $"Member must have length greater than or equal to {min}");
        if (size > max)
            Add(member, $"Member must have length less than or equal to {max}");
        return this;
    }

    /// <summary>A number's range; an absent one passes.</summary>
    public Constraints Range(string member, long? value, long min, long max) =>
        Check(member, value is not { } tooSmall || tooSmall >= min, $"Member must have value greater than or equal to {min}")
            .Check(member, value is not { } tooLarge || tooLarge <= max, $"Member must have value less than or equal to {max}");

    /// <summary>One of the model's words; an absent one passes.</summary>
    public Constraints Enum(string member, string? value, params ReadOnlySpan<string> allowed) =>
        Check(member, value is null || allowed.Contains(value), $"Member must satisfy enum value set: [{string.Join(", ", allowed)}]");

    /// <summary>
    /// A string that the whole of the model's pattern matches; an absent one passes. The pattern is written as the model writes it: it stands
    /// in the text.
    /// </summary>
    public Constraints Pattern(string member, string? value, Regex pattern) =>
        // By length, because a $ would also match before a line feed at the end.
        Check(member, value is null || (pattern.Match(value) is { Success: true } match && match.Length == value.Length),
            $"Member must satisfy regular expression pattern: {pattern}");

    /// <summary>A list's length, and each of its elements, which must not be null; an absent list passes.</summary>
    /// <param name="member">The list's name.</param>
    /// <param name="list">The list.</param>
    /// <param name="min">The fewest elements.</param>
    /// <param name="max">The most elements.</param>
    /// <param name="check">Checks one element under its name, such as <c>tags.1.member</c>.</param>
    public Constraints List<T>(string member, IReadOnlyList<T?>? list, int min, int max, Action<string, T> check)
        where T : class
    {
        Size(member, list?.Count, min, max);
        for (var i = 0; i < list?.Count; i++)
        {
            var element = $"{member}.{i + 1}.member";
            if (list[i] is { } given)
                check(element, given);
            else
                Required(element, null);
        }

        return this;
    }

    /// <summary>A region's name.</summary>
    public Constraints Region(string member, string? value) => Length(member, value, 1, 128).Pattern(member, value, RegionPattern());

    /// <summary>A key's id, alias or ARN.</summary>
    public Constraints KmsKeyId(string member, string? value) => Length(member, value, 0, 2048);

    /// <summary>Regions to replicate to, each with its key: at least one where there is a list.</summary>
    public Constraints AddReplicaRegions(IReadOnlyList<WireReplicaRegion?>? regions) =>
        List("addReplicaRegions", regions, 1, int.MaxValue, (member, replica) =>
            Required($"{member}.region", replica.Region).Region($"{member}.region", replica.Region)
                .KmsKeyId($"{member}.kmsKeyId", replica.KmsKeyId));

    /// <summary>A required resource policy; what it says is the policy parser's to judge.</summary>
    public Constraints ResourcePolicy(string? policy) => Required("resourcePolicy", policy).Length("resourcePolicy", policy, 1, 20_480);

    /// <summary>A token of a former page.</summary>
    public Constraints NextToken(string? token) => Length("nextToken", token, 1, 4096);

    /// <summary>The filters of a list of secrets.</summary>
    public Constraints Filters(IReadOnlyList<WireFilter?>? filters) =>
        List("filters", filters, 0, 10, (member, filter) =>
            Required($"{member}.key", filter.Key)
                .Enum($"{member}.key", filter.Key, "description", "name", "tag-key", "tag-value", "primary-region", "owning-service", "all")
                .Required($"{member}.values", filter.Values)
                .List($"{member}.values", filter.Values, 1, 10, (value, text) => Length(value, text, 0, 512).Pattern(value, text, FilterValuePattern())));

    /// <summary>The token that a rotation's event carries.</summary>
    public Constraints RotationToken(SecretText? token) =>
        Length("rotationToken", token?.Reveal(), 36, 256).Pattern("rotationToken", token?.Reveal(), RotationTokenPattern());

    /// <summary>A rotation's schedule; what it says is the schedule parser's to judge.</summary>
    public Constraints RotationRules(WireRotationRules? rules) =>
        Range("rotationRules.automaticallyAfterDays", rules?.AutomaticallyAfterDays, 1, 1000)
            .Length("rotationRules.duration", rules?.Duration, 2, 3).Pattern("rotationRules.duration", rules?.Duration, DurationPattern())
            .Length("rotationRules.scheduleExpression", rules?.ScheduleExpression, 1, 256)
            .Pattern("rotationRules.scheduleExpression", rules?.ScheduleExpression, ScheduleExpressionPattern());

    /// <summary>What a partner's rotation needs to know.</summary>
    public Constraints ExternalItems(string member, IReadOnlyList<WireExternalItem?>? items) =>
        List(member, items, 0, int.MaxValue, (element, item) =>
            Required($"{element}.key", item.Key).Length($"{element}.key", item.Key, 1, 256)
                .Required($"{element}.value", item.Value).Length($"{element}.value", item.Value, 1, 2048));

    /// <summary>A string and a binary value: each within its limit.</summary>
    public Constraints Value(SecretText? text, byte[]? binary) =>
        Size("secretString", text is { } t ? System.Text.Encoding.UTF8.GetByteCount(t.Reveal()) : null, 1, SecretValue.MaxBytes)
            .Size("secretBinary", binary?.Length, 1, SecretValue.MaxBytes);

    /// <summary>Tags: each with a key and a value in their lengths. How many a secret may have is the secret's own rule.</summary>
    public Constraints Tags(IReadOnlyList<WireTag?>? tags) =>
        List("tags", tags, 0, int.MaxValue, (member, tag) =>
            Required($"{member}.key", tag.Key).Length($"{member}.key", tag.Key, 1, 128)
                .Required($"{member}.value", tag.Value).Length($"{member}.value", tag.Value, 0, 256));

    /// <summary>Adds a fault unless <paramref name="holds"/>.</summary>
    public Constraints Check(string member, bool holds, string constraint)
    {
        if (!holds)
            Add(member, constraint);
        return this;
    }

    private void Add(string member, string constraint) => _faults.Add($"Value at '{member}' failed to satisfy constraint: {constraint}");

    /// <summary>Throws <see cref="PortalError.Validation"/> with everything that was found.</summary>
    public void Done()
    {
        if (_faults.Count > 0)
            throw new PortalException(PortalError.Validation,
                $"{_faults.Count} validation error{(_faults.Count == 1 ? "" : "s")} detected: {string.Join("; ", _faults)}");
    }

    [GeneratedRegex(@"^([a-z]+-)+\d+$", RegexOptions.ECMAScript)]
    private static partial Regex RegionPattern();

    [GeneratedRegex(@"^\!?[a-zA-Z0-9 :_@\/\+\=\.\-\!]*$", RegexOptions.ECMAScript)]
    private static partial Regex FilterValuePattern();

    [GeneratedRegex(@"^[a-zA-Z0-9\-]+$", RegexOptions.ECMAScript)]
    private static partial Regex RotationTokenPattern();

    [GeneratedRegex(@"^[0-9h]+$", RegexOptions.ECMAScript)]
    private static partial Regex DurationPattern();

    [GeneratedRegex(@"^[0-9A-Za-z\(\)#\?\*\-\/, ]+$", RegexOptions.ECMAScript)]
    private static partial Regex ScheduleExpressionPattern();
}
