using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;
using static SecretsPortal.Services.Tests.Replicas.ReplicaTestExtensions;

namespace SecretsPortal.Services.Tests.Replicas;

public sealed class ReplicaServiceTests
{
    [Fact]
    public async Task A_replica_holds_what_its_primary_holds_but_for_the_region_and_the_key()
    {
        await using var portal = await TestPortal.Start();
        var primary = (await portal.Writer.Create(portal.Admin, new CreateSecretRequest
        {
            Name = "s", ClientRequestToken = TestPortal.Token(1), Description = "words", Value = SecretValue.FromText("one"), Tags = [new SecretTag("k", "v")],
        }, default)).Secret;
        await portal.Put("s", "two", TestPortal.Token(2));
        await portal.Put("s", "three", TestPortal.Token(3), StagingLabels.Pending);

        var after = await portal.Replicate("s");

        var status = Assert.Single(after.Replicas);
        Assert.Equal((Frankfurt, ReplicaStatus.InSync, null), (status.Region, status.Status, status.Failure));
        var replica = await portal.Describe("s", Frankfurt);
        Assert.Equal(primary.Arn.ToString().Replace(TestPortal.Region, Frankfurt, StringComparison.Ordinal), replica.Arn.ToString());
        Assert.Equal((TestPortal.Region, "words", null), (replica.PrimaryRegion, replica.Description, replica.Rotation));
        Assert.Equal([new SecretTag("k", "v")], replica.Tags);
        Assert.Equal(after.Labels.ByLabel, replica.Labels.ByLabel);
        Assert.Equal(after.Versions.Select(v => (v.VersionId, v.CreatedAt)), replica.Versions.Select(v => (v.VersionId, v.CreatedAt)));
        Assert.Equal(["two", "one", "three"], new[]
        {
            await portal.ValueIn(Frankfurt, "s"), await portal.ValueIn(Frankfurt, "s", stage: StagingLabels.Previous), await portal.ValueIn(Frankfurt, replica.Arn.ToString(), stage: StagingLabels.Pending),
        });

        var key = await portal.Get<KeyRegistry>().Resolve(null, Frankfurt, default);
        Assert.All(replica.Versions, version => Assert.Equal(key.KeyId, version.KmsKeyId));
        Assert.DoesNotContain(key.KeyId, after.Versions.Select(v => v.KmsKeyId));
        var (here, there) = (await portal.Get<SecretStore>().FindValue(after.Id, TestPortal.Token(2), default), await portal.Get<SecretStore>().FindValue(replica.Id, TestPortal.Token(2), default));
        await Assert.ThrowsAsync<PortalException>(() => portal.Get<SecretSealer>().Open(primary.Arn, there!, default));
        Assert.Equal("two", (await portal.Get<SecretSealer>().Open(primary.Arn, here!, default)).Text);
    }

    [Fact]
    public async Task A_secret_is_created_with_its_replicas()
    {
        await using var portal = await TestPortal.Start();

        var created = await portal.Writer.Create(portal.Admin, new CreateSecretRequest
        {
            Name = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("one"), ReplicaRegions = [new(Frankfurt, null), new(Sydney, null)],
        }, default);

        Assert.Equal([Sydney, Frankfurt], created.Secret.Replicas.Select(r => r.Region));
        Assert.All(created.Secret.Replicas, r => Assert.Equal(ReplicaStatus.InSync, r.Status));
        Assert.Equal("one", await portal.ValueIn(Sydney, "s"));
        Assert.Equal("one", await portal.ValueIn(Frankfurt, "s"));
    }

    [Fact]
    public async Task Days_of_access_are_each_ones_own_and_the_primary_tells_its_replicas()
    {
        await using var portal = await TestPortal.Start();
        await portal.CreateReplicated();

        await portal.ValueIn(Frankfurt, "s");
        await portal.Get<AccessNotes>().Flush();

        var primary = await portal.Describe("s");
        Assert.Null(primary.LastAccessedOn);
        Assert.Equal(new DateOnly(2026, 3, 4), Assert.Single(primary.Replicas).LastAccessedOn);
    }

    [Fact]
    public async Task Regions_and_keys_are_checked_before_anything_is_touched()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        Task Replicate(params ReplicaRegion[] regions) => portal.Get<ReplicaService>().Replicate(portal.Admin, "s", regions, false, default);
        const string served = "This portal serves: us-east-1, eu-central-1, ap-southeast-2.";

        await Refused(PortalError.InvalidParameter, $"Invalid replica region. us-east-1 is the secret's own region. Give another one. {served}", () => Replicate(new(Frankfurt, null), new("us-east-1", null)));
        await Refused(PortalError.InvalidParameter, $"Invalid replica region. us-west-9 is not served. {served}", () => Replicate(new(Frankfurt, null), new("us-west-9", null)));
        await Refused(PortalError.InvalidParameter, $"Invalid replica region. eu-central-1 is given twice. Give each region once. {served}", () => Replicate(new(Frankfurt, null), new(Frankfurt, null)));
        await Refused(PortalError.InvalidParameter, "The KMS key alias/none is not registered in ap-southeast-2. Give the id, ARN, alias or alias ARN of a registered key, or leave KmsKeyId out for the default key.",
            () => Replicate(new(Frankfurt, null), new(Sydney, "alias/none")));
        await Refused(PortalError.InvalidParameter, $"Invalid replica region. us-west-9 is not served. {served}", () => portal.Writer.Create(portal.Admin, new CreateSecretRequest
        {
            Name = "t", ClientRequestToken = TestPortal.Token(1), ReplicaRegions = [new("us-west-9", null)],
        }, default));

        Assert.Empty((await portal.Describe("s")).Replicas);
        await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret.", () => portal.Describe("s", Frankfurt));
        await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret.", () => portal.Describe("t"));
    }

    [Fact]
    public async Task A_secret_of_the_same_name_is_not_touched_and_the_replica_has_failed_until_the_name_is_free()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "mine");
        await portal.Writer.Create(portal.AdminIn(Frankfurt), new CreateSecretRequest { Name = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("theirs") }, default);
        const string failure = "Replication failed: Secret name s already exists in region eu-central-1.";

        var status = Assert.Single((await portal.Replicate("s")).Replicas);

        Assert.Equal((ReplicaStatus.Failed, failure), (status.Status, status.Failure));
        Assert.Equal("theirs", await portal.ValueIn(Frankfurt, "s"));
        // Neither time nor a change of the primary makes the portal try again.
        await portal.TickReplicas(TimeSpan.FromDays(400));
        Assert.Equal(ReplicaStatus.Failed, Assert.Single((await portal.Put("s", "mine again", TestPortal.Token(2))).Secret.Replicas).Status);
        Assert.Equal(["ReplicaFailed"], await portal.ReplicaRecords());

        await portal.Writer.Delete(portal.AdminIn(Frankfurt), "s", null, force: true, default);
        await portal.TickReplicas();
        Assert.Equal(ReplicaStatus.InSync, Assert.Single((await portal.Describe("s")).Replicas).Status);
        Assert.Equal("mine again", await portal.ValueIn(Frankfurt, "s"));
        Assert.Equal(["ReplicaFailed", "ReplicaCreated"], await portal.ReplicaRecords());
    }

    [Fact]
    public async Task A_region_that_has_its_replica_is_left_as_it_is()
    {
        await using var portal = await TestPortal.Start();
        await portal.CreateReplicated();
        var before = await portal.Describe("s", Frankfurt);

        var after = await portal.Replicate("s", overwrites: true);

        Assert.Equal(ReplicaStatus.InSync, Assert.Single(after.Replicas).Status);
        var replica = await portal.Describe("s", Frankfurt);
        Assert.Equal((before.Id, before.LastChangedAt), (replica.Id, replica.LastChangedAt));
        // By its name, the default key is the one that the replica has.
        await portal.Replicate("s", key: "alias/aws/secretsmanager");
        await portal.AddGatedKey();
        await Refused(PortalError.InvalidParameter, "The secret is replicated to eu-central-1 already, under another key. To change the key, call UpdateSecret with KmsKeyId in eu-central-1.",
            () => portal.Replicate("s", key: "alias/gated"));
    }

    [Fact]
    public async Task A_replica_refuses_what_is_its_primarys_and_is_read_as_any_secret()
    {
        await using var portal = await TestPortal.Start();
        await portal.CreateReplicated();
        var call = portal.AdminIn(Frankfurt);
        var replicas = portal.Get<ReplicaService>();
        var rotation = portal.Get<Services.Rotation.RotationService>();
        foreach (var write in new Func<Task>[]
        {
            () => portal.Writer.PutValue(call, new PutSecretValueRequest("s", TestPortal.Token(2), SecretValue.FromText("x"), null), default),
            () => portal.Writer.Update(call, new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(2), Value = SecretValue.FromText("x") }, default),
            () => portal.Writer.Update(call, new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(2), Description = "x", KmsKeyId = "alias/aws/secretsmanager" }, default),
            () => portal.Writer.UpdateVersionStage(call, "s", "x", TestPortal.Token(1), null, default),
            () => rotation.Rotate(call, new() { SecretId = "s", ClientRequestToken = TestPortal.Token(2) }, default),
            () => rotation.Cancel(call, "s", default),
            () => portal.Tagger.Tag(call, "s", [new SecretTag("k", "v")], default),
            () => portal.Tagger.Untag(call, "s", ["k"], default),
            () => portal.Writer.Delete(call, "s", null, force: false, default),
            () => portal.Writer.Delete(call, "s", null, force: true, default),
            () => portal.Writer.Restore(call, "s", default),
            () => replicas.Replicate(call, "s", [new(Sydney, null)], false, default),
            () => replicas.RemoveRegions(call, "s", [Sydney], default),
        })
            await Refused(PortalError.InvalidParameter, "Operation not permitted on a replica secret. Call must be made in primary secret's region.", write);

        Assert.Equal("one", await portal.ValueIn(Frankfurt, "s"));
        Assert.Single((await portal.Reader.ListVersions(call, "s", true, null, null, default)).Versions);
        Assert.Equal("s", Assert.Single((await portal.Reader.List(call, new ListSecretsRequest(), default)).Secrets).Name);
        // Creating it there is no repetition of the primary's creation, though name, token and value are the same.
        await Refused(PortalError.ResourceExists, "The operation failed because the secret s already exists.",
            () => portal.Writer.Create(call, new CreateSecretRequest { Name = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("one") }, default));
    }

    [Fact]
    public async Task A_primary_is_not_deleted_while_it_has_replicas()
    {
        await using var portal = await TestPortal.Start();
        var primary = await portal.CreateReplicated();
        await portal.Replicate("s", Sydney);
        var message = $"You can't delete secret {primary.Arn} that still has replica regions [ap-southeast-2, eu-central-1].";

        await Refused(PortalError.InvalidParameter, message, () => portal.Writer.Delete(portal.Admin, "s", 7, force: false, default));
        await Refused(PortalError.InvalidParameter, message, () => portal.Writer.Delete(portal.Admin, "s", null, force: true, default));

        await portal.RemoveRegion("s");
        await portal.RemoveRegion("s", Sydney);
        await portal.Writer.Delete(portal.Admin, "s", 7, force: false, default);
        await Refused(PortalError.InvalidRequest, "You can't perform this operation on the secret because it was marked for deletion.", () => portal.Replicate("s"));
    }

    [Fact]
    public async Task A_region_that_is_removed_loses_its_replica_at_once_and_one_without_is_no_error()
    {
        await using var portal = await TestPortal.Start();
        await portal.CreateReplicated();
        await portal.Replicate("s", Sydney);

        var after = await portal.Get<ReplicaService>().RemoveRegions(portal.Admin, "s", [Frankfurt, "us-west-2"], default);

        Assert.Equal([Sydney], after.Replicas.Select(r => r.Region));
        await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret.", () => portal.Describe("s", Frankfurt));
        Assert.Equal("one", await portal.ValueIn(Sydney, "s"));
        Assert.Equal([Sydney], (await portal.RemoveRegion("s")).Replicas.Select(r => r.Region));
        Assert.Equal(["ReplicaCreated", "ReplicaCreated", "ReplicaRemoved"], await portal.ReplicaRecords());
        Assert.Equal(2, (await portal.Log()).Count(r => r.Action == "secretsmanager:RemoveRegionsFromReplication" && r.Outcome == AuditOutcome.Succeeded));
    }

    [Fact]
    public async Task A_region_whose_replica_failed_is_removed_without_touching_the_secret_in_the_way()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "mine");
        await portal.Writer.Create(portal.AdminIn(Frankfurt), new CreateSecretRequest { Name = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("theirs") }, default);
        await portal.Replicate("s");

        Assert.Empty((await portal.RemoveRegion("s")).Replicas);

        Assert.Equal("theirs", await portal.ValueIn(Frankfurt, "s"));
    }

    [Fact]
    public async Task A_promoted_replica_is_a_secret_of_its_own_with_all_it_had()
    {
        await using var portal = await TestPortal.Start();
        await portal.CreateReplicated();
        await portal.Put("s", "two", TestPortal.Token(2));

        var promoted = await portal.Promote("s");

        Assert.Null(promoted.PrimaryRegion);
        Assert.Empty((await portal.Describe("s")).Replicas);
        Assert.Equal("two", await portal.ValueIn(Frankfurt, "s"));
        Assert.Equal("one", await portal.ValueIn(Frankfurt, "s", stage: StagingLabels.Previous));
        await portal.Writer.PutValue(portal.AdminIn(Frankfurt), new PutSecretValueRequest("s", TestPortal.Token(3), SecretValue.FromText("own"), null), default);
        await portal.Put("s", "three", TestPortal.Token(4));
        Assert.Equal(("own", "three"), (await portal.ValueIn(Frankfurt, "s"), await portal.Value("s")));
        Assert.Equal(["ReplicaCreated", "ReplicaUpdated", "ReplicaPromoted"], await portal.ReplicaRecords());

        const string noReplica = "The secret s is not a replica in eu-central-1. Call the operation in the region of the replica that is to become a secret of its own.";
        await Refused(PortalError.InvalidRequest, noReplica, () => portal.Promote("s"));
        // Replicated again, the promoted secret is in the way like any other.
        Assert.Equal(ReplicaStatus.Failed, Assert.Single((await portal.Replicate("s")).Replicas).Status);
        Assert.Equal("own", await portal.ValueIn(Frankfurt, "s"));
    }

    [Fact]
    public async Task Policies_may_ask_which_regions_and_whether_secrets_are_overwritten()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s");
        var user = await portal.UserWith("ada", """
            {"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"ForAnyValue:StringEquals":{"secretsmanager:AddReplicaRegions":"ap-southeast-2"}}},
            {"Effect":"Deny","Action":"*","Resource":"*","Condition":{"Bool":{"secretsmanager:ForceOverwriteReplicaSecret":"true"}}}
            """);
        var replicas = portal.Get<ReplicaService>();
        CreateSecretRequest New(bool overwrites, params string[] regions) => new()
        {
            Name = "t", ClientRequestToken = TestPortal.Token(1), ReplicaRegions = [.. regions.Select(region => new ReplicaRegion(region, null))], OverwritesReplicas = overwrites,
        };
        foreach (var denied in new Func<Task>[]
        {
            () => replicas.Replicate(user, "s", [new(Frankfurt, null), new(Sydney, null)], false, default),
            () => replicas.Replicate(user, "s", [new(Frankfurt, null)], true, default),
            () => portal.Writer.Create(user, New(false, Sydney), default),
            () => portal.Writer.Create(user, New(true, Frankfurt), default),
        })
            Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(denied)).Error);

        Assert.Equal(ReplicaStatus.InSync, Assert.Single((await replicas.Replicate(user, "s", [new(Frankfurt, null)], false, default)).Replicas).Status);
        await portal.Writer.Create(user, New(false, Frankfurt), default);
    }

    [Fact]
    public async Task Each_operation_needs_its_own_permission()
    {
        await using var portal = await TestPortal.Start();
        await portal.CreateReplicated();
        var user = await portal.UserWith("ada", """
            {"Effect":"Allow","Action":["secretsmanager:CreateSecret","secretsmanager:UpdateSecret"],"Resource":"*"}
            """);
        var replicas = portal.Get<ReplicaService>();
        foreach (var (action, call) in new (string, Func<Task>)[]
        {
            ("ReplicateSecretToRegions", () => replicas.Replicate(user, "s", [new(Sydney, null)], false, default)),
            ("RemoveRegionsFromReplication", () => replicas.RemoveRegions(user, "s", [Frankfurt], default)),
            ("StopReplicationToReplica", () => replicas.Stop(user with { Region = Frankfurt }, "s", default)),
            ("ReplicateSecretToRegions", () => portal.Writer.Create(user, new CreateSecretRequest { Name = "t", ClientRequestToken = TestPortal.Token(1), ReplicaRegions = [new(Sydney, null)] }, default)),
        })
        {
            var fault = await Assert.ThrowsAsync<PortalException>(call);
            Assert.Equal(PortalError.AccessDenied, fault.Error);
            Assert.Contains($"secretsmanager:{action} ", fault.Message, StringComparison.Ordinal);
        }

        Assert.Equal([Frankfurt], (await portal.Describe("s")).Replicas.Select(r => r.Region));
    }
}
