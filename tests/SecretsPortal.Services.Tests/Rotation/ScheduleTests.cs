using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation;
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

    // A day of March 2026 and what follows it.
    private static DateTimeOffset Time(int day, int hour) => new DateTimeOffset(2026, 3, 1, hour, 0, 0, TimeSpan.Zero).AddDays(day - 1);
}
