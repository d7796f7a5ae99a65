using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class RotationScheduleStoreTests(DatabaseProvider provider) : ContractTests(provider)
{
    private RotationScheduleStore Schedules => new(Database);

    private RotationStore Runs => new(Database);

    private SecretStore Secrets => new(Database);

    protected override Task SetUp() => new KeyStore(Database).AddKey(Samples.Key(), Cancel);

    [Fact]
    public async Task A_rotation_is_due_at_its_own_place_in_the_window_and_not_before()
    {
        var secret = await Scheduled("db", Now, Now.AddHours(4));
        var begin = new RotationWindow(Now, Now.AddHours(4)).BeginOf(secret.Id);

        Assert.Empty(await Schedules.FindDue(begin.AddMilliseconds(-1), null, 10, Cancel));
        Assert.Equal([new DueRotation(secret.Id, begin, "target")], await Schedules.FindDue(begin, null, 10, Cancel));
        var stored = (await Secrets.FindById(secret.Id, Cancel))!.Rotation!;
        Assert.Equal((Now, "target"), (stored.NextWindowStart, stored.TargetKey));
    }

    [Fact]
    public async Task Health_follows_each_change_in_its_transaction_and_the_clock_at_a_tick()
    {
        var secret = await Scheduled("db", Now.AddHours(1), Now.AddHours(2));
        Assert.Equal(RotationHealth.Healthy, await Health(secret));

        Assert.Equal(0, await Schedules.RefreshHealth(Now.AddMinutes(59), 10, Cancel));
        Assert.Equal(1, await Schedules.RefreshHealth(Now.AddMinutes(95), 10, Cancel));
        Assert.Equal(RotationHealth.Due, await Health(secret));
        Assert.Equal(1, await Schedules.RefreshHealth(Now.AddHours(2), 10, Cancel));
        Assert.Equal((RotationHealth.Overdue, Now.AddHours(2)), ((await Entry(secret)).Health, (await Entry(secret)).Since));
        Assert.Equal(0, await Schedules.RefreshHealth(Now.AddDays(100), 10, Cancel));

        var moved = await Secrets.Change(secret.Id, s => new SecretChange(
            s with { LastRotatedAt = Now.AddHours(3), Rotation = s.Rotation! with { NextWindowStart = Now.AddDays(1), NextWindowEnd = Now.AddDays(2) } },
            Samples.Audit(at: Now.AddHours(3))), Cancel);
        Assert.Equal(RotationHealth.Healthy, await Health(secret));

        var run = Samples.Run(secret, at: Now.AddHours(4));
        await Change(secret, Now.AddHours(4), change => change with { StartRun = run });
        Assert.Equal(RotationHealth.Rotating, await Health(secret));
        var claim = await Runs.Claim(run.RunId, "node", Now.AddHours(4), Now.AddHours(5), Cancel);
        await Runs.Retry(run.RunId, claim!.Fence, Now.AddHours(4).AddMinutes(5), "no route to host", null, Cancel);
        Assert.Equal(1, await Schedules.RefreshHealth(Now.AddHours(4), 10, Cancel));
        Assert.Equal(RotationHealth.Retrying, await Health(secret));
        claim = await Runs.Claim(run.RunId, "node", Now.AddHours(5), Now.AddHours(6), Cancel);
        await Change(secret, Now.AddHours(5), change => change with { EndRun = new(run.RunId, claim!.Fence, RotationRunState.Failed, "given up") });
        Assert.Equal(RotationHealth.Failed, await Health(secret));

        await Secrets.Change(secret.Id, s => new SecretChange(s with { DeletedAt = Now.AddHours(6), PurgeAt = Now.AddDays(30) }, Samples.Audit(at: Now.AddHours(6))), Cancel);
        Assert.Equal(RotationHealth.Off, await Health(secret));
        Assert.Empty(await Schedules.FindDue(Now.AddDays(3), null, 10, Cancel));
        Assert.NotNull(moved);
    }

    [Fact]
    public async Task Healths_are_counted_by_region_and_listed_page_by_page()
    {
        var healthy = new List<string>();
        for (var i = 0; i < 5; i++)
            healthy.Add((await Scheduled($"healthy-{i}", Now.AddHours(1), Now.AddHours(2))).Id);
        var overdue = await Scheduled("overdue", Now.AddDays(-2), Now.AddDays(-1));
        await Scheduled("elsewhere", Now.AddHours(1), Now.AddHours(2), "eu-central-1");
        await Scheduled("off", null, null, enabled: false);

        var counts = await Schedules.CountByHealth(Cancel);
        Assert.Equal(5, counts[(Samples.Region, RotationHealth.Healthy)]);
        Assert.Equal(1, counts[(Samples.Region, RotationHealth.Overdue)]);
        Assert.Equal(1, counts[(Samples.Region, RotationHealth.Off)]);
        Assert.Equal(1, counts[("eu-central-1", RotationHealth.Healthy)]);

        var first = await Schedules.List(Samples.Region, RotationHealth.Healthy, null, 3, Cancel);
        var rest = await Schedules.List(Samples.Region, RotationHealth.Healthy, first[^1].SecretId, 3, Cancel);
        Assert.Equal(healthy.Order(StringComparer.Ordinal), first.Concat(rest).Select(e => e.SecretId));
        Assert.Equal([overdue.Id], (await Schedules.List(Samples.Region, RotationHealth.Overdue, null, 10, Cancel)).Select(e => e.SecretId));
        Assert.Equal(6, (await Schedules.List(Samples.Region, null, null, 10, Cancel)).Count);
        Assert.Equal(("overdue", Now.AddDays(-1)), ((await Entry(overdue)).Name, (await Entry(overdue)).OverdueAt));
    }

    [Fact]
    public async Task Runs_under_way_are_counted_by_target_without_those_that_wait_for_a_retry()
    {
        var (first, second) = (await Scheduled("first", Now, Now.AddHours(1)), await Scheduled("second", Now, Now.AddHours(1)));
        foreach (var secret in new[] { first, second })
            await Change(secret, Now, change => change with { StartRun = Samples.Run(secret) });
        Assert.Equal(2, (await Schedules.CountByTarget(Cancel))["target"]);

        var run = (await Runs.FindOpen(first.Id, Cancel))!;
        var claim = (await Runs.Claim(run.RunId, "node", Now, Now.AddMinutes(5), Cancel))!;
        await Runs.SaveStep(run.RunId, claim.Fence, new RotationStepRecord(RotationStep.SetSecret, 1, Now, null, false, null), Cancel);
        Assert.Equal(2, (await Schedules.CountByTarget(Cancel))["target"]);
        await Runs.Retry(run.RunId, claim.Fence, Now.AddMinutes(1), "later", null, Cancel);
        Assert.Equal(1, (await Schedules.CountByTarget(Cancel))["target"]);

        var waiting = (await Schedules.FindWaiting(Now.AddMinutes(1), 10, Cancel)).ToDictionary(w => w.RunId);
        Assert.Equal(new WaitingRun(run.RunId, 1, "target", IsCounted: false, HasBegun: true), waiting[run.RunId]);
        Assert.Single(waiting, w => w.Value is { Fence: 0, IsCounted: true, HasBegun: false });
    }

    [Fact]
    public async Task Rotations_are_paused_once_and_let_go_once()
    {
        var pause = new RotationPause(Now, "arn:aws:iam::000000000000:user/ada", "maintenance");
        Assert.Null(await Schedules.FindPause(Cancel));

        Assert.True(await Schedules.SetPause(pause, Samples.Audit(), Cancel));
        Assert.False(await Schedules.SetPause(pause with { Reason = "another" }, Samples.Audit(), Cancel));
        Assert.Equal(pause, await Schedules.FindPause(Cancel));
        Assert.True(await Schedules.SetPause(null, Samples.Audit(), Cancel));
        Assert.False(await Schedules.SetPause(null, Samples.Audit(), Cancel));

        Assert.Null(await Schedules.FindPause(Cancel));
        Assert.Equal(2, await Test.CountOf("audit_outbox"));
    }

    private async Task<RotationHealthEntry> Entry(Secret secret) => (await Schedules.FindHealth([secret.Id], Cancel))[secret.Id];

    private async Task<RotationHealth> Health(Secret secret) => (await Entry(secret)).Health;

    private Task<Secret?> Change(Secret secret, DateTimeOffset at, Func<SecretChange, SecretChange> with) =>
        Secrets.Change(secret.Id, before => with(new SecretChange(before, Samples.Audit(at: at))), Cancel);

    private async Task<Secret> Scheduled(string name, DateTimeOffset? start, DateTimeOffset? end, string region = Samples.Region, bool enabled = true)
    {
        if (region != Samples.Region)
            await new KeyStore(Database).AddKey(Samples.Key(region) with { KeyId = "another-key", Alias = null }, Cancel);
        var secret = Samples.Secret(name, Now.AddDays(-3), region) with
        {
            Rotation = new RotationSettings
            {
                Enabled = enabled, Schedule = RotationSchedule.Parse("rate(1 day)", null, null), NextWindowStart = start, NextWindowEnd = end, TargetKey = "target",
            },
        };
        Assert.True(await Secrets.Create(new SecretChange(secret, Samples.Audit()), Cancel));
        return secret;
    }
}

public sealed class RotationScheduleStoreOnSqlite() : RotationScheduleStoreTests(DatabaseProvider.Sqlite)
{
    [Fact]
    public async Task Each_question_of_a_tick_is_answered_by_an_index()
    {
        Assert.Equal(
            ["SEARCH p USING COVERING INDEX ix_rotation_schedule_begin (enabled=? AND due_at>? AND due_at<?)", "CORRELATED SCALAR SUBQUERY 1", "SEARCH r USING INDEX uq_rotation_run_open (secret_id=?)"],
            await Database.Plan(RotationScheduleStore.SelectDue, Cancel));
        Assert.Equal(
            ["SEARCH rotation_schedule USING INDEX ix_rotation_schedule_health_changes (health_changes_at<?)"],
            await Database.Plan(RotationScheduleStore.SelectHealthChanges, Cancel));
        Assert.Equal(["SCAN rotation_schedule USING COVERING INDEX ix_rotation_schedule_health"], await Database.Plan(RotationScheduleStore.CountHealth, Cancel));
        Assert.Equal(
            "SEARCH p USING INDEX ix_rotation_schedule_health (region=? AND health=? AND secret_id>?)",
            (await Database.Plan(RotationScheduleStore.ListOfHealth, Cancel))[0]);
    }
}

public sealed class RotationScheduleStoreOnSqlServer() : RotationScheduleStoreTests(DatabaseProvider.SqlServer);
