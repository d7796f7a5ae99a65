using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;
using static SecretsPortal.Services.Tests.Replicas.ReplicaTestExtensions;

namespace SecretsPortal.Services.Tests.Replicas;

public sealed class ReplicaOverwritingTests
{
    private const string Exists = "Replication failed: Secret name s already exists in region eu-central-1.";

    [Fact]
    public async Task Asked_again_with_force_a_secret_of_the_same_name_is_overwritten_as_the_callers_doing()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "mine");
        var theirs = await Theirs(portal);
        await portal.Replicate("s");

        var after = await portal.Replicate("s", overwrites: true);

        var status = Assert.Single(after.Replicas);
        Assert.Equal((ReplicaStatus.InSync, null), (status.Status, status.OverwritesId));
        Assert.Equal("mine", await portal.ValueIn(Frankfurt, "s"));
        Assert.Null(await portal.Get<SecretStore>().FindById(theirs.Id, default));
        var record = Assert.Single(await portal.Log(), r => r.Action == "secretsportal:SecretOverwritten");
        Assert.Equal((theirs.Arn.ToString(), portal.Admin.Caller.Arn, portal.Admin.SourceAddress), (record.Resource, record.Caller, record.SourceAddress));
    }

    [Theory]
    [InlineData("""{"Effect":"Allow","Action":"secretsmanager:*","Resource":"arn:aws:secretsmanager:us-east-1:*:secret:*"}""")]
    [InlineData("""{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"},{"Effect":"Deny","Action":"secretsmanager:DeleteSecret","Resource":"*","Condition":{"StringEquals":{"aws:RequestedRegion":"eu-central-1"}}}""")]
    [InlineData("""{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"},{"Effect":"Deny","Action":"secretsmanager:DeleteSecret","Resource":"*","Condition":{"StringEquals":{"secretsmanager:ResourceTag/team":"them"}}}""")]
    public async Task Whoever_may_not_delete_the_secret_there_does_not_overwrite_it(string statements)
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "mine");
        var theirs = await Theirs(portal);
        var ada = await portal.UserWith("ada", statements);

        await RefusedOn(theirs, () => Forced(portal, ada));
        await portal.Writer.Delete(portal.Admin, "s", null, force: true, default);
        await RefusedOn(theirs, () => portal.Writer.Create(ada, New(), default));

        Assert.Equal("theirs", await portal.ValueIn(Frankfurt, "s"));
        await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret.", () => portal.Describe("s"));
        var denials = (await portal.Log()).Where(r => r.Outcome == AuditOutcome.Denied).ToList();
        Assert.Equal(2, denials.Count);
        Assert.All(denials, r => Assert.Equal(("secretsmanager:DeleteSecret", theirs.Arn.ToString(), ada.Caller.Arn), (r.Action, r.Resource, r.Caller)));
        // Without force nobody is asked: nothing is overwritten.
        await portal.Create("s", "mine");
        Assert.Equal(Exists, Assert.Single((await portal.Get<ReplicaService>().Replicate(ada, "s", [new(Frankfurt, null)], false, default)).Replicas).Failure);
    }

    [Fact]
    public async Task The_policy_on_the_secret_there_keeps_it_from_being_overwritten()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "mine");
        var theirs = await Theirs(portal);
        var ada = await portal.UserWith("ada", """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"}""");
        await portal.Get<SecretPolicies>().Put(portal.AdminIn(Frankfurt), "s", $$"""
            {"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"{{ada.Caller.Arn}}"},"Action":"secretsmanager:DeleteSecret","Resource":"*"}]}
            """, blockPublic: false, default);

        await RefusedOn(theirs, () => Forced(portal, ada));

        Assert.Empty((await portal.Describe("s")).Replicas);
        Assert.Equal("theirs", await portal.ValueIn(Frankfurt, "s"));
    }

    [Fact]
    public async Task Creating_a_secret_over_others_says_so_in_its_record()
    {
        await using var portal = await TestPortal.Start();
        var theirs = await Theirs(portal);

        await portal.Writer.Create(portal.Admin, New(), default);

        Assert.Equal("mine", await portal.ValueIn(Frankfurt, "s"));
        var log = await portal.Log();
        Assert.Equal($"version {TestPortal.Token(1)}, to eu-central-1, overwriting", log.Last(r => r.Action == "secretsmanager:CreateSecret").Detail);
        var record = Assert.Single(log, r => r.Action == "secretsportal:SecretOverwritten");
        Assert.Equal((theirs.Arn.ToString(), portal.Admin.Caller.Arn), (record.Resource, record.Caller));
        // The same again finds its own replica there, which nobody need be allowed to delete.
        var ada = await portal.UserWith("ada", """{"Effect":"Allow","Action":"secretsmanager:*","Resource":"*"},{"Effect":"Deny","Action":"secretsmanager:DeleteSecret","Resource":"*"}""");
        await portal.Writer.Create(ada, New(), default);
    }

    [Fact]
    public async Task What_is_created_after_the_request_is_not_overwritten_by_a_later_try()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.Create("s", "mine");
        await Theirs(portal);
        kms.Fail();
        Assert.Equal(ReplicaStatus.Failed, Assert.Single((await portal.Replicate("s", key: "alias/gated", overwrites: true)).Replicas).Status);
        await portal.Writer.Delete(portal.AdminIn(Frankfurt), "s", null, force: true, default);
        await Theirs(portal, "somebody else's");
        kms.Open();

        await portal.TickReplicas(TimeSpan.FromDays(3));

        Assert.Equal("somebody else's", await portal.ValueIn(Frankfurt, "s"));
        Assert.Equal(Exists, Assert.Single((await portal.Describe("s")).Replicas).Failure);
        Assert.DoesNotContain(await portal.Log(), r => r.Action == "secretsportal:SecretOverwritten");
    }

    [Fact]
    public async Task What_was_there_is_overwritten_by_a_later_try_of_the_portals()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.Create("s", "mine");
        var theirs = await Theirs(portal);
        kms.Fail();
        await portal.Replicate("s", key: "alias/gated", overwrites: true);
        Assert.Equal("theirs", await portal.ValueIn(Frankfurt, "s"));
        kms.Open();

        await portal.TickReplicas(TimeSpan.FromSeconds(20));

        Assert.Equal("mine", await portal.ValueIn(Frankfurt, "s"));
        var record = Assert.Single(await portal.Log(), r => r.Action == "secretsportal:SecretOverwritten");
        Assert.Equal(theirs.Arn.ToString(), record.Resource);
        Assert.EndsWith("role/secretsportal/replication", record.Caller, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Not_even_with_force_is_another_primary_or_its_replica_overwritten()
    {
        await using var portal = await TestPortal.Start();
        await portal.Writer.Create(portal.AdminIn(Frankfurt), new CreateSecretRequest
        {
            Name = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("theirs"), ReplicaRegions = [new(Sydney, null)],
        }, default);
        await portal.Create("s", "mine");
        Task<Secret> Replicate(string region) => portal.Replicate("s", region, overwrites: true);

        Assert.Equal($"{Exists} It has replicas of its own and is not overwritten.", Assert.Single((await Replicate(Frankfurt)).Replicas).Failure);
        Assert.Equal("Replication failed: Secret name s already exists in region ap-southeast-2. It is a replica of the secret in eu-central-1 and is not overwritten.", (await Replicate(Sydney)).Replicas[0].Failure);

        Assert.Equal("theirs", await portal.ValueIn(Frankfurt, "s"));
        Assert.Equal("theirs", await portal.ValueIn(Sydney, "s"));
        // The replica is removed: its name is free for the other primary.
        await portal.Get<ReplicaService>().RemoveRegions(portal.AdminIn(Frankfurt), "s", [Sydney], default);
        await portal.TickReplicas();
        Assert.Equal("mine", await portal.ValueIn(Sydney, "s"));
    }

    [Fact]
    public async Task A_secret_whose_rotation_is_under_way_is_not_overwritten()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "mine");
        await Theirs(portal, """{"username":"app","password":"old","engine":"postgres","host":"127.0.0.1","port":1}""");
        await portal.Get<Services.Rotation.RotationService>().Rotate(portal.AdminIn(Frankfurt), new() { SecretId = "s", ClientRequestToken = TestPortal.Token(2) }, default);

        Assert.Equal($"{Exists} Its rotation is under way and it is not overwritten.", Assert.Single((await portal.Replicate("s", overwrites: true)).Replicas).Failure);

        await portal.Get<Services.Rotation.RotationService>().Cancel(portal.AdminIn(Frankfurt), "s", default);
        Assert.Equal(ReplicaStatus.InSync, Assert.Single((await portal.Replicate("s", overwrites: true)).Replicas).Status);
        Assert.Equal("mine", await portal.ValueIn(Frankfurt, "s"));
    }

    private static async Task<Secret> Theirs(TestPortal portal, string value = "theirs") => (await portal.Writer.Create(portal.AdminIn(Frankfurt), new CreateSecretRequest
    {
        Name = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText(value), Tags = [new SecretTag("team", "them")],
    }, default)).Secret;

    private static CreateSecretRequest New() => new()
    {
        Name = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("mine"), ReplicaRegions = [new(Frankfurt, null)], OverwritesReplicas = true,
    };

    private static Task<Secret> Forced(TestPortal portal, CallContext call) =>
        portal.Get<ReplicaService>().Replicate(call, "s", [new(Frankfurt, null)], true, default);

    private static async Task RefusedOn(Secret theirs, Func<Task> act)
    {
        var fault = await Assert.ThrowsAsync<PortalException>(act);
        Assert.Equal(PortalError.AccessDenied, fault.Error);
        Assert.Contains($"secretsmanager:DeleteSecret on resource: {theirs.Arn.ToString()[..^6]}?????? ", fault.Message, StringComparison.Ordinal);
    }
}
