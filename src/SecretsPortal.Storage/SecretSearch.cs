using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>
/// Finds a page of secrets. Order, region, deletion and a plain name prefix are SQL's; the filters are matched here, in ordinal
/// characters, so that both databases give the same answer.
/// </summary>
internal static class SecretSearch
{
    /// <summary>How many rows are read at a time while a filter looks for matches.</summary>
    private const int BatchSize = 1000;

    // Secrets that were never read come first, in both databases.
    private const string AccessedOn = "COALESCE(last_accessed_on, -1000000)";
    private const long NeverAccessed = -1_000_000;

    private const string Columns = """
        id, region, created_at, last_changed_at, last_accessed_on, deleted_at, name, description,
          COALESCE(primary_region, CASE WHEN EXISTS (SELECT 1 FROM secret_replica r WHERE r.secret_id = secret.id) THEN region END) AS primary_region
        """;

    private static readonly Sql s_oldestFirst = Ascending("created_at", "@at");

    private static readonly Sql s_newestFirst = Descending("created_at", "@at");

    private static readonly Sql s_firstChangedFirst = Ascending("last_changed_at", "@at");

    private static readonly Sql s_lastChangedFirst = Descending("last_changed_at", "@at");

    private static readonly Sql s_firstAccessedFirst = Ascending(AccessedOn, "@at");

    private static readonly Sql s_lastAccessedFirst = Descending(AccessedOn, "@at");

    private static readonly Sql s_firstNameFirst = Ascending("name", "@name");

    private static readonly Sql s_lastNameFirst = Descending("name", "@name");

    private static readonly SqlByIds s_candidates = SqlByIds.Of($"SELECT {Columns} FROM secret WHERE id IN ({{ids}})");

    private static readonly SqlByIds s_selectTags = SqlByIds.Of("SELECT secret_id, tag_key, tag_value FROM secret_tag WHERE secret_id IN ({ids})");

    /// <summary>Ids of at most Limit secrets, in order.</summary>
    public static async Task<IReadOnlyList<string>> FindIds(Session session, SecretQuery query)
    {
        // What only few secrets are found by spares the walk through all.
        if (SecretFilters.NeededTerms(query.Filters) is { Count: > 0 } terms
            && await SecretLists.FindFew(session, query.Region, terms) is { } few)
            return await FindAmong(session, query, few);
        var found = new List<string>(query.Limit);
        var batch = query.Filters.Count == 0 ? query.Limit : BatchSize;
        var needsTags = query.Filters.Any(filter => filter.Key is "tag-key" or "tag-value" or "all");
        var filters = new SecretFilters(query.Filters);
        var prefix = NamePrefix(query.Filters);
        var statement = StatementOf(query.OrderBy, query.Descending);
        var place = query.After is { } after ? PlaceOf(after, query.OrderBy) : Start(query.Descending);
        while (true)
        {
            var rows = await session.Query<Candidate>(statement, new
            {
                region = query.Region,
                includeDeleted = query.IncludePlannedDeletion ? 1L : 0L,
                prefix,
                prefixEnd = prefix is null ? null : Comparable.PrefixEnd(prefix),
                at = place.At,
                name = place.Name,
                id = place.Id,
                limit = (long)batch,
            });
            var tags = needsTags ? await FindTags(session, rows) : null;
            found.AddRange(rows
                .Where(row => filters.Match(new FilteredSecret(row.Name, row.Description, row.PrimaryRegion, tags is null ? [] : [.. tags[row.Id]])))
                .Select(row => row.Id)
                .Take(query.Limit - found.Count));
            if (found.Count == query.Limit || rows.Count < batch)
                return found;
            place = PlaceOf(KeyOf(rows[^1], query.OrderBy), query.OrderBy);
        }
    }

    private static async Task<IReadOnlyList<string>> FindAmong(Session session, SecretQuery query, IReadOnlyList<string> few)
    {
        var rows = new List<Candidate>();
        foreach (var chunk in few.Distinct(StringComparer.Ordinal).Chunk(SqlByIds.Capacity))
        {
            var (sql, parameters) = s_candidates.With(chunk);
            rows.AddRange((await session.Query<Candidate>(sql, parameters)).Where(row => row.Region == query.Region && (query.IncludePlannedDeletion || row.DeletedAt is null)));
        }

        var tags = await FindTags(session, rows);
        var filters = new SecretFilters(query.Filters);
        var matches = rows
            .Where(row => filters.Match(new FilteredSecret(row.Name, row.Description, row.PrimaryRegion, [.. tags[row.Id]])))
            .Select(row => (Place: PlaceOf(KeyOf(row, query.OrderBy), query.OrderBy), row.Id)).ToList();
        matches.Sort((a, b) => Compare(a.Place, b.Place) * (query.Descending ? -1 : 1));
        var after = query.After is { } key ? PlaceOf(key, query.OrderBy) : Start(query.Descending);
        return [.. matches.Where(match => Compare(match.Place, after) * (query.Descending ? -1 : 1) > 0).Select(match => match.Id).Take(query.Limit)];
    }

    private static int Compare(Place a, Place b)
    {
        var order = a.At.CompareTo(b.At);
        order = order != 0 ? order : string.CompareOrdinal(a.Name, b.Name);
        return order != 0 ? order : string.CompareOrdinal(a.Id, b.Id);
    }

    private static async Task<ILookup<string, SecretTag>> FindTags(Session session, IReadOnlyList<Candidate> rows)
    {
        var tags = new List<TagRow>();
        foreach (var chunk in rows.Select(row => row.Id).Chunk(SqlByIds.Capacity))
        {
            var (sql, parameters) = s_selectTags.With(chunk);
            tags.AddRange(await session.Query<TagRow>(sql, parameters));
        }

        return tags.ToLookup(row => row.SecretId, row => new SecretTag(row.TagKey, row.TagValue), StringComparer.Ordinal);
    }

    /// <summary>The prefix that every name on the page has, where a filter says so with one value.</summary>
    private static string? NamePrefix(IReadOnlyList<SecretFilter> filters) => filters
        .Where(filter => filter is { Key: "name", Values: [var value] } && value.Length > 0 && value[0] != '!')
        .Select(filter => filter.Values[0])
        .FirstOrDefault();

    private static Sql StatementOf(SecretOrder order, bool descending) => (order, descending) switch
    {
        (SecretOrder.Created, false) => s_oldestFirst,
        (SecretOrder.Created, true) => s_newestFirst,
        (SecretOrder.LastChanged, false) => s_firstChangedFirst,
        (SecretOrder.LastChanged, true) => s_lastChangedFirst,
        (SecretOrder.LastAccessed, false) => s_firstAccessedFirst,
        (SecretOrder.LastAccessed, true) => s_lastAccessedFirst,
        (_, false) => s_firstNameFirst,
        (_, true) => s_lastNameFirst,
    };

    private static Place Start(bool descending) => descending ? new(long.MaxValue, Comparable.PrefixEnd(""), "") : new(long.MinValue, "", "");

    private static Place PlaceOf(SecretPageKey key, SecretOrder order) => new(
        order == SecretOrder.LastAccessed ? Stored.Day(key.On) ?? NeverAccessed : Stored.Time(key.At) ?? 0, key.Name ?? "", key.Id);

    private static SecretPageKey KeyOf(Candidate row, SecretOrder order) => new(
        order is SecretOrder.Created or SecretOrder.LastChanged ? Stored.Time(order == SecretOrder.LastChanged ? row.LastChangedAt : row.CreatedAt) : null,
        Stored.Day(row.LastAccessedOn), order == SecretOrder.Name ? row.Name : null, row.Id);

    private static Sql Ascending(string key, string place) => Candidates($"{key} >= {place} AND ({key} > {place} OR id > @id)", $"{key}, id");

    private static Sql Descending(string key, string place) => Candidates($"{key} <= {place} AND ({key} < {place} OR id < @id)", $"{key} DESC, id DESC");

    private static Sql Candidates(string after, string order) => Sql.Of($$"""
        SELECT {{Columns}} FROM secret
        WHERE region = @region AND {{after}}
          AND (@includeDeleted = 1 OR deleted_at IS NULL)
          AND (@prefix IS NULL OR (name >= @prefix AND name < @prefixEnd))
        ORDER BY {{order}}
        {limit}
        """);

    /// <summary>After which row a page begins: <paramref name="At"/> or <paramref name="Name"/>, whichever the order is by, and the id.</summary>
    private readonly record struct Place(long At, string Name, string Id);

    private sealed record Candidate
    {
        public string Id { get; init; } = "";

        public string Region { get; init; } = "";

        public long? DeletedAt { get; init; }

        public long CreatedAt { get; init; }

        public long LastChangedAt { get; init; }

        public long? LastAccessedOn { get; init; }

        public string Name { get; init; } = "";

        public string? Description { get; init; }

        public string? PrimaryRegion { get; init; }
    }
}
