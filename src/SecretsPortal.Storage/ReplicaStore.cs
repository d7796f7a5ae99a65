using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>A replica that is to be brought up to date.</summary>
/// <param name="SecretId">The portal's id of the primary.</param>
/// <param name="Region">The replica's region.</param>
public sealed record DueReplica(string SecretId, string Region);

/// <summary>A change of a primary's list of replicas, and of the secrets of its name in other regions that goes with it.</summary>
/// <param name="Replicas">The list as it shall be.</param>
public sealed record ReplicationChange(IReadOnlyList<SecretReplica> Replicas)
{
    /// <summary>Secrets of the primary's name in other regions to remove; the first thing that is done.</summary>
    public IReadOnlyList<Secret> Removed { get; init; } = [];

    /// <summary>Those to store: one that is there is changed, any other is new. Each brings its record.</summary>
    public IReadOnlyList<SecretChange> Stored { get; init; } = [];

    /// <summary>Further records that commit with it.</summary>
    public IReadOnlyList<AuditRecord> Records { get; init; } = [];
}

/// <summary>Primaries together with their replicas, changed in one transaction, so that a list never says what is not so.</summary>
public sealed class ReplicaStore(Database database)
{
    private static readonly Sql s_selectDue = Sql.Of("""
        SELECT secret_id, region FROM secret_replica WHERE due_at <= @until
        ORDER BY due_at, secret_id, region
        {limit}
        """);

    private static readonly Sql s_lock = Sql.Of("SELECT id FROM secret {for update} WHERE id = @id");

    private static readonly Sql s_lockName = Sql.Of("SELECT id FROM secret {for update} WHERE region = @region AND name = @name");

    private static readonly Sql s_delete = Sql.Of("DELETE FROM secret WHERE id = @id");

    private static readonly Sql s_freeName = Sql.Of("""
        UPDATE secret_replica SET due_at = @now
        WHERE due_at = @whenFreed AND region = @region AND secret_id IN (SELECT id FROM secret WHERE name = @name)
        """);

    /// <summary>Replicas that are due at <paramref name="until"/>, the longest waiting first.</summary>
    public Task<IReadOnlyList<DueReplica>> FindDue(DateTimeOffset until, int limit, CancellationToken cancel) => database.Read<IReadOnlyList<DueReplica>>(
        async session => [.. (await session.Query<DueRow>(s_selectDue, new { until = Stored.Time(until), limit = (long)limit })).Select(row => new DueReplica(row.SecretId, row.Region))],
        cancel);

    /// <summary>
    /// Changes the replicas of a primary: reads it, and the secrets of its name in <paramref name="regions"/>, under a lock, asks
    /// <paramref name="decide"/>, and does what it says, in one transaction. A null answer changes nothing. Exceptions of
    /// <paramref name="decide"/> roll back and pass through; it may be asked more than once. Gives the primary as it is afterwards; null
    /// where it does not exist any more.
    /// </summary>
    public Task<Secret?> Change(
        string primaryId, IReadOnlyList<string> regions, Func<Secret, IReadOnlyList<Secret>, ReplicationChange?> decide, CancellationToken cancel) => database.Write(
        async session =>
        {
            if (await session.First<string>(s_lock, new { id = primaryId }) is null || await SecretRows.Load(session, primaryId) is not { } primary)
                return null;
            var there = new List<Secret>();
            foreach (var region in regions)
                if (await session.First<string>(s_lockName, new { region, name = primary.Name }) is { } id && await SecretRows.Load(session, id) is { } found)
                    there.Add(found);
            if (decide(primary, there) is not { } change)
                return primary;
            await Apply(session, primary, there, change);
            return await SecretRows.Load(session, primaryId);
        },
        cancel);

    /// <summary>Makes those replicas due that the removed secret was in the way of.</summary>
    internal static Task NameFreed(Session session, Secret removed, DateTimeOffset now) => session.Execute(s_freeName, new
    {
        now = Stored.Time(now), whenFreed = Stored.Time(SecretReplica.WhenFreed), region = removed.Arn.Region, name = removed.Name,
    });

    private static async Task Apply(Session session, Secret primary, IReadOnlyList<Secret> there, ReplicationChange change)
    {
        var at = change.Records.Concat(change.Stored.Select(stored => stored.Audit)).Select(record => record.At).DefaultIfEmpty(primary.LastChangedAt).Max();
        foreach (var removed in change.Removed)
        {
            await session.Execute(s_delete, new { id = removed.Id });
            if (change.Stored.All(stored => stored.After.Arn.Region != removed.Arn.Region))
                await NameFreed(session, removed, at);
        }

        foreach (var stored in change.Stored)
        {
            if (there.FirstOrDefault(secret => secret.Id == stored.After.Id) is { } before)
                await SecretChanges.Apply(session, before, stored);
            else
                await SecretChanges.Insert(session, stored);
        }

        await SecretChanges.WriteReplicas(session, primary.Id, primary.Replicas, change.Replicas);
        foreach (var record in change.Records)
            await AuditStore.Insert(session, record);
    }

    private sealed record DueRow
    {
        public string SecretId { get; init; } = "";

        public string Region { get; init; } = "";
    }
}
