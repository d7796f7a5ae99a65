using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>What a policy is attached to.</summary>
/// <param name="Id">The caller's or the group's id.</param>
/// <param name="Kind">The caller's kind; null for a group.</param>
/// <param name="Name">Its name.</param>
public sealed record PolicyHolder(string Id, CallerKind? Kind, string Name);

/// <summary>Identity policies and what they are attached to.</summary>
public sealed class PolicyStore(Database database)
{
    private const string Columns = "p.name, p.document, p.description, p.is_managed, p.created_at, p.updated_at, p.revision";

    private static readonly Sql s_select = Sql.Of($"SELECT {Columns} FROM policy p WHERE p.name = @name");

    private static readonly Sql s_lock = Sql.Of($"SELECT {Columns} FROM policy p {"{for update}"} WHERE p.name = @name");

    private static readonly Sql s_selectPage = Sql.Of($"""
        SELECT {Columns} FROM policy p
        WHERE p.name > @after AND p.name >= @prefix AND (@prefixEnd IS NULL OR p.name < @prefixEnd)
        ORDER BY p.name
        {"{limit}"}
        """);

    private static readonly Sql s_selectAttached = Sql.Of("""
        SELECT a.policy_name FROM caller_policy a WHERE a.caller_id = @holderId
        UNION ALL
        SELECT g.policy_name FROM group_policy g WHERE g.group_id = @holderId
        ORDER BY policy_name
        """);

    private static readonly Sql s_selectHolders = Sql.Of("""
        SELECT c.id AS id, c.kind AS kind, c.name AS name FROM caller_policy a JOIN caller c ON c.id = a.caller_id WHERE a.policy_name = @name
        UNION ALL
        SELECT g.id AS id, '' AS kind, g.name AS name FROM group_policy o JOIN caller_group g ON g.id = o.group_id WHERE o.policy_name = @name
        ORDER BY kind, name
        {limit}
        """);

    private static readonly Sql s_countAlike = Sql.Of("SELECT COUNT(*) FROM policy WHERE UPPER(name) = UPPER(@name)");

    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO policy (name, document, description, is_managed, created_at, updated_at, revision)
        VALUES (@Name, @Document, @Description, @IsManaged, @CreatedAt, @UpdatedAt, @Revision)
        """);

    private static readonly Sql s_update = Sql.Of("""
        UPDATE policy SET document = @Document, description = @Description, is_managed = @IsManaged, updated_at = @UpdatedAt, revision = @Revision
        WHERE name = @Name
        """);

    private static readonly Sql s_delete = Sql.Of("DELETE FROM policy WHERE name = @name");

    private static readonly Sql s_attachCaller = Sql.Of("INSERT INTO caller_policy (caller_id, policy_name) VALUES (@holderId, @name)");

    private static readonly Sql s_attachGroup = Sql.Of("INSERT INTO group_policy (group_id, policy_name) VALUES (@holderId, @name)");

    private static readonly Sql s_detachCaller = Sql.Of("DELETE FROM caller_policy WHERE caller_id = @holderId AND policy_name = @name");

    private static readonly Sql s_detachGroup = Sql.Of("DELETE FROM group_policy WHERE group_id = @holderId AND policy_name = @name");

    /// <summary>Finds by name; null where there is none.</summary>
    public Task<StoredPolicy?> Find(string name, CancellationToken cancel) => database.Read(
        async session => await session.First<PolicyRow>(s_select, new { name }) is { } row && row.Name == name ? row.ToPolicy() : null, cancel);

    /// <summary>A page of the policies, by name, as <see cref="CallerStore.List"/> lists callers.</summary>
    public Task<IReadOnlyList<StoredPolicy>> List(string prefix, string? after, int limit, CancellationToken cancel) => database.Read<IReadOnlyList<StoredPolicy>>(
        async session =>
        {
            var rows = await session.Query<PolicyRow>(s_selectPage, new { prefix, prefixEnd = NamePage.End(prefix), after = after ?? "", limit = (long)limit });
            return [.. rows.Select(row => row.ToPolicy())];
        },
        cancel);

    /// <summary>The names of the policies that are attached to a caller, or to a group, itself.</summary>
    public Task<IReadOnlyList<string>> FindAttached(string holderId, CancellationToken cancel) =>
        database.Read(session => session.Query<string>(s_selectAttached, new { holderId }), cancel);

    /// <summary>What a policy is attached to, groups first; at most <paramref name="limit"/>.</summary>
    public Task<IReadOnlyList<PolicyHolder>> FindHolders(string name, int limit, CancellationToken cancel) =>
        database.Read(session => FindHolders(session, name, limit), cancel);

    /// <summary>Adds a policy; false where the name, or one that differs in case alone, exists already.</summary>
    public Task<bool> Add(StoredPolicy policy, AuditRecord audit, CancellationToken cancel)
    {
        Comparable.Check("A name", policy.Name);
        return AccessChanges.Add(
            database, async session => await session.Number(s_countAlike, new { name = policy.Name }) > 0, session => Insert(session, policy), audit, cancel);
    }

    /// <summary>
    /// Changes a policy: reads it under a lock, asks <paramref name="decide"/>, and writes what it says with the record; a null answer changes
    /// nothing. Exceptions of <paramref name="decide"/> roll back and pass through; it may be asked more than once. Gives the policy as it is
    /// afterwards; null where there is none.
    /// </summary>
    public Task<StoredPolicy?> Change(
        string name, Func<StoredPolicy, (StoredPolicy After, AuditRecord Audit)?> decide, AdministratorRule? rule, CancellationToken cancel) => AccessChanges.Write(
        database, rule,
        async session =>
        {
            if (await Load(session, name) is not { } before)
                return null;
            if (decide(before) is not { } change)
                return before;
            var after = change.After with { Revision = before.Revision + 1 };
            await session.Execute(s_update, PolicyRow.From(after));
            await AuditStore.Insert(session, change.Audit);
            return after;
        },
        cancel);

    /// <summary>
    /// Removes a policy that is attached to nothing. Where it is attached, nothing is removed, and the answer holds what it is attached to, at
    /// most <paramref name="limit"/>; null where there is no such policy.
    /// </summary>
    public Task<IReadOnlyList<PolicyHolder>?> Delete(string name, int limit, AuditRecord audit, CancellationToken cancel) => AccessChanges.Write(
        database, rule: null,
        async session =>
        {
            if (await Load(session, name) is null)
                return null;
            var holders = await FindHolders(session, name, limit);
            if (holders.Count > 0)
                return holders;
            await session.Execute(s_delete, new { name });
            await AuditStore.Insert(session, audit);
            return holders;
        },
        cancel);

    /// <summary>
    /// Attaches a policy to a caller, or to a group where <see cref="PolicyHolder.Kind"/> is null. What is not there any more is
    /// <see cref="PortalError.ResourceNotFound"/>, more than <paramref name="most"/> policies <see cref="PortalError.LimitExceeded"/>. False where
    /// it was attached before; then the record is not written.
    /// </summary>
    public Task<bool> Attach(PolicyHolder holder, string name, int most, AuditRecord audit, AdministratorRule? rule, CancellationToken cancel) => AccessChanges.Write(
        database, rule,
        async session =>
        {
            if (await Load(session, name) is null)
                throw new PortalException(PortalError.ResourceNotFound, $"The policy {name} is not there any more.");
            if (!(holder.Kind is null ? await GroupStore.Load(session, holder.Id) is not null : await CallerStore.FindById(session, holder.Id) is not null))
                throw new PortalException(PortalError.ResourceNotFound, $"{holder.Name} is not there any more.");
            var attached = await session.Query<string>(s_selectAttached, new { holderId = holder.Id });
            if (attached.Contains(name))
                return false;
            if (attached.Count >= most)
                throw new PortalException(PortalError.LimitExceeded, $"{holder.Name} has {most} policies, which is the most that can be attached to one. Detach another one first, or unite some.");
            await session.Execute(holder.Kind is null ? s_attachGroup : s_attachCaller, new { holderId = holder.Id, name });
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>Detaches a policy from a caller, or from a group where <see cref="PolicyHolder.Kind"/> is null; false where it was not attached.</summary>
    public Task<bool> Detach(PolicyHolder holder, string name, AuditRecord audit, AdministratorRule? rule, CancellationToken cancel) => AccessChanges.Write(
        database, rule,
        async session =>
        {
            if (await session.Execute(holder.Kind is null ? s_detachGroup : s_detachCaller, new { holderId = holder.Id, name }) == 0)
                return false;
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    internal static Task Insert(Session session, StoredPolicy policy) => session.Execute(s_insert, PolicyRow.From(policy));

    internal static Task Attach(Session session, string callerId, string name) => session.Execute(s_attachCaller, new { holderId = callerId, name });

    private static async Task<StoredPolicy?> Load(Session session, string name) =>
        await session.First<PolicyRow>(s_lock, new { name }) is { } row && row.Name == name ? row.ToPolicy() : null;

    private static async Task<IReadOnlyList<PolicyHolder>> FindHolders(Session session, string name, int limit) =>
        [.. (await session.Query<HolderRow>(s_selectHolders, new { name, limit = (long)limit }))
            .Select(row => new PolicyHolder(row.Id, row.Kind.Length == 0 ? null : Stored.Member<CallerKind>(row.Kind), row.Name))];

    private sealed record PolicyRow
    {
        public string Name { get; init; } = "";

        public string Document { get; init; } = "";

        public string? Description { get; init; }

        public long IsManaged { get; init; }

        public long CreatedAt { get; init; }

        public long UpdatedAt { get; init; }

        public long Revision { get; init; }

        public static PolicyRow From(StoredPolicy policy) => new()
        {
            Name = policy.Name,
            Document = policy.Document,
            Description = policy.Description,
            IsManaged = policy.IsManaged ? 1 : 0,
            CreatedAt = Stored.Time(policy.CreatedAt),
            UpdatedAt = Stored.Time(policy.UpdatedAt),
            Revision = policy.Revision,
        };

        public StoredPolicy ToPolicy() => new(Name, Document)
        {
            Description = Description,
            IsManaged = IsManaged != 0,
            CreatedAt = Stored.Time(CreatedAt),
            UpdatedAt = Stored.Time(UpdatedAt),
            Revision = Revision,
        };
    }

    private sealed record HolderRow
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Name { get; init; } = "";
    }
}
