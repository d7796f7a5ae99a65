namespace SecretsPortal.Storage;

/// <summary>How far each sink has been fed, and which node feeds it.</summary>
public sealed class AuditSinkStore(Database database)
{
    private static readonly Sql s_add = Sql.Of("INSERT INTO audit_sink (name, sequence, lease_until_at) VALUES (@name, 0, 0)");

    private static readonly Sql s_claim = Sql.Of("""
        UPDATE audit_sink SET lease_owner = @owner, lease_until_at = @leaseUntilAt
        WHERE name = @name AND (lease_owner = @owner OR lease_until_at < @now)
        """);

    private static readonly Sql s_release = Sql.Of("UPDATE audit_sink SET lease_owner = NULL, lease_until_at = 0 WHERE name = @name AND lease_owner = @owner");

    private static readonly Sql s_cursor = Sql.Of("SELECT sequence FROM audit_sink WHERE name = @name");

    private static readonly Sql s_advance = Sql.Of("""
        UPDATE audit_sink SET sequence = @sequence, lease_until_at = @leaseUntilAt
        WHERE name = @name AND lease_owner = @owner AND sequence < @sequence
        """);

    /// <summary>Takes or renews the right to feed a sink; false where another node has it.</summary>
    public async Task<bool> Claim(string name, string owner, DateTimeOffset now, DateTimeOffset until, CancellationToken cancel)
    {
        if (await Cursor(name, cancel) is null)
            await database.Log.WriteUnlessTaken(session => session.Execute(s_add, new { name }), cancel);
        return await database.Log.Write(
            async session => await session.Execute(s_claim, new { name, owner, now = Stored.Time(now), leaseUntilAt = Stored.Time(until) }) > 0, cancel);
    }

    /// <summary>The last record that the sink has taken; null where it was never fed.</summary>
    public async Task<long?> Cursor(string name, CancellationToken cancel) => await database.Log.Read(
        async session => (await session.Query<long>(s_cursor, new { name })) is [var sequence] ? (long?)sequence : null, cancel);

    /// <summary>Moves on; never back.</summary>
    public Task Advance(string name, string owner, long sequence, DateTimeOffset until, CancellationToken cancel) => database.Log.Write(
        session => session.Execute(s_advance, new { name, owner, sequence, leaseUntilAt = Stored.Time(until) }), cancel);

    /// <summary>Lets another node go on at once.</summary>
    public Task Release(string name, string owner, CancellationToken cancel) =>
        database.Log.Write(session => session.Execute(s_release, new { name, owner }), cancel);
}
