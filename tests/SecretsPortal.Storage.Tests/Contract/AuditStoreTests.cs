using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class AuditStoreTests(DatabaseProvider provider) : ContractTests(provider)
{
    private AuditStore Store => new(Database);

    [Fact]
    public async Task A_record_reads_back_as_it_was()
    {
        var full = Samples.Audit("secretsmanager:GetSecretValue", Now.AddTicks(10)) with
        {
            AccessKeyId = "AKIAEXAMPLE", Resource = "prod/db", Outcome = AuditOutcome.Denied, Detail = "no statement allows it",
        };
        var least = Samples.Audit();

        await Store.Append(full, Cancel);
        await Store.Append(least, Cancel);

        var found = await Store.Search(new AuditQuery(), Cancel);
        Assert.Equal([least, full], found.Select(e => e.Record));
        Assert.True(found[0].Sequence > found[1].Sequence);
    }

    [Fact]
    public async Task Empty_texts_and_texts_of_all_planes_read_back_as_they_were()
    {
        var empty = Samples.Audit() with { AccessKeyId = "", Resource = "", Detail = "", RequestId = "" };
        var full = Samples.Audit() with { Resource = "grüße/秘密/🔑", Detail = new string('ü', 2000) + "🔑", RequestId = "r" };

        await Store.Append(empty, Cancel);
        await Store.Append(full, Cancel);

        Assert.Equal([full, empty], (await Store.Search(new AuditQuery(), Cancel)).Select(found => found.Record));
    }

    [Fact]
    public async Task Search_narrows_by_each_member_and_by_all_together()
    {
        await Append("a", "x", "r1", AuditOutcome.Succeeded, 0);
        await Append("a", "y", "r1", AuditOutcome.Denied, 1);
        await Append("b", "x", "r2", AuditOutcome.Failed, 2);
        await Append("A", "X", null, AuditOutcome.Succeeded, 3);

        Assert.Equal([3, 2, 1, 0], await Found(new()));
        Assert.Equal([1, 0], await Found(new() { Caller = "a" }));
        Assert.Equal([2, 0], await Found(new() { Action = "x" }));
        Assert.Equal([1, 0], await Found(new() { Resource = "r1" }));
        Assert.Equal([1], await Found(new() { Outcome = AuditOutcome.Denied }));
        Assert.Equal([2, 1], await Found(new() { From = Now.AddSeconds(1), Until = Now.AddSeconds(3) }));
        Assert.Equal([3], await Found(new() { From = Now.AddSeconds(3) }));
        Assert.Equal([0], await Found(new() { Caller = "a", Action = "x", Resource = "r1", From = Now, Until = Now.AddSeconds(1), Outcome = AuditOutcome.Succeeded }));
        Assert.Equal([0], await Found(new() { Caller = "a", Action = "x" }));
        Assert.Equal([2], await Found(new() { Action = "x", From = Now.AddSeconds(1) }));
        Assert.Empty(await Found(new() { Caller = "nobody" }));
    }

    [Fact]
    public async Task Pages_go_back_in_time()
    {
        for (var i = 0; i < 7; i++)
            await Append("a", "x", null, AuditOutcome.Succeeded, i);

        var first = await Store.Search(new AuditQuery { Limit = 3 }, Cancel);
        var second = await Store.Search(new AuditQuery { Limit = 3, Before = first[^1].Sequence }, Cancel);
        var third = await Store.Search(new AuditQuery { Limit = 3, Before = second[^1].Sequence }, Cancel);

        Assert.Equal([3, 3, 1], new[] { first.Count, second.Count, third.Count });
        Assert.Equal(7, first.Concat(second).Concat(third).Select(e => e.Sequence).Distinct().Count());
    }

    [Fact]
    public async Task Overlong_texts_from_outside_still_leave_their_record()
    {
        var name = new string('n', 3000);

        await Store.Append(Samples.Audit() with { Resource = name, Detail = new string('d', 5000), Caller = new string('c', 600), AccessKeyId = new string('k', 200) }, Cancel);

        var found = Assert.Single(await Store.Search(new AuditQuery { Resource = name }, Cancel)).Record;
        Assert.Equal((800, 4000, 512, 128), (found.Resource!.Length, found.Detail!.Length, found.Caller.Length, found.AccessKeyId!.Length));
    }

    [Fact]
    public async Task Records_at_once_are_all_there_with_a_sequence_each()
    {
        await Task.WhenAll(Enumerable.Range(0, 50).Select(i => Task.Run(() => Append("a", "x", null, AuditOutcome.Succeeded, i), Cancel)));

        var found = await Store.Search(new AuditQuery { Limit = 500 }, Cancel);
        Assert.Equal(50, found.Select(e => e.Sequence).Distinct().Count());
    }

    private Task Append(string caller, string action, string? resource, AuditOutcome outcome, int second) =>
        Store.Append(Samples.Audit(action, Now.AddSeconds(second)) with { Caller = caller, Resource = resource, Outcome = outcome }, Cancel);

    private async Task<IEnumerable<int>> Found(AuditQuery query) =>
        (await Store.Search(query, Cancel)).Select(e => (int)(e.Record.At - Now).TotalSeconds);
}

public sealed class AuditStoreOnSqlite() : AuditStoreTests(DatabaseProvider.Sqlite)
{
    [Fact]
    public async Task A_search_by_resource_goes_through_all_blocks_of_its_index_and_starts_with_the_newest()
    {
        const int count = 400_000; // 98 blocks, more than one statement looks at.
        await Test.ExecuteInLog($"""
            WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < {count})
            INSERT INTO audit_record (sequence, record_id, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id, mac)
            SELECT n, printf('%032d', n), n, 'c', NULL, 'a',
              CASE WHEN n % 100000 = 7 THEN 'rare-AbCdEf' WHEN n % 50000 = 3 THEN 'other-AbCdEf' WHEN n % 2 = 0 THEN 'hot' END, 'Succeeded', NULL, 's', 'r', zeroblob(32)
            FROM number
            """);
        var store = new AuditStore(Database);

        Assert.Equal([300_007, 200_007, 100_007, 7], await Sequences(new() { Resource = "rare-AbCdEf" }));
        Assert.Equal([100_007, 7], await Sequences(new() { Resource = "rare-AbCdEf", Before = 200_007 }));
        Assert.Equal([200_007, 100_007], await Sequences(new() { Resource = "rare-AbCdEf", Before = 300_007, Limit = 2 }));
        Assert.Equal([350_003, 300_003], await Sequences(new() { Resource = "other-AbCdEf", Limit = 2 }));
        Assert.Equal([400_000, 399_998, 399_996], await Sequences(new() { Resource = "hot", Limit = 3 }));
        Assert.Equal([4, 2], await Sequences(new() { Resource = "hot", Before = 6 }));
        Assert.Equal([100_007], await Sequences(new() { Resource = "rare-AbCdEf", From = DateTimeOffset.UnixEpoch.AddMicroseconds(8), Until = DateTimeOffset.UnixEpoch.AddMicroseconds(200_007) }));
        Assert.Empty(await Sequences(new() { Resource = "AbCdEf" }));
        Assert.Empty(await Sequences(new() { Resource = "rare-AbCdEf", Before = 7 }));

        async Task<IEnumerable<long>> Sequences(AuditQuery query) => (await store.Search(query, Cancel)).Select(found => found.Sequence);
    }
}

public sealed class AuditStoreOnSqlServer() : AuditStoreTests(DatabaseProvider.SqlServer);
