namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>What signing in keeps: second factors, sessions, failures.</summary>
public abstract class SignInStoreTests(DatabaseProvider provider) : AccessTests(provider)
{
    private SecondFactorStore Factors => new(Database);

    private SessionStore Sessions => new(Database);

    private SignInFailureStore Failures => new(Database);

    [Fact]
    public async Task A_second_factor_counts_once_it_is_confirmed_and_ends_other_sessions()
    {
        var user = await AddUser("ada");
        await AddSession("kept", user);
        await AddSession("other", user);
        Assert.True(await Factors.Begin(user.Id, [1], Cancel));
        Assert.True(await Factors.Begin(user.Id, [2], Cancel));

        Assert.False(await Factors.TakeStep(user.Id, 100, Cancel));
        Assert.False(await Observed(audit => Factors.Confirm(user.Id, [1], 100, ["a"], Now, null, audit, Cancel), isRecorded: false));
        Assert.True(await Observed(audit => Factors.Confirm(user.Id, [2], 100, ["a", "b"], Now, "kept", audit, Cancel)));

        Assert.False(await Factors.Begin(user.Id, [3], Cancel));
        var stored = (await Callers.FindById(user.Id, Cancel))!;
        Assert.Equal(new byte[] { 2 }, stored.TotpSealed);
        Assert.Equal((Now, 100, 1), (stored.TotpConfirmedAt, stored.TotpLastStep, stored.SessionEpoch));
        Assert.Equal(["kept"], (await Sessions.FindOpen(user.Id, Now.AddDays(-1), Cancel)).Select(s => s.Id));
    }

    [Fact]
    public async Task A_time_step_is_taken_once_by_whoever_is_first()
    {
        var user = await WithFactor();

        Assert.False(await Factors.TakeStep(user.Id, 100, Cancel));
        var taken = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Factors.TakeStep(user.Id, 101, Cancel), Cancel)));

        Assert.Single(taken, won => won);
        Assert.False(await Factors.TakeStep(user.Id, 99, Cancel));
    }

    [Fact]
    public async Task A_recovery_code_is_used_once_by_whoever_is_first()
    {
        var user = await WithFactor();
        var code = (await Factors.FindCodes(user.Id, Cancel))[1];
        Assert.Equal(new StoredRecoveryCode(1, "b", null), code);

        var used = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => Factors.UseCode(user.Id, code, Now, Cancel), Cancel)));

        Assert.Single(used, won => won);
        Assert.Equal([null, Now], (await Factors.FindCodes(user.Id, Cancel)).Select(c => c.UsedAt));
    }

    [Fact]
    public async Task Replaced_recovery_codes_are_good_no_more()
    {
        var user = await WithFactor();
        var former = await Factors.FindCodes(user.Id, Cancel);

        await Factors.ReplaceCodes(user.Id, ["x"], Samples.Audit(), Cancel);

        Assert.False(await Factors.UseCode(user.Id, former[0], Now, Cancel));
        Assert.Equal([new StoredRecoveryCode(0, "x", null)], await Factors.FindCodes(user.Id, Cancel));
    }

    [Fact]
    public async Task A_removed_second_factor_takes_its_codes_along()
    {
        var user = await WithFactor();

        Assert.True(await Observed(audit => Factors.Remove(user.Id, null, audit, Cancel)));
        Assert.False(await Observed(audit => Factors.Remove(user.Id, null, audit, Cancel), isRecorded: false));

        Assert.Equal(user with { SessionEpoch = 2 }, await Callers.FindById(user.Id, Cancel));
        Assert.Empty(await Factors.FindCodes(user.Id, Cancel));
    }

    [Fact]
    public async Task A_session_comes_back_with_its_user()
    {
        var user = await AddUser("ada");
        var session = Session("s", user) with { UserAgent = new string('x', 600) };

        Assert.True(await Sessions.Add(session, Samples.Audit(), Cancel));
        await Sessions.Touch("s", Now.AddMinutes(1), Cancel);
        await Sessions.Touch("s", Now.AddSeconds(1), Cancel);

        var found = (await Sessions.Find("s", Cancel))!.Value;
        Assert.Equal(session with { UserAgent = new string('x', 511) + "…", LastSeenAt = Now.AddMinutes(1) }, found.Session);
        Assert.Equal(user, found.User);
        Assert.Null(await Sessions.Find("S", Cancel));
    }

    [Fact]
    public async Task A_session_begins_for_nobody_who_is_gone_or_disabled_or_whose_sessions_were_ended_meanwhile()
    {
        var user = await AddUser("ada");
        await Users.EndSessions(user.Id, null, Samples.Audit(), Cancel);

        Assert.False(await Sessions.Add(Session("s", user), Samples.Audit(), Cancel));
        Assert.False(await Sessions.Add(Session("s", NewUser("ghost")), Samples.Audit(), Cancel));
        await Users.Change(user.Id, before => new CallerChange(before with { IsDisabled = true }, Samples.Audit()), rule: null, Cancel);
        Assert.False(await Sessions.Add(Session("s", user) with { SessionEpoch = 1 }, Samples.Audit(), Cancel));
    }

    [Fact]
    public async Task A_session_is_ended_once_and_by_its_user_only()
    {
        var (user, other) = (await AddUser("ada"), await AddUser("bob"));
        await AddSession("s", user);

        Assert.False(await Sessions.End("s", other.Id, Now, Samples.Audit(), Cancel));
        Assert.True(await Sessions.End("s", user.Id, Now, Samples.Audit(), Cancel));
        Assert.False(await Sessions.End("s", user.Id, Now.AddDays(1), Samples.Audit(), Cancel));

        Assert.Equal(Now, (await Sessions.Find("s", Cancel))!.Value.Session.EndedAt);
        Assert.Empty(await Sessions.FindOpen(user.Id, Now.AddDays(-1), Cancel));
    }

    [Fact]
    public async Task Old_sessions_are_neither_open_nor_kept()
    {
        var user = await AddUser("ada");
        await AddSession("old", user);
        await Sessions.Add(Session("new", user) with { CreatedAt = Now.AddDays(1) }, Samples.Audit(), Cancel);

        Assert.Equal(["new"], (await Sessions.FindOpen(user.Id, Now, Cancel)).Select(s => s.Id));
        Assert.Equal(1, await Sessions.Purge(Now.AddHours(1), Cancel));
        Assert.Null(await Sessions.Find("old", Cancel));
    }

    [Fact]
    public async Task Failures_that_come_at_once_are_all_counted()
    {
        await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(
            () => Failures.Change("b", before => new SignInFailures((before?.Failures ?? 0) + 1, Now, Now.AddSeconds(1)), Cancel), Cancel)));

        Assert.Equal(new SignInFailures(16, Now, Now.AddSeconds(1)), await Failures.Find("b", Cancel));
        Assert.Null(await Failures.Find("B", Cancel));
    }

    [Fact]
    public async Task A_bucket_is_emptied_or_forgotten()
    {
        foreach (var bucket in new[] { "emptied", "old", "waiting" })
            await Failures.Change(bucket, _ => new SignInFailures(1, Now, bucket == "waiting" ? Now.AddDays(2) : Now), Cancel);

        Assert.Equal(1, (await Failures.Change("emptied", _ => null, Cancel))!.Failures);
        Assert.Null(await Failures.Change("emptied", _ => null, Cancel));
        Assert.Equal(1, await Failures.Purge(Now.AddDays(1), Cancel));

        Assert.Null(await Failures.Find("old", Cancel));
        Assert.NotNull(await Failures.Find("waiting", Cancel));
    }

    private async Task<StoredCaller> WithFactor()
    {
        var user = await AddUser("ada");
        await Factors.Begin(user.Id, [2], Cancel);
        Assert.True(await Factors.Confirm(user.Id, [2], 100, ["a", "b"], Now, null, Samples.Audit(), Cancel));
        return user;
    }

    private async Task AddSession(string id, StoredCaller user) => Assert.True(await Sessions.Add(Session(id, user), Samples.Audit(), Cancel));

    private static StoredPortalSession Session(string id, StoredCaller user) =>
        new() { Id = id, CallerId = user.Id, SessionEpoch = 0, CreatedAt = Now, ProvedAt = Now, LastSeenAt = Now, SourceAddress = "203.0.113.7" };
}

public sealed class SignInStoresOnSqlite() : SignInStoreTests(DatabaseProvider.Sqlite);

public sealed class SignInStoresOnSqlServer() : SignInStoreTests(DatabaseProvider.SqlServer);
