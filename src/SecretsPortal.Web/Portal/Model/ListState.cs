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

    /// <summary>The names of <see cref="SecretKind"/>s, of which any will do.</summary>
    public ImmutableArray<string> Kinds { get; init; } = [];

    /// <summary>The names of <see cref="SecretStatus"/>es, of which any will do.</summary>
    public ImmutableArray<string> Statuses { get; init; } = [];

    /// <summary>A KMS key's id or alias.</summary>
    public string? Key { get; init; }

    /// <summary><c>name</c>, or null for the newest first.</summary>
    public string? Sort { get; init; }

    /// <summary>Tags, each <c>key</c> or <c>key=value</c>; of the values of one key any will do.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>True for the order of names.</summary>
    public bool IsByName => Sort == ByName;

    /// <summary>True where something narrows the list.</summary>
    public bool IsNarrowed => Text.Length > 0 || Folder.Length > 0 || HasFilters;

    /// <summary>True where something beside words and a folder narrows the list.</summary>
    public bool HasFilters => Kinds.Length > 0 || Statuses.Length > 0 || Key is not null || Tags.Length > 0;

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
        IEnumerable<(string Name, string? Value)> parts =
        [
            ("q", Text), ("folder", Folder), .. Kinds.Select(static kind => ("kind", kind)), .. Statuses.Select(static status => ("status", status)),
            ("key", Key), ("sort", Sort), .. Tags.Select(static tag => ("tag", tag)),
        ];
        return string.Join('&', parts.Where(static part => !string.IsNullOrEmpty(part.Value)).Select(static part => $"{part.Name}={Uri.EscapeDataString(part.Value!)}"));
    }

    /// <summary>The address of the list that shows this.</summary>
    public string ToAddress() => ToQuery() is { Length: > 0 } query ? $"{PortalRoutes.Secrets}?{query}" : PortalRoutes.Secrets;

    /// <summary>What the service is asked for. <see cref="PortalError.Validation"/> for a kind or status that there is not.</summary>
    public BrowseRequest ToRequest() => new()
    {
        Text = Text,
        Folder = Folder,
        Kinds = [.. Kinds.Select(static kind => Member<SecretKind>("kind", kind))],
        Statuses = [.. Statuses.Select(static status => Member<SecretStatus>("status", status))],
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
        Kinds = All(part("kind")),
        Statuses = All(part("status")),
        Key = Filled(part("key")),
        Sort = part("sort").FirstOrDefault() == ByName ? ByName : null,
        Tags = All(part("tag")),
    };

    private static ImmutableArray<string> All(StringValues values) => [.. values.OfType<string>().Where(static value => value.Length > 0).Distinct(StringComparer.Ordinal)];

    private static string? Filled(StringValues values) => values.FirstOrDefault() is { Length: > 0 } value ? value : null;

    private static T Member<T>(string part, string name)
        where T : struct, Enum => Enum.TryParse<T>(name, ignoreCase: false, out var member) && Enum.IsDefined(member) && !char.IsAsciiDigit(name[0]) ? member
        : throw new PortalException(PortalError.Validation, Words.Fill(SecretsText.AddressFault, part, string.Join(", ", Enum.GetNames<T>())));
}
