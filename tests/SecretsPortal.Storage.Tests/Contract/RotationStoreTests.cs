using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class RotationStoreTests(DatabaseProvider provider) : ContractTests(provider)
{
    private Secret _secret = Samples.Secret("rotated");

    private RotationStore Store => new(Database);

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
        Assert.Equal([run.RunId], await Store.FindClaimable(Now, 10, Cancel));
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
        Assert.Empty(await Store.FindClaimable(Now.AddMinutes(4), 10, Cancel));
    }

    [Fact]
    public async Task A_lease_that_ran_out_may_be_claimed_and_its_holder_is_fenced_off()
    {
        var run = await Started();
        var first = await Claim(run);

        Assert.Null(await Store.Claim(run.RunId, "other", Now.AddMinutes(4), Now.AddMinutes(9), Cancel));
        Assert.Equal([run.RunId], await Store.FindClaimable(Now.AddMinutes(5), 10, Cancel));
        var second = await Store.Claim(run.RunId, "other", Now.AddMinutes(5), Now.AddMinutes(10), Cancel);

        Assert.Equal((2, first.Fence + 1), (second!.Run.Attempt, second.Fence));
        Assert.False(await Store.Renew(run.RunId, first.Fence, Now.AddMinutes(20), Cancel));
        Assert.False(await Store.SaveStep(run.RunId, first.Fence, Step(RotationStep.CreateSecret, 1), Cancel));
        Assert.False(await Store.Retry(run.RunId, first.Fence, Now, "late", Cancel));
        await RefusedAsLost(before => new SecretChange(before, Samples.Audit()) { EndRun = new(run.RunId, first.Fence, RotationRunState.Succeeded, null) });
        await RefusedAsLost(before => Samples.Put(before, Samples.V2) with { HeldRun = new(run.RunId, first.Fence) });

        Assert.Single((await Secrets.FindById(_secret.Id, Cancel))!.Versions);
        Assert.Empty((await Store.Find(run.RunId, Cancel))!.Steps);
        Assert.True(await Store.Renew(run.RunId, second.Fence, Now.AddMinutes(20), Cancel));
        Assert.Empty(await Store.FindClaimable(Now.AddMinutes(19), 10, Cancel));
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

        Assert.True(await Store.Retry(run.RunId, claim.Fence, Now.AddMinutes(1), "no route to host", Cancel));

        var waiting = await Store.Find(run.RunId, Cancel);
        Assert.Equal((RotationRunState.Retrying, "no route to host"), (waiting!.State, waiting.Message));
        Assert.Equal(Now.AddMinutes(1), waiting.NextAttemptAt);
        Assert.True(waiting.IsOpen);
        Assert.Empty(await Store.FindClaimable(Now.AddSeconds(59), 10, Cancel));
        Assert.Null(await Store.Claim(run.RunId, "node", Now.AddSeconds(59), Now.AddMinutes(6), Cancel));

        var second = await Store.Claim(run.RunId, "node", Now.AddMinutes(1), Now.AddMinutes(6), Cancel);
        Assert.Equal(2, second!.Run.Attempt);
        Assert.Null(second.Run.NextAttemptAt);
        Assert.Empty(second.Run.Steps);
    }

    [Fact]
    public async Task A_waiting_retry_can_be_made_due_now()
    {
        var run = await Started();
        Assert.False(await Store.Hasten(run.RunId, Now, Cancel));
        var claim = await Claim(run);
        Assert.False(await Store.Hasten(run.RunId, Now, Cancel));
        await Store.Retry(run.RunId, claim.Fence, Now.AddHours(1), "later", Cancel);

        Assert.True(await Store.Hasten(run.RunId, Now.AddSeconds(1), Cancel));

        Assert.Equal([run.RunId], await Store.FindClaimable(Now.AddSeconds(1), 10, Cancel));
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

        await Store.Retry(run.RunId, claim.Fence, Now, "again", Cancel);
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
    }

    [Fact]
    public async Task Due_is_a_schedule_that_is_on_with_a_begun_window_and_no_open_run()
    {
        var off = await Scheduled("off", enabled: false, Now.AddHours(-1));
        var later = await Scheduled("later", enabled: true, Now.AddHours(1));
        var deleted = await Scheduled("deleted", enabled: true, Now.AddHours(-1), before => before with { DeletedAt = Now, PurgeAt = Now.AddDays(7) });
        var due = await Scheduled("due", enabled: true, Now);
        var earlier = await Scheduled("earlier", enabled: true, Now.AddHours(-1));
        await Scheduled("by hand", enabled: true, null);

        Assert.Equal([earlier.Id, due.Id], await Store.FindDue(Now, 10, Cancel));
        Assert.Equal([earlier.Id], await Store.FindDue(Now, 1, Cancel));

        await Secrets.Change(earlier.Id, before => new SecretChange(before, Samples.Audit()) { StartRun = Samples.Run(earlier) }, Cancel);
        Assert.Equal([due.Id], await Store.FindDue(Now, 10, Cancel));
        Assert.Equal(3, new[] { off, later, deleted }.Distinct().Count());
    }

    [Fact]
    public async Task A_long_message_is_clipped_rather_than_lost()
    {
        var run = await Started();
        var claim = await Claim(run);

        Assert.True(await Store.Retry(run.RunId, claim.Fence, Now, new string('x', 5000), Cancel));

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
