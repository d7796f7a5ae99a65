using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;
using SecretsPortal.Services.Tests.Rotation;
using static SecretsPortal.Services.Tests.Replicas.ReplicaTestExtensions;

namespace SecretsPortal.Services.Tests.Replicas;

public sealed class ReplicaFollowingTests
{
    [Fact]
    public async Task Each_change_of_the_primary_is_in_the_replica_when_the_call_is_answered()
    {
        await using var portal = await TestPortal.Start();
        await portal.CreateReplicated();

        await portal.Put("s", "two", TestPortal.Token(2));
        Assert.Equal("two", await portal.ValueIn(Frankfurt, "s"));
        await portal.Writer.UpdateVersionStage(portal.Admin, "s", StagingLabels.Current, TestPortal.Token(1), TestPortal.Token(2), default);
        Assert.Equal("one", await portal.ValueIn(Frankfurt, "s"));
        await portal.Tagger.Tag(portal.Admin, "s", [new SecretTag("k", "v")], default);
        Assert.Equal([new SecretTag("k", "v")], (await portal.Describe("s", Frankfurt)).Tags);
        await portal.Tagger.Untag(portal.Admin, "s", ["k"], default);
        Assert.Equal([], (await portal.Describe("s", Frankfurt)).Tags);
        await portal.Writer.Update(portal.Admin, new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(3), Description = "words" }, default);
        Assert.Equal("words", (await portal.Describe("s", Frankfurt)).Description);

        Assert.Equal(ReplicaStatus.InSync, Assert.Single((await portal.Describe("s")).Replicas).Status);
        Assert.Equal(["ReplicaCreated", .. Enumerable.Repeat("ReplicaUpdated", 5)], await portal.ReplicaRecords());
    }

    [Fact]
    public async Task Only_values_that_the_replica_lacks_are_opened_and_sealed()
    {
        var kms = new GatedKms();
        await using var portal = await TestPortal.Start(services => services.AddSingleton<IKms>(kms));
        kms.Inner = portal.Get<LocalKms>();
        await portal.AddGatedKey(TestPortal.Region, "here");
        await portal.AddGatedKey(Frankfurt, "there");
        await portal.Writer.Create(portal.Admin, new CreateSecretRequest { Name = "s", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText("one"), KmsKeyId = "alias/here" }, default);
        await portal.Replicate("s", key: "alias/there");
        Assert.Equal((2, 1), (kms.Wrapped, kms.Unwrapped));

        await portal.Put("s", "two", TestPortal.Token(2));
        Assert.Equal((4, 2), (kms.Wrapped, kms.Unwrapped));
        await portal.Tagger.Tag(portal.Admin, "s", [new SecretTag("k", "v")], default);
        await portal.Writer.UpdateVersionStage(portal.Admin, "s", StagingLabels.Current, TestPortal.Token(1), TestPortal.Token(2), default);
        Assert.Equal((4, 2), (kms.Wrapped, kms.Unwrapped));
        Assert.Equal("one", await portal.ValueIn(Frankfurt, "s"));
    }

    [Fact]
    public async Task The_replicas_key_is_its_own_and_may_be_changed_there()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.CreateReplicated();

        await portal.Writer.Update(portal.AdminIn(Frankfurt), new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(9), KmsKeyId = "alias/gated" }, default);
        await portal.Put("s", "two", TestPortal.Token(2));

        var replica = await portal.Describe("s", Frankfurt);
        Assert.Equal("alias/gated", replica.KmsKeyId);
        Assert.Equal(2, kms.Wrapped);
        Assert.Single(replica.Versions.Select(v => v.KmsKeyId).Distinct());
        var primary = await portal.Describe("s");
        Assert.Equal((null, "alias/gated"), (primary.KmsKeyId, Assert.Single(primary.Replicas).KmsKeyId));
        Assert.Equal(("two", "one"), (await portal.ValueIn(Frankfurt, "s"), await portal.ValueIn(Frankfurt, "s", stage: StagingLabels.Previous)));
    }

    [Fact]
    public async Task While_the_replicas_KMS_is_away_the_primary_goes_on_and_the_tick_catches_up()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.CreateReplicated(key: "alias/gated");

        kms.Fail();
        var put = await portal.Put("s", "two", TestPortal.Token(2));
        await portal.Put("s", "three", TestPortal.Token(3));

        Assert.Equal((ReplicaStatus.Failed, "Replication failed: The KMS is away."), (put.Secret.Replicas[0].Status, put.Secret.Replicas[0].Failure));
        Assert.Equal(("three", "one"), (await portal.Value("s"), await portal.ValueIn(Frankfurt, "s")));
        await portal.TickReplicas(TimeSpan.FromSeconds(20));
        Assert.Equal(2, Assert.Single((await portal.Describe("s")).Replicas).Attempts);
        await portal.TickReplicas();
        Assert.Equal(2, Assert.Single((await portal.Describe("s")).Replicas).Attempts);
        // The same failure is recorded once.
        Assert.Equal(["ReplicaCreated", "ReplicaFailed"], await portal.ReplicaRecords());

        kms.Open();
        await portal.TickReplicas(TimeSpan.FromMinutes(2));
        var status = Assert.Single((await portal.Describe("s")).Replicas);
        Assert.Equal((ReplicaStatus.InSync, null, 0), (status.Status, status.Failure, status.Attempts));
        Assert.Equal(("three", "two"), (await portal.ValueIn(Frankfurt, "s"), await portal.ValueIn(Frankfurt, "s", stage: StagingLabels.Previous)));
    }

    [Fact]
    public async Task A_change_whose_node_died_before_it_followed_is_caught_up_by_the_tick()
    {
        await using var portal = await TestPortal.Start();
        var primary = await portal.CreateReplicated();
        const string policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:DescribeSecret","Resource":"*"}]}""";
        // As a node does that stops right after the commit.
        await portal.Get<SecretStore>().Change(primary.Id, before => new SecretChange(
            before with { Description = "words", ResourcePolicy = policy, PartnerType = "partner" }, portal.Get<Services.Audit.AuditRecorder>().For(portal.Admin, "test:Change", null, Core.Audit.AuditOutcome.Succeeded)), default);
        Assert.Equal(ReplicaStatus.InProgress, Assert.Single((await portal.Describe("s")).Replicas).Status);
        Assert.Null((await portal.Describe("s", Frankfurt)).Description);

        await portal.TickReplicas();

        var replica = await portal.Describe("s", Frankfurt);
        Assert.Equal(("words", policy, "partner"), (replica.Description, replica.ResourcePolicy, replica.PartnerType));
        Assert.Equal(ReplicaStatus.InSync, Assert.Single((await portal.Describe("s")).Replicas).Status);
    }

    [Fact]
    public async Task What_a_rotation_does_to_the_primary_is_in_the_replica_and_its_settings_are_not()
    {
        await using var portal = await TestPortal.Start();
        // A port that nothing listens on: the new value is made, then the database is away.
        await portal.Create("s", """{"username":"app","password":"old","engine":"postgres","host":"127.0.0.1","port":1}""");
        await portal.Replicate("s");

        await portal.Rotate("s", 2);
        var registered = await portal.Describe("s", Frankfurt);
        Assert.Equal(TestPortal.Token(2), registered.Labels.VersionOf(StagingLabels.Pending));
        Assert.False(registered.FindVersion(TestPortal.Token(2))!.HasValue);
        await portal.ExecuteQueue();
        Assert.Equal(await portal.Value("s", stage: StagingLabels.Pending), await portal.ValueIn(Frankfurt, "s", stage: StagingLabels.Pending));
        await portal.Put("s", "by hand", TestPortal.Token(3));

        var replica = await portal.Describe("s", Frankfurt);
        Assert.Null(replica.Labels.VersionOf(StagingLabels.Pending));
        Assert.Equal("by hand", await portal.ValueIn(Frankfurt, "s"));
        Assert.NotNull((await portal.Describe("s")).Rotation);
        Assert.Null(replica.Rotation);
        Assert.Equal(ReplicaStatus.InSync, Assert.Single((await portal.Describe("s")).Replicas).Status);
    }

    [Fact]
    public async Task A_primary_that_changes_while_it_is_copied_is_copied_again()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.CreateReplicated(key: "alias/gated");

        var (waits, go) = kms.HoldNext();
        var first = Task.Run(() => portal.Put("s", "two", TestPortal.Token(2)));
        await waits;
        await portal.Put("s", "three", TestPortal.Token(3));
        Assert.Equal("three", await portal.ValueIn(Frankfurt, "s"));
        go.SetResult();
        await first;

        Assert.Equal(("three", "two"), (await portal.ValueIn(Frankfurt, "s"), await portal.ValueIn(Frankfurt, "s", stage: StagingLabels.Previous)));
        Assert.Equal(ReplicaStatus.InSync, Assert.Single((await portal.Describe("s")).Replicas).Status);
    }

    [Fact]
    public async Task A_copy_that_lacks_what_another_node_put_meanwhile_is_not_in_sync()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.CreateReplicated(key: "alias/gated");
        // It has no such KMS, so what it puts it cannot bring to the replica.
        await using var node = await portal.StartNode();

        var (waits, go) = kms.HoldNext();
        var first = Task.Run(() => portal.Put("s", "two", TestPortal.Token(2)));
        await waits;
        Assert.Equal(ReplicaStatus.Failed, Assert.Single((await node.Put("s", "three", TestPortal.Token(3))).Secret.Replicas).Status);
        go.SetResult();
        await first;

        Assert.Equal(ReplicaStatus.InSync, Assert.Single((await portal.Describe("s")).Replicas).Status);
        Assert.Equal(("three", "two"), (await portal.ValueIn(Frankfurt, "s"), await portal.ValueIn(Frankfurt, "s", stage: StagingLabels.Previous)));
    }

    [Fact]
    public async Task A_copy_for_a_replica_that_was_replaced_meanwhile_is_made_again()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.CreateReplicated(key: "alias/gated");
        await using var node = await portal.StartNode();
        var (waits, go) = kms.HoldNext();
        var first = Task.Run(() => portal.Put("s", "two", TestPortal.Token(2)));
        await waits;

        // The copy on its way holds the second value alone; the replica that it was for had the first.
        await portal.RemoveRegion("s");
        Assert.Equal(ReplicaStatus.Failed, Assert.Single((await node.Replicate("s", key: "alias/gated")).Replicas).Status);
        go.SetResult();
        await first;

        Assert.Equal(("two", "one"), (await portal.ValueIn(Frankfurt, "s"), await portal.ValueIn(Frankfurt, "s", stage: StagingLabels.Previous)));
    }

    [Fact]
    public async Task An_outdated_copy_never_comes_over_a_newer_one()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.CreateReplicated(key: "alias/gated");
        var (waits, go) = kms.HoldNext();
        var first = Task.Run(() => portal.Put("s", "two", TestPortal.Token(2)));
        await waits;

        // Undoes what the copy on its way believes.
        await portal.Writer.UpdateVersionStage(portal.Admin, "s", StagingLabels.Current, TestPortal.Token(1), TestPortal.Token(2), default);
        go.SetResult();
        await first;

        Assert.Equal("one", await portal.ValueIn(Frankfurt, "s"));
        Assert.Equal((await portal.Describe("s")).Labels.ByLabel, (await portal.Describe("s", Frankfurt)).Labels.ByLabel);
    }

    [Fact]
    public async Task A_region_removed_while_its_replica_is_written_stays_without_one()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.Create("s", "one");
        var (waits, go) = kms.HoldNext();
        var replicating = Task.Run(() => portal.Replicate("s", key: "alias/gated"));
        await waits;

        Assert.Empty((await portal.RemoveRegion("s")).Replicas);
        go.SetResult();

        Assert.Empty((await replicating).Replicas);
        await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret.", () => portal.Describe("s", Frankfurt));
        await portal.Writer.Delete(portal.Admin, "s", null, force: true, default);
    }

    [Fact]
    public async Task A_replica_promoted_while_it_is_written_keeps_what_it_had()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.CreateReplicated(key: "alias/gated");
        var (waits, go) = kms.HoldNext();
        var put = Task.Run(() => portal.Put("s", "two", TestPortal.Token(2)));
        await waits;

        await portal.Promote("s");
        go.SetResult();
        await put;

        Assert.Equal(("two", "one"), (await portal.Value("s"), await portal.ValueIn(Frankfurt, "s")));
        Assert.False((await portal.Describe("s", Frankfurt)).IsReplica);
    }

    [Fact]
    public async Task A_version_id_that_is_used_again_brings_its_new_value()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.CreateReplicated(key: "alias/gated");
        kms.Fail();
        portal.Clock.Advance(TimeSpan.FromDays(2));
        // The primary keeps 100 versions, so the first one goes, and its id is free.
        for (var i = 2; i <= 103; i++)
        {
            await portal.Put("s", $"value {i}", TestPortal.Token(i));
            portal.Clock.Advance(TimeSpan.FromHours(25));
        }

        Assert.Null((await portal.Describe("s")).FindVersion(TestPortal.Token(1)));
        await portal.Put("s", "used again", TestPortal.Token(1));
        kms.Open();
        await portal.TickReplicas(TimeSpan.FromHours(1));

        var (primary, replica) = (await portal.Describe("s"), await portal.Describe("s", Frankfurt));
        Assert.Equal(ReplicaStatus.InSync, Assert.Single(primary.Replicas).Status);
        Assert.Equal("used again", await portal.ValueIn(Frankfurt, "s"));
        Assert.Equal(primary.Versions.Select(v => (v.VersionId, v.CreatedAt)), replica.Versions.Select(v => (v.VersionId, v.CreatedAt)));
    }

    [Fact]
    public async Task A_region_that_does_not_answer_holds_a_request_for_two_seconds_and_a_tick_for_ten()
    {
        var kms = new GatedKms();
        await using var portal = await kms.StartPortal();
        await portal.CreateReplicated(key: "alias/gated");

        var (waits, _) = kms.HoldNext();
        var put = Task.Run(() => portal.Put("s", "two", TestPortal.Token(2)));
        await waits;
        portal.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(ReplicaStatus.InProgress, Assert.Single((await put).Secret.Replicas).Status);

        (waits, var go) = kms.HoldNext();
        var tick = portal.TickReplicas();
        await waits;
        // One at a time: the next one does nothing.
        await portal.TickReplicas(TimeSpan.FromSeconds(1));
        Assert.False(tick.IsCompleted);
        portal.Clock.Advance(TimeSpan.FromSeconds(9));
        await tick;
        Assert.False(go.Task.IsCompleted);
        const string slow = "Replication failed: The replica could not be brought up to date in 10 seconds. Is the KMS of its region within reach?";
        Assert.Equal((ReplicaStatus.Failed, slow), Status(await portal.Describe("s")));

        // What failed is left to the tick, after its pause: no request waits for it.
        kms.BeforeWrap = () => throw new InvalidOperationException("nobody should ask");
        var third = await portal.Put("s", "three", TestPortal.Token(3));
        Assert.Equal((ReplicaStatus.Failed, slow), Status(third.Secret));
        Assert.Equal(1, third.Secret.Replicas[0].Attempts);

        kms.Open();
        await portal.TickReplicas(TimeSpan.FromSeconds(30));
        Assert.Equal("three", await portal.ValueIn(Frankfurt, "s"));

        static (ReplicaStatus, string?) Status(Secret secret) => (Assert.Single(secret.Replicas).Status, secret.Replicas[0].Failure);
    }

    [Fact]
    public async Task Two_nodes_that_change_and_tick_at_once_end_with_a_replica_in_sync()
    {
        await using var portal = await TestPortal.Start();
        await using var node = await portal.StartNode();
        await portal.CreateReplicated();
        node.Clock.Advance(TimeSpan.FromSeconds(10));
        using var stop = new CancellationTokenSource();
        var ticking = Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
                await node.Get<ReplicaFollower>().Tick(default);
        });

        await Task.WhenAll(Enumerable.Range(2, 24).Select(i => Task.Run(() => (i % 2 == 0 ? portal : node).Put("s", $"value {i}", TestPortal.Token(i)))));
        await stop.CancelAsync();
        await ticking;
        await portal.TickReplicas();

        var (primary, replica) = (await portal.Describe("s"), await portal.Describe("s", Frankfurt));
        Assert.Equal(ReplicaStatus.InSync, Assert.Single(primary.Replicas).Status);
        Assert.Equal(primary.Labels.ByLabel, replica.Labels.ByLabel);
        Assert.Equal(25, replica.Versions.Count);
        foreach (var version in primary.Versions)
            Assert.Equal(await portal.Value("s", version.VersionId), await portal.ValueIn(Frankfurt, "s", version.VersionId));
        Assert.Single(await portal.Log(), r => r.Action == "secretsportal:ReplicaCreated");
    }

    [Fact]
    public async Task No_value_stands_in_the_log()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "a value nobody else has");
        await portal.Replicate("s");
        await portal.Put("s", "another value nobody has", TestPortal.Token(2));

        Assert.DoesNotContain(await portal.Log(), r => r.ToString().Contains("nobody", StringComparison.Ordinal));
    }
}
