using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>A group as stored.</summary>
public sealed record StoredGroup
{
    /// <summary>32 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Unique, by ordinal; it never changes.</summary>
    public required string Name { get; init; }

    /// <summary>What it is there for; at most 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Rises with each change.</summary>
    public long Revision { get; init; }
}

/// <summary>A caller as a member of something.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Kind">User or client.</param>
/// <param name="Name">Its name.</param>
public sealed record StoredMember(string Id, CallerKind Kind, string Name);

/// <summary>Groups of callers.</summary>
public sealed class GroupStore(Database database)
{
    private const string Columns = "g.id, g.name, g.description, g.created_at, g.revision";

    private static readonly Sql s_selectByName = Sql.Of($"SELECT {Columns} FROM caller_group g WHERE g.name = @name");

    private static readonly Sql s_selectPage = Sql.Of($"""
        SELECT {Columns} FROM caller_group g
        WHERE g.name > @after AND g.name >= @prefix AND (@prefixEnd IS NULL OR g.name < @prefixEnd)
        ORDER BY g.name
        {"{limit}"}
        """);

    private static readonly Sql s_selectOf = Sql.Of($"""
        SELECT {Columns} FROM group_member m JOIN caller_group g ON g.id = m.group_id WHERE m.caller_id = @callerId ORDER BY g.name
        """);

    private static readonly Sql s_selectMembers = Sql.Of("""
        SELECT c.id, c.kind, c.name FROM group_member m JOIN caller c ON c.id = m.caller_id
        WHERE m.group_id = @groupId AND (c.kind > @afterKind OR (c.kind = @afterKind AND c.name > @afterName))
        ORDER BY c.kind, c.name
        {limit}
        """);

    private static readonly Sql s_lock = Sql.Of($"SELECT {Columns} FROM caller_group g {"{for update}"} WHERE g.id = @id");

    private static readonly Sql s_countAlike = Sql.Of("SELECT COUNT(*) FROM caller_group WHERE UPPER(name) = UPPER(@name)");

    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO caller_group (id, name, description, created_at, revision) VALUES (@id, @name, @description, @createdAt, @revision)
        """);

    private static readonly Sql s_update = Sql.Of("UPDATE caller_group SET description = @description, revision = revision + 1 WHERE id = @id");

    private static readonly Sql s_delete = Sql.Of("DELETE FROM caller_group WHERE id = @id");

    private static readonly Sql s_countGroups = Sql.Of("SELECT COUNT(*) FROM group_member WHERE caller_id = @callerId");

    private static readonly Sql s_isMember = Sql.Of("SELECT COUNT(*) FROM group_member WHERE group_id = @groupId AND caller_id = @callerId");

    private static readonly Sql s_insertMember = Sql.Of("INSERT INTO group_member (group_id, caller_id) VALUES (@groupId, @callerId)");

    private static readonly Sql s_deleteMember = Sql.Of("DELETE FROM group_member WHERE group_id = @groupId AND caller_id = @callerId");

    /// <summary>Finds by name; null where there is none.</summary>
    public Task<StoredGroup?> Find(string name, CancellationToken cancel) => database.Read(
        async session => await session.First<GroupRow>(s_selectByName, new { name }) is { } row && row.Name == name ? row.ToGroup() : null, cancel);

    /// <summary>A page of the groups, by name, as <see cref="CallerStore.List"/> lists callers.</summary>
    public Task<IReadOnlyList<StoredGroup>> List(string prefix, string? after, int limit, CancellationToken cancel) => database.Read<IReadOnlyList<StoredGroup>>(
        async session =>
        {
            var rows = await session.Query<GroupRow>(s_selectPage, new { prefix, prefixEnd = NamePage.End(prefix), after = after ?? "", limit = (long)limit });
            return [.. rows.Select(row => row.ToGroup())];
        },
        cancel);

    /// <summary>The groups that a caller is in, by name.</summary>
    public Task<IReadOnlyList<StoredGroup>> FindOf(string callerId, CancellationToken cancel) => database.Read<IReadOnlyList<StoredGroup>>(
        async session => [.. (await session.Query<GroupRow>(s_selectOf, new { callerId })).Select(row => row.ToGroup())], cancel);

    /// <summary>A page of a group's members, clients first, each kind by name.</summary>
    public Task<IReadOnlyList<StoredMember>> FindMembers(string groupId, StoredMember? after, int limit, CancellationToken cancel) =>
        database.Read<IReadOnlyList<StoredMember>>(
            async session =>
            {
                var rows = await session.Query<MemberRow>(
                    s_selectMembers, new { groupId, afterKind = after?.Kind.ToString() ?? "", afterName = after?.Name ?? "", limit = (long)limit });
                return [.. rows.Select(row => new StoredMember(row.Id, Stored.Member<CallerKind>(row.Kind), row.Name))];
            },
            cancel);

    /// <summary>Adds a group; false where the name, or one that differs in case alone, exists already.</summary>
    public Task<bool> Add(StoredGroup group, AuditRecord audit, CancellationToken cancel)
    {
        Comparable.Check("A name", group.Name);
        return AccessChanges.Add(
            database, async session => await session.Number(s_countAlike, new { name = group.Name }) > 0,
            session => session.Execute(s_insert, new
            {
                id = group.Id, name = group.Name, description = group.Description, createdAt = Stored.Time(group.CreatedAt), revision = group.Revision,
            }),
            audit, cancel);
    }

    /// <summary>
    /// Changes a group's description: reads it under a lock, asks <paramref name="decide"/>, and writes what it says with the record; a null
    /// answer changes nothing. Gives the group as it is afterwards; null where there is none.
    /// </summary>
    public Task<StoredGroup?> Change(string id, Func<StoredGroup, (StoredGroup After, AuditRecord Audit)?> decide, CancellationToken cancel) => AccessChanges.Write(
        database, rule: null,
        async session =>
        {
            if (await Load(session, id) is not { } before)
                return null;
            if (decide(before) is not { } change)
                return before;
            await session.Execute(s_update, new { id, description = change.After.Description });
            await AuditStore.Insert(session, change.Audit);
            return change.After with { Revision = before.Revision + 1 };
        },
        cancel);

    /// <summary>Removes a group with its memberships and attachments; false where there is none.</summary>
    public Task<bool> Delete(string id, AuditRecord audit, AdministratorRule? rule, CancellationToken cancel) => AccessChanges.Write(
        database, rule,
        async session =>
        {
            if (await Load(session, id) is null)
                return false;
            await session.Execute(s_delete, new { id });
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>
    /// Takes a caller into groups and out of others in one transaction; what is so already stays so. A group or caller that is not there is
    /// <see cref="PortalError.ResourceNotFound"/>, more than <paramref name="most"/> groups of the caller <see cref="PortalError.LimitExceeded"/>.
    /// False where nothing changed; then the record is not written.
    /// </summary>
    public Task<bool> ChangeMemberships(
        string callerId, IReadOnlyCollection<string> joined, IReadOnlyCollection<string> left, int most, AuditRecord audit, AdministratorRule? rule,
        CancellationToken cancel) => AccessChanges.Write(
        database, rule,
        async session =>
        {
            if (await CallerStore.FindById(session, callerId) is null)
                throw new PortalException(PortalError.ResourceNotFound, "The caller is not there any more.");
            var changes = 0;
            foreach (var groupId in left)
                changes += await session.Execute(s_deleteMember, new { groupId, callerId });
            foreach (var groupId in joined)
            {
                if (await Load(session, groupId) is null)
                    throw new PortalException(PortalError.ResourceNotFound, "The group is not there any more.");
                if (await session.Number(s_isMember, new { groupId, callerId }) > 0)
                    continue;
                await InsertMember(session, groupId, callerId);
                changes++;
            }

            if (await session.Number(s_countGroups, new { callerId }) > most)
                throw new PortalException(PortalError.LimitExceeded, $"A user or client can be in {most} groups at most. Take it out of another one first.");
            if (changes > 0)
                await AuditStore.Insert(session, audit);
            return changes > 0;
        },
        cancel);

    internal static Task InsertMember(Session session, string groupId, string callerId) => session.Execute(s_insertMember, new { groupId, callerId });

    internal static async Task<StoredGroup?> Load(Session session, string id) =>
        await session.First<GroupRow>(s_lock, new { id }) is { } row && row.Id == id ? row.ToGroup() : null;

    private sealed record GroupRow
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string? Description { get; init; }

        public long CreatedAt { get; init; }

        public long Revision { get; init; }

        public StoredGroup ToGroup() => new() { Id = Id, Name = Name, Description = Description, CreatedAt = Stored.Time(CreatedAt), Revision = Revision };
    }

    private sealed record MemberRow
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Name { get; init; } = "";
    }
}
