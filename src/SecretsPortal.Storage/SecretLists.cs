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
    /// <summary>How many parts a listing may have that are looked up as terms; each has a place in the statements.</summary>
    public const int MostTerms = 12;

    /// <summary>Up to how many secrets a part may fit for these to be looked at one by one.</summary>
    private const int Few = 2000;

    // A part that is not asked for has NULL in its parameter.
    private static readonly string s_parts = $"""
        s.region = @region AND (@deleted = 1 OR s.deleted_at IS NULL)
          AND (@prefix IS NULL OR (s.name >= @prefix AND s.name < @prefixEnd))
          AND (@health IS NULL OR EXISTS (SELECT 1 FROM rotation_schedule p WHERE p.secret_id = s.id AND p.health = @health))
          AND (@off = 0 OR NOT EXISTS (SELECT 1 FROM rotation_schedule p WHERE p.secret_id = s.id AND p.health <> 'Off'))
          AND (@keyId IS NULL OR EXISTS (SELECT 1 FROM secret_label l JOIN secret_version v ON v.secret_id = l.secret_id AND v.version_id = l.version_id
            WHERE l.secret_id = s.id AND l.label = 'AWSCURRENT' AND v.kms_key_id = @keyId))
        """ + string.Concat(Enumerable.Range(0, MostTerms).Select(i => $"""

          AND (@from{i} IS NULL OR EXISTS (SELECT 1 FROM secret_term t WHERE t.secret_id = s.id AND t.term >= @from{i} AND t.term <= @to{i}))
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

    // One list of ids is walked, and the others are looked up in it; it ends as soon as there are too many.
    private const string InAll = """
        a.secret_id FROM secret_term a
        WHERE a.term >= @from0 AND a.term <= @to0
          AND a.secret_id IN (SELECT b.secret_id FROM secret_term b WHERE b.term >= @from1 AND b.term <= @to1)
          AND (@from2 IS NULL OR a.secret_id IN (SELECT c.secret_id FROM secret_term c WHERE c.term >= @from2 AND c.term <= @to2))
        """;

    private static readonly Sql s_idsOfTerms = Sql.PerDialect(sqlite: $"SELECT DISTINCT {InAll} LIMIT @limit", sqlServer: $"SELECT DISTINCT TOP (@limit) {InAll}");

    private static readonly Sql s_idsOfHealth = Sql.Of("""
        SELECT secret_id FROM rotation_schedule WHERE region = @region AND health = @health
        ORDER BY secret_id
        {limit}
        """);

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
        var terms = TermsOf(listing);
        if (terms.Count > MostTerms)
            throw new ArgumentException($"A listing can have at most {MostTerms} words, tags and kinds.", nameof(listing));
        var parameters = ParametersOf(listing, terms);
        if (await FindFew(session, listing.Region, terms, listing.Folder, HealthOf(listing), listing.KeyId) is { } few)
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
        return new ListedSecrets(await SecretRows.Load(session, [.. rows.Select(row => row.Id)]), await CountAll(session, listing, terms));
    }

    /// <summary>
    /// The ids of all secrets that fit one of the parts, where there are few of them; null where each part fits many, or there is none. Secrets of other
    /// regions may be among them.
    /// </summary>
    public static async Task<IReadOnlyList<string>?> FindFew(
        Session session, string region, IReadOnlyList<TermRange> terms, string folder, string? health, string? keyId)
    {
        var limit = Few + 1L;
        foreach (var term in terms)
            if (await session.Query<string>(s_idsOfTerm, new { from0 = term.From, to0 = term.To, limit }) is { Count: <= Few } ids)
                return ids;
        if (folder.Length > 0
            && await session.Query<string>(s_idsOfName, new { region, prefix = folder, prefixEnd = Comparable.PrefixEnd(folder), limit }) is { Count: <= Few } named)
            return named;
        if (health is not null && await session.Query<string>(s_idsOfHealth, new { region, health, limit }) is { Count: <= Few } ill)
            return ill;
        if (keyId is not null && await session.Query<string>(s_idsOfKey, new { keyId, limit }) is { Count: <= Few } locked)
            return locked;
        return terms.Count > 1 ? await FindFewOfSeveral(session, terms, limit) : null;
    }

    /// <summary>Of parts that each fit many, the ids that the first three have together; null where these are many too.</summary>
    private static async Task<IReadOnlyList<string>?> FindFewOfSeveral(Session session, IReadOnlyList<TermRange> terms, long limit)
    {
        var third = terms.Count > 2 ? terms[2] : null;
        var ids = await session.Query<string>(s_idsOfTerms, new
        {
            from0 = terms[0].From, to0 = terms[0].To, from1 = terms[1].From, to1 = terms[1].To, from2 = third?.From, to2 = third?.To, limit,
        });
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
    private static async Task<long?> CountAll(Session session, SecretListing listing, List<TermRange> terms) =>
        terms.Count > 0 || listing.Folder.Length > 0 || listing.KeyId is not null || listing.Status is not null
            ? null
            : await session.Number(s_count, new { region = listing.Region }) - await session.Number(s_countDeleted, new { region = listing.Region });

    private static List<TermRange> TermsOf(SecretListing listing)
    {
        var terms = new List<TermRange>();
        if (listing.Status == SecretStatus.Deleted)
            terms.Add(SecretTerms.Deleted);
        if (listing.Status == SecretStatus.Replica)
            terms.Add(SecretTerms.Replica);
        terms.AddRange(listing.Tags.Select(SecretTerms.OfTag));
        terms.AddRange(SecretTerms.OfText(listing.Text));
        if (listing.Kind is { } kind)
            terms.Add(SecretTerms.OfKind(kind));
        return terms;
    }

    private static string? HealthOf(SecretListing listing) =>
        listing.Status is null or SecretStatus.Off or SecretStatus.Deleted or SecretStatus.Replica ? null : listing.Status.ToString();

    private static Dictionary<string, object?> ParametersOf(SecretListing listing, List<TermRange> terms)
    {
        var folder = listing.Folder.Length == 0 ? null : listing.Folder;
        var parameters = new Dictionary<string, object?>(StringComparer.Ordinal)
        {
            ["region"] = listing.Region,
            ["deleted"] = listing.Status == SecretStatus.Deleted ? 1L : 0L,
            ["prefix"] = folder,
            ["prefixEnd"] = folder is null ? null : Comparable.PrefixEnd(folder),
            ["health"] = HealthOf(listing),
            ["off"] = listing.Status == SecretStatus.Off ? 1L : 0L,
            ["keyId"] = listing.KeyId,
        };
        for (var i = 0; i < MostTerms; i++)
        {
            parameters[$"from{i}"] = i < terms.Count ? terms[i].From : null;
            parameters[$"to{i}"] = i < terms.Count ? terms[i].To : null;
        }

        return parameters;
    }

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public long CreatedAt { get; init; }

        public string Name { get; init; } = "";
    }
}
