using System.Text.Json;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>A range of terms: a secret that has one of them fits.</summary>
/// <param name="From">The first.</param>
/// <param name="To">The last.</param>
internal sealed record TermRange(string From, string To);

/// <summary>Terms of which a secret has to have one.</summary>
/// <param name="Terms">1 to <see cref="SecretLists.MostInSet"/>.</param>
internal sealed record TermSet(IReadOnlyList<string> Terms);

/// <summary>
/// What a secret is found by, so that a search looks at no secret that does not fit. The first letter says what a term is: <c>w</c> a word of the name,
/// the description, the tags or the names of members, in capitals; <c>k</c> the kind; <c>t</c> a tag's key; <c>u</c> a tag's key and value; <c>s</c> what
/// is true of the secret. Words begin where <see cref="SecretFilters"/> says, and reach to the next separator.
/// </summary>
internal static class SecretTerms
{
    /// <summary>How long a term is at most, in characters; what is longer is cut, and found by its beginning.</summary>
    private const int Longest = 400;

    private const int LongestWord = 64;

    private static readonly Sql s_delete = Sql.Of("DELETE FROM secret_term WHERE secret_id = @id");

    private static readonly Sql s_insert = Sql.PerDialect(
        sqlite: "INSERT INTO secret_term (secret_id, term) SELECT @id, value FROM json_each(@terms)",
        sqlServer: "INSERT INTO secret_term (secret_id, term) SELECT @id, value FROM OPENJSON(@terms)");

    private static readonly Sql s_selectWithout = Sql.Of("""
        SELECT id FROM secret WHERE has_terms = 0
        ORDER BY id
        {limit}
        """);

    private static readonly Sql s_noteTerms = Sql.Of("UPDATE secret SET has_terms = 1 WHERE id = @id");

    /// <summary>Secrets that a replica is.</summary>
    public const string Replica = "sreplica";

    /// <summary>Secrets that are marked for deletion.</summary>
    public const string Deleted = "sdeleted";

    /// <summary>Secrets of one of some kinds.</summary>
    public static TermSet OfKinds(IReadOnlyList<SecretKind> kinds) => new([.. kinds.Select(OfKind)]);

    /// <summary>Secrets with tags: a set for each key, of the values that are named with it.</summary>
    public static IReadOnlyList<TermSet> OfTags(IReadOnlyList<string> tags) =>
        [.. ByKey(tags).Select(static named => new TermSet([.. named.Select(static tag => TagTerm(IsWithValue(tag) ? 'u' : 't', tag))]))];

    /// <summary>Tags by the keys that they name; a key by itself is left out where values of it are named.</summary>
    internal static IReadOnlyList<IReadOnlyList<string>> ByKey(IReadOnlyList<string> tags) => [.. tags.Distinct(StringComparer.Ordinal)
        .GroupBy(static tag => tag.Split('=', 2)[0], StringComparer.Ordinal)
        .Select(static named => named.Where(IsWithValue).ToList() is { Count: > 0 } values ? values : named.ToList())];

    /// <summary>Secrets with a word that begins with <paramref name="word"/>, in any case.</summary>
    public static TermRange OfWord(string word)
    {
        var term = Word(word);
        return new(term, Comparable.PrefixEnd(term));
    }

    /// <summary>Secrets that have a word for each of those that a person typed.</summary>
    public static IReadOnlyList<TermRange> OfText(string text) => [.. SecretFilters.WordsOf(text).Select(OfWord).Distinct()];

    /// <summary>Writes a secret's terms where they are not those that it has.</summary>
    public static async Task Write(Session session, Secret? before, Secret after)
    {
        if (before is not null && IsFoundAlike(before, after))
            return;
        var terms = Of(after);
        if (before is not null && terms.SetEquals(Of(before)))
            return;
        await Replace(session, after.Id, terms);
    }

    /// <summary>Writes the terms of secrets that have none yet; gives how many there were, at most <paramref name="limit"/>.</summary>
    public static async Task<int> WriteMissing(Session session, int limit)
    {
        var ids = await session.Query<string>(s_selectWithout, new { limit = (long)limit });
        foreach (var secret in await SecretRows.Load(session, ids))
        {
            await Replace(session, secret.Id, Of(secret));
            await session.Execute(s_noteTerms, new { id = secret.Id });
        }

        return ids.Count;
    }

    /// <summary>All terms of a secret.</summary>
    public static IReadOnlySet<string> Of(Secret secret)
    {
        var terms = new HashSet<string>(StringComparer.Ordinal);
        AddWords(terms, secret.Name);
        AddWords(terms, secret.Description);
        foreach (var name in secret.FieldNames)
            AddWords(terms, name);
        foreach (var tag in secret.Tags ?? [])
        {
            AddWords(terms, tag.Key);
            AddWords(terms, tag.Value);
            terms.Add(TagTerm('t', tag.Key));
            terms.Add(TagTerm('u', $"{tag.Key}={tag.Value}"));
        }

        if (secret.Kind is { } kind)
            terms.Add(OfKind(kind));
        if (secret.DeletedAt is not null)
            terms.Add(Deleted);
        if (secret.IsReplica)
            terms.Add(Replica);
        return terms;
    }

    private static bool IsFoundAlike(Secret before, Secret after) =>
        before.Description == after.Description && before.Kind == after.Kind && before.DeletedAt is null == after.DeletedAt is null
        && before.IsReplica == after.IsReplica && before.FieldNames.SequenceEqual(after.FieldNames) && (before.Tags ?? []).SequenceEqual(after.Tags ?? []);

    private static async Task Replace(Session session, string id, IEnumerable<string> terms)
    {
        await session.Execute(s_delete, new { id });
        await session.Execute(s_insert, new { id, terms = JsonSerializer.Serialize(terms) });
    }

    private static void AddWords(HashSet<string> terms, string? text)
    {
        for (var i = 0; i < text?.Length; i++)
        {
            if (!SecretFilters.BeginsWord(text, i))
                continue;
            var end = i + 1;
            while (end < text.Length && !SecretFilters.IsSeparator(text[end]))
                end++;
            terms.Add(Word(text.AsSpan(i, Math.Min(end - i, LongestWord))));
        }
    }

    private static string Word(ReadOnlySpan<char> word) => $"w{Plain(word[..Math.Min(word.Length, LongestWord)]).ToUpperInvariant()}";

    // No term ends in a blank, which SQL Server would not see.
    private static string TagTerm(char letter, string tag) => Plain($"{letter}{tag[..Math.Min(tag.Length, Longest - 2)]};");

    private static string OfKind(SecretKind kind) => $"k{kind}";

    private static bool IsWithValue(string tag) => tag.Contains('=', StringComparison.Ordinal);

    /// <summary>
    /// Without what both databases would order or keep differently: halves of surrogate pairs, and control characters. Whoever searches has the same
    /// signs in their place.
    /// </summary>
    private static string Plain(ReadOnlySpan<char> text)
    {
        var plain = text.ToArray();
        foreach (ref var c in plain.AsSpan())
        {
            if (char.IsControl(c))
                c = '?';
            else if (c >= '\ud800')
                c = '\ud7ff';
        }

        return new string(plain);
    }
}
