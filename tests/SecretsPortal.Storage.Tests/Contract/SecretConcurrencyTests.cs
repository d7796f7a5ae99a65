using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class SecretConcurrencyTests(DatabaseProvider provider) : ContractTests(provider)
{
    private SecretStore Store => new(Database);

    protected override Task SetUp() => new KeyStore(Database).AddKey(Samples.Key(), Cancel);

    [Fact]
    public async Task Of_64_creations_of_one_name_at_once_one_wins()
    {
        var results = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ =>
            Task.Run(() => Store.Create(Samples.WithValue(Samples.Secret("name")), Cancel), Cancel)));

        Assert.Single(results, won => won);
        Assert.Single(await Audit());
    }

    [Fact]
    public async Task Changes_of_one_secret_at_once_all_apply_whichever_node_makes_them()
    {
        var secret = await Created("name");
        using var node = new Database(Provider, Test.ConnectionString);
        var stores = new[] { Store, new SecretStore(node) };

        var changed = await Task.WhenAll(Enumerable.Range(0, 32).Select(i => Task.Run(
            () => stores[i % 2].Change(secret.Id, before => new SecretChange(
                before with { Tags = [.. before.Tags ?? [], new SecretTag($"t{i}", "")] }, Samples.Audit()), Cancel), Cancel)));

        var found = await Store.FindById(secret.Id, Cancel);
        Assert.Equal(Enumerable.Range(0, 32).Select(i => $"t{i}").Order(StringComparer.Ordinal), found!.Tags!.Select(tag => tag.Key).Order(StringComparer.Ordinal));
        Assert.Equal(32, changed.Select(s => s!.LastChangedAt).Distinct().Count());
        Assert.Equal(33, (await Audit()).Count);
    }

    [Fact]
    public async Task A_reader_sees_a_change_whole_or_not_at_all()
    {
        var secret = await Created("name");
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(Cancel);
        var writer = Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
                await Store.Change(secret.Id, before => new SecretChange(
                    before with { Description = $"{i}", Tags = [new SecretTag("a", $"{i}"), new SecretTag("b", $"{i}")] }, Samples.Audit()), Cancel);
            await stop.CancelAsync();
        }, Cancel);

        var seen = 0;
        while (!stop.IsCancellationRequested)
        {
            var found = await Store.FindById(secret.Id, Cancel);
            Assert.All(found!.Tags ?? [], tag => Assert.Equal(found.Description, tag.Value));
            seen++;
        }

        await writer;
        Assert.True(seen > 0);
    }

    private Task<IReadOnlyList<AuditEvent>> Audit() => new AuditStore(Database).Search(new AuditQuery { Limit = 500 }, Cancel);

    private async Task<Secret> Created(string name)
    {
        var secret = Samples.Secret(name);
        Assert.True(await Store.Create(Samples.WithValue(secret), Cancel));
        return secret;
    }
}

public sealed class SecretConcurrencyOnSqlite() : SecretConcurrencyTests(DatabaseProvider.Sqlite);

public sealed class SecretConcurrencyOnSqlServer() : SecretConcurrencyTests(DatabaseProvider.SqlServer);
