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

    private static readonly Sql s_selectAscending = Candidates("created_at >= @at AND (created_at > @at OR id > @id)", "created_at, id");

    private static readonly Sql s_selectDescending = Candidates("created_at <= @at AND (created_at < @at OR id < @id)", "created_at DESC, id DESC");

    private static readonly Sql s_selectTags = Sql.Of("""
        SELECT t.secret_id, t.tag_key, t.tag_value
        FROM secret s JOIN secret_tag t ON t.secret_id = s.id
        WHERE s.region = @region AND s.created_at >= @first AND s.created_at <= @last
        """);

    /// <summary>Ids of at most Limit secrets, in order.</summary>
    public static async Task<IReadOnlyList<string>> FindIds(Session session, SecretQuery query)
    {
        var found = new List<string>(query.Limit);
        var batch = query.Filters.Count == 0 ? query.Limit : BatchSize;
        var needsTags = query.Filters.Any(filter => filter.Key is not ("name" or "description"));
        var filters = new SecretFilters(query.Filters);
        var prefix = NamePrefix(query.Filters);
        var (at, id) = query.After is { } after
            ? (Stored.Time(after.CreatedAt), after.Id)
            : query.Descending ? (long.MaxValue, "") : (long.MinValue, "");
        while (true)
        {
            var rows = await session.Query<Candidate>(query.Descending ? s_selectDescending : s_selectAscending, new
            {
                region = query.Region,
                includeDeleted = query.IncludePlannedDeletion ? 1L : 0L,
                prefix,
                prefixEnd = prefix is null ? null : Comparable.PrefixEnd(prefix),
                at,
                id,
                limit = (long)batch,
            });
            var tags = needsTags && rows.Count > 0 ? await FindTags(session, query.Region, rows) : null;
            found.AddRange(rows
                .Where(row => filters.Match(row.Name, row.Description, tags is null ? [] : [.. tags[row.Id]]))
                .Select(row => row.Id)
                .Take(query.Limit - found.Count));
            if (found.Count == query.Limit || rows.Count < batch)
                return found;
            (at, id) = (rows[^1].CreatedAt, rows[^1].Id);
        }
    }

    private static async Task<ILookup<string, SecretTag>> FindTags(Session session, string region, IReadOnlyList<Candidate> rows)
    {
        var first = Math.Min(rows[0].CreatedAt, rows[^1].CreatedAt);
        var last = Math.Max(rows[0].CreatedAt, rows[^1].CreatedAt);
        return (await session.Query<TagRow>(s_selectTags, new { region, first, last }))
            .ToLookup(row => row.SecretId, row => new SecretTag(row.TagKey, row.TagValue), StringComparer.Ordinal);
    }

    /// <summary>The prefix that every name on the page has, where a filter says so with one value.</summary>
    private static string? NamePrefix(IReadOnlyList<SecretFilter> filters) => filters
        .Where(filter => filter is { Key: "name", Values: [var value] } && value.Length > 0 && value[0] != '!')
        .Select(filter => filter.Values[0])
        .FirstOrDefault();

    private static Sql Candidates(string after, string order) => Sql.Of($$"""
        SELECT id, created_at, name, description
        FROM secret
        WHERE region = @region AND {{after}}
          AND (@includeDeleted = 1 OR deleted_at IS NULL)
          AND (@prefix IS NULL OR (name >= @prefix AND name < @prefixEnd))
        ORDER BY {{order}}
        {limit}
        """);

    private sealed record Candidate
    {
        public string Id { get; init; } = "";

        public long CreatedAt { get; init; }

        public string Name { get; init; } = "";

        public string? Description { get; init; }
    }
}
