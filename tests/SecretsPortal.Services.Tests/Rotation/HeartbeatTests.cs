using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>The heartbeat, on real PostgreSQL roles.</summary>
public sealed class HeartbeatTests(PostgresFixture postgres)
{
    [Fact]
    public async Task A_password_changed_behind_the_portals_back_is_found_within_a_day_and_so_is_its_return()
    {
        var role = await postgres.Role();
        await using var portal = await Rotated(role);
        await Beat(portal);
        var plan = await Plan(portal);
        Assert.Equal((RotationHealth.Healthy, "The target takes the current value."), (plan.Health, plan.HeartbeatMessage));
        Assert.Equal(1, await Count(portal, "RotationHeartbeat"));

        await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD 'changed by somebody'");
        await Beat(portal);
        plan = await Plan(portal);
        Assert.Equal(RotationHealth.OutOfSync, plan.Health);
        Assert.StartsWith("The target refuses the current value", plan.HeartbeatMessage, StringComparison.Ordinal);
        await Beat(portal);
        Assert.Equal((3, 1, 0), (await Count(portal, "RotationHeartbeat"), await Count(portal, "RotationOutOfSync"), await Count(portal, "RotationInSync")));
        var record = (await portal.Log()).Single(r => r.Action == "secretsportal:RotationOutOfSync");
        Assert.Equal((AuditOutcome.Failed, $"arn:aws:iam::{TestPortal.Account}:role/secretsportal/heartbeat"), (record.Outcome, record.Caller));

        await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD '{PasswordOf(await portal.Value("db"))}'");
        await Beat(portal);
        Assert.Equal((RotationHealth.Healthy, 1), ((await Plan(portal)).Health, await Count(portal, "RotationInSync")));
        Assert.DoesNotContain(await portal.Log(), r => r.Detail?.Contains("changed by somebody", StringComparison.Ordinal) == true);
    }

    [Fact]
    public async Task A_value_that_was_put_since_is_not_out_of_sync_because_another_one_was()
    {
        var role = await postgres.Role();
        await using var portal = await Rotated(role);
        await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD 'the new one'");
        await Beat(portal);
        Assert.Equal(RotationHealth.OutOfSync, (await Plan(portal)).Health);

        await portal.Put("db", role.Json("the new one"), TestPortal.Token(7));

        Assert.Equal(RotationHealth.Healthy, (await Plan(portal)).Health);
        await Beat(portal);
        Assert.Equal(RotationHealth.Healthy, (await Plan(portal)).Health);
    }

    [Fact]
    public async Task A_target_that_does_not_answer_is_no_reason_to_say_that_it_refuses()
    {
        var role = await postgres.Role();
        await using var portal = await Rotated(role);
        await Beat(portal);
        await portal.Put("db", role.Json().Replace($"{role.Server.Port}", "1", StringComparison.Ordinal), TestPortal.Token(7));

        await Beat(portal);

        var plan = await Plan(portal);
        Assert.Equal(RotationHealth.Healthy, plan.Health);
        Assert.StartsWith("The target does not say", plan.HeartbeatMessage, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_is_asked_during_a_rotation_in_a_pause_or_where_it_is_off()
    {
        var role = await postgres.Role();
        await using var portal = await Rotated(role);
        await portal.Rotate("db", 3);
        await Beat(portal);
        Assert.Equal(0, await Count(portal, "RotationHeartbeat"));
        await portal.ExecuteQueue();

        await portal.Get<RotationOverview>().Pause(portal.Admin, null, default);
        await Beat(portal);
        Assert.Equal(0, await Count(portal, "RotationHeartbeat"));
        await portal.Get<RotationOverview>().Resume(portal.Admin, default);

        await using var without = await TestPortal.StartWith(portal.Options with { Rotation = new RotationOptions { HeartbeatInterval = TimeSpan.Zero } });
        await Beat(without);
        Assert.Equal(0, await Count(portal, "RotationHeartbeat"));
        await Beat(portal);
        Assert.Equal(1, await Count(portal, "RotationHeartbeat"));
    }

    [Fact]
    public async Task Heartbeats_are_spread_over_the_interval_and_of_two_nodes_one_asks()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 12; i++)
        {
            await portal.Create($"db-{i}", role.Json(), TestPortal.Token(100 + i));
            await portal.Rotate($"db-{i}", 200 + i, r => r with { Schedule = RotationSchedule.Parse("rate(30 days)", null, null), RotateImmediately = false });
        }

        await portal.ExecuteQueue();
        await portal.Get<RotationHeartbeat>().Tick(default);
        var start = portal.Clock.GetUtcNow();
        Assert.Equal(12, await portal.Number($"SELECT COUNT(*) FROM rotation_schedule WHERE heartbeat_due_at BETWEEN {Micros(start)} AND {Micros(start.AddDays(1))}"));
        Assert.True(await portal.Number("SELECT COUNT(DISTINCT heartbeat_due_at / 3600000000) FROM rotation_schedule") > 3);

        await using var node = await portal.StartNode();
        foreach (var each in new[] { portal, node })
            each.Clock.SetUtcNow(start.AddDays(1));
        // A target bears five at once, so that what finds no room comes with the next ticks.
        for (var tick = 0; tick < 10; tick++)
            await Task.WhenAll(portal.Get<RotationHeartbeat>().Tick(default), node.Get<RotationHeartbeat>().Tick(default));
        Assert.Equal(12, await Count(portal, "RotationHeartbeat"));
        Assert.Equal(12, await portal.Number("SELECT COUNT(*) FROM rotation_schedule WHERE heartbeat_answer = 'Accepted'"));
    }

    private static long Micros(DateTimeOffset at) => at.ToUnixTimeMilliseconds() * 1000;

    /// <summary>A portal with the secret <c>db</c>, rotated once and in a month again.</summary>
    private static async Task<TestPortal> Rotated(TestRole role)
    {
        var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("rate(30 days)", null, null) });
        await portal.ExecuteQueue();
        await portal.Get<RotationHeartbeat>().Tick(default);
        return portal;
    }

    /// <summary>Lets a day pass, in which each target is asked once.</summary>
    private static async Task Beat(TestPortal portal)
    {
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await portal.Get<RotationHeartbeat>().Tick(default);
    }

    private static Task<RotationPlan> Plan(TestPortal portal) => portal.Get<RotationOverview>().Describe(portal.Admin, "db", default);

    private static async Task<int> Count(TestPortal portal, string action) => (await portal.Log()).Count(r => r.Action == $"secretsportal:{action}");
}
