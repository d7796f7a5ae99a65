using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>The way of a change's record into the chain.</summary>
public abstract class AuditOutboxTests(DatabaseProvider provider) : ContractTests(provider)
{
    private static readonly byte[] s_key = [.. Enumerable.Range(0, 32).Select(i => (byte)i)];

    [Fact]
    public async Task A_changes_record_is_found_by_a_search_at_once_and_by_itself_soon()
    {
        var store = new AuditStore(Database);

        await Change("now");
        Assert.Equal("now", Assert.Single(await store.Search(new(), Cancel)).Record.Action);

        await Change("soon");
        for (var i = 0; i < 100 && await Waiting() > 0; i++)
            await Task.Delay(50, Cancel);
        Assert.Equal(0, await Waiting());
        Assert.Equal(["soon", "now"], (await store.Search(new(), Cancel)).Select(e => e.Record.Action));
    }

    [Fact]
    public async Task What_a_killed_process_had_carried_but_not_removed_is_carried_once()
    {
        // As left by a process that was killed between the two commits.
        var rows = new List<AuditRow>();
        await Change("first");
        var outbox = new AuditOutbox(Database, (found, _) =>
        {
            rows.AddRange(found);
            throw new OperationCanceledException("killed here");
        });
        await Assert.ThrowsAsync<OperationCanceledException>(() => outbox.Carry(Cancel));
        var writer = new AuditWriter(Database.Log);
        await writer.Append(new AuditWriter.Entry(rows[0].RecordId, rows[0].ToRecord(), isCarried: true), s_key);
        writer.Stop();
        Assert.Equal(1, await Waiting());

        var store = new AuditStore(Database, _ => ValueTask.FromResult(s_key));
        await store.Flush(Cancel);

        Assert.Equal("first", Assert.Single(await store.Search(new(), Cancel)).Record.Action);
        Assert.Equal(0, await Waiting());
    }

    [Fact]
    public async Task Two_nodes_that_carry_at_once_bring_each_record_once()
    {
        using var other = new Database(Provider, Test.ConnectionString);
        var stores = new[] { new AuditStore(Database), new AuditStore(other) };
        for (var i = 0; i < 230; i++)
            await Change($"change {i}");

        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run(() => stores[i % 2].Flush(Cancel), Cancel)));

        var found = await stores[0].Search(new AuditQuery { Limit = 500 }, Cancel);
        Assert.Equal(230, found.Count);
        Assert.Equal(230, found.Select(e => e.Record.Action).Distinct().Count());
        Assert.Equal(Enumerable.Range(1, 230).Select(i => (long)i), found.Select(e => e.Sequence).Order());
    }

    [Fact]
    public async Task Two_nodes_that_append_at_once_have_one_sequence_without_gaps()
    {
        using var other = new Database(Provider, Test.ConnectionString);
        var stores = new[] { new AuditStore(Database), new AuditStore(other) };

        await Task.WhenAll(Enumerable.Range(0, 200).Select(i => Task.Run(() => stores[i % 2].Append(Samples.Audit($"{i}"), Cancel), Cancel)));

        var found = await stores[1].Search(new AuditQuery { Limit = 500 }, Cancel);
        Assert.Equal(Enumerable.Range(1, 200).Select(i => (long)i), found.Select(e => e.Sequence).Order());
        Assert.Equal(200, found.Select(e => e.Record.Action).Distinct().Count());
    }

    [Fact]
    public async Task Nothing_is_appended_behind_a_head_that_was_changed_or_removed()
    {
        var store = new AuditStore(Database);
        await store.Append(Samples.Audit(), Cancel);
        await store.Append(Samples.Audit(), Cancel);
        await store.Check(Cancel);

        await Test.ExecuteInLog("UPDATE audit_head SET sequence = 1");
        await Assert.ThrowsAsync<AuditLogBrokenException>(() => store.Append(Samples.Audit(), Cancel));
        await Assert.ThrowsAsync<AuditLogBrokenException>(() => store.Check(Cancel));
        await Test.ExecuteInLog("DELETE FROM audit_head");
        await Assert.ThrowsAsync<AuditLogBrokenException>(() => store.Append(Samples.Audit(), Cancel));

        Assert.Equal(2, (await store.Search(new(), Cancel)).Count);
    }

    private Task<bool> Change(string action) => Database.Write(
        async session =>
        {
            await AuditStore.Insert(session, Samples.Audit(action));
            return true;
        },
        Cancel);

    private Task<long> Waiting() => Test.CountOf("audit_outbox");
}

public sealed class AuditOutboxOnSqlite() : AuditOutboxTests(DatabaseProvider.Sqlite)
{
    [Fact]
    public async Task What_the_log_held_before_it_had_a_file_of_its_own_is_carried_over()
    {
        await using var old = await TestDatabase.Create(DatabaseProvider.Sqlite, isMigrated: false);
        var files = MigrationFile.Embedded(DatabaseProvider.Sqlite);
        var before = files.TakeWhile(file => !file.Name.EndsWith("_audit_outbox.sql", StringComparison.Ordinal)).ToList();
        await new Migrator(old.Database, TimeProvider.System, before).Apply(Cancel);
        await old.Execute("""
            INSERT INTO audit_event (occurred_at, caller, action, outcome, source_address, request_id)
            VALUES (1, 'ada', 'first', 'Succeeded', '127.0.0.1', 'r1'), (2, 'ada', 'second', 'Denied', '127.0.0.1', 'r2')
            """);

        await new Migrator(old.Database, TimeProvider.System).Apply(Cancel);
        var found = await new AuditStore(old.Database).Search(new(), Cancel);

        Assert.Equal(["second", "first"], found.Select(e => e.Record.Action));
    }

    [Fact]
    public async Task A_log_that_cannot_be_written_lets_nothing_through_and_recovers_by_itself()
    {
        var store = new AuditStore(Database);
        await store.Append(Samples.Audit("before"), Cancel);

        await Test.ExecuteInLog("CREATE TRIGGER full BEFORE INSERT ON audit_record BEGIN SELECT RAISE(ABORT, 'as on a full disk'); END");
        var refused = await Assert.ThrowsAsync<Core.PortalException>(() => store.Append(Samples.Audit("lost"), Cancel));
        Assert.Equal(Core.PortalError.Unavailable, refused.Error);

        await Test.ExecuteInLog("DROP TRIGGER full");
        await store.Append(Samples.Audit("after"), Cancel);
        Assert.Equal(["after", "before"], (await store.Search(new(), Cancel)).Select(e => e.Record.Action));
    }
}

public sealed class AuditOutboxOnSqlServer() : AuditOutboxTests(DatabaseProvider.SqlServer);
