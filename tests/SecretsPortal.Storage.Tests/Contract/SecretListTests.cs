using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class SecretListTests(DatabaseProvider provider) : ContractTests(provider)
{
    private static readonly SecretQuery s_all = new() { Region = Samples.Region };

    private SecretStore Store => new(Database);

    protected override Task SetUp() => new KeyStore(Database).AddKey(Samples.Key(), Cancel);

    [Fact]
    public async Task Lists_by_creation_in_both_directions_within_a_region()
    {
        await Create("c", 0);
        await Create("a", 1);
        await Create("b", 2);
        await Store.Create(Samples.WithValue(Samples.Secret("elsewhere", region: "eu-west-1")), Cancel);

        Assert.Equal(["c", "a", "b"], await Names(s_all));
        Assert.Equal(["b", "a", "c"], await Names(s_all with { Descending = true }));
    }

    [Fact]
    public async Task Lists_by_name_by_last_change_and_by_last_access()
    {
        var b = await Create("b", 0);
        var a = await Create("a", 1);
        var upper = await Create("B", 2);
        await Store.Change(b.Id, before => new SecretChange(before with { Description = "changed", LastChangedAt = Now.AddHours(1) }, Samples.Audit()), Cancel);
        await Store.NoteAccess([new AccessNote(a.Id, Samples.V1, new DateOnly(2026, 3, 2))], Cancel);
        await Store.NoteAccess([new AccessNote(upper.Id, Samples.V1, new DateOnly(2026, 3, 1))], Cancel);

        Assert.Equal(["B", "a", "b"], await Names(s_all with { OrderBy = SecretOrder.Name }));
        Assert.Equal(["a", "B", "b"], await Names(s_all with { OrderBy = SecretOrder.LastChanged }));
        Assert.Equal(["b", "B", "a"], await Names(s_all with { OrderBy = SecretOrder.LastAccessed }));
        Assert.Equal(["a", "B", "b"], await Names(s_all with { OrderBy = SecretOrder.LastAccessed, Descending = true }));
        Assert.Equal(["b", "a", "B"], await Names(s_all with { OrderBy = SecretOrder.Name, Descending = true, Filters = [new("all", ["!none"])] }));
    }

    [Theory]
    [InlineData(SecretOrder.Created, false)]
    [InlineData(SecretOrder.Created, true)]
    [InlineData(SecretOrder.LastAccessed, false)]
    [InlineData(SecretOrder.LastAccessed, true)]
    [InlineData(SecretOrder.LastChanged, false)]
    [InlineData(SecretOrder.LastChanged, true)]
    [InlineData(SecretOrder.Name, false)]
    [InlineData(SecretOrder.Name, true)]
    public async Task Pages_follow_each_other_without_gap_or_repeat_also_among_equals(SecretOrder order, bool descending)
    {
        for (var i = 0; i < 25; i++)
        {
            var secret = await Create($"s{i:00}", i / 10);
            if (i % 3 > 0)
                await Store.NoteAccess([new AccessNote(secret.Id, Samples.V1, new DateOnly(2026, 3, i % 3))], Cancel);
        }

        var query = s_all with { Limit = 4, OrderBy = order, Descending = descending };
        var all = await Names(query with { Limit = 100 });

        var paged = new List<string>();
        SecretPageKey? after = null;
        while (true)
        {
            var page = await Store.List(query with { After = after }, Cancel);
            Assert.True(page.Count <= 4);
            if (page.Count == 0)
                break;
            paged.AddRange(page.Select(s => s.Name));
            after = SecretPageKey.Of(page[^1], query.OrderBy);
        }

        Assert.Equal(25, all.Count);
        Assert.Equal(all, paged);
    }

    [Fact]
    public async Task A_full_page_brings_each_secret_whole()
    {
        for (var i = 0; i < 120; i++)
            await Create($"s{i:000}", i, tags: [new SecretTag("n", $"{i}")]);

        var page = await Store.List(s_all with { Limit = 100 }, Cancel);

        Assert.Equal(100, page.Count);
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"s{i:000}"), page.Select(s => s.Name));
        Assert.Equal(Enumerable.Range(0, 100).Select(i => $"{i}"), page.Select(s => s.Tags![0].Value));
        Assert.All(page, s => Assert.Equal(Samples.V1, s.Labels.VersionOf("AWSCURRENT")));
    }

    [Fact]
    public async Task Secrets_marked_for_deletion_are_listed_on_demand_alone()
    {
        await Create("stays", 0);
        var secret = await Create("goes", 1);
        await Store.Change(secret.Id, before => new SecretChange(before with { DeletedAt = Now, PurgeAt = Now.AddDays(7) }, Samples.Audit()), Cancel);

        Assert.Equal(["stays"], await Names(s_all));
        Assert.Equal(["stays", "goes"], await Names(s_all with { IncludePlannedDeletion = true }));
    }

    [Theory]
    [InlineData("name", "prod/", "prod/db|prod/_x")]
    [InlineData("name", "Prod/", "Prod/api")]
    [InlineData("name", "prod/_", "prod/_x")]
    [InlineData("name", "%", "")]
    [InlineData("name", "!prod/", "Prod/api|test/db")]
    [InlineData("name", "prod/d,test/", "prod/db|test/db")]
    [InlineData("description", "customer", "prod/db")]
    [InlineData("description", "CUST data", "prod/db")]
    [InlineData("description", "customer missing", "")]
    [InlineData("tag-key", "env", "prod/db|Prod/api")]
    [InlineData("tag-key", "Env", "")]
    [InlineData("tag-key", "!env", "prod/_x|test/db")]
    [InlineData("tag-value", "live", "prod/db")]
    [InlineData("primary-region", "us-", "prod/_x")]
    [InlineData("primary-region", "eu-", "test/db")]
    [InlineData("owning-service", "rds", "")]
    [InlineData("all", "customer", "prod/db")]
    [InlineData("all", "DB", "prod/db|test/db")]
    [InlineData("all", "gitHub", "Prod/api")]
    [InlineData("all", "live", "prod/db|Prod/api")]
    public async Task Filters_find_what_they_say(string key, string values, string names)
    {
        await CreateFour();

        Assert.Equal(names.Length == 0 ? [] : names.Split('|'), await Names(s_all with { Filters = [new SecretFilter(key, values.Split(','))] }));
    }

    [Fact]
    public async Task Several_filters_narrow()
    {
        await CreateFour();

        Assert.Equal(["prod/db"], await Names(s_all with { Filters = [new("name", ["prod/"]), new("tag-key", ["env"])] }));
        Assert.Empty(await Names(s_all with { Filters = [new("name", ["prod/"]), new("name", ["test/"])] }));
    }

    [Fact]
    public async Task A_filter_finds_far_down_and_pages_on()
    {
        for (var i = 0; i < 1100; i++)
            await Create($"s{i:0000}", i / 300, tags: i % 500 == 499 ? [new SecretTag("rare", "")] : null);
        var query = s_all with { Filters = [new("tag-key", ["rare"])], Limit = 1 };

        var first = Assert.Single(await Store.List(query, Cancel));
        var second = Assert.Single(await Store.List(query with { After = SecretPageKey.Of(first, query.OrderBy) }, Cancel));

        Assert.Equal(("s0499", "s0999"), (first.Name, second.Name));
        Assert.Empty(await Store.List(query with { After = SecretPageKey.Of(second, query.OrderBy) }, Cancel));
    }

    private async Task CreateFour()
    {
        await Create("prod/db", 0, "Customer data", [new("env", "live")]);
        await Create("Prod/api", 1, "token for GitHub", [new("environment", "Live")]);
        await Create("prod/_x", 2, replicas: [new SecretReplica("eu-west-1", null)]);
        await Create("test/db", 3, tags: [], primaryRegion: "eu-west-1");
    }

    private async Task<Secret> Create(string name, int seconds, string? description = null, IReadOnlyList<SecretTag>? tags = null,
        IReadOnlyList<SecretReplica>? replicas = null, string? primaryRegion = null)
    {
        var secret = Samples.Secret(name, Now.AddSeconds(seconds)) with
        {
            Description = description, Tags = tags, Replicas = replicas ?? [], PrimaryRegion = primaryRegion,
        };
        Assert.True(await Store.Create(Samples.WithValue(secret), Cancel));
        return secret;
    }

    private async Task<List<string>> Names(SecretQuery query) => [.. (await Store.List(query, Cancel)).Select(s => s.Name)];
}

public sealed class SecretListOnSqlite() : SecretListTests(DatabaseProvider.Sqlite);

public sealed class SecretListOnSqlServer() : SecretListTests(DatabaseProvider.SqlServer);
