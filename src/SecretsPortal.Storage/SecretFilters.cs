using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>What filters look at.</summary>
/// <param name="Name">The secret's name.</param>
/// <param name="Description">Its description; null where it has none.</param>
/// <param name="PrimaryRegion">The region of its primary, its own for a primary with replicas; null where it has neither.</param>
/// <param name="Tags">Its tags; may be left empty where no filter looks at them.</param>
internal sealed record FilteredSecret(string Name, string? Description, string? PrimaryRegion, IReadOnlyList<SecretTag> Tags);

/// <summary>
/// What ListSecrets' filters mean. Name, tags and regions: prefixes as written. Description and <c>all</c>: every word of the value stands at
/// the beginning of a word of one text, in any case; words begin after <c>/_+=.@-</c>, after blanks and within camel case.
/// </summary>
internal sealed class SecretFilters
{
    private readonly IReadOnlyList<IReadOnlyList<Value>> _filters;

    /// <summary>With the words of the values taken apart once, not for each secret.</summary>
    public SecretFilters(IReadOnlyList<SecretFilter> filters) =>
        _filters = [.. filters.Select(filter => (IReadOnlyList<Value>)[.. filter.Values.Select(value => new Value(filter.Key, value))])];

    /// <summary>True where all filters match; of one filter's values, one suffices.</summary>
    public bool Match(FilteredSecret secret)
    {
        foreach (var values in _filters)
        {
            if (!values.Any(value => value.Matches(secret) != value.IsNegated))
                return false;
        }

        return true;
    }

    /// <summary>The words of what a person typed, as they were written.</summary>
    internal static IReadOnlyList<string> WordsOf(string text) => [.. Word.Of(text).Select(word => word.Whole)];

    /// <summary>
    /// What every secret that matches all filters is found by; empty where the filters say nothing of that sort. More secrets are found by it
    /// than match.
    /// </summary>
    public static IReadOnlyList<TermRange> NeededTerms(IReadOnlyList<SecretFilter> filters) => [.. filters
        .Where(filter => filter.Values is [{ Length: > 0 } only] && only[0] != '!')
        .SelectMany(filter => filter.Key switch
        {
            // A word is found as it was written or cut at its camel case; either way its first part begins a word.
            "description" or "all" => Word.Of(filter.Values[0]).Select(word => word.Parts.Count > 1 ? word.Parts[0] : word.Whole),
            "tag-key" or "tag-value" when !IsSeparator(filter.Values[0][0]) => WordsOf(filter.Values[0]).Take(1),
            _ => [],
        })
        .Select(SecretTerms.OfWord).Distinct()];

    /// <summary>True for what stands between words.</summary>
    internal static bool IsSeparator(char c) => char.IsWhiteSpace(c) || "/_+=.@-".Contains(c, StringComparison.Ordinal);

    /// <summary>True where a word begins: in "myDBHost" at m, at D and at H.</summary>
    internal static bool BeginsWord(ReadOnlySpan<char> text, int i)
    {
        if (IsSeparator(text[i]))
            return false;
        if (i == 0 || IsSeparator(text[i - 1]))
            return true;
        return char.IsUpper(text[i]) && (!char.IsUpper(text[i - 1]) || (i + 1 < text.Length && char.IsLower(text[i + 1])));
    }

    /// <summary>One value of a filter.</summary>
    private sealed class Value
    {
        private readonly string _key;
        private readonly string _text;
        private readonly IReadOnlyList<Word> _words;

        public Value(string key, string value)
        {
            if (key is not ("name" or "tag-key" or "tag-value" or "primary-region" or "owning-service" or "description" or "all"))
                throw new ArgumentException($"There is no filter '{key}'.", nameof(key));
            _key = key;
            IsNegated = value.StartsWith('!');
            _text = IsNegated ? value[1..] : value;
            _words = key is "description" or "all" ? Word.Of(_text) : [];
        }

        /// <summary>True for a value with a leading <c>!</c>.</summary>
        public bool IsNegated { get; }

        public bool Matches(FilteredSecret secret) => _key switch
        {
            "name" => secret.Name.StartsWith(_text, StringComparison.Ordinal),
            "tag-key" => secret.Tags.Any(tag => tag.Key.StartsWith(_text, StringComparison.Ordinal)),
            "tag-value" => secret.Tags.Any(tag => tag.Value.StartsWith(_text, StringComparison.Ordinal)),
            "primary-region" => secret.PrimaryRegion?.StartsWith(_text, StringComparison.Ordinal) == true,
            // No service manages secrets of the portal.
            "owning-service" => false,
            "description" => HasWords(secret.Description),
            _ => HasWords(secret.Name) || HasWords(secret.Description) || secret.Tags.Any(tag => HasWords(tag.Key) || HasWords(tag.Value)),
        };

        private bool HasWords(string? text) => text is not null && _words.All(word => word.IsIn(text));
    }

    /// <summary>A word of a value, as it was written and cut at its camel case: either form may be found.</summary>
    private sealed record Word(string Whole, IReadOnlyList<string> Parts)
    {
        public static IReadOnlyList<Word> Of(string text) =>
            [.. Split(text, i => i == 0 || IsSeparator(text[i - 1])).Select(whole => new Word(whole, Split(whole, i => BeginsWord(whole, i))))];

        public bool IsIn(string text) => IsIn(text, Whole) || (Parts.Count > 1 && Parts.All(part => IsIn(text, part)));

        private static bool IsIn(ReadOnlySpan<char> text, ReadOnlySpan<char> word)
        {
            for (var i = 0; i + word.Length <= text.Length; i++)
            {
                if (BeginsWord(text, i) && text[i..].StartsWith(word, StringComparison.OrdinalIgnoreCase))
                    return true;
            }

            return false;
        }

        private static List<string> Split(string text, Func<int, bool> begins)
        {
            var words = new List<string>();
            for (var i = 0; i < text.Length; i++)
            {
                if (IsSeparator(text[i]) || !begins(i))
                    continue;
                var end = i + 1;
                while (end < text.Length && !IsSeparator(text[end]) && !begins(end))
                    end++;
                words.Add(text[i..end]);
            }

            return words;
        }
    }
}
