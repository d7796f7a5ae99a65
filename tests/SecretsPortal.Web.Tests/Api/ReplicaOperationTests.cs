using System.Text.Json;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Storage;

namespace SecretsPortal.Web.Tests.Api;

/// <summary>A portal that serves three regions, for all tests of this class.</summary>
public sealed class RegionsPortal : IAsyncLifetime
{
    public TestPortal Portal { get; private set; } = null!;

    public SigningClient Frankfurt { get; private set; } = null!;

    public SigningClient Sydney { get; private set; } = null!;

    public async ValueTask InitializeAsync()
    {
        Portal = await TestPortal.Start("--Portal:Regions=us-east-1,eu-central-1,ap-southeast-2");
        Frankfurt = new SigningClient(Portal.Address, TestPortal.Credentials, "eu-central-1");
        Sydney = new SigningClient(Portal.Address, TestPortal.Credentials, "ap-southeast-2");
    }

    public async ValueTask DisposeAsync()
    {
        Frankfurt.Dispose();
        Sydney.Dispose();
        await Portal.DisposeAsync();
    }
}

public sealed class ReplicaOperationTests(RegionsPortal regions) : IClassFixture<RegionsPortal>
{
    private const string NotPermitted = "Operation not permitted on a replica secret. Call must be made in primary secret's region.";

    private const string Policy = """
        {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/nobody"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}
        """;

    private SigningClient Aws => regions.Portal.Aws;

    private SigningClient Frankfurt => regions.Frankfurt;

    [Fact]
    public async Task A_secret_is_replicated_followed_and_described()
    {
        var (name, arn) = await Create("follow", "one");
        var replicaArn = arn.Replace("us-east-1", "eu-central-1", StringComparison.Ordinal);

        var replicated = await Aws.Ok("ReplicateSecretToRegions", new { SecretId = name, AddReplicaRegions = new[] { new { Region = "eu-central-1" } } });
        Assert.Equal(
            $$"""{"ARN":"{{arn}}","ReplicationStatus":[{"Region":"eu-central-1","KmsKeyId":"alias/aws/secretsmanager","Status":"InSync","StatusMessage":"Replication succeeded"}]}""",
            replicated.Text);
        Assert.Equal("one", (await Frankfurt.Ok("GetSecretValue", new { SecretId = replicaArn }))["SecretString"]);
        await Aws.Ok("PutSecretValue", new { SecretId = name, ClientRequestToken = Token(), SecretString = "two" });
        await Aws.Ok("TagResource", new { SecretId = name, Tags = new[] { new { Key = "k", Value = "v" } } });
        await Aws.Ok("PutResourcePolicy", new { SecretId = name, ResourcePolicy = Policy });
        Assert.Equal("two", (await Frankfurt.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
        Assert.Equal(Policy, (await Frankfurt.Ok("GetResourcePolicy", new { SecretId = name }))["ResourcePolicy"]);

        var (primary, replica) = ((await Aws.Ok("DescribeSecret", new { SecretId = name })).Json, (await Frankfurt.Ok("DescribeSecret", new { SecretId = name })).Json);
        Assert.Equal(("us-east-1", "us-east-1"), (primary.GetProperty("PrimaryRegion").GetString(), replica.GetProperty("PrimaryRegion").GetString()));
        Assert.Equal(replicaArn, replica.GetProperty("ARN").GetString());
        foreach (var member in new[] { "Tags", "VersionIdsToStages" })
            Assert.Equal(primary.GetProperty(member).GetRawText(), replica.GetProperty(member).GetRawText());
        Assert.False(replica.TryGetProperty("ReplicationStatus", out _));
        Assert.False(replica.TryGetProperty("RotationEnabled", out _));
        var status = Assert.Single(primary.GetProperty("ReplicationStatus").EnumerateArray());
        var today = new DateTimeOffset(TimeProvider.System.GetUtcNow().UtcDateTime.Date, TimeSpan.Zero);
        // The day of a read is written within seconds.
        for (var attempt = 0; !status.TryGetProperty("LastAccessedDate", out _) && attempt < 100; attempt++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            status = (await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.GetProperty("ReplicationStatus")[0];
        }

        Assert.Equal(today.ToUnixTimeSeconds(), status.GetProperty("LastAccessedDate").GetInt64());
        Assert.False(primary.TryGetProperty("LastAccessedDate", out _));
    }

    [Fact]
    public async Task A_secret_is_created_with_replicas_and_keys_of_their_own()
    {
        var now = TimeProvider.System.GetUtcNow();
        var key = Guid.CreateVersion7(now).ToString();
        await regions.Portal.Services.GetRequiredService<KeyStore>().AddKey(
            new StoredKmsKey { KeyId = key, Region = "ap-southeast-2", Alias = $"own-{key}", Provider = "local", ProviderReference = key, CreatedAt = now }, TestContext.Current.CancellationToken);
        var name = Name("with");
        var input = new
        {
            Name = name, ClientRequestToken = Token(), SecretString = "one",
            AddReplicaRegions = new object[] { new { Region = "eu-central-1" }, new { Region = "ap-southeast-2", KmsKeyId = $"alias/own-{key}" } },
        };

        var created = await Aws.Ok("CreateSecret", input);

        Assert.Equal(
            [("ap-southeast-2", $"alias/own-{key}", "InSync"), ("eu-central-1", "alias/aws/secretsmanager", "InSync")],
            Statuses(created.Json).Select(s => (s.Region, s.Key, s.Status)));
        Assert.Equal("one", (await regions.Sydney.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
        Assert.Equal($"alias/own-{key}", (await regions.Sydney.Ok("DescribeSecret", new { SecretId = name }))["KmsKeyId"]);
        var version = Assert.Single((await regions.Sydney.Ok("ListSecretVersionIds", new { SecretId = name })).Json.GetProperty("Versions").EnumerateArray());
        Assert.Equal(key, Assert.Single(version.GetProperty("KmsKeyIds").EnumerateArray()).GetString());
        Assert.Equal(Statuses(created.Json), Statuses((await Aws.Ok("CreateSecret", input)).Json));
    }

    [Fact]
    public async Task A_name_that_is_taken_fails_the_replica_and_force_overwrites_it()
    {
        var (name, _) = await Create("taken", "mine");
        await Frankfurt.Ok("CreateSecret", new { Name = name, ClientRequestToken = Token(), SecretString = "theirs" });
        var input = new { SecretId = name, AddReplicaRegions = new[] { new { Region = "eu-central-1" } } };

        var failed = Assert.Single(Statuses((await Aws.Ok("ReplicateSecretToRegions", input)).Json));
        Assert.Equal(("Failed", $"Replication failed: Secret name {name} already exists in region eu-central-1."), (failed.Status, failed.Message));
        Assert.Equal("theirs", (await Frankfurt.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);

        var forced = Assert.Single(Statuses((await Aws.Ok("ReplicateSecretToRegions", new { input.SecretId, input.AddReplicaRegions, ForceOverwriteReplicaSecret = true })).Json));
        Assert.Equal("InSync", forced.Status);
        Assert.Equal("mine", (await Frankfurt.Ok("GetSecretValue", new { SecretId = name }))["SecretString"]);
    }

    [Fact]
    public async Task A_replica_refuses_writes_and_a_replicated_secret_its_deletion()
    {
        var (name, arn) = await Create("refuse", "one", "eu-central-1");
        foreach (var (operation, input) in new (string, object)[]
        {
            ("PutSecretValue", new { SecretId = name, ClientRequestToken = Token(), SecretString = "x" }),
            ("UpdateSecret", new { SecretId = name, ClientRequestToken = Token(), Description = "x" }),
            ("UpdateSecretVersionStage", new { SecretId = name, VersionStage = "x" }),
            ("TagResource", new { SecretId = name, Tags = new[] { new { Key = "k", Value = "v" } } }),
            ("UntagResource", new { SecretId = name, TagKeys = new[] { "k" } }),
            ("DeleteSecret", new { SecretId = name }),
            ("PutResourcePolicy", new { SecretId = name, ResourcePolicy = Policy }),
            ("DeleteResourcePolicy", new { SecretId = name }),
            ("RestoreSecret", new { SecretId = name }),
            ("RotateSecret", new { SecretId = name, ClientRequestToken = Token() }),
            ("CancelRotateSecret", new { SecretId = name }),
            ("ReplicateSecretToRegions", new { SecretId = name, AddReplicaRegions = new[] { new { Region = "ap-southeast-2" } } }),
            ("RemoveRegionsFromReplication", new { SecretId = name, RemoveReplicaRegions = new[] { "ap-southeast-2" } }),
        })
            Assert.Equal(NotPermitted, await Frankfurt.Refused(operation, input, "InvalidParameterException"));

        await Frankfurt.Ok("UpdateSecret", new { SecretId = name, ClientRequestToken = Token(), KmsKeyId = "alias/aws/secretsmanager" });
        Assert.Equal(
            $"You can't delete secret {arn} that still has replica regions [eu-central-1].",
            await Aws.Refused("DeleteSecret", new { SecretId = name, ForceDeleteWithoutRecovery = true }, "InvalidParameterException"));
    }

    [Fact]
    public async Task Regions_are_removed_and_a_replica_is_promoted()
    {
        var (name, arn) = await Create("end", "one", "eu-central-1", "ap-southeast-2");

        var promoted = await Frankfurt.Ok("StopReplicationToReplica", new { SecretId = name });
        Assert.Equal($$"""{"ARN":"{{arn.Replace("us-east-1", "eu-central-1", StringComparison.Ordinal)}}"}""", promoted.Text);
        Assert.Equal(["ap-southeast-2"], Statuses((await Aws.Ok("DescribeSecret", new { SecretId = name })).Json).Select(s => s.Region));
        var removed = await Aws.Ok("RemoveRegionsFromReplication", new { SecretId = name, RemoveReplicaRegions = new[] { "ap-southeast-2" } });
        Assert.Equal($$"""{"ARN":"{{arn}}","ReplicationStatus":[]}""", removed.Text);
        await regions.Sydney.Refused("DescribeSecret", new { SecretId = name }, "ResourceNotFoundException");
        await Aws.Ok("DeleteSecret", new { SecretId = name, ForceDeleteWithoutRecovery = true });

        await Frankfurt.Ok("PutSecretValue", new { SecretId = name, ClientRequestToken = Token(), SecretString = "own" });
        var own = (await Frankfurt.Ok("DescribeSecret", new { SecretId = name })).Json;
        Assert.False(own.TryGetProperty("PrimaryRegion", out _));
        await Frankfurt.Refused("StopReplicationToReplica", new { SecretId = name }, "InvalidRequestException");
    }

    [Fact]
    public async Task Bad_regions_are_refused_by_name()
    {
        var (name, _) = await Create("bad", "one");
        const string served = "This portal serves: us-east-1, eu-central-1, ap-southeast-2.";
        Task<string> Refused(object regions, string error) => Aws.Refused("ReplicateSecretToRegions", new { SecretId = name, AddReplicaRegions = regions }, error);

        Assert.Equal($"Invalid replica region. us-west-2 is not served. {served}", await Refused(new[] { new { Region = "us-west-2" } }, "InvalidParameterException"));
        Assert.Equal($"Invalid replica region. us-east-1 is the secret's own region. Give another one. {served}", await Refused(new[] { new { Region = "us-east-1" } }, "InvalidParameterException"));
        Assert.Contains("addReplicaRegions.1.member.region", await Refused(new[] { new { KmsKeyId = "x" } }, "ValidationException"), StringComparison.Ordinal);
        Assert.Contains("addReplicaRegions", await Refused(Array.Empty<object>(), "ValidationException"), StringComparison.Ordinal);
        Assert.Contains("addReplicaRegions", await Aws.Refused("ReplicateSecretToRegions", new { SecretId = name }, "ValidationException"), StringComparison.Ordinal);
        Assert.Contains("removeReplicaRegions.1.member", await Aws.Refused("RemoveRegionsFromReplication", new { SecretId = name, RemoveReplicaRegions = new[] { "Bad Region" } }, "ValidationException"), StringComparison.Ordinal);
        Assert.Contains("secretId", await Frankfurt.Refused("StopReplicationToReplica", new { }, "ValidationException"), StringComparison.Ordinal);
        Assert.False((await Aws.Ok("DescribeSecret", new { SecretId = name })).Json.TryGetProperty("ReplicationStatus", out _));
    }

    private static IEnumerable<(string? Region, string? Key, string? Status, string? Message)> Statuses(JsonElement answer) =>
        answer.GetProperty("ReplicationStatus").EnumerateArray().Select(s => (
            s.GetProperty("Region").GetString(), s.GetProperty("KmsKeyId").GetString(), s.GetProperty("Status").GetString(),
            s.TryGetProperty("StatusMessage", out var message) ? message.GetString() : null));

    private async Task<(string Name, string Arn)> Create(string of, string value, params string[] replicas)
    {
        var name = Name(of);
        object input = replicas.Length == 0
            ? new { Name = name, ClientRequestToken = Token(), SecretString = value }
            : new { Name = name, ClientRequestToken = Token(), SecretString = value, AddReplicaRegions = replicas.Select(region => new { Region = region }) };
        return (name, (await Aws.Ok("CreateSecret", input))["ARN"]!);
    }

    private static string Name(string of) => $"{of}/{Token()[24..]}";

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
}
