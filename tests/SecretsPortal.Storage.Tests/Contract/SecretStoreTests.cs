using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class SecretStoreTests(DatabaseProvider provider) : ContractTests(provider)
{
    private SecretStore Store => new(Database);

    protected override Task SetUp() => new KeyStore(Database).AddKey(Samples.Key(), Cancel);

    [Fact]
    public async Task A_created_secret_reads_back_as_it_was()
    {
        var secret = Samples.Secret("prod/db") with
        {
            Description = "Größe 😀",
            KmsKeyId = Samples.KeyId,
            Tags = [new SecretTag("z", "1"), new SecretTag("a", ""), new SecretTag("A", "2")],
            LastRotatedAt = Now.AddDays(-1),
            LastAccessedOn = new DateOnly(2026, 2, 28),
        };

        Assert.True(await Store.Create(Samples.WithValue(secret), Cancel));

        var found = await Store.FindById(secret.Id, Cancel);
        Assert.NotNull(found);
        Assert.Equal(secret.Arn, found.Arn);
        Assert.Equal("prod/db", found.Name);
        Assert.Equal("Größe 😀", found.Description);
        Assert.Equal(Samples.KeyId, found.KmsKeyId);
        Assert.Equal(secret.CreatedAt, found.CreatedAt);
        Assert.Equal(secret.LastRotatedAt, found.LastRotatedAt);
        Assert.Equal(secret.LastAccessedOn, found.LastAccessedOn);
        Assert.Null(found.DeletedAt);
        Assert.Null(found.Rotation);
        Assert.Equal(secret.Tags, found.Tags);
        Assert.Equal(["AWSCURRENT"], found.Labels.Of(Samples.V1));
        var version = Assert.Single(found.Versions);
        Assert.Equal(SecretKind.KeyValue, version.Kind);
        Assert.Equal(Samples.Version(Samples.V1).Fingerprint, version.Fingerprint);
        var value = await Store.FindValue(secret.Id, Samples.V1, Cancel);
        Assert.Equal(Samples.Bytes("sealed"), value!.Sealed);
        Assert.True(value.IsText);
    }

    [Fact]
    public async Task A_name_is_taken_once_per_region_and_compares_by_ordinal()
    {
        Assert.True(await Store.Create(Samples.WithValue(Samples.Secret("name")), Cancel));

        Assert.False(await Store.Create(Samples.WithValue(Samples.Secret("name")), Cancel));
        Assert.True(await Store.Create(Samples.WithValue(Samples.Secret("Name")), Cancel));
        Assert.True(await Store.Create(Samples.WithValue(Samples.Secret("name", region: "eu-west-1")), Cancel));
    }

    [Fact]
    public async Task A_refused_creation_leaves_nothing_behind()
    {
        await Store.Create(Samples.WithValue(Samples.Secret("name")), Cancel);
        var second = Samples.Secret("name");

        await Store.Create(Samples.WithValue(second), Cancel);

        Assert.Null(await Store.FindById(second.Id, Cancel));
        Assert.Null(await Store.FindValue(second.Id, Samples.V1, Cancel));
        Assert.Single(await new AuditStore(Database).Search(new(), Cancel));
    }

    [Fact]
    public async Task Finds_by_name_ARN_and_partial_ARN()
    {
        var secret = Samples.Secret("prod/db");
        await Store.Create(Samples.WithValue(secret), Cancel);

        Assert.Equal(secret.Id, (await Find("prod/db"))?.Id);
        Assert.Equal(secret.Id, (await Find(secret.Arn.ToString()))?.Id);
        Assert.Equal(secret.Id, (await Find("arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db"))?.Id);
        Assert.Null(await Find("prod/DB"));
        Assert.Null(await Find("arn:aws:secretsmanager:us-east-1:000000000001:secret:prod/db"));
        Assert.Null(await Find("arn:aws:secretsmanager:eu-west-1:000000000000:secret:prod/db"));
        Assert.Null(await Find("arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/db-ZZZZZZ"));
    }

    [Fact]
    public async Task A_partial_ARN_whose_name_ends_like_a_suffix_finds_nothing()
    {
        await Store.Create(Samples.WithValue(Samples.Secret("my-secret")), Cancel);

        Assert.Null(await Find("arn:aws:secretsmanager:us-east-1:000000000000:secret:my-secret"));
        Assert.NotNull(await Find("my-secret"));
    }

    [Fact]
    public async Task A_change_writes_labels_versions_and_values()
    {
        var secret = await Created("name");

        var changed = await Store.Change(secret.Id, before => Samples.Put(before, Samples.V2, "second"), Cancel);

        Assert.Equal([Samples.V1, Samples.V2], changed!.Versions.Select(v => v.VersionId));
        Assert.Equal(Samples.V2, changed.Labels.VersionOf("AWSCURRENT"));
        Assert.Equal(Samples.V1, changed.Labels.VersionOf("AWSPREVIOUS"));
        Assert.Equal(Samples.Bytes("second"), (await Store.FindValue(secret.Id, Samples.V2, Cancel))!.Sealed);

        var third = await Store.Change(secret.Id, before => Samples.Put(before with { Versions = [before.Versions[1]] }, Samples.V3), Cancel);
        Assert.Equal([Samples.V2, Samples.V3], third!.Versions.Select(v => v.VersionId));
        Assert.Null(await Store.FindValue(secret.Id, Samples.V1, Cancel));
    }

    private Task<Secret?> Find(string id) => Store.Find(Samples.Region, SecretId.Parse(id), Cancel);

    private async Task<Secret> Created(string name)
    {
        var secret = Samples.Secret(name);
        Assert.True(await Store.Create(Samples.WithValue(secret), Cancel));
        return secret;
    }
}

public sealed class SecretStoreOnSqlite() : SecretStoreTests(DatabaseProvider.Sqlite);

public sealed class SecretStoreOnSqlServer() : SecretStoreTests(DatabaseProvider.SqlServer);
