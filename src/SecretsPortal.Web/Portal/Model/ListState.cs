using System.Collections.Immutable;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Primitives;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>What the list shows, as the address of its page has it. Two that show the same are equal.</summary>
public sealed record ListState
{
    private const string ByName = "name";

    /// <summary>The words that are searched for.</summary>
    public string Text { get; init; } = "";

    /// <summary>What the names begin with.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The name of a <see cref="SecretKind"/>.</summary>
    public string? Kind { get; init; }

    /// <summary>The name of a <see cref="SecretStatus"/>.</summary>
    public string? Status { get; init; }

    /// <summary>A KMS key's id or alias.</summary>
    public string? Key { get; init; }

    /// <summary><c>name</c>, or null for the newest first.</summary>
    public string? Sort { get; init; }

    /// <summary>Tags, each <c>key</c> or <c>key=value</c>.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>True for the order of names.</summary>
    public bool IsByName => Sort == ByName;

    /// <summary>True where something narrows the list.</summary>
    public bool IsNarrowed => Text.Length > 0 || Folder.Length > 0 || HasFilters;

    /// <summary>True where something beside words and a folder narrows the list.</summary>
    public bool HasFilters => Kind is not null || Status is not null || Key is not null || Tags.Length > 0;

    /// <summary>From a request's query.</summary>
    public static ListState Of(IQueryCollection query) => Of(name => query[name]);

    /// <summary>From a whole address.</summary>
    public static ListState Of(string address)
    {
        var query = QueryHelpers.ParseQuery(new Uri(address).Query);
        return Of(name => query.GetValueOrDefault(name));
    }

    /// <summary>The same in the order of names, or newest first.</summary>
    public ListState SortedByName(bool isByName) => this with { Sort = isByName ? ByName : null };

    /// <summary>The part of an address after the question mark; empty where nothing is asked for.</summary>
    public string ToQuery()
    {
        var parts = new (string Name, string? Value)[] { ("q", Text), ("folder", Folder), ("kind", Kind), ("status", Status), ("key", Key), ("sort", Sort) }
            .Concat(Tags.Select(tag => ("tag", (string?)tag)))
            .Where(part => !string.IsNullOrEmpty(part.Item2));
        return string.Join('&', parts.Select(part => $"{part.Item1}={Uri.EscapeDataString(part.Item2!)}"));
    }

    /// <summary>The address of the list that shows this.</summary>
    public string ToAddress() => ToQuery() is { Length: > 0 } query ? $"{PortalRoutes.Secrets}?{query}" : PortalRoutes.Secrets;

    /// <summary>What the service is asked for. <see cref="PortalError.Validation"/> for a kind or status that there is not.</summary>
    public BrowseRequest ToRequest() => new()
    {
        Text = Text,
        Folder = Folder,
        Kind = Member<SecretKind>("kind", Kind),
        Status = Member<SecretStatus>("status", Status),
        Key = Key,
        Tags = Tags,
        ByName = IsByName,
    };

    /// <inheritdoc/>
    public bool Equals(ListState? other) => other is not null && ToQuery() == other.ToQuery();

    /// <inheritdoc/>
    public override int GetHashCode() => ToQuery().GetHashCode(StringComparison.Ordinal);

    private static ListState Of(Func<string, StringValues> part) => new()
    {
        Text = part("q").FirstOrDefault()?.Trim() ?? "",
        Folder = part("folder").FirstOrDefault() ?? "",
        Kind = Filled(part("kind")),
        Status = Filled(part("status")),
        Key = Filled(part("key")),
        Sort = part("sort").FirstOrDefault() == ByName ? ByName : null,
        Tags = [.. part("tag").OfType<string>().Where(tag => tag.Length > 0).Distinct(StringComparer.Ordinal)],
    };

    private static string? Filled(StringValues values) => values.FirstOrDefault() is { Length: > 0 } value ? value : null;

    private static T? Member<T>(string part, string? name)
        where T : struct, Enum => name is null ? null
        : Enum.TryParse<T>(name, ignoreCase: false, out var member) && Enum.IsDefined(member) && !char.IsAsciiDigit(name[0]) ? member
        : throw new PortalException(PortalError.Validation, Words.Fill(SecretsText.AddressFault, part, string.Join(", ", Enum.GetNames<T>())));
}
