using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Storage;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>Windows: shown ahead, and caught up where they were missed; on a real PostgreSQL role.</summary>
public sealed class ScheduleTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Windows_missed_while_the_portal_was_down_are_caught_up_by_one_rotation_and_the_schedule_goes_on()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("cron(0 20 * * ? *)", null, "2h"), RotateImmediately = false });
        await portal.ExecuteQueue();
        var before = await portal.Value("db");

        // Two windows have come and gone: those of the 4th and the 5th.
        portal.Clock.SetUtcNow(Time(6, 9));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Single(portal.Queue.RunIds);
        await portal.ExecuteQueue();
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Empty(portal.Queue.RunIds);

        var after = await portal.Value("db");
        Assert.NotEqual(before, after);
        Assert.True(await role.Accepts(PasswordOf(after)));
        Assert.Equal(Time(6, 20), (await portal.Secret("db")).Rotation!.NextWindowStart);
        var missed = Assert.Single(await portal.Log(), r => r.Action == "secretsportal:RotationMissed");
        Assert.Equal(AuditOutcome.Failed, missed.Outcome);
        var run = (await portal.History("db"))[0];
        Assert.Equal(RotationTrigger.Schedule, run.Trigger);
        Assert.Contains($"run {run.RunId} catches it up", missed.Detail!, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Secrets_whose_start_always_fails_keep_no_place_of_their_target()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.StartOwned(options => options with { Rotation = new RotationOptions { TargetLimit = 1 } });
        foreach (var name in (string[])["a", "b", "c"])
        {
            await portal.Create(name, role.Json());
            await portal.Rotate(name, 2, r => r with { Schedule = RotationSchedule.Parse("cron(0 20 * * ? *)", null, "2h"), RotateImmediately = false });
        }

        await portal.ExecuteQueue();
        portal.Clock.SetUtcNow(Time(6, 9));
        Assert.Equal(1, await portal.Number("SELECT COUNT(DISTINCT target_key) FROM rotation_schedule"));
        await portal.ExecuteUnseenAlways("""
            CREATE TRIGGER broken BEFORE INSERT ON rotation_run
            WHEN new.secret_id <> (SELECT secret_id FROM rotation_schedule ORDER BY due_at DESC, secret_id DESC LIMIT 1)
            BEGIN SELECT RAISE(ABORT, 'no'); END
            """);

        await portal.Get<RotationDispatcher>().Tick(default);

        Assert.Single(portal.Queue.RunIds);
    }

    [Fact]
    public async Task The_next_five_windows_are_told_and_those_of_another_schedule()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        var overview = portal.Get<RotationOverview>();
        Assert.Empty((await overview.Describe(portal.Admin, "db", default)).NextWindows);
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("rate(10 days)", null, "3h"), RotateImmediately = false });

        var plan = await overview.Describe(portal.Admin, "db", default);
        Assert.Equal((true, "every 10 days, in a window of 3 hours"), (plan.IsEnabled, plan.Schedule));
        Assert.Equal([Time(14, 0), Time(24, 0), Time(34, 0), Time(44, 0), Time(54, 0)], plan.NextWindows.Select(w => w.Start));
        Assert.All(plan.NextWindows, w => Assert.Equal(TimeSpan.FromHours(3), w.End - w.Start));

        var other = await overview.Preview(portal.Admin, "db", () => RotationSchedule.Parse("cron(0 8 ? * MON *)", null, "1h"), default);
        Assert.Equal([Time(9, 8), Time(16, 8), Time(23, 8), Time(30, 8), Time(37, 8)], other.NextWindows.Select(w => w.Start));
        Assert.Equal(plan.NextWindows, (await overview.Describe(portal.Admin, "db", default)).NextWindows);
    }

    [Fact]
    public async Task A_rotation_begins_at_its_own_place_in_the_window()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("cron(0 20 * * ? *)", null, "4h"), RotateImmediately = false });
        await portal.ExecuteQueue();
        var window = (await portal.Get<RotationOverview>().Describe(portal.Admin, "db", default)).NextWindows[0];
        Assert.Equal(Time(4, 20), window.Start);
        Assert.InRange(window.BeginsAt, window.Start, window.Start.AddHours(1));

        portal.Clock.SetUtcNow(window.BeginsAt.AddSeconds(-1));
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Empty(portal.Queue.RunIds);
        portal.Clock.SetUtcNow(window.BeginsAt);
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Single(portal.Queue.RunIds);
        Assert.DoesNotContain(await portal.Log(), r => r.Action == "secretsportal:RotationMissed");
    }

    [Fact]
    public async Task A_secret_goes_from_healthy_over_due_and_overdue_back_to_healthy()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("cron(0 20 * * ? *)", null, "2h"), RotateImmediately = false });
        await portal.ExecuteQueue();
        await portal.Get<RotationService>().Cancel(portal.Admin, "db", default);
        Assert.Equal(RotationHealth.Off, await Health(portal));
        await portal.Rotate("db", 3, r => r with { RotateImmediately = false });
        await portal.ExecuteQueue();
        Assert.Equal(RotationHealth.Healthy, await Health(portal));
        await role.LetNobodyIn();

        portal.Clock.SetUtcNow(Time(4, 21));
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Equal(RotationHealth.Rotating, await Health(portal));
        await portal.ExecuteQueue();
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Equal(RotationHealth.Retrying, await Health(portal));
        portal.Clock.SetUtcNow(Time(4, 22));
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Equal(RotationHealth.Overdue, await Health(portal));

        await role.LetIn();
        await portal.ExecuteUntilEnded("db");
        Assert.Equal(RotationHealth.Healthy, await Health(portal));
        Assert.Equal(Time(5, 22), (await portal.Secret("db")).Rotation!.OverdueAt);
    }

    [Fact]
    public async Task One_server_is_given_as_many_rotations_at_once_as_it_bears()
    {
        var roles = await Task.WhenAll(Enumerable.Range(0, 7).Select(_ => postgres.Role()));
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < roles.Length; i++)
        {
            await portal.Create($"db-{i}", roles[i].Json(), TestPortal.Token(100 + i));
            await portal.Rotate($"db-{i}", 200 + i, r => r with { Schedule = RotationSchedule.Parse("cron(0 20 * * ? *)", null, "2h"), RotateImmediately = false });
        }

        await portal.ExecuteQueue();
        portal.Clock.SetUtcNow(Time(4, 21));
        var waves = new List<int>();
        for (var wave = 0; wave < 3; wave++)
        {
            await portal.Get<RotationDispatcher>().Tick(default);
            await portal.Get<RotationDispatcher>().Tick(default);
            waves.Add(portal.Queue.RunIds.Count);
            await portal.ExecuteQueue();
        }

        Assert.Equal([5, 2, 0], waves);
        for (var i = 0; i < roles.Length; i++)
            Assert.True(await roles[i].Accepts(PasswordOf(await portal.Value($"db-{i}"))));
        // What is stored of host and port says nothing without the portal's key.
        Assert.Equal(7, await portal.Number("SELECT COUNT(*) FROM rotation_schedule WHERE length(target_key) = 64"));
        Assert.Equal(1, await portal.Number("SELECT COUNT(DISTINCT target_key) FROM rotation_schedule"));
    }

    [Fact]
    public async Task While_rotations_are_paused_none_begins_and_what_was_missed_is_caught_up_once_afterwards()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        var overview = portal.Get<RotationOverview>();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("cron(0 20 * * ? *)", null, "2h"), RotateImmediately = false });
        await portal.ExecuteQueue();
        await portal.Create("waits", (await postgres.Role()).Json(), TestPortal.Token(50));
        await portal.Rotate("waits", 51);
        List<string> waiting = [.. portal.Queue.RunIds];

        var hold = await overview.Pause(portal.Admin, "maintenance", default);
        Assert.Equal((portal.Admin.Caller.Arn, "maintenance"), (hold.By, hold.Reason));
        Assert.Equal(hold, await overview.Pause(portal.Admin, "again", default));
        await portal.Get<RotationDispatcher>().Execute(waiting[0], default);
        Assert.Equal(RotationRunState.Queued, (await portal.History("waits"))[0].State);
        portal.Queue.RunIds.Clear();
        portal.Clock.SetUtcNow(Time(6, 9));
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Empty(portal.Queue.RunIds);
        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Rotate("db", 3));
        Assert.StartsWith($"All rotations of this portal are paused since 2026-03-04 10:30 UTC by {portal.Admin.Caller.Arn}.", refused.Message, StringComparison.Ordinal);
        var page = await overview.List(portal.Admin, RotationHealth.Overdue, null, null, default);
        Assert.Equal(("maintenance", "db", 1L), (page.Pause!.Reason, Assert.Single(page.Rotations).Name, page.Counts[RotationHealth.Overdue]));

        await overview.Resume(portal.Admin, default);
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Equal(2, portal.Queue.RunIds.Count);
        await portal.ExecuteQueue();
        Assert.All(["db", "waits"], id => Assert.Equal(RotationRunState.Succeeded, portal.History(id).GetAwaiter().GetResult()[0].State));
        Assert.Null((await overview.List(portal.Admin, null, null, null, default)).Pause);
        Assert.Equal(["secretsportal:PauseRotations", "secretsportal:PauseRotations", "secretsportal:ResumeRotations"],
            (await portal.Log()).Select(r => r.Action).Where(a => a.EndsWith("eRotations", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task A_rotation_that_has_begun_to_change_its_target_goes_on_while_the_others_are_paused()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        await portal.DieAfter(RotationStep.SetSecret);
        portal.Queue.RunIds.Clear();
        await portal.Get<RotationOverview>().Pause(portal.Admin, null, default);

        portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.Get<RotationDispatcher>().Execute(Assert.Single(portal.Queue.RunIds), default);

        Assert.Equal(RotationRunState.Succeeded, Assert.Single(await portal.History("db")).State);
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
    }

    [Fact]
    public async Task Resolve_begins_no_rotation_while_all_are_paused_and_ends_one_that_has_begun_to_change_its_target()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        await portal.Get<RotationOverview>().Pause(portal.Admin, null, default);

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Get<RotationService>().Resolve(portal.Admin, "db", default));
        Assert.StartsWith("All rotations of this portal are paused", refused.Message, StringComparison.Ordinal);
        var waits = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationRunState.Queued, 0), (waits.State, waits.Steps.Count));

        await portal.DieAfter(RotationStep.SetSecret);
        portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await portal.Get<RotationStore>().Retry(waits.RunId, (await portal.Get<RotationStore>().Claim(waits.RunId, "a third node", portal.Clock.GetUtcNow(), portal.Clock.GetUtcNow().AddSeconds(9), default))!.Fence, portal.Clock.GetUtcNow().AddMinutes(5), "again", null, default);
        Assert.Equal(RotationRunState.Succeeded, (await portal.Get<RotationService>().Resolve(portal.Admin, "db", default)).State);
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));

        // To ask is no rotation.
        Assert.Equal((RotationMode.Resolve, RotationRunState.Succeeded), await portal.Get<RotationService>().Resolve(portal.Admin, "db", default) is var asked ? (asked.Mode, asked.State) : default);
    }

    private static async Task<RotationHealth> Health(TestPortal portal) => (await portal.Get<RotationOverview>().Describe(portal.Admin, "db", default)).Health;

    // A day of March 2026 and what follows it.
    private static DateTimeOffset Time(int day, int hour) => new DateTimeOffset(2026, 3, 1, hour, 0, 0, TimeSpan.Zero).AddDays(day - 1);
}
