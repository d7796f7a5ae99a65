using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>How an access key was added, or why not.</summary>
public enum KeyAddition
{
    /// <summary>It is there.</summary>
    Added,

    /// <summary>There is no such client.</summary>
    NoClient,

    /// <summary>The client has as many as it may have.</summary>
    Full,

    /// <summary>Another access key has this id.</summary>
    Taken,
}

/// <summary>How an access key shall be afterwards, with the record of the change.</summary>
/// <param name="After">The key; description, expiry and whether it is disabled may differ.</param>
/// <param name="Audit">Committed with it.</param>
public sealed record KeyChange(StoredAccessKey After, AuditRecord Audit);

/// <summary>Changes of clients and their access keys. <see cref="CallerStore"/> finds them.</summary>
public sealed class ClientStore(Database database)
{
    private static readonly SqlByIds s_selectKeys = SqlByIds.Of(
        $"SELECT {AccessKeyRow.Columns} FROM access_key k WHERE k.caller_id IN ({"{ids}"}) ORDER BY k.created_at, k.access_key_id");

    private static readonly Sql s_countKeys = Sql.Of("SELECT COUNT(*) FROM access_key WHERE caller_id = @callerId");

    private static readonly Sql s_lockKey = Sql.Of($"SELECT {AccessKeyRow.Columns} FROM access_key k {"{for update}"} WHERE k.access_key_id = @accessKeyId");

    private static readonly Sql s_updateKey = Sql.Of("""
        UPDATE access_key SET description = @Description, is_disabled = @IsDisabled, expires_at = @ExpiresAt WHERE access_key_id = @AccessKeyId
        """);

    private static readonly Sql s_deleteKey = Sql.Of("DELETE FROM access_key WHERE access_key_id = @accessKeyId AND caller_id = @clientId");

    private static readonly Sql s_noteUse = Sql.Of("""
        UPDATE access_key SET last_used_at = @at, last_used_region = @region
        WHERE access_key_id = @accessKeyId AND (last_used_at IS NULL OR last_used_at < @at)
        """);

    /// <summary>Adds a client with tags; false, and nothing added, where the name, or one that differs in case alone, exists already.</summary>
    public Task<bool> Add(StoredCaller client, IReadOnlyList<CallerTag> tags, AuditRecord audit, CancellationToken cancel)
    {
        Comparable.Check("A name", client.Name);
        return AccessChanges.Add(
            database, session => CallerChanges.IsTaken(session, CallerKind.Client, client.Name), session => CallerChanges.Insert(session, client, tags), audit,
            cancel);
    }

    /// <summary>Changes a client, as <see cref="UserStore.Change"/> does a user.</summary>
    public Task<StoredCaller?> Change(string id, Func<StoredCaller, CallerChange?> decide, CancellationToken cancel) =>
        CallerChanges.Change(database, CallerKind.Client, id, decide, rule: null, cancel);

    /// <summary>Removes a client with its access keys, memberships and attachments; false where there is none.</summary>
    public Task<bool> Delete(string id, AuditRecord audit, CancellationToken cancel) =>
        CallerChanges.Delete(database, CallerKind.Client, id, audit, rule: null, cancel);

    /// <summary>The access keys of clients, the oldest first.</summary>
    public async Task<IReadOnlyList<StoredAccessKey>> FindKeys(IReadOnlyCollection<string> clientIds, CancellationToken cancel)
    {
        var found = new List<StoredAccessKey>();
        foreach (var ids in clientIds.Chunk(SqlByIds.Capacity))
        {
            var (sql, parameters) = s_selectKeys.With(ids);
            found.AddRange((await database.Read(session => session.Query<AccessKeyRow>(sql, parameters), cancel)).Select(row => row.ToKey()));
        }

        return found;
    }

    /// <summary>Adds an access key unless the client has <paramref name="most"/> of them.</summary>
    public async Task<KeyAddition> AddKey(StoredAccessKey key, int most, AuditRecord audit, CancellationToken cancel)
    {
        Comparable.Check("An access key's id", key.AccessKeyId);
        var answer = KeyAddition.Taken;
        return await database.WriteUnlessTaken(async session => answer = await AddKey(session, key, most, audit), cancel) ? answer : KeyAddition.Taken;
    }

    /// <summary>Adds an access key within a transaction that a store has begun.</summary>
    internal static async Task<KeyAddition> AddKey(Session session, StoredAccessKey key, int most, AuditRecord audit)
    {
        await Epochs.Raise(session, Epochs.Access);
        if (await CallerChanges.Load(session, CallerKind.Client, key.CallerId) is null)
            return KeyAddition.NoClient;
        if (await session.Number(s_countKeys, new { callerId = key.CallerId }) >= most)
            return KeyAddition.Full;
        await CallerChanges.InsertKey(session, key);
        await AuditStore.Insert(session, audit);
        return KeyAddition.Added;
    }

    /// <summary>Changes an access key of a client, as <see cref="UserStore.Change"/> does a user; null where the client has no such key.</summary>
    public Task<StoredAccessKey?> ChangeKey(string clientId, string accessKeyId, Func<StoredAccessKey, KeyChange?> decide, CancellationToken cancel) =>
        AccessChanges.Write(
            database, rule: null,
            async session =>
            {
                var before = (await session.First<AccessKeyRow>(s_lockKey, new { accessKeyId }))?.ToKey();
                if (before is null || before.AccessKeyId != accessKeyId || before.CallerId != clientId)
                    return null;
                if (decide(before) is not { } change)
                    return before;
                await session.Execute(s_updateKey, AccessKeyRow.From(change.After));
                await AuditStore.Insert(session, change.Audit);
                return change.After;
            },
            cancel);

    /// <summary>Removes an access key; false where the client has no such key.</summary>
    public Task<bool> DeleteKey(string clientId, string accessKeyId, AuditRecord audit, CancellationToken cancel) => AccessChanges.Write(
        database, rule: null,
        async session =>
        {
            if (await session.Execute(s_deleteKey, new { clientId, accessKeyId }) == 0)
                return false;
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>Notes that an access key signed a request. It changes nobody's access, so it raises no number.</summary>
    public Task NoteKeyUse(string accessKeyId, DateTimeOffset at, string region, CancellationToken cancel) => database.Write(
        session => session.Execute(s_noteUse, new { accessKeyId, at = Stored.Time(at), region }), cancel);
}
