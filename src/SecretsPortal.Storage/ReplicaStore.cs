using System.Data.Common;
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
    private const int Attempts = 4;

    private static readonly Sql s_selectDue = Sql.Of("""
        SELECT secret_id, region FROM secret_replica WHERE due_at <= @until
        ORDER BY due_at, secret_id, region
        {limit}
        """);

    private static readonly Sql s_lock = Sql.Of("SELECT id FROM secret {for update} WHERE id = @id");

    private static readonly Sql s_selectNamesakes = Sql.Of("""
        SELECT s.id, s.region
        FROM secret p JOIN secret_replica r ON r.secret_id = p.id JOIN secret s ON s.region = r.region AND s.name = p.name
        WHERE p.id = @primaryId
        """);

    private static readonly Sql s_delete = Sql.Of("DELETE FROM secret WHERE id = @id");

    private static readonly Sql s_freeName = Sql.Of("""
        UPDATE secret_replica SET due_at = @now
        WHERE due_at = @whenFreed AND region = @region AND EXISTS (SELECT 1 FROM secret s WHERE s.id = secret_id AND s.name = @name)
        """);

    /// <summary>Replicas that are due at <paramref name="until"/>, the longest waiting first.</summary>
    public Task<IReadOnlyList<DueReplica>> FindDue(DateTimeOffset until, int limit, CancellationToken cancel) => database.Read<IReadOnlyList<DueReplica>>(
        async session => [.. (await session.Query<DueRow>(s_selectDue, new { until = Stored.Time(until), limit = (long)limit })).Select(row => new DueReplica(row.SecretId, row.Region))],
        cancel);

    /// <summary>
    /// Changes the replicas of a primary: reads it, and the secrets of its name in those of <paramref name="regions"/> that it is replicated
    /// to, under a lock, asks <paramref name="decide"/>, and does what it says, in one transaction. A null answer changes nothing. Exceptions of
    /// <paramref name="decide"/> roll back and pass through; it may be asked more than once. Gives the primary as it is afterwards; null
    /// where it does not exist any more.
    /// </summary>
    public async Task<Secret?> Change(
        string primaryId, IReadOnlyCollection<string> regions, Func<Secret, IReadOnlyList<Secret>, ReplicationChange?> decide, CancellationToken cancel)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await database.Write(session => Change(session, primaryId, regions, decide), cancel);
            }
            catch (DbException fault) when (attempt < Attempts && Dialect.IsUniqueViolation(fault))
            {
                // Somebody took the name between the locks and the insertion; this time it is found.
            }
        }
    }

    private static async Task<Secret?> Change(
        Session session, string primaryId, IReadOnlyCollection<string> regions, Func<Secret, IReadOnlyList<Secret>, ReplicationChange?> decide)
    {
        await Lock(session, [primaryId, .. await Namesakes(session, primaryId, regions)]);
        // The primary is held now, so its list stays; what joined it before that is locked out of order.
        var ids = await Namesakes(session, primaryId, regions);
        await Lock(session, ids);
        if (await SecretRows.Load(session, primaryId) is not { } primary)
            return null;
        var there = await SecretRows.Load(session, ids);
        if (decide(primary, there) is not { } change)
            return primary;
        await Apply(session, primary, there, change);
        return await SecretRows.Load(session, primaryId);
    }

    private static async Task<IReadOnlyList<string>> Namesakes(Session session, string primaryId, IReadOnlyCollection<string> regions) =>
        [.. (await session.Query<NamesakeRow>(s_selectNamesakes, new { primaryId })).Where(row => regions.Contains(row.Region)).Select(row => row.Id)];

    /// <summary>In the order of the ids, so that two primaries whose replicas lie in each other's way do not wait for each other.</summary>
    private static async Task Lock(Session session, IReadOnlyList<string> ids)
    {
        foreach (var id in ids.Order(StringComparer.Ordinal))
            await session.First<string>(s_lock, new { id });
    }

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

    private sealed record NamesakeRow
    {
        public string Id { get; init; } = "";

        public string Region { get; init; } = "";
    }

    private sealed record DueRow
    {
        public string SecretId { get; init; } = "";

        public string Region { get; init; } = "";
    }
}
