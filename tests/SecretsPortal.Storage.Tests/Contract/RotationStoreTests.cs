using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class RotationStoreTests(DatabaseProvider provider) : ContractTests(provider)
{
    private Secret _secret = Samples.Secret("rotated");

    private RotationStore Store => new(Database);

    private RotationScheduleStore Schedules => new(Database);

    private SecretStore Secrets => new(Database);

    protected override async Task SetUp()
    {
        await new KeyStore(Database).AddKey(Samples.Key(), Cancel);
        await Secrets.Create(Samples.WithValue(_secret), Cancel);
        _secret = (await Secrets.FindById(_secret.Id, Cancel))!;
    }

    [Fact]
    public async Task A_started_run_reads_back_as_it_was()
    {
        var run = Samples.Run(_secret) with { Trigger = RotationTrigger.Schedule, Mode = RotationMode.TestOnly };

        await Start(run);

        Assert.Equivalent(run, await Store.Find(run.RunId, Cancel), strict: true);
        Assert.Equal(run.RunId, (await Store.FindOpen(_secret.Id, Cancel))!.RunId);
        Assert.Equal([run.RunId], await Waiting(Now));
    }

    [Fact]
    public async Task A_secret_has_one_open_run()
    {
        await Start(Samples.Run(_secret));

        var refused = await Assert.ThrowsAsync<PortalException>(() => Start(Samples.Run(_secret)));

        Assert.Equal(PortalError.InvalidRequest, refused.Error);
        Assert.Equal("A previous rotation isn't complete. That rotation will be reattempted.", refused.Message);
        Assert.Single(await Store.History(_secret.Id, 10, Cancel));
    }

    [Fact]
    public async Task Of_two_claims_one_wins()
    {
        var run = await Started();

        var claims = await Task.WhenAll(Enumerable.Range(0, 8).Select(i =>
            Task.Run(() => Store.Claim(run.RunId, $"node-{i}", Now, Now.AddMinutes(5), Cancel), Cancel)));

        var claimed = Assert.Single(claims, claim => claim is not null)!;
        Assert.Equal((RotationRunState.Running, 1, 1L), (claimed.Run.State, claimed.Run.Attempt, claimed.Fence));
        Assert.Empty(await Waiting(Now.AddMinutes(4)));
    }

    [Fact]
    public async Task A_lease_that_ran_out_may_be_claimed_and_its_holder_is_fenced_off()
    {
        var run = await Started();
        var first = await Claim(run);

        Assert.Null(await Store.Claim(run.RunId, "other", Now.AddMinutes(4), Now.AddMinutes(9), Cancel));
        Assert.Equal([run.RunId], await Waiting(Now.AddMinutes(5)));
        var second = await Store.Claim(run.RunId, "other", Now.AddMinutes(5), Now.AddMinutes(10), Cancel);

        Assert.Equal((2, first.Fence + 1), (second!.Run.Attempt, second.Fence));
        Assert.False(await Store.Renew(run.RunId, first.Fence, Now.AddMinutes(20), Cancel));
        Assert.False(await Store.SaveStep(run.RunId, first.Fence, Step(RotationStep.CreateSecret, 1), Cancel));
        Assert.False(await Store.Retry(run.RunId, first.Fence, Now, "late", stalledAt: null, Cancel));
        await RefusedAsLost(before => new SecretChange(before, Samples.Audit()) { EndRun = new(run.RunId, first.Fence, RotationRunState.Succeeded, null) });
        await RefusedAsLost(before => Samples.Put(before, Samples.V2) with { HeldRun = new(run.RunId, first.Fence) });

        Assert.Single((await Secrets.FindById(_secret.Id, Cancel))!.Versions);
        Assert.Empty((await Store.Find(run.RunId, Cancel))!.Steps);
        Assert.True(await Store.Renew(run.RunId, second.Fence, Now.AddMinutes(20), Cancel));
        Assert.Empty(await Waiting(Now.AddMinutes(19)));
    }

    [Fact]
    public async Task A_change_under_a_held_lease_applies()
    {
        var run = await Started();
        var claim = await Claim(run);

        var changed = await Secrets.Change(_secret.Id, before => Samples.Put(before, Samples.V2) with { HeldRun = new(run.RunId, claim.Fence) }, Cancel);

        Assert.Equal(2, changed!.Versions.Count);
    }

    [Fact]
    public async Task A_retry_waits_for_its_time_and_counts_the_attempt()
    {
        var run = await Started();
        var claim = await Claim(run);
        await Store.SaveStep(run.RunId, claim.Fence, Step(RotationStep.CreateSecret, 1), Cancel);

        Assert.True(await Store.Retry(run.RunId, claim.Fence, Now.AddMinutes(1), "no route to host", stalledAt: null, Cancel));

        var waiting = await Store.Find(run.RunId, Cancel);
        Assert.Equal((RotationRunState.Retrying, "no route to host"), (waiting!.State, waiting.Message));
        Assert.Equal(Now.AddMinutes(1), waiting.NextAttemptAt);
        Assert.True(waiting.IsOpen);
        Assert.Empty(await Waiting(Now.AddSeconds(59)));
        Assert.Null(await Store.Claim(run.RunId, "node", Now.AddSeconds(59), Now.AddMinutes(6), Cancel));

        var second = await Store.Claim(run.RunId, "node", Now.AddMinutes(1), Now.AddMinutes(6), Cancel);
        Assert.Equal(2, second!.Run.Attempt);
        Assert.Null(second.Run.NextAttemptAt);
        Assert.Empty(second.Run.Steps);
    }

    [Fact]
    public async Task A_run_keeps_since_when_it_waits_for_its_target_and_the_end_of_its_window()
    {
        var run = Samples.Run(_secret) with { RetryUntil = Now.AddHours(1) };
        await Start(run);
        for (var minutes = 0; minutes < 3; minutes++)
        {
            var claim = await Claim(run);
            Assert.True(await Store.Retry(run.RunId, claim.Fence, Now, "no word", minutes == 0 ? null : Now.AddMinutes(minutes), Cancel));
        }

        var waiting = await Store.Find(run.RunId, Cancel);
        Assert.Equal((Now.AddMinutes(1), Now.AddHours(1)), (waiting!.StalledAt, waiting.RetryUntil));
    }

    [Fact]
    public async Task An_AWSPENDING_without_a_run_is_found_once_nobody_has_touched_it_for_a_while()
    {
        async Task<Secret> Hanging(string name, Func<Secret, Secret>? more = null)
        {
            var secret = await Scheduled(name, enabled: false, start: null, more);
            return (await Secrets.Change(secret.Id, before => new SecretChange(
                before with { Versions = [.. before.Versions, Samples.Version(Samples.V2)], Labels = before.Labels.Put(Samples.V2, [StagingLabels.Pending]) }, Samples.Audit())
            { Values = [Samples.Value(Samples.V2)] }, Cancel))!;
        }

        var hanging = new[] { await Hanging("hanging 1"), await Hanging("hanging 2") }.Select(secret => secret.Id).Order(StringComparer.Ordinal).ToList();
        var open = await Hanging("open");
        await Secrets.Change(open.Id, before => new SecretChange(before, Samples.Audit()) { StartRun = Samples.Run(open) }, Cancel);
        var deleted = await Hanging("deleted");
        await Secrets.Change(deleted.Id, before => new SecretChange(before with { DeletedAt = Now }, Samples.Audit()), Cancel);
        await Hanging("never configured", secret => secret with { Rotation = null });
        await Hanging("replica", secret => secret with { PrimaryRegion = "eu-central-1" });
        var current = await Hanging("current");
        await Secrets.Change(current.Id, before => new SecretChange(before with { Labels = before.Labels.Move(StagingLabels.Current, Samples.V2, Samples.V1) }, Samples.Audit()), Cancel);

        Assert.Equal(hanging, await Store.FindHanging("", Now.AddMinutes(1), 10, Cancel));
        Assert.Equal([hanging[1]], await Store.FindHanging(hanging[0], Now.AddMinutes(1), 10, Cancel));
        Assert.Equal([hanging[0]], await Store.FindHanging("", Now.AddMinutes(1), 1, Cancel));
        Assert.Empty(await Store.FindHanging("", Now.AddMinutes(-1), 10, Cancel));
    }

    [Fact]
    public async Task A_waiting_retry_can_be_made_due_now()
    {
        var run = await Started();
        Assert.False(await Store.Hasten(run.RunId, Now, Cancel));
        var claim = await Claim(run);
        Assert.False(await Store.Hasten(run.RunId, Now, Cancel));
        await Store.Retry(run.RunId, claim.Fence, Now.AddHours(1), "later", stalledAt: null, Cancel);

        Assert.True(await Store.Hasten(run.RunId, Now.AddSeconds(1), Cancel));

        Assert.Equal([run.RunId], await Waiting(Now.AddSeconds(1)));
        Assert.False(await Store.Hasten(run.RunId, Now.AddSeconds(2), Cancel));
    }

    [Fact]
    public async Task Steps_are_one_row_each_and_those_of_the_latest_attempt_are_shown_in_order()
    {
        var run = await Started();
        var claim = await Claim(run);
        var created = Step(RotationStep.CreateSecret, 1) with { FinishedAt = Now.AddSeconds(2), Succeeded = true };
        var failed = Step(RotationStep.SetSecret, 1) with { FinishedAt = Now.AddSeconds(3), Message = "refused" };

        Assert.True(await Store.SaveStep(run.RunId, claim.Fence, Step(RotationStep.SetSecret, 1), Cancel));
        Assert.True(await Store.SaveStep(run.RunId, claim.Fence, Step(RotationStep.CreateSecret, 1), Cancel));
        Assert.True(await Store.SaveStep(run.RunId, claim.Fence, created, Cancel));
        Assert.True(await Store.SaveStep(run.RunId, claim.Fence, failed, Cancel));
        Assert.Equal([created, failed], (await Store.Find(run.RunId, Cancel))!.Steps);

        await Store.Retry(run.RunId, claim.Fence, Now, "again", stalledAt: null, Cancel);
        var second = await Claim(run);
        var again = Step(RotationStep.CreateSecret, 2);
        await Store.SaveStep(run.RunId, second.Fence, again, Cancel);
        Assert.Equal([again], (await Store.FindOpen(_secret.Id, Cancel))!.Steps);
    }

    [Fact]
    public async Task A_run_ends_with_the_change_that_finishes_it()
    {
        var run = await Started();
        var claim = await Claim(run);

        await Secrets.Change(_secret.Id, before => new SecretChange(before with { LastRotatedAt = Now }, Samples.Audit("secretsportal:Rotate", Now.AddSeconds(9)))
        {
            EndRun = new(run.RunId, claim.Fence, RotationRunState.Succeeded, "done"),
        }, Cancel);

        var ended = await Store.Find(run.RunId, Cancel);
        Assert.Equal((RotationRunState.Succeeded, "done", false), (ended!.State, ended.Message, ended.IsOpen));
        Assert.Equal(Now.AddSeconds(9), ended.FinishedAt);
        Assert.Null(await Store.FindOpen(_secret.Id, Cancel));
        Assert.Null(await Store.Claim(run.RunId, "node", Now.AddDays(1), Now.AddDays(2), Cancel));
        Assert.False(await Store.Renew(run.RunId, claim.Fence, Now.AddDays(1), Cancel));
        await RefusedAsLost(before => new SecretChange(before, Samples.Audit()) { EndRun = new(run.RunId, claim.Fence, RotationRunState.Failed, null) });
    }

    [Fact]
    public async Task An_abandoned_run_makes_room_for_the_next_in_one_change()
    {
        var run = await Started();
        var claim = await Claim(run);
        var next = Samples.Run(_secret, Samples.V3, Now.AddMinutes(1));

        await Secrets.Change(_secret.Id, before => new SecretChange(before, Samples.Audit("secretsmanager:RotateSecret")) { AbandonOpenRun = true, StartRun = next }, Cancel);

        var abandoned = await Store.Find(run.RunId, Cancel);
        Assert.Equal((RotationRunState.Abandoned, "Abandoned by secretsmanager:RotateSecret."), (abandoned!.State, abandoned.Message));
        Assert.False(await Store.SaveStep(run.RunId, claim.Fence, Step(RotationStep.SetSecret, 1), Cancel));
        Assert.Equal(next.RunId, (await Store.FindOpen(_secret.Id, Cancel))!.RunId);
        Assert.Equal([next.RunId, run.RunId], (await Store.History(_secret.Id, 10, Cancel)).Select(r => r.RunId));
        Assert.Equal([next.RunId], (await Store.History(_secret.Id, 1, Cancel)).Select(r => r.RunId));
        Assert.Equal([run.RunId], (await Store.Older(_secret.Id, next, 10, Cancel)).Select(r => r.RunId));
        Assert.Empty(await Store.Older(_secret.Id, run, 10, Cancel));
    }

    [Fact]
    public async Task Due_is_a_schedule_that_is_on_with_a_begun_window_and_no_open_run()
    {
        var off = await Scheduled("off", enabled: false, Now.AddHours(-1));
        var later = await Scheduled("later", enabled: true, Now.AddHours(2));
        var deleted = await Scheduled("deleted", enabled: true, Now.AddHours(-1), before => before with { DeletedAt = Now, PurgeAt = Now.AddDays(7) });
        var due = await Scheduled("due", enabled: true, Now);
        var earlier = await Scheduled("earlier", enabled: true, Now.AddHours(-1));
        await Scheduled("by hand", enabled: true, null);

        Assert.Equal([earlier.Id, due.Id], (await Schedules.FindDue(Later, null, 10, Cancel)).Select(d => d.SecretId));
        var first = Assert.Single(await Schedules.FindDue(Later, null, 1, Cancel));
        Assert.Equal(earlier.Id, first.SecretId);
        Assert.Equal([due.Id], (await Schedules.FindDue(Later, first, 10, Cancel)).Select(d => d.SecretId));

        await Secrets.Change(earlier.Id, before => new SecretChange(before, Samples.Audit()) { StartRun = Samples.Run(earlier) }, Cancel);
        Assert.Equal([due.Id], (await Schedules.FindDue(Later, null, 10, Cancel)).Select(d => d.SecretId));
        Assert.Equal(3, new[] { off, later, deleted }.Distinct().Count());
    }

    [Fact]
    public async Task A_long_message_is_clipped_rather_than_lost()
    {
        var run = await Started();
        var claim = await Claim(run);

        Assert.True(await Store.Retry(run.RunId, claim.Fence, Now, new string('x', 5000), stalledAt: null, Cancel));

        var message = (await Store.Find(run.RunId, Cancel))!.Message!;
        Assert.Equal(2000, message.Length);
        Assert.EndsWith("…", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_does_not_exist_is_null()
    {
        Assert.Null(await Store.Find(Samples.NewId(), Cancel));
        Assert.Null(await Store.FindOpen(_secret.Id, Cancel));
        Assert.Null(await Store.Claim(Samples.NewId(), "node", Now, Now.AddMinutes(5), Cancel));
        Assert.Empty(await Store.History(_secret.Id, 10, Cancel));
    }

    // By then every rotation of a window of an hour that begins now has its time.
    private static DateTimeOffset Later => Now.AddMinutes(30);

    private async Task<IEnumerable<string>> Waiting(DateTimeOffset now) => (await Schedules.FindWaiting(now, 10, Cancel)).Select(run => run.RunId);

    private static RotationStepRecord Step(RotationStep step, int attempt) => new(step, attempt, Now.AddSeconds(1), null, false, null);

    private async Task<RotationRun> Started()
    {
        var run = Samples.Run(_secret);
        await Start(run);
        return run;
    }

    private Task<Secret?> Start(RotationRun run) =>
        Secrets.Change(_secret.Id, before => new SecretChange(before, Samples.Audit("secretsmanager:RotateSecret")) { StartRun = run }, Cancel);

    private async Task<ClaimedRun> Claim(RotationRun run) => (await Store.Claim(run.RunId, "node", Now, Now.AddMinutes(5), Cancel))!;

    private async Task RefusedAsLost(Func<Secret, SecretChange> decide) =>
        Assert.Equal(PortalError.InvalidRequest, (await Assert.ThrowsAsync<PortalException>(() => Secrets.Change(_secret.Id, decide, Cancel))).Error);

    private async Task<Secret> Scheduled(string name, bool enabled, DateTimeOffset? start, Func<Secret, Secret>? more = null)
    {
        var secret = Samples.Secret(name.Replace(' ', '-')) with
        {
            Rotation = new RotationSettings { Enabled = enabled, NextWindowStart = start, NextWindowEnd = start?.AddHours(1) },
        };
        Assert.True(await Secrets.Create(Samples.WithValue(more is null ? secret : more(secret)), Cancel));
        return secret;
    }
}

public sealed class RotationStoreOnSqlite() : RotationStoreTests(DatabaseProvider.Sqlite);

public sealed class RotationStoreOnSqlServer() : RotationStoreTests(DatabaseProvider.SqlServer);
