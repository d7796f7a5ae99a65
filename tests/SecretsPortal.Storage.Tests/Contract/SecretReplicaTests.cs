using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class SecretReplicaTests(DatabaseProvider provider) : ContractTests(provider)
{
    private SecretStore Store => new(Database);

    protected override Task SetUp() => new KeyStore(Database).AddKey(Samples.Key(), Cancel);

    [Fact]
    public async Task What_hangs_on_a_secret_reads_back_as_it_was()
    {
        var secret = Samples.Secret("name") with
        {
            ResourcePolicy = """{"Statement":"ü 😀"}""",
            PrimaryRegion = "eu-west-1",
            PartnerType = "SalesforceClientSecret",
            Rotation = new RotationSettings
            {
                Enabled = true,
                ExternalMetadata = [new ExternalRotationItem("b", "1"), new ExternalRotationItem("a", "\"2\"")],
                ExternalRoleArn = "arn:aws:iam::000000000000:role/partner",
            },
        };

        await Store.Create(Samples.WithValue(secret), Cancel);

        var found = (await Store.FindById(secret.Id, Cancel))!;
        Assert.Equal((secret.ResourcePolicy, secret.PrimaryRegion, secret.PartnerType), (found.ResourcePolicy, found.PrimaryRegion, found.PartnerType));
        Assert.True(found.IsReplica);
        Assert.Equal(secret.Rotation.ExternalMetadata, found.Rotation!.ExternalMetadata);
        Assert.Equal(secret.Rotation.ExternalRoleArn, found.Rotation.ExternalRoleArn);

        var bare = await Change(secret, before => before with { ResourcePolicy = null, PrimaryRegion = null, PartnerType = null, Rotation = new RotationSettings { Enabled = true } });
        Assert.Equal((null, null, null), (bare.ResourcePolicy, bare.PrimaryRegion, bare.PartnerType));
        Assert.Equal((null, null), (bare.Rotation!.ExternalMetadata, bare.Rotation.ExternalRoleArn));
    }

    [Fact]
    public async Task Replicas_are_stored_changed_and_removed()
    {
        var secret = Samples.Secret("name") with
        {
            Replicas = [new SecretReplica("eu-west-1", "alias/mine") { OverwritesId = Samples.NewId(), DueAt = Now, Attempts = 3, Failure = "why" }, new SecretReplica("ap-south-1", null)],
        };
        await Store.Create(Samples.WithValue(secret), Cancel);

        var found = (await Store.FindById(secret.Id, Cancel))!;
        Assert.Equal(["ap-south-1", "eu-west-1"], found.Replicas.Select(r => r.Region));
        Assert.Equal(secret.Replicas[0], found.Replicas[1]);
        Assert.Equal([ReplicaStatus.InSync, ReplicaStatus.Failed], found.Replicas.Select(r => r.Status));

        var changed = await Change(secret, before => before with { Replicas = [before.Replicas[1] with { DueAt = null, Failure = null }, new SecretReplica("us-west-2", null) { DueAt = Now }] });
        Assert.Equal(["eu-west-1", "us-west-2"], changed.Replicas.Select(r => r.Region));
        Assert.Equal([ReplicaStatus.InSync, ReplicaStatus.InProgress], changed.Replicas.Select(r => r.Status));
        Assert.Equal(secret.LastChangedAt, changed.LastChangedAt);

        Assert.Empty((await Change(secret, before => before with { Replicas = [] })).Replicas);
    }

    [Fact]
    public async Task Any_change_of_the_content_makes_all_replicas_due()
    {
        var secret = Samples.Secret("name") with { Replicas = [new SecretReplica("eu-west-1", null), new SecretReplica("us-west-2", null)] };
        await Store.Create(Samples.WithValue(secret), Cancel);

        await Store.NoteAccess([new AccessNote(secret.Id, Samples.V1, new DateOnly(2026, 3, 1))], Cancel);
        Assert.All((await Store.FindById(secret.Id, Cancel))!.Replicas, replica => Assert.Equal(ReplicaStatus.InSync, replica.Status));

        var put = (await Store.Change(secret.Id, before => Samples.Put(before, Samples.V2), Cancel))!;
        Assert.All(put.Replicas, replica => Assert.Equal((ReplicaStatus.InProgress, Now), (replica.Status, replica.DueAt)));
    }

    [Fact]
    public async Task A_change_of_the_content_leaves_a_failed_replica_its_pause()
    {
        var failed = Due("eu-west-1", Now.AddHours(1)) with { Attempts = 3, Failure = "why" };
        var secret = Samples.Secret("name") with { Replicas = [failed] };
        await Store.Create(Samples.WithValue(secret), Cancel);

        Assert.Equal(failed, Assert.Single((await Store.Change(secret.Id, before => Samples.Put(before, Samples.V2), Cancel))!.Replicas));
    }

    [Fact]
    public async Task A_version_of_another_time_takes_the_place_of_one_with_the_same_id()
    {
        var secret = Samples.Secret("name");
        await Store.Create(Samples.WithValue(secret), Cancel);
        var put = (await Store.Change(secret.Id, before => Samples.Put(before, Samples.V2), Cancel))!;
        var later = Now.AddDays(2);
        SecretVersion[] versions = [put.FindVersion(Samples.V2)!, put.FindVersion(Samples.V1)! with { CreatedAt = later }];

        await Assert.ThrowsAsync<ArgumentException>(() => Change(secret, before => before with { Versions = versions }));
        var after = (await Store.Change(secret.Id, before => new SecretChange(before with { Versions = versions }, Samples.Audit())
        {
            Values = [Samples.Value(Samples.V1, "another")],
        }, Cancel))!;

        Assert.Equal([(Samples.V2, put.Versions[1].CreatedAt), (Samples.V1, later)], after.Versions.Select(v => (v.VersionId, v.CreatedAt)));
        Assert.Equal(Samples.Bytes("another"), (await Store.FindValue(secret.Id, Samples.V1, Cancel))!.Sealed);
        Assert.True(after.LastChangedAt > put.LastChangedAt);
        // One that was registered without a value leaves nothing of the old one behind.
        await Change(secret, before => before with { Versions = [versions[0], new SecretVersion { VersionId = Samples.V1, CreatedAt = later.AddDays(1) }] });
        Assert.Null(await Store.FindValue(secret.Id, Samples.V1, Cancel));
    }

    [Fact]
    public async Task A_name_that_is_taken_meanwhile_is_looked_for_again()
    {
        var primary = Samples.Secret("name") with { Replicas = [Due("eu-west-1", Now)] };
        await Store.Create(Samples.WithValue(primary), Cancel);
        var inTheWay = Samples.Secret("name", region: "eu-west-1");
        await Store.Create(Samples.WithValue(inTheWay), Cancel);
        var asked = 0;

        // What was there is overlooked the first time, as it is where somebody is quicker.
        await Replicas.Change(primary.Id, ["eu-west-1"], (before, there) => ++asked == 1
            ? new ReplicationChange([]) { Stored = [Samples.WithValue(Replica(before, "eu-west-1"))] }
            : new ReplicationChange(before.Replicas) { Records = [Samples.Audit($"found {Assert.Single(there).Id == inTheWay.Id}")] }, Cancel);

        Assert.Equal(2, asked);
        Assert.Equal("found True", (await new AuditStore(Database).Search(new Core.Audit.AuditQuery(), Cancel))[0].Record.Action);
    }

    [Fact]
    public async Task Only_regions_of_the_primarys_list_are_looked_at()
    {
        var primary = Samples.Secret("name") with { Replicas = [Due("eu-west-1", Now)] };
        foreach (var secret in new[] { primary, Samples.Secret("name", region: "eu-west-1"), Samples.Secret("name", region: "us-west-2") })
            await Store.Create(Samples.WithValue(secret), Cancel);

        await Replicas.Change(primary.Id, ["eu-west-1", "us-west-2", "mars-1"], (_, there) =>
        {
            Assert.Equal("eu-west-1", Assert.Single(there).Arn.Region);
            return null;
        }, Cancel);
    }

    [Fact]
    public async Task Due_replicas_are_found_the_longest_waiting_first()
    {
        var first = Samples.Secret("first") with { Replicas = [Due("eu-west-1", Now.AddSeconds(-1)), Due("us-west-2", Now.AddSeconds(1)), new SecretReplica("ap-south-1", null)] };
        var second = Samples.Secret("second") with { Replicas = [Due("eu-west-1", Now.AddSeconds(-2)), Due("us-west-2", SecretReplica.WhenFreed)] };
        await Store.Create(Samples.WithValue(first), Cancel);
        await Store.Create(Samples.WithValue(second), Cancel);

        Assert.Equal([new DueReplica(second.Id, "eu-west-1"), new DueReplica(first.Id, "eu-west-1")], await Replicas.FindDue(Now, 10, Cancel));
        Assert.Equal([new DueReplica(second.Id, "eu-west-1")], await Replicas.FindDue(Now, 1, Cancel));
        Assert.Equal([], await Replicas.FindDue(Now.AddSeconds(-3), 10, Cancel));
    }

    [Fact]
    public async Task A_primary_and_its_replicas_change_in_one_transaction()
    {
        var primary = Samples.Secret("name") with { Replicas = [Due("eu-west-1", Now)] };
        await Store.Create(Samples.WithValue(primary), Cancel);
        var replica = Replica(primary, "eu-west-1");

        var made = await Replicas.Change(primary.Id, ["eu-west-1"], (before, there) =>
        {
            Assert.Equal((primary.Id, 0), (before.Id, there.Count));
            return new ReplicationChange([before.Replicas[0] with { DueAt = null }]) { Stored = [Samples.WithValue(replica)], Records = [Samples.Audit("more")] };
        }, Cancel);
        Assert.Equal(ReplicaStatus.InSync, Assert.Single(made!.Replicas).Status);
        Assert.Equal(Samples.V1, (await Store.FindById(replica.Id, Cancel))!.Labels.VersionOf(StagingLabels.Current));

        await Replicas.Change(primary.Id, ["eu-west-1", "us-west-2"], (before, there) =>
            new ReplicationChange(before.Replicas) { Stored = [Samples.Put(Assert.Single(there), Samples.V2)] }, Cancel);
        Assert.Equal(Samples.V2, (await Store.FindById(replica.Id, Cancel))!.Labels.VersionOf(StagingLabels.Current));

        var none = await Replicas.Change(primary.Id, ["eu-west-1"], (_, there) => new ReplicationChange([]) { Removed = there, Records = [Samples.Audit("gone")] }, Cancel);
        Assert.Empty(none!.Replicas);
        Assert.Null(await Store.FindById(replica.Id, Cancel));
        Assert.Equal(["gone", "secretsmanager:PutSecretValue", "more"], (await new AuditStore(Database).Search(new Core.Audit.AuditQuery(), Cancel)).Take(3).Select(e => e.Record.Action));

        Assert.Equal(primary.Id, (await Replicas.Change(primary.Id, [], (_, _) => null, Cancel))!.Id);
        Assert.Null(await Replicas.Change(Samples.NewId(), [], (_, _) => throw new InvalidOperationException("asked of nothing"), Cancel));
    }

    [Fact]
    public async Task A_change_that_cannot_be_carried_out_leaves_all_as_it_was()
    {
        var primary = Samples.Secret("name") with { Replicas = [Due("eu-west-1", Now)] };
        await Store.Create(Samples.WithValue(primary), Cancel);
        var inTheWay = Samples.Secret("name", region: "eu-west-1");
        await Store.Create(Samples.WithValue(inTheWay), Cancel);

        await Assert.ThrowsAnyAsync<Exception>(() => Replicas.Change(primary.Id, ["eu-west-1"], (before, _) =>
            new ReplicationChange([]) { Stored = [Samples.WithValue(Replica(before, "eu-west-1"))] }, Cancel));

        Assert.Equal(ReplicaStatus.InProgress, Assert.Single((await Store.FindById(primary.Id, Cancel))!.Replicas).Status);
        Assert.NotNull(await Store.FindById(inTheWay.Id, Cancel));

        // Removed first, it makes room in the same transaction.
        var replica = Replica(primary, "eu-west-1");
        await Replicas.Change(primary.Id, ["eu-west-1"], (before, there) =>
            new ReplicationChange([before.Replicas[0] with { DueAt = null }]) { Removed = there, Stored = [Samples.WithValue(replica)] }, Cancel);
        Assert.Null(await Store.FindById(inTheWay.Id, Cancel));
        Assert.NotNull(await Store.FindById(replica.Id, Cancel));
    }

    [Fact]
    public async Task A_primary_tells_its_replicas_own_key_and_day_of_access()
    {
        var primary = Samples.Secret("name") with { Replicas = [new SecretReplica("eu-west-1", "alias/asked"), new SecretReplica("us-west-2", "alias/asked")] };
        await Store.Create(Samples.WithValue(primary), Cancel);
        var replica = Replica(primary, "eu-west-1") with { KmsKeyId = "alias/own" };
        await Store.Create(Samples.WithValue(replica), Cancel);
        // A secret of the same name that follows nobody.
        await Store.Create(Samples.WithValue(Samples.Secret("name", region: "us-west-2") with { KmsKeyId = "alias/other" }), Cancel);
        await Store.NoteAccess([new AccessNote(replica.Id, Samples.V1, new DateOnly(2026, 3, 1))], Cancel);

        var found = (await Store.FindById(primary.Id, Cancel))!;

        Assert.Equal([("eu-west-1", "alias/own", new DateOnly(2026, 3, 1)), ("us-west-2", "alias/asked", null)], found.Replicas.Select(r => (r.Region, r.KmsKeyId, r.LastAccessedOn)));
    }

    [Fact]
    public async Task A_secret_with_replicas_is_not_removed_and_a_removed_one_frees_its_name()
    {
        var blocked = Samples.Secret("name") with { Replicas = [Due("eu-west-1", SecretReplica.WhenFreed), Due("us-west-2", SecretReplica.WhenFreed)] };
        var other = Samples.Secret("other") with { Replicas = [Due("eu-west-1", SecretReplica.WhenFreed)] };
        var inTheWay = Samples.Secret("name", region: "eu-west-1");
        foreach (var secret in new[] { blocked, other, inTheWay })
            await Store.Create(Samples.WithValue(secret), Cancel);

        Assert.False(await Store.Remove(blocked.Id, dueAt: null, Samples.Audit(), Cancel));
        // A change leaves those alone that wait for the name.
        await Store.Change(blocked.Id, before => Samples.Put(before, Samples.V2), Cancel);
        Assert.Equal([], await Replicas.FindDue(Now, 10, Cancel));

        Assert.True(await Store.Remove(inTheWay.Id, dueAt: null, Samples.Audit(), Cancel));
        Assert.Equal([new DueReplica(blocked.Id, "eu-west-1")], await Replicas.FindDue(Now, 10, Cancel));
    }

    private ReplicaStore Replicas => new(Database);

    private static SecretReplica Due(string region, DateTimeOffset at) => new(region, null) { DueAt = at };

    private static Secret Replica(Secret primary, string region) => Samples.Secret(primary.Name, region: region) with
    {
        Arn = primary.Arn.InRegion(region), PrimaryRegion = primary.Arn.Region,
    };

    private async Task<Secret> Change(Secret secret, Func<Secret, Secret> change) =>
        (await Store.Change(secret.Id, before => new SecretChange(change(before), Samples.Audit()), Cancel))!;
}

public sealed class SecretReplicaOnSqlite() : SecretReplicaTests(DatabaseProvider.Sqlite);

public sealed class SecretReplicaOnSqlServer() : SecretReplicaTests(DatabaseProvider.SqlServer);
