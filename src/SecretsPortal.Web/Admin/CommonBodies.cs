using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Admin.Infrastructure;

namespace SecretsPortal.Web.Admin;

/// <summary>What bodies of several resources have in common.</summary>
internal static class CommonBodies
{
    /// <summary>The most tags of a user or client.</summary>
    public const int MostTags = 50;

    /// <summary>The longest description, in characters.</summary>
    public const int LongestDescription = 2048;

    /// <summary>How many entries a page may hold; <see cref="FieldException"/> for what is not 1 to 100.</summary>
    public static int? Limit(int? limit) => limit is null or (>= 1 and <= 100) ? limit : throw new FieldException("limit", "must be 1 to 100");

    /// <summary>The query of a list that is ordered by name.</summary>
    public static NameQuery Query(string? namePrefix, int? limit, string? nextToken) => new() { NamePrefix = namePrefix, Limit = limit, NextToken = nextToken };

    /// <summary>Tags as the services take them, in the order of their keys.</summary>
    public static IReadOnlyList<CallerTag> Tags(IReadOnlyDictionary<string, string>? tags) =>
        [.. (tags ?? new Dictionary<string, string>()).OrderBy(tag => tag.Key, StringComparer.Ordinal).Select(tag => new CallerTag(tag.Key, tag.Value))];

    /// <summary>Tags as bodies have them.</summary>
    public static IReadOnlyDictionary<string, string> Tags(IReadOnlyList<CallerTag> tags) =>
        tags.ToDictionary(tag => tag.Key, tag => tag.Value, StringComparer.Ordinal);
}
