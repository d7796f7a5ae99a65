using SecretsPortal.Core;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class UserStoreTests(DatabaseProvider provider) : AccessTests(provider)
{
    [Fact]
    public async Task A_user_comes_back_as_it_was_added_with_tags_and_groups()
    {
        var group = await AddGroup("operators");
        var user = NewUser("ada") with
        {
            Description = "the first", DisplayName = "Ada L.", Email = "ada@example.com", PasswordChangedAt = Now.AddMinutes(1), MustChangePassword = true,
            IsDisabled = true, LastSeenAt = Now.AddDays(1), SessionEpoch = 4, Revision = 2,
        };

        Assert.True(await Observed(audit => Users.Add(user, [new("team", "blue"), new("area", "")], [group.Id], audit, Cancel)));

        Assert.Equal(user, await Callers.FindById(user.Id, Cancel));
        Assert.Equal([new("team", "blue"), new("area", "")], await Callers.FindTags(user.Id, Cancel));
        Assert.Equal([group], await Groups.FindOf(user.Id, Cancel));
    }

    [Fact]
    public async Task Names_that_differ_in_case_alone_cannot_stand_beside_each_other()
    {
        await AddUser("Ada");
        await AddGroup("Operators");
        await AddPolicy("Read");

        Assert.False(await Observed(audit => Users.Add(NewUser("aDA"), [], [], audit, Cancel), isRecorded: false));
        Assert.False(await Groups.Add(new StoredGroup { Id = Samples.NewId(), Name = "operators", CreatedAt = Now }, Samples.Audit(), Cancel));
        Assert.False(await Policies.Add(new StoredPolicy("READ", "{}"), Samples.Audit(), Cancel));
        // A kind has names of its own: the ARNs differ.
        await AddClient("ada");
        Assert.False(await Clients.Add(NewUser("ADA") with { Kind = Core.Policies.CallerKind.Client }, [], Samples.Audit(), Cancel));
    }

    [Fact]
    public async Task Issuer_and_subject_together_name_one_user()
    {
        var user = NewUser("ada") with { PasswordHash = null, Issuer = "https://id.example", Subject = "42" };
        Assert.True(await Users.Add(user, [], [], Samples.Audit(), Cancel));

        Assert.False(await Users.Add(NewUser("bob") with { Issuer = "https://id.example", Subject = "42" }, [], [], Samples.Audit(), Cancel));
        Assert.True(await Users.Add(NewUser("cyd") with { Issuer = "https://other.example", Subject = "42" }, [], [], Samples.Audit(), Cancel));

        Assert.Equal(user, await Callers.FindBySubject("https://id.example", "42", Cancel));
        Assert.Null(await Callers.FindBySubject("https://ID.example", "42", Cancel));
        Assert.Null(await Callers.FindBySubject("https://id.example", "42 ", Cancel));
        Assert.Null(await Callers.Find(Core.Policies.CallerKind.User, "bob", Cancel));
    }

    [Fact]
    public async Task A_change_is_decided_on_what_is_stored_and_raises_the_revision()
    {
        var user = await AddUser("ada");

        var changed = await Observed(audit => Users.Change(
            user.Id, before => new CallerChange(before with { DisplayName = "Ada", IsDisabled = true }, audit) { Tags = [new("team", "blue")] }, rule: null, Cancel));

        Assert.Equal(user with { DisplayName = "Ada", IsDisabled = true, Revision = 1 }, changed);
        Assert.Equal(changed, await Callers.FindById(user.Id, Cancel));
        Assert.Equal([new("team", "blue")], await Callers.FindTags(user.Id, Cancel));
        Assert.Equal(changed, await Users.Change(user.Id, _ => null, rule: null, Cancel));
        Assert.Null(await Users.Change("nobody", _ => throw new InvalidOperationException(), rule: null, Cancel));
    }

    [Fact]
    public async Task A_decision_that_throws_changes_nothing()
    {
        var user = await AddUser("ada");
        var epoch = await AccessEpoch();

        await Assert.ThrowsAsync<PortalException>(() => Users.Change(user.Id, _ => throw new PortalException(PortalError.PreconditionNotMet, "no"), rule: null, Cancel));

        Assert.Equal(user, await Callers.FindById(user.Id, Cancel));
        Assert.Equal(epoch, await AccessEpoch());
    }

    [Fact]
    public async Task A_client_is_not_changed_or_deleted_as_a_user()
    {
        var client = await AddClient("app");

        Assert.Null(await Users.Change(client.Id, before => new CallerChange(before with { IsDisabled = true }, Samples.Audit()), rule: null, Cancel));
        Assert.False(await Observed(audit => Users.Delete(client.Id, audit, rule: null, Cancel), isRecorded: false));
        Assert.False(await Observed(audit => Users.SetPassword(client.Id, new PasswordChange("hash", Now, false, null), audit, Cancel), isRecorded: false));

        Assert.Equal(client, await Callers.FindById(client.Id, Cancel));
    }

    [Fact]
    public async Task A_deleted_user_takes_all_that_is_its_own_along()
    {
        var user = await AddUser("ada");
        var group = await AddGroup("operators");
        await AddPolicy("p");
        await Join(user, group);
        await Attach(HolderOf(user), "p");
        await new SessionStore(Database).Add(
            new StoredPortalSession { Id = "s", CallerId = user.Id, SessionEpoch = 0, CreatedAt = Now, ProvedAt = Now, LastSeenAt = Now, SourceAddress = "::1" }, Samples.Audit(), Cancel);

        Assert.True(await Observed(audit => Users.Delete(user.Id, audit, rule: null, Cancel)));

        Assert.Null(await Callers.FindById(user.Id, Cancel));
        Assert.Null(await new SessionStore(Database).Find("s", Cancel));
        Assert.Empty(await Groups.FindMembers(group.Id, null, 10, Cancel));
        Assert.Empty(await Policies.FindHolders("p", 10, Cancel));
    }

    [Fact]
    public async Task A_new_password_ends_all_sessions_but_the_one_that_is_kept()
    {
        var user = await AddUser("ada");
        var sessions = new SessionStore(Database);
        foreach (var id in new[] { "kept", "other" })
            await sessions.Add(new StoredPortalSession { Id = id, CallerId = user.Id, SessionEpoch = 0, CreatedAt = Now, ProvedAt = Now, LastSeenAt = Now, SourceAddress = "::1" }, Samples.Audit(), Cancel);

        Assert.True(await Observed(audit => Users.SetPassword(user.Id, new PasswordChange("new", Now.AddDays(1), MustChange: true, "kept"), audit, Cancel)));

        Assert.Equal(
            user with { PasswordHash = "new", PasswordChangedAt = Now.AddDays(1), MustChangePassword = true, SessionEpoch = 1 },
            await Callers.FindById(user.Id, Cancel));
        Assert.Equal(["kept"], (await sessions.FindOpen(user.Id, Now.AddDays(-1), Cancel)).Select(s => s.Id));
        Assert.Equal(0, (await sessions.Find("other", Cancel))!.Value.Session.SessionEpoch);
    }

    [Fact]
    public async Task The_password_of_an_identity_providers_user_cannot_be_set()
    {
        var user = NewUser("ada") with { PasswordHash = null, Issuer = "https://id.example", Subject = "42" };
        await Users.Add(user, [], [], Samples.Audit(), Cancel);

        Assert.False(await Observed(audit => Users.SetPassword(user.Id, new PasswordChange("new", Now, false, null), audit, Cancel), isRecorded: false));

        Assert.Null((await Callers.FindById(user.Id, Cancel))!.PasswordHash);
    }

    [Fact]
    public async Task Hashing_anew_does_not_undo_a_change()
    {
        var user = await AddUser("ada");

        await Users.Rehash(user.Id, "another", "stronger", Cancel);
        Assert.Equal(user.PasswordHash, (await Callers.FindById(user.Id, Cancel))!.PasswordHash);
        await Users.Rehash(user.Id, user.PasswordHash!, "stronger", Cancel);
        Assert.Equal("stronger", (await Callers.FindById(user.Id, Cancel))!.PasswordHash);
    }

    [Fact]
    public async Task Ending_all_sessions_and_noting_a_sign_in()
    {
        var user = await AddUser("ada");

        Assert.True(await Observed(audit => Users.EndSessions(user.Id, keptSessionId: null, audit, Cancel)));
        await Users.NoteSeen(user.Id, Now.AddHours(1), Cancel);

        Assert.Equal(user with { SessionEpoch = 1, LastSeenAt = Now.AddHours(1) }, await Callers.FindById(user.Id, Cancel));
        Assert.False(await Observed(audit => Users.EndSessions("nobody", null, audit, Cancel), isRecorded: false));
    }

    [Fact]
    public async Task Pages_of_users_are_in_the_order_of_their_names()
    {
        foreach (var name in new[] { "bob", "Zoe", "ada", "adam" })
            await AddUser(name);
        await AddClient("adapter");

        Assert.Equal(["Zoe", "ada"], await Names("", null, 2));
        Assert.Equal(["adam", "bob"], await Names("", "ada", 2));
        Assert.Equal(["ada", "adam"], await Names("ad", null, 10));
        Assert.Empty(await Names("x", null, 10));

        async Task<IEnumerable<string>> Names(string prefix, string? after, int limit) =>
            (await Callers.List(Core.Policies.CallerKind.User, prefix, after, limit, Cancel)).Select(c => c.Name);
    }
}

public sealed class UserStoreOnSqlite() : UserStoreTests(DatabaseProvider.Sqlite);

public sealed class UserStoreOnSqlServer() : UserStoreTests(DatabaseProvider.SqlServer);
