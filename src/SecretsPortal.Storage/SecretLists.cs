using System.Text.Json;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>
/// Finds the secrets that a listing asks for. Where one of its parts fits few secrets, those are read by that part's index and looked at one by one;
/// where words, tags and kind fit many each and few together, their lists are compared; where they fit many together, the secrets are walked in their order
/// until the page is full.
/// </summary>
internal static class SecretLists
{
    /// <summary>How many words a listing may have; each has a place in the statements.</summary>
    public const int MostWords = 7;

    /// <summary>How many sets of terms a listing may have: states, kinds, and one for each key of a tag.</summary>
    public const int MostSets = 5;

    /// <summary>How many terms a set may have.</summary>
    public const int MostInSet = 8;

    /// <summary>Up to how many secrets a part may fit for these to be looked at one by one.</summary>
    private const int Few = 2000;

    private static readonly SecretStatus[] s_healths = [.. Enum.GetValues<SecretStatus>().Where(IsHealth)];

    // A part that is not asked for has NULL in its parameters, and in those of its list that are left over. Off are those that have no other health.
    private static readonly string s_parts = $"""
        s.region = @region AND (@deleted = 1 OR s.deleted_at IS NULL)
          AND (@prefix IS NULL OR (s.name >= @prefix AND s.name < @prefixEnd))
          AND (@anyStatus = 1
            OR (@deleted = 1 AND s.deleted_at IS NOT NULL)
            OR (@replica = 1 AND EXISTS (SELECT 1 FROM secret_term t WHERE t.secret_id = s.id AND t.term = '{SecretTerms.Replica}'))
            OR (@off = 1 AND NOT EXISTS (SELECT 1 FROM rotation_schedule p WHERE p.secret_id = s.id AND p.health <> 'Off'))
            OR (@health0 IS NOT NULL AND EXISTS (SELECT 1 FROM rotation_schedule p WHERE p.secret_id = s.id AND p.health IN ({Healths}))))
          AND (@keyId IS NULL OR EXISTS (SELECT 1 FROM secret_label l JOIN secret_version v ON v.secret_id = l.secret_id AND v.version_id = l.version_id
            WHERE l.secret_id = s.id AND l.label = 'AWSCURRENT' AND v.kms_key_id = @keyId))
        """ + string.Concat(Enumerable.Range(0, MostWords).Select(i => $"""

          AND (@from{i} IS NULL OR EXISTS (SELECT 1 FROM secret_term t WHERE t.secret_id = s.id AND t.term >= @from{i} AND t.term <= @to{i}))
        """)) + string.Concat(Enumerable.Range(0, MostSets).Select(i => $"""

          AND (@set{i}x0 IS NULL OR EXISTS (SELECT 1 FROM secret_term t WHERE t.secret_id = s.id AND t.term IN ({SetOf(i)})))
        """));

    private static readonly Sql s_newestFirst = Sql.Of($$"""
        SELECT s.id, s.created_at, s.name FROM secret s
        WHERE {{s_parts}} AND s.created_at <= @at AND (s.created_at < @at OR s.id < @id)
        ORDER BY s.created_at DESC, s.id DESC
        {limit}
        """);

    private static readonly Sql s_byName = Sql.Of($$"""
        SELECT s.id, s.created_at, s.name FROM secret s
        WHERE {{s_parts}} AND s.name > @name
        ORDER BY s.name
        {limit}
        """);

    // SQLite joins in the order in which this is written; SQL Server finds it by itself.
    private static readonly Sql s_among = Sql.PerDialect(
        sqlite: $"SELECT s.id, s.created_at, s.name FROM json_each(@ids) d CROSS JOIN secret s ON s.id = d.value WHERE {s_parts}",
        sqlServer: $"SELECT s.id, s.created_at, s.name FROM OPENJSON(@ids) d INNER JOIN secret s ON s.id = d.value COLLATE Latin1_General_100_BIN2 WHERE {s_parts}");

    private static readonly Sql s_idsOfTerm = Sql.Of("""
        SELECT secret_id FROM secret_term WHERE term >= @from0 AND term <= @to0
        ORDER BY term, secret_id
        {limit}
        """);

    // In whichever order: those of several terms would have to be sorted first.
    private static readonly Sql s_idsOfSet = Sql.PerDialect(
        sqlite: $"SELECT secret_id FROM secret_term WHERE term IN ({SetOf(0)}) LIMIT @limit",
        sqlServer: $"SELECT TOP (@limit) secret_id FROM secret_term WHERE term IN ({SetOf(0)})");

    // One list of ids is walked, and the others are looked up in it; it ends as soon as there are too many.
    private static readonly string s_inAll = $"""
        a.secret_id FROM ({IdsOf(0)}) a
        WHERE a.secret_id IN ({IdsOf(1)})
          AND (@isThird = 0 OR a.secret_id IN ({IdsOf(2)}))
        """;

    private static readonly Sql s_idsOfSeveral = Sql.PerDialect(sqlite: $"SELECT DISTINCT {s_inAll} LIMIT @limit", sqlServer: $"SELECT DISTINCT TOP (@limit) {s_inAll}");

    private static readonly Sql s_idsOfHealths = Sql.PerDialect(
        sqlite: $"SELECT secret_id FROM rotation_schedule WHERE region = @region AND health IN ({Healths}) LIMIT @limit",
        sqlServer: $"SELECT TOP (@limit) secret_id FROM rotation_schedule WHERE region = @region AND health IN ({Healths})");

    private static readonly Sql s_idsOfName = Sql.Of("""
        SELECT id FROM secret WHERE region = @region AND name >= @prefix AND name < @prefixEnd
        ORDER BY name
        {limit}
        """);

    private static readonly Sql s_idsOfKey = Sql.Of("""
        SELECT secret_id FROM secret_version WHERE kms_key_id = @keyId
        ORDER BY secret_id
        {limit}
        """);

    private static readonly Sql s_count = Sql.Of("SELECT COUNT(*) FROM secret WHERE region = @region");

    private static readonly Sql s_countDeleted = Sql.Of("SELECT COUNT(*) FROM secret WHERE region = @region AND purge_at IS NOT NULL");

    private static readonly Sql s_nextFolder = Sql.PerDialect(
        sqlite: """
            SELECT name FROM secret
            WHERE region = @region AND name >= @after AND name < @end AND instr(substr(name, @length + 1), '/') > 0
            ORDER BY name
            LIMIT 1
            """,
        sqlServer: """
            SELECT TOP (1) name FROM secret
            WHERE region = @region AND name >= @after AND name < @end AND CHARINDEX(N'/', name, @length + 1) > 0
            ORDER BY name
            """);

    /// <summary>A page of secrets, and how many there are in all where that is known.</summary>
    public static async Task<ListedSecrets> Find(Session session, SecretListing listing)
    {
        var (words, sets) = (SecretTerms.OfText(listing.Text), SetsOf(listing));
        if (words.Count > MostWords || sets.Count > MostSets || sets.Any(static set => set.Terms.Count > MostInSet))
            throw new ArgumentException($"A listing can have at most {MostWords} words and {MostSets} sets of {MostInSet} tags, kinds or states.", nameof(listing));
        var parameters = ParametersOf(listing, words, sets);
        if (await FindFew(session, listing, words, sets) is { } few)
        {
            var among = await Among(session, few, parameters, listing);
            var page = among.Where(row => IsAfter(row, listing)).Take(listing.Limit).Select(row => row.Id);
            return new ListedSecrets(await SecretRows.Load(session, [.. page]), among.Count);
        }

        parameters["at"] = listing.After?.At is { } at ? Stored.Time(at) : long.MaxValue;
        parameters["id"] = listing.After?.Id ?? "";
        parameters["name"] = listing.After?.Name ?? "";
        parameters["limit"] = (long)listing.Limit;
        var rows = await session.Query<Row>(listing.ByName ? s_byName : s_newestFirst, parameters);
        return new ListedSecrets(await SecretRows.Load(session, [.. rows.Select(row => row.Id)]), await CountAll(session, listing, words.Count + sets.Count));
    }

    /// <summary>
    /// The ids of all secrets that fit one of the parts, where there are few of them; null where each part fits many, or there is none. Secrets of other
    /// regions, and some twice, may be among them.
    /// </summary>
    public static Task<IReadOnlyList<string>?> FindFew(Session session, string region, IReadOnlyList<TermRange> words) =>
        FindFew(session, new SecretListing { Region = region }, words, []);

    private static async Task<IReadOnlyList<string>?> FindFew(Session session, SecretListing listing, IReadOnlyList<TermRange> words, List<TermSet> sets)
    {
        var (region, limit) = (listing.Region, Few + 1L);
        foreach (var set in sets)
            if (await session.Query<string>(s_idsOfSet, new Dictionary<string, object?>(SetParameters(0, set), StringComparer.Ordinal) { ["limit"] = limit }) is { Count: <= Few } ids)
                return ids;
        foreach (var word in words)
            if (await session.Query<string>(s_idsOfTerm, new { from0 = word.From, to0 = word.To, limit }) is { Count: <= Few } ids)
                return ids;
        var prefix = listing.Folder;
        if (prefix.Length > 0
            && await session.Query<string>(s_idsOfName, new { region, prefix, prefixEnd = Comparable.PrefixEnd(prefix), limit }) is { Count: <= Few } named)
            return named;
        if (listing.Statuses.Count > 0 && listing.Statuses.All(IsHealth)
            && await session.Query<string>(s_idsOfHealths, new Dictionary<string, object?>(HealthParameters(listing), StringComparer.Ordinal) { ["region"] = region, ["limit"] = limit })
                is { Count: <= Few } ill)
            return ill;
        if (listing.KeyId is { } keyId && await session.Query<string>(s_idsOfKey, new { keyId, limit }) is { Count: <= Few } locked)
            return locked;
        return words.Count + sets.Count > 1 ? await FindFewOfSeveral(session, words, sets, limit) : null;
    }

    /// <summary>Of words and sets that each fit many, the ids that the first three have together; null where these are many too.</summary>
    private static async Task<IReadOnlyList<string>?> FindFewOfSeveral(Session session, IReadOnlyList<TermRange> words, List<TermSet> sets, long limit)
    {
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal) { ["limit"] = limit, ["isThird"] = words.Count + sets.Count > 2 ? 1L : 0L };
        for (var i = 0; i < 3; i++)
        {
            var set = i < sets.Count ? sets[i] : null;
            var word = set is null && i - sets.Count < words.Count ? words[i - sets.Count] : null;
            Add(parameters, SetParameters(i, set));
            Add(parameters, WordParameters(i, word));
        }

        var ids = await session.Query<string>(s_idsOfSeveral, parameters);
        return ids.Count <= Few ? ids : null;
    }

    /// <summary>The folders right below one, by name, after one of them.</summary>
    public static async Task<IReadOnlyList<SecretFolder>> FindFolders(Session session, string region, string parent, string? after, int limit)
    {
        var folders = new List<SecretFolder>();
        var end = Comparable.PrefixEnd(parent);
        var from = after is null ? parent : Comparable.PrefixEnd(after);
        while (folders.Count < limit
            && await session.First<string>(s_nextFolder, new { region, after = from, end, length = (long)parent.Length }) is { } name)
        {
            // From one folder to the next by the index, whatever lies in them.
            var path = name[..(name.IndexOf('/', parent.Length) + 1)];
            var within = new { region, prefix = path, prefixEnd = Comparable.PrefixEnd(path), limit = (long)SecretFolder.MostCounted };
            folders.Add(new SecretFolder(path, (await session.Query<string>(s_idsOfName, within)).Count));
            from = Comparable.PrefixEnd(path);
        }

        return folders;
    }

    private static async Task<List<Row>> Among(Session session, IReadOnlyList<string> few, Dictionary<string, object?> parameters, SecretListing listing)
    {
        if (few.Count == 0)
            return [];
        var found = await session.Query<Row>(s_among, new Dictionary<string, object?>(parameters) { ["ids"] = JsonSerializer.Serialize(few.Distinct(StringComparer.Ordinal)) });
        return listing.ByName
            ? [.. found.OrderBy(row => row.Name, StringComparer.Ordinal)]
            : [.. found.OrderByDescending(row => row.CreatedAt).ThenByDescending(row => row.Id, StringComparer.Ordinal)];
    }

    private static bool IsAfter(Row row, SecretListing listing)
    {
        if (listing.After is not { } after)
            return true;
        if (listing.ByName)
            return string.CompareOrdinal(row.Name, after.Name) > 0;
        var at = Stored.Time(after.At) ?? 0;
        return row.CreatedAt < at || (row.CreatedAt == at && string.CompareOrdinal(row.Id, after.Id) < 0);
    }

    /// <summary>How many there are where nothing is asked for; counted by indexes alone.</summary>
    private static async Task<long?> CountAll(Session session, SecretListing listing, int terms) =>
        terms > 0 || listing.Folder.Length > 0 || listing.KeyId is not null || listing.Statuses.Count > 0
            ? null
            : await session.Number(s_count, new { region = listing.Region }) - await session.Number(s_countDeleted, new { region = listing.Region });

    private static List<TermSet> SetsOf(SecretListing listing)
    {
        var sets = new List<TermSet>();
        // Where all states that are asked for are found by terms, they are a set as any other; else they are looked up at each secret.
        if (listing.Statuses.Count > 0 && listing.Statuses.All(static status => TermOf(status) is not null))
            sets.Add(new TermSet([.. listing.Statuses.Select(static status => TermOf(status)!).Distinct(StringComparer.Ordinal)]));
        sets.AddRange(SecretTerms.OfTags(listing.Tags));
        if (listing.Kinds.Count > 0)
            sets.Add(SecretTerms.OfKinds([.. listing.Kinds.Distinct()]));
        return sets;
    }

    private static string? TermOf(SecretStatus status) => status switch
    {
        SecretStatus.Deleted => SecretTerms.Deleted,
        SecretStatus.Replica => SecretTerms.Replica,
        _ => null,
    };

    private static bool IsHealth(SecretStatus status) => status is not (SecretStatus.Off or SecretStatus.Deleted or SecretStatus.Replica);

    private static Dictionary<string, object?> ParametersOf(SecretListing listing, IReadOnlyList<TermRange> words, List<TermSet> sets)
    {
        var folder = listing.Folder.Length == 0 ? null : listing.Folder;
        var parameters = new Dictionary<string, object?>(HealthParameters(listing), StringComparer.Ordinal)
        {
            ["region"] = listing.Region,
            ["prefix"] = folder,
            ["prefixEnd"] = folder is null ? null : Comparable.PrefixEnd(folder),
            ["anyStatus"] = listing.Statuses.Count == 0 ? 1L : 0L,
            ["deleted"] = listing.Statuses.Contains(SecretStatus.Deleted) ? 1L : 0L,
            ["replica"] = listing.Statuses.Contains(SecretStatus.Replica) ? 1L : 0L,
            ["off"] = listing.Statuses.Contains(SecretStatus.Off) ? 1L : 0L,
            ["keyId"] = listing.KeyId,
        };
        for (var i = 0; i < MostWords; i++)
            Add(parameters, WordParameters(i, i < words.Count ? words[i] : null));
        for (var i = 0; i < MostSets; i++)
            Add(parameters, SetParameters(i, i < sets.Count ? sets[i] : null));
        return parameters;
    }

    private static string Healths => string.Join(", ", Enumerable.Range(0, s_healths.Length).Select(static i => $"@health{i}"));

    private static IEnumerable<KeyValuePair<string, object?>> HealthParameters(SecretListing listing)
    {
        var healths = listing.Statuses.Where(IsHealth).Distinct().Select(static status => status.ToString()).ToList();
        return Enumerable.Range(0, s_healths.Length).Select(i => KeyValuePair.Create($"health{i}", (object?)healths.ElementAtOrDefault(i)));
    }

    private static string SetOf(int place) => string.Join(", ", Enumerable.Range(0, MostInSet).Select(i => $"@set{place}x{i}"));

    /// <summary>The ids that fit what stands in a place, which is a word or a set.</summary>
    private static string IdsOf(int place) => $"""
        SELECT w.secret_id FROM secret_term w WHERE w.term >= @from{place} AND w.term <= @to{place}
        UNION ALL SELECT x.secret_id FROM secret_term x WHERE x.term IN ({SetOf(place)})
        """;

    private static IEnumerable<KeyValuePair<string, object?>> WordParameters(int place, TermRange? word) =>
        [KeyValuePair.Create($"from{place}", (object?)word?.From), KeyValuePair.Create($"to{place}", (object?)word?.To)];

    private static IEnumerable<KeyValuePair<string, object?>> SetParameters(int place, TermSet? set) =>
        Enumerable.Range(0, MostInSet).Select(i => KeyValuePair.Create($"set{place}x{i}", (object?)set?.Terms.ElementAtOrDefault(i)));

    private static void Add(Dictionary<string, object?> parameters, IEnumerable<KeyValuePair<string, object?>> more)
    {
        foreach (var (name, value) in more)
            parameters[name] = value;
    }

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public long CreatedAt { get; init; }

        public string Name { get; init; } = "";
    }
}
