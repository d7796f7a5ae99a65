using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>Finds callers, and what they may.</summary>
public sealed class CallerStore(Database database)
{
    private static readonly Sql s_any = Sql.Of("SELECT COUNT(*) FROM caller");

    private static readonly Sql s_selectByName = Sql.Of($"SELECT {CallerRow.Columns} FROM caller c WHERE c.kind = @kind AND c.name = @name");

    private static readonly Sql s_selectById = Sql.Of($"SELECT {CallerRow.Columns} FROM caller c WHERE c.id = @id");

    private static readonly Sql s_selectBySubject = Sql.Of(
        $"SELECT {CallerRow.Columns} FROM caller c WHERE c.issuer = @issuer AND c.subject = @subject AND c.issuer IS NOT NULL");

    private static readonly Sql s_selectByKey = Sql.Of($"""
        SELECT {AccessKeyRow.Columns} FROM access_key k WHERE k.access_key_id = @accessKeyId;
        SELECT {CallerRow.Columns} FROM access_key k JOIN caller c ON c.id = k.caller_id WHERE k.access_key_id = @accessKeyId
        """);

    private static readonly Sql s_selectPage = Sql.Of($"""
        SELECT {CallerRow.Columns} FROM caller c
        WHERE c.kind = @kind AND c.name > @after AND c.name >= @prefix AND (@prefixEnd IS NULL OR c.name < @prefixEnd)
        ORDER BY c.name
        {"{limit}"}
        """);

    private static readonly Sql s_selectAccess = Sql.Of("""
        SELECT p.name AS name, p.document AS document, '' AS group_name
        FROM caller_policy a {stable} JOIN policy p ON p.name = a.policy_name
        WHERE a.caller_id = @callerId
        UNION ALL
        SELECT p.name AS name, p.document AS document, g.name AS group_name
        FROM group_member m {stable} JOIN caller_group g ON g.id = m.group_id JOIN group_policy o ON o.group_id = g.id JOIN policy p ON p.name = o.policy_name
        WHERE m.caller_id = @callerId
        ORDER BY group_name, name;
        SELECT g.name FROM group_member m JOIN caller_group g ON g.id = m.group_id WHERE m.caller_id = @callerId ORDER BY g.name;
        SELECT tag_key, tag_value FROM caller_tag WHERE caller_id = @callerId ORDER BY position
        """);

    private static readonly Sql s_selectTags = Sql.Of("SELECT tag_key, tag_value FROM caller_tag WHERE caller_id = @callerId ORDER BY position");

    /// <summary>True where there is no caller at all: a first start.</summary>
    public Task<bool> IsEmpty(CancellationToken cancel) => database.Read(async session => await session.Number(s_any) == 0, cancel);

    /// <summary>Finds by kind and name; null where there is none.</summary>
    public Task<StoredCaller?> Find(CallerKind kind, string name, CancellationToken cancel) => database.Read(
        async session => await session.First<CallerRow>(s_selectByName, new { kind = kind.ToString(), name }) is { } row && row.Name == name
            ? row.ToCaller()
            : null,
        cancel);

    /// <summary>Finds by id; null where there is none.</summary>
    public Task<StoredCaller?> FindById(string id, CancellationToken cancel) => database.Read(session => FindById(session, id), cancel);

    /// <summary>Finds the user of an identity provider; null where there is none.</summary>
    public Task<StoredCaller?> FindBySubject(string issuer, string subject, CancellationToken cancel) => database.Read(
        async session => await session.First<CallerRow>(s_selectBySubject, new { issuer, subject }) is { } row && row.Issuer == issuer && row.Subject == subject
            ? row.ToCaller()
            : null,
        cancel);

    /// <summary>Finds an access key with its caller; null where there is none.</summary>
    public Task<(StoredAccessKey Key, StoredCaller Caller)?> FindAccessKey(string accessKeyId, CancellationToken cancel) =>
        database.Read(
            session => session.QueryAll<(StoredAccessKey Key, StoredCaller Caller)?>(s_selectByKey, new { accessKeyId }, async grid =>
            {
                var key = await grid.ReadFirstOrDefaultAsync<AccessKeyRow>();
                var caller = await grid.ReadFirstOrDefaultAsync<CallerRow>();
                return key?.AccessKeyId == accessKeyId && caller is not null ? (key.ToKey(), caller.ToCaller()) : null;
            }),
            cancel);

    /// <summary>A page of the callers of a kind, by name.</summary>
    /// <param name="kind">Whom to list.</param>
    /// <param name="prefix">What their names begin with; empty for all.</param>
    /// <param name="after">The last name of the page before; null for the first page.</param>
    /// <param name="limit">At most so many.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<IReadOnlyList<StoredCaller>> List(CallerKind kind, string prefix, string? after, int limit, CancellationToken cancel) =>
        database.Read<IReadOnlyList<StoredCaller>>(
            async session =>
            {
                var rows = await session.Query<CallerRow>(
                    s_selectPage, new { kind = kind.ToString(), prefix, prefixEnd = NamePage.End(prefix), after = after ?? "", limit = (long)limit });
                return [.. rows.Select(row => row.ToCaller())];
            },
            cancel);

    /// <summary>What a caller may: the policies that speak for it, each with the way it comes, its groups and its tags. Empty where there is no such caller.</summary>
    public Task<CallerAccess> FindAccess(string callerId, CancellationToken cancel) => database.ReadTogether(session => FindAccess(session, callerId), cancel);

    /// <summary>A caller's tags, in their order.</summary>
    public Task<IReadOnlyList<CallerTag>> FindTags(string callerId, CancellationToken cancel) => database.Read<IReadOnlyList<CallerTag>>(
        async session => [.. (await session.Query<TagRow>(s_selectTags, new { callerId })).Select(row => new CallerTag(row.TagKey, row.TagValue))], cancel);

    /// <summary>Adds callers, keys, policies and attachments in one transaction with the record; false, and nothing added, where a name or key exists already.</summary>
    public Task<bool> Add(CallerAddition addition, AuditRecord audit, CancellationToken cancel)
    {
        foreach (var name in addition.Callers.Select(c => c.Name).Concat(addition.Policies.Select(p => p.Name)))
            Comparable.Check("A name", name);
        foreach (var key in addition.AccessKeys)
            Comparable.Check("An access key's id", key.AccessKeyId);
        return database.WriteUnlessTaken(session => Insert(session, addition, audit), cancel);
    }

    internal static async Task<StoredCaller?> FindById(Session session, string id) =>
        await session.First<CallerRow>(s_selectById, new { id }) is { } row && row.Id == id ? row.ToCaller() : null;

    internal static Task<CallerAccess> FindAccess(Session session, string callerId) => session.QueryAll(s_selectAccess, new { callerId }, async grid =>
    {
        var policies = await grid.ReadAsync<EffectiveRow>();
        var groups = await grid.ReadAsync<string>();
        var tags = await grid.ReadAsync<TagRow>();
        return new CallerAccess(
            [.. policies.Select(row => new EffectivePolicy(row.Name, row.Document, row.GroupName.Length == 0 ? null : row.GroupName))],
            [.. groups],
            [.. tags.Select(row => new CallerTag(row.TagKey, row.TagValue))]);
    });

    private static async Task Insert(Session session, CallerAddition addition, AuditRecord audit)
    {
        await Epochs.Raise(session, Epochs.Access);
        foreach (var caller in addition.Callers)
            await CallerChanges.Insert(session, caller, addition.Tags);
        foreach (var key in addition.AccessKeys)
            await CallerChanges.InsertKey(session, key);
        foreach (var policy in addition.Policies)
            await PolicyStore.Insert(session, policy);
        foreach (var (callerId, policyName) in addition.Attachments)
            await PolicyStore.Attach(session, callerId, policyName);
        await AuditStore.Insert(session, audit);
    }

    private sealed record EffectiveRow
    {
        public string Name { get; init; } = "";

        public string Document { get; init; } = "";

        public string GroupName { get; init; } = "";
    }

    private sealed record TagRow
    {
        public string TagKey { get; init; } = "";

        public string TagValue { get; init; } = "";
    }
}

/// <summary>What <see cref="CallerStore.Add"/> adds together.</summary>
public sealed record CallerAddition
{
    /// <summary>New callers.</summary>
    public IReadOnlyList<StoredCaller> Callers { get; init; } = [];

    /// <summary>Tags of each of the new callers.</summary>
    public IReadOnlyList<CallerTag> Tags { get; init; } = [];

    /// <summary>New access keys.</summary>
    public IReadOnlyList<StoredAccessKey> AccessKeys { get; init; } = [];

    /// <summary>New policies.</summary>
    public IReadOnlyList<StoredPolicy> Policies { get; init; } = [];

    /// <summary>Caller id and policy name of each attachment.</summary>
    public IReadOnlyList<(string CallerId, string PolicyName)> Attachments { get; init; } = [];
}

/// <summary>Pages in the order of names.</summary>
internal static class NamePage
{
    /// <summary>The first name after all those that begin with the prefix; null for an empty prefix, which all do.</summary>
    public static string? End(string prefix) => prefix.Length == 0 ? null : Comparable.PrefixEnd(prefix);
}
