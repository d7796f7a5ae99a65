using SecretsPortal.Core;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class GroupAndPolicyStoreTests(DatabaseProvider provider) : AccessTests(provider)
{
    [Fact]
    public async Task What_speaks_for_a_caller_comes_with_the_way_it_comes()
    {
        var user = await AddUser("ada");
        var (alpha, beta, empty) = (await AddGroup("alpha"), await AddGroup("beta"), await AddGroup("empty"));
        foreach (var policy in new[] { "read", "write", "unused" })
            await AddPolicy(policy, $"document of {policy}");
        foreach (var group in new[] { beta, alpha, empty })
            Assert.True(await Join(user, group));
        await Attach(HolderOf(user), "write");
        await Attach(HolderOf(alpha), "write");
        await Attach(HolderOf(alpha), "read");
        await Attach(HolderOf(beta), "read");
        await Users.Change(user.Id, before => new CallerChange(before, Samples.Audit()) { Tags = [new("team", "blue")] }, rule: null, Cancel);

        var access = await Callers.FindAccess(user.Id, Cancel);

        Assert.Equal(
            [
                new("write", "document of write", null), new("read", "document of read", "alpha"), new("write", "document of write", "alpha"),
                new("read", "document of read", "beta"),
            ],
            access.Policies);
        Assert.Equal(["alpha", "beta", "empty"], access.Groups);
        Assert.Equal([new("team", "blue")], access.Tags);
        Assert.Equivalent(new CallerAccess([], [], []), await Callers.FindAccess("nobody", Cancel), strict: true);
    }

    [Fact]
    public async Task A_group_is_found_changed_and_deleted_with_what_hangs_on_it()
    {
        var group = await AddGroup("operators");
        var user = await AddUser("ada");
        await AddPolicy("p");
        await Join(user, group);
        await Attach(HolderOf(group), "p");
        Assert.False(await Groups.Add(group with { Id = Samples.NewId() }, Samples.Audit(), Cancel));

        var changed = await Observed(audit => Groups.Change(group.Id, before => (before with { Description = "they run it" }, audit), Cancel));

        Assert.Equal(group with { Description = "they run it", Revision = 1 }, changed);
        Assert.Equal(changed, await Groups.Find("operators", Cancel));
        Assert.Null(await Groups.Find("Operators", Cancel));
        Assert.True(await Observed(audit => Groups.Delete(group.Id, audit, rule: null, Cancel)));
        Assert.False(await Observed(audit => Groups.Delete(group.Id, audit, rule: null, Cancel), isRecorded: false));
        Assert.Null(await Groups.Find("operators", Cancel));
        Assert.Empty((await Callers.FindAccess(user.Id, Cancel)).Policies);
        Assert.Empty(await Policies.FindHolders("p", 10, Cancel));
    }

    [Fact]
    public async Task Memberships_change_together_or_not_at_all()
    {
        var user = await AddUser("ada");
        var (first, second, third) = (await AddGroup("first"), await AddGroup("second"), await AddGroup("third"));
        Assert.True(await Observed(audit => Groups.ChangeMemberships(user.Id, [first.Id, second.Id], [], 2, audit, rule: null, Cancel)));
        Assert.False(await Observed(audit => Groups.ChangeMemberships(user.Id, [first.Id], [third.Id], 2, audit, rule: null, Cancel), isRecorded: false));

        var full = await Assert.ThrowsAsync<PortalException>(() => Groups.ChangeMemberships(user.Id, [third.Id], [], 2, Samples.Audit(), rule: null, Cancel));
        var gone = await Assert.ThrowsAsync<PortalException>(() => Groups.ChangeMemberships(user.Id, ["none"], [first.Id], 2, Samples.Audit(), rule: null, Cancel));
        var nobody = await Assert.ThrowsAsync<PortalException>(() => Groups.ChangeMemberships("none", [first.Id], [], 2, Samples.Audit(), rule: null, Cancel));
        Assert.Equal([PortalError.LimitExceeded, PortalError.ResourceNotFound, PortalError.ResourceNotFound], [full.Error, gone.Error, nobody.Error]);
        Assert.Equal(["first", "second"], (await Groups.FindOf(user.Id, Cancel)).Select(g => g.Name));

        Assert.True(await Groups.ChangeMemberships(user.Id, [third.Id], [first.Id], 2, Samples.Audit(), rule: null, Cancel));
        Assert.Equal(["second", "third"], (await Groups.FindOf(user.Id, Cancel)).Select(g => g.Name));
    }

    [Fact]
    public async Task Members_come_in_pages_and_groups_too()
    {
        var group = await AddGroup("operators");
        await AddGroup("auditors");
        await AddGroup("opal");
        foreach (var name in new[] { "bob", "ada" })
            await Join(await AddUser(name), group);
        await Join(await AddClient("ada"), group);

        var first = await Groups.FindMembers(group.Id, after: null, 2, Cancel);
        var second = await Groups.FindMembers(group.Id, first[^1], 2, Cancel);

        Assert.Equal([(CallerKind.Client, "ada"), (CallerKind.User, "ada"), (CallerKind.User, "bob")], first.Concat(second).Select(m => (m.Kind, m.Name)));
        Assert.Equal(["opal", "operators"], (await Groups.List("op", null, 10, Cancel)).Select(g => g.Name));
        Assert.Equal(["opal"], (await Groups.List("", "auditors", 1, Cancel)).Select(g => g.Name));
    }

    [Fact]
    public async Task A_policy_is_found_changed_and_listed()
    {
        var policy = new StoredPolicy("p", "{}") { Description = "of the tests", IsManaged = true, CreatedAt = Now, UpdatedAt = Now };
        Assert.True(await Observed(audit => Policies.Add(policy, audit, Cancel)));
        Assert.False(await Policies.Add(policy, Samples.Audit(), Cancel));
        Assert.Equal(policy, await Policies.Find("p", Cancel));

        var changed = await Observed(audit => Policies.Change("p", before => (before with { Document = "[]", UpdatedAt = Now.AddDays(1) }, audit), rule: null, Cancel));

        Assert.Equal(policy with { Document = "[]", UpdatedAt = Now.AddDays(1), Revision = 1 }, changed);
        Assert.Equal([changed!], await Policies.List("p", null, 10, Cancel));
        Assert.Empty(await Policies.List("", "p", 10, Cancel));
        Assert.Null(await Policies.Find("P", Cancel));
        Assert.Null(await Policies.Change("none", _ => null, rule: null, Cancel));
    }

    [Fact]
    public async Task A_policy_in_use_is_not_deleted_and_says_where_it_is_used()
    {
        await AddPolicy("p");
        var (user, client, group) = (await AddUser("ada"), await AddClient("app"), await AddGroup("operators"));
        foreach (var holder in new[] { HolderOf(user), HolderOf(client), HolderOf(group) })
            Assert.True(await Observed(audit => Policies.Attach(holder, "p", 10, audit, rule: null, Cancel)));

        Assert.Equal(
            [HolderOf(group), HolderOf(client), HolderOf(user)],
            await Observed(audit => Policies.Delete("p", 10, audit, Cancel), isRecorded: false));
        foreach (var holder in new[] { HolderOf(user), HolderOf(client), HolderOf(group) })
            Assert.True(await Observed(audit => Policies.Detach(holder, "p", audit, rule: null, Cancel)));
        Assert.Empty((await Observed(audit => Policies.Delete("p", 10, audit, Cancel)))!);
        Assert.Null(await Policies.Delete("p", 10, Samples.Audit(), Cancel));
    }

    [Fact]
    public async Task Attaching_has_a_limit_and_what_is_gone_is_said()
    {
        var user = await AddUser("ada");
        foreach (var name in new[] { "a", "b", "c" })
            await AddPolicy(name);
        Assert.True(await AttachOf("a", 2));
        Assert.False(await Observed(audit => Policies.Attach(HolderOf(user), "a", 1, audit, rule: null, Cancel), isRecorded: false));
        Assert.True(await AttachOf("b", 2));

        Assert.Equal(PortalError.LimitExceeded, (await Assert.ThrowsAsync<PortalException>(() => AttachOf("c", 2))).Error);
        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => AttachOf("none", 9))).Error);
        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => Attach(HolderOf(NewUser("ghost")), "a"))).Error);
        Assert.Equal(["a", "b"], await Policies.FindAttached(user.Id, Cancel));
        Assert.False(await Observed(audit => Policies.Detach(HolderOf(user), "c", audit, rule: null, Cancel), isRecorded: false));

        Task<bool> AttachOf(string name, int most) => Policies.Attach(HolderOf(user), name, most, Samples.Audit(), rule: null, Cancel);
    }
}

public sealed class GroupAndPolicyStoreOnSqlite() : GroupAndPolicyStoreTests(DatabaseProvider.Sqlite);

public sealed class GroupAndPolicyStoreOnSqlServer() : GroupAndPolicyStoreTests(DatabaseProvider.SqlServer);
