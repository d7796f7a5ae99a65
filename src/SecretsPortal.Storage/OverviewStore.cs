using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>How many secrets a region has.</summary>
public sealed record SecretCounts
{
    /// <summary>Those that are not marked for deletion, by the kind of their current value; under null those that have none.</summary>
    public required IReadOnlyList<(SecretKind? Kind, long Number)> ByKind { get; init; }

    /// <summary>Those that are marked for deletion.</summary>
    public required long Deleted { get; init; }

    /// <summary>Those that follow a primary of another region; counted among the others, too.</summary>
    public required long Replicas { get; init; }
}

/// <summary>Rotations of a stretch of time that ended one way or the other.</summary>
/// <param name="Bucket">Which stretch, from 0 on.</param>
/// <param name="Succeeded">How many succeeded.</param>
/// <param name="Failed">How many were given up.</param>
public sealed record EndedRotations(int Bucket, long Succeeded, long Failed);

/// <summary>A rotation that is to come.</summary>
/// <param name="Name">The secret's name.</param>
/// <param name="BeginsAt">When it begins.</param>
/// <param name="WindowEnd">By when it must have succeeded; null where nobody knows.</param>
public sealed record UpcomingRotation(string Name, DateTimeOffset BeginsAt, DateTimeOffset? WindowEnd);

/// <summary>The numbers of the overview. Each comes from one index, whatever the number of secrets.</summary>
public sealed class OverviewStore(Database database)
{
    internal static readonly Sql CountKinds = Sql.Of(
        "SELECT kind, COUNT(*) AS number FROM secret WHERE region = @region AND purge_at IS NULL GROUP BY kind");

    internal static readonly Sql CountDeleted = Sql.Of("SELECT COUNT(*) FROM secret WHERE region = @region AND purge_at > 0");

    internal static readonly Sql CountReplicas = Sql.Of("SELECT COUNT(*) FROM secret WHERE region = @region AND primary_region IS NOT NULL");

    internal static readonly Sql CountEnded = Sql.Of("""
        SELECT t.bucket, t.state, COUNT(*) AS number
        FROM (
          SELECT (finished_at - @from) / @width AS bucket, state FROM rotation_run
          WHERE region = @region AND mode = 'Rotate' AND finished_at >= @from AND finished_at < @until AND state IN ('Succeeded', 'Failed')) t
        GROUP BY t.bucket, t.state
        """);

    internal static readonly Sql CountUpcoming = Sql.Of("""
        SELECT t.bucket, COUNT(*) AS number
        FROM (
          SELECT (due_at - @from) / @width AS bucket FROM rotation_schedule
          WHERE region = @region AND enabled = 1 AND due_at >= @since AND due_at < @until) t
        GROUP BY t.bucket
        """);

    internal static readonly Sql ListUpcoming = Sql.Of("""
        SELECT s.name, p.due_at, p.next_window_end_at
        FROM rotation_schedule p JOIN secret s ON s.id = p.secret_id
        WHERE p.region = @region AND p.enabled = 1 AND p.due_at >= @from
        ORDER BY p.due_at, p.secret_id
        {limit}
        """);

    /// <summary>How many secrets a region has.</summary>
    public Task<SecretCounts> Count(string region, CancellationToken cancel) => database.Read(
        async session =>
        {
            var kinds = await session.Query<KindRow>(CountKinds, new { region });
            return new SecretCounts
            {
                ByKind = [.. kinds.Select(row => (row.Kind is null ? (SecretKind?)null : Stored.Member<SecretKind>(row.Kind), row.Number))],
                Deleted = await session.Number(CountDeleted, new { region }),
                Replicas = await session.Number(CountReplicas, new { region }),
            };
        },
        cancel);

    /// <summary>Rotations of a region that ended, by stretches of time from <paramref name="from"/> on; those in which none ended are missing.</summary>
    /// <param name="region">The region.</param>
    /// <param name="from">The first instant.</param>
    /// <param name="width">How long a stretch is.</param>
    /// <param name="count">How many stretches.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<IReadOnlyList<EndedRotations>> Ended(string region, DateTimeOffset from, TimeSpan width, int count, CancellationToken cancel) =>
        database.Read<IReadOnlyList<EndedRotations>>(
            async session =>
            {
                var rows = await session.Query<EndedRow>(CountEnded, Stretch(region, from, width, count, from));
                return [.. rows.GroupBy(row => row.Bucket).OrderBy(bucket => bucket.Key).Select(bucket => new EndedRotations(
                    (int)bucket.Key,
                    bucket.Where(row => row.State == nameof(RotationRunState.Succeeded)).Sum(row => row.Number),
                    bucket.Where(row => row.State == nameof(RotationRunState.Failed)).Sum(row => row.Number)))];
            },
            cancel);

    /// <summary>How many rotations of a region begin in each stretch of time, all stretches in their order.</summary>
    /// <param name="region">The region.</param>
    /// <param name="from">Where the first stretch begins.</param>
    /// <param name="since">From when on rotations count; in the first stretch.</param>
    /// <param name="width">How long a stretch is.</param>
    /// <param name="count">How many stretches.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<IReadOnlyList<long>> Upcoming(string region, DateTimeOffset from, DateTimeOffset since, TimeSpan width, int count, CancellationToken cancel) =>
        database.Read<IReadOnlyList<long>>(
            async session =>
            {
                var numbers = new long[count];
                foreach (var row in await session.Query<EndedRow>(CountUpcoming, Stretch(region, from, width, count, since)))
                    numbers[row.Bucket] = row.Number;
                return numbers;
            },
            cancel);

    /// <summary>The rotations of a region that begin next, in their order.</summary>
    public Task<IReadOnlyList<UpcomingRotation>> Next(string region, DateTimeOffset from, int limit, CancellationToken cancel) =>
        database.Read<IReadOnlyList<UpcomingRotation>>(
            async session => [.. (await session.Query<UpcomingRow>(ListUpcoming, new { region, from = Stored.Time(from), limit = (long)limit }))
                .Select(row => new UpcomingRotation(row.Name, Stored.Time(row.DueAt), Stored.Time(row.NextWindowEndAt)))],
            cancel);

    private static object Stretch(string region, DateTimeOffset from, TimeSpan width, int count, DateTimeOffset since) => new
    {
        region, from = Stored.Time(from), since = Stored.Time(since), width = Stored.Time(from + width) - Stored.Time(from), until = Stored.Time(from + (width * count)),
    };

    private sealed record KindRow
    {
        public string? Kind { get; init; }

        public long Number { get; init; }
    }

    private sealed record EndedRow
    {
        public long Bucket { get; init; }

        public string State { get; init; } = "";

        public long Number { get; init; }
    }

    private sealed record UpcomingRow
    {
        public string Name { get; init; } = "";

        public long DueAt { get; init; }

        public long? NextWindowEndAt { get; init; }
    }
}
