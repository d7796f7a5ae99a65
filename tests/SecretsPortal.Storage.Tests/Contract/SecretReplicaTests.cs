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
            Replicas = [new SecretReplica("eu-west-1", "alias/mine") { Overwrites = true, DueAt = Now, Attempts = 3, Failure = "why" }, new SecretReplica("ap-south-1", null)],
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

        await Store.NoteAccess(secret.Id, Samples.V1, new DateOnly(2026, 3, 1), Cancel);
        Assert.All((await Store.FindById(secret.Id, Cancel))!.Replicas, replica => Assert.Equal(ReplicaStatus.InSync, replica.Status));

        var put = (await Store.Change(secret.Id, before => Samples.Put(before, Samples.V2), Cancel))!;
        Assert.All(put.Replicas, replica => Assert.Equal((ReplicaStatus.InProgress, Now), (replica.Status, replica.DueAt)));
    }

    private async Task<Secret> Change(Secret secret, Func<Secret, Secret> change) =>
        (await Store.Change(secret.Id, before => new SecretChange(change(before), Samples.Audit()), Cancel))!;
}

public sealed class SecretReplicaOnSqlite() : SecretReplicaTests(DatabaseProvider.Sqlite);

public sealed class SecretReplicaOnSqlServer() : SecretReplicaTests(DatabaseProvider.SqlServer);
