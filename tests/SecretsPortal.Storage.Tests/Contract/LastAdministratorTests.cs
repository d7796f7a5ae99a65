using SecretsPortal.Core;

namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>Changes are rolled back where they take away the last one whom the rule counts.</summary>
public abstract class LastAdministratorTests(DatabaseProvider provider) : AccessTests(provider)
{
    private const string Administrator = "Administrator";

    /// <summary>Counts whom no policy named "never" speaks for.</summary>
    private static readonly AdministratorRule s_rule = new(Administrator, (_, access) => access.Policies.All(p => p.Name != "never"));

    private StoredCaller _ada = null!;

    protected override async Task SetUp()
    {
        await AddPolicy(Administrator);
        _ada = await AddUser("ada");
        await Attach(HolderOf(_ada), Administrator);
    }

    [Fact]
    public async Task The_last_one_stays_whatever_way_it_would_get_lost()
    {
        var group = await AddGroup("operators");
        await AddPolicy("never");
        await Attach(HolderOf(group), "never");
        var epoch = await AccessEpoch();

        await Refused(() => Users.Delete(_ada.Id, Samples.Audit(), s_rule, Cancel));
        await Refused(() => Users.Change(_ada.Id, before => new CallerChange(before with { IsDisabled = true }, Samples.Audit()), s_rule, Cancel));
        await Refused(() => Policies.Detach(HolderOf(_ada), Administrator, Samples.Audit(), s_rule, Cancel));
        await Refused(() => Attach(HolderOf(_ada), "never", s_rule));
        await Refused(() => Groups.ChangeMemberships(_ada.Id, [group.Id], [], 10, Samples.Audit(), s_rule, Cancel));

        Assert.Equal(_ada, await Callers.FindById(_ada.Id, Cancel));
        Assert.Equal([Administrator], (await Callers.FindAccess(_ada.Id, Cancel)).Policies.Select(p => p.Name));
        Assert.Equal(epoch, await AccessEpoch());
    }

    [Fact]
    public async Task One_through_a_group_counts_and_the_group_stays()
    {
        var group = await AddGroup("administrators");
        var bob = await AddUser("bob");
        await Attach(HolderOf(group), Administrator);
        await Join(bob, group);

        Assert.True(await Users.Delete(_ada.Id, Samples.Audit(), s_rule, Cancel));

        await Refused(() => Groups.Delete(group.Id, Samples.Audit(), s_rule, Cancel));
        await Refused(() => Groups.ChangeMemberships(bob.Id, [], [group.Id], 10, Samples.Audit(), s_rule, Cancel));
        await Refused(() => Policies.Detach(HolderOf(group), Administrator, Samples.Audit(), s_rule, Cancel));
    }

    [Fact]
    public async Task Clients_the_disabled_and_those_who_cannot_sign_in_do_not_count()
    {
        await Attach(HolderOf(await AddClient("app")), Administrator);
        var disabled = NewUser("disabled") with { IsDisabled = true };
        var without = NewUser("without") with { PasswordHash = null };
        foreach (var user in new[] { disabled, without })
        {
            await Users.Add(user, [], [], Samples.Audit(), Cancel);
            await Attach(HolderOf(user), Administrator);
        }

        await Refused(() => Users.Delete(_ada.Id, Samples.Audit(), s_rule, Cancel));
        await Users.Change(disabled.Id, before => new CallerChange(before with { IsDisabled = false }, Samples.Audit()), s_rule, Cancel);
        Assert.True(await Users.Delete(_ada.Id, Samples.Audit(), s_rule, Cancel));
    }

    [Fact]
    public async Task Where_there_is_none_every_change_is_let_through()
    {
        await AddPolicy("never");
        await Attach(HolderOf(_ada), "never");

        Assert.True(await Policies.Detach(HolderOf(_ada), Administrator, Samples.Audit(), s_rule, Cancel));
    }

    [Fact]
    public async Task Two_who_delete_each_other_at_once_do_not_both_succeed()
    {
        for (var i = 0; i < 10; i++)
        {
            var bob = await AddUser($"bob{i}");
            await Attach(HolderOf(bob), Administrator);
            var outcomes = await Task.WhenAll(new[] { _ada, bob }.Select(user => Task.Run(
                async () =>
                {
                    try
                    {
                        return await Users.Delete(user.Id, Samples.Audit(), s_rule, Cancel);
                    }
                    catch (PortalException)
                    {
                        return false;
                    }
                },
                Cancel)));

            Assert.Single(outcomes, deleted => deleted);
            _ada = outcomes[0] ? bob : _ada;
        }
    }

    private static async Task Refused(Func<Task> change)
    {
        var refused = await Assert.ThrowsAsync<PortalException>(change);
        Assert.Equal(PortalError.InvalidRequest, refused.Error);
        Assert.Contains("Nobody could administer the portal", refused.Message, StringComparison.Ordinal);
    }
}

public sealed class LastAdministratorOnSqlite() : LastAdministratorTests(DatabaseProvider.Sqlite);

public sealed class LastAdministratorOnSqlServer() : LastAdministratorTests(DatabaseProvider.SqlServer);
