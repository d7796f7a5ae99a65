using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>Users' own views of the list of secrets.</summary>
public sealed class SavedViewStore(Database database)
{
    private static readonly Sql s_list = Sql.Of("SELECT id, name, query FROM saved_view WHERE caller_id = @callerId ORDER BY name");

    private static readonly Sql s_count = Sql.Of("SELECT COUNT(*) FROM saved_view WHERE caller_id = @callerId");

    private static readonly Sql s_insert = Sql.Of(
        "INSERT INTO saved_view (id, caller_id, name, query, created_at) VALUES (@id, @callerId, @name, @query, @createdAt)");

    private static readonly Sql s_update = Sql.Of("UPDATE saved_view SET name = @name, query = @query WHERE id = @id AND caller_id = @callerId");

    private static readonly Sql s_delete = Sql.Of("DELETE FROM saved_view WHERE id = @id AND caller_id = @callerId");

    /// <summary>A user's views by name.</summary>
    public Task<IReadOnlyList<SavedView>> List(string callerId, CancellationToken cancel) => database.Read<IReadOnlyList<SavedView>>(
        async session => [.. (await session.Query<Row>(s_list, new { callerId })).Select(row => new SavedView(row.Id, row.Name, row.Query))], cancel);

    /// <summary>Stores a new view with its record; false where the name is taken, null where the user has <paramref name="most"/> already.</summary>
    public async Task<bool?> Add(string callerId, SavedView view, DateTimeOffset now, int most, AuditRecord audit, CancellationToken cancel)
    {
        var isFull = false;
        var isAdded = await database.WriteUnlessTaken(
            async session =>
            {
                isFull = await session.Number(s_count, new { callerId }) >= most;
                if (isFull)
                    return;
                await session.Execute(s_insert, new { id = view.Id, callerId, name = view.Name, query = view.Query, createdAt = Stored.Time(now) });
                await AuditStore.Insert(session, audit);
            },
            cancel);
        return isFull ? null : isAdded;
    }

    /// <summary>Gives a view another name or query, with the record; false where the name is taken, null where the user has no such view.</summary>
    public async Task<bool?> Update(string callerId, SavedView view, AuditRecord audit, CancellationToken cancel)
    {
        var isThere = true;
        var isChanged = await database.WriteUnlessTaken(
            async session =>
            {
                isThere = await session.Execute(s_update, new { id = view.Id, callerId, name = view.Name, query = view.Query }) > 0;
                if (isThere)
                    await AuditStore.Insert(session, audit);
            },
            cancel);
        return isThere ? isChanged : null;
    }

    /// <summary>Removes a view with its record; false where the user has no such view.</summary>
    public Task<bool> Remove(string callerId, string id, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            if (await session.Execute(s_delete, new { id, callerId }) == 0)
                return false;
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Query { get; init; } = "";
    }
}
