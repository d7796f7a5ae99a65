using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class OverviewStoreTests(DatabaseProvider provider) : ContractTests(provider)
{
    private OverviewStore Overview => new(Database);

    private SecretStore Secrets => new(Database);

    protected override Task SetUp() => new KeyStore(Database).AddKey(Samples.Key(), Cancel);

    [Fact]
    public async Task Secrets_are_counted_by_the_kind_of_their_current_value_and_by_deletion()
    {
        var pairs = new[] { await Add("a"), await Add("b"), await Add("c"), await Add("elsewhere", "eu-central-1") };
        await Secrets.Create(new SecretChange(Samples.Secret("empty"), Samples.Audit()), Cancel);
        await Secrets.Create(new SecretChange(Samples.Secret("follows") with { PrimaryRegion = "eu-central-1" }, Samples.Audit()), Cancel);
        await Secrets.Change(pairs[1].Id, s => Samples.Put(s, Samples.V2) is var put
            ? put with { After = put.After with { Versions = [.. put.After.Versions.Select(v => v.VersionId == Samples.V2 ? v with { Kind = SecretKind.Text } : v)] } } : put, Cancel);
        await Secrets.Change(pairs[2].Id, s => new SecretChange(s with { DeletedAt = Now, PurgeAt = Now.AddDays(7) }, Samples.Audit()), Cancel);

        var counts = await Overview.Count(Samples.Region, Cancel);

        Assert.Equal([(SecretKind.KeyValue, 1L), (SecretKind.Text, 1L), (null, 2L)], counts.ByKind.OrderBy(kind => kind.Kind ?? (SecretKind)99));
        Assert.Equal((1, 1), (counts.Deleted, counts.Replicas));
        Assert.Equal([(SecretKind.KeyValue, 1L)], (await Overview.Count("eu-central-1", Cancel)).ByKind);

        await Secrets.Change(pairs[2].Id, s => new SecretChange(s with { DeletedAt = null, PurgeAt = null }, Samples.Audit()), Cancel);
        counts = await Overview.Count(Samples.Region, Cancel);
        Assert.Contains((SecretKind.KeyValue, 2L), counts.ByKind);
        Assert.Equal(0, counts.Deleted);
    }

    [Fact]
    public async Task Rotations_that_ended_are_counted_by_day_in_their_region()
    {
        var secret = await Add("db");
        var other = await Add("db", "eu-central-1");
        await End(secret, Now.AddDays(-2).AddHours(1), RotationRunState.Succeeded);
        await End(secret, Now.AddDays(-2).AddHours(2), RotationRunState.Succeeded);
        await End(secret, Now.AddMinutes(-1), RotationRunState.Failed);
        await End(secret, Now.AddDays(-9), RotationRunState.Succeeded);
        await End(other, Now.AddMinutes(-1), RotationRunState.Succeeded);

        var ended = await Overview.Ended(Samples.Region, Now.AddDays(-3), TimeSpan.FromDays(1), 3, Cancel);

        Assert.Equal([new EndedRotations(1, 2, 0), new EndedRotations(2, 0, 1)], ended);
        Assert.Equal([new EndedRotations(2, 1, 0)], await Overview.Ended("eu-central-1", Now.AddDays(-3), TimeSpan.FromDays(1), 3, Cancel));
    }

    [Fact]
    public async Task What_rotates_next_is_counted_by_the_hour_and_listed_in_order()
    {
        var soon = await Scheduled("soon", Now.AddMinutes(90));
        var later = await Scheduled("later", Now.AddHours(5));
        await Scheduled("stopped", Now.AddHours(2), enabled: false);
        await Scheduled("elsewhere", Now.AddHours(2), region: "eu-central-1");
        await Scheduled("next week", Now.AddDays(8));

        var hours = await Overview.Upcoming(Samples.Region, Now, Now, TimeSpan.FromHours(1), 24, Cancel);
        var next = await Overview.Next(Samples.Region, Now, 2, Cancel);

        Assert.Equal(24, hours.Count);
        Assert.Equal([1, 5], Enumerable.Range(0, 24).Where(i => hours[i] == 1));
        Assert.Equal(2, hours.Sum());
        Assert.Equal(1, (await Overview.Upcoming(Samples.Region, Now, Now.AddHours(3), TimeSpan.FromHours(1), 24, Cancel)).Sum());
        Assert.Equal([("soon", Begin(soon)), ("later", Begin(later))], next.Select(one => (one.Name, one.BeginsAt)));
    }

    protected async Task<Secret> Add(string name, string region = Samples.Region)
    {
        var secret = Samples.Secret(name, region: region);
        await Secrets.Create(Samples.WithValue(secret), Cancel);
        return secret;
    }

    private async Task<Secret> Scheduled(string name, DateTimeOffset at, bool enabled = true, string region = Samples.Region)
    {
        var secret = Samples.Secret(name, region: region) with
        {
            Rotation = new RotationSettings { Enabled = enabled, Schedule = RotationSchedule.Parse("rate(10 days)", null, null), NextWindowStart = at, NextWindowEnd = at.AddMinutes(1) },
        };
        await Secrets.Create(Samples.WithValue(secret), Cancel);
        return secret;
    }

    private static DateTimeOffset Begin(Secret secret) =>
        new RotationWindow(secret.Rotation!.NextWindowStart!.Value, secret.Rotation.NextWindowEnd!.Value).BeginOf(secret.Id);

    private async Task End(Secret secret, DateTimeOffset at, RotationRunState state)
    {
        var runs = new RotationStore(Database);
        var run = Samples.Run(secret, at: at);
        await Secrets.Change(secret.Id, s => new SecretChange(s, Samples.Audit(at: at)) { StartRun = run }, Cancel);
        var claim = await runs.Claim(run.RunId, "node", at, at.AddMinutes(5), Cancel);
        await Secrets.Change(secret.Id, s => new SecretChange(s, Samples.Audit(at: at)) { EndRun = new(run.RunId, claim!.Fence, state, "ended") }, Cancel);
    }
}

public sealed class OverviewStoreOnSqlite() : OverviewStoreTests(DatabaseProvider.Sqlite)
{
    [Fact]
    public async Task Each_number_comes_from_one_index_alone()
    {
        Assert.Equal(["SEARCH secret USING COVERING INDEX ix_secret_kind (region=? AND purge_at=?)"], await Database.Plan(OverviewStore.CountKinds, Cancel));
        Assert.Equal(["SEARCH secret USING COVERING INDEX ix_secret_kind (region=? AND purge_at>?)"], await Database.Plan(OverviewStore.CountDeleted, Cancel));
        Assert.Equal(["SEARCH secret USING COVERING INDEX ix_secret_replica_of (region=? AND primary_region>?)"], await Database.Plan(OverviewStore.CountReplicas, Cancel));
        Assert.Contains("SEARCH rotation_run USING COVERING INDEX ix_rotation_run_finished (region=? AND mode=? AND finished_at>? AND finished_at<?)", await Database.Plan(OverviewStore.CountEnded, Cancel));
        Assert.Contains("SEARCH rotation_schedule USING COVERING INDEX ix_rotation_schedule_next (region=? AND enabled=? AND due_at>? AND due_at<?)", await Database.Plan(OverviewStore.CountUpcoming, Cancel));
        var list = await Database.Plan(OverviewStore.ListUpcoming, Cancel);
        Assert.Equal("SEARCH p USING INDEX ix_rotation_schedule_next (region=? AND enabled=? AND due_at>?)", list[0]);
        Assert.DoesNotContain(list, step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    [Fact]
    public async Task What_was_stored_before_has_its_kind_and_its_region_after_the_update()
    {
        var secret = await Add("old");
        var run = Samples.Run(secret, at: Now);
        await new SecretStore(Database).Change(secret.Id, s => new SecretChange(s, Samples.Audit()) { StartRun = run }, Cancel);
        var update = MigrationFile.Embedded(DatabaseProvider.Sqlite).Single(file => file.Name.EndsWith("_overview.sql", StringComparison.Ordinal)).Text;
        // As before that update: without what it adds.
        await Test.Execute("""
            DROP INDEX ix_secret_kind; DROP INDEX ix_secret_replica_of; DROP INDEX ix_rotation_run_finished; DROP INDEX ix_rotation_schedule_next;
            ALTER TABLE secret DROP COLUMN kind; ALTER TABLE rotation_run DROP COLUMN region;
            """);

        await Test.Execute(update);

        Assert.Equal([(SecretKind.KeyValue, 1L)], (await new OverviewStore(Database).Count(Samples.Region, Cancel)).ByKind);
        Assert.Equal(Samples.Region, await Database.Inspect("SELECT region FROM rotation_run", Cancel));
    }
}

public sealed class OverviewStoreOnSqlServer() : OverviewStoreTests(DatabaseProvider.SqlServer);
