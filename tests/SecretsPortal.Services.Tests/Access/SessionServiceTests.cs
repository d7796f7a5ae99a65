using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Access;

public sealed class SessionServiceTests
{
    private static readonly SecretText s_password = new("a password of the tests");

    [Fact]
    public async Task A_sign_out_counts_on_every_node_at_once()
    {
        await using var portal = await TestPortal.Start();
        await using var other = await portal.StartNode();
        var id = await SignIn(portal);
        Assert.NotNull(await Find(other, id));

        Assert.True(await portal.Get<SessionService>().SignOut(portal.Admin, id, default));

        Assert.Null(await Find(other, id));
        Assert.Null(await Find(portal, id));
        Assert.False(await portal.Get<SessionService>().SignOut(portal.Admin, id, default));
        Assert.Single(await portal.Log(), r => r.Action == PortalActions.SignOut);
    }

    [Fact]
    public async Task An_idle_session_ends_after_half_an_hour_and_one_that_is_used_does_not()
    {
        await using var portal = await TestPortal.Start();
        var (used, idle) = (await SignIn(portal), await SignIn(portal));
        for (var i = 0; i < 3; i++)
        {
            portal.Clock.Advance(TimeSpan.FromMinutes(10) - TimeSpan.FromSeconds(1));
            Assert.NotNull(await Find(portal, used, isUse: true));
            Assert.NotNull(await Find(portal, idle));
        }

        portal.Clock.Advance(TimeSpan.FromSeconds(3));

        Assert.NotNull(await Find(portal, used));
        Assert.Null(await Find(portal, idle, isUse: true));
    }

    [Fact]
    public async Task The_busiest_session_ends_after_twelve_hours()
    {
        await using var portal = await TestPortal.Start();
        var id = await SignIn(portal);
        for (var minutes = 0; minutes < (12 * 60) - 20; minutes += 20)
        {
            portal.Clock.Advance(TimeSpan.FromMinutes(20));
            Assert.NotNull(await Find(portal, id, isUse: true));
        }

        portal.Clock.Advance(TimeSpan.FromMinutes(20));

        Assert.Null(await Find(portal, id, isUse: true));
    }

    [Theory]
    [InlineData("UPDATE caller SET is_disabled = 1 WHERE name = 'admin'")]
    [InlineData("UPDATE caller SET session_epoch = session_epoch + 1 WHERE name = 'admin'")]
    [InlineData("UPDATE caller SET must_change_password = 1 WHERE name = 'admin'")]
    [InlineData("DELETE FROM caller WHERE name = 'admin'")]
    public async Task Whatever_takes_the_user_away_ends_the_session(string change)
    {
        await using var portal = await TestPortal.Start();
        var id = await SignIn(portal);
        await portal.Execute(change);

        Assert.Null(await Find(portal, id));
    }

    [Fact]
    public async Task A_changed_password_ends_all_sessions_but_the_one_it_was_changed_in()
    {
        await using var portal = await TestPortal.Start();
        var (here, there) = (await SignIn(portal), await SignIn(portal));
        var account = portal.Get<AccountService>();

        await Refused("The password is wrong.", () => account.ChangePassword(portal.Admin, here, new SecretText("wrong"), new SecretText("violet harbour lantern"), default));
        await Refused("The new password is the present one. Choose another one.", () => account.ChangePassword(portal.Admin, here, s_password, s_password, default));
        Assert.NotNull(await Find(portal, there));
        await account.ChangePassword(portal.Admin, here, s_password, new SecretText("violet harbour lantern"), default);

        Assert.NotNull(await Find(portal, here));
        Assert.Null(await Find(portal, there));
        Assert.Equal([AuditOutcome.Denied, AuditOutcome.Failed, AuditOutcome.Succeeded],
            (await portal.Log()).Where(r => r.Action == PortalActions.ChangeOwnPassword).Select(r => r.Outcome));
    }

    [Fact]
    public async Task A_hundred_guesses_at_the_password_in_an_open_session_are_bounded()
    {
        await using var portal = await TestPortal.Start();
        var account = portal.Get<AccountService>();
        var faults = new List<PortalError>();
        for (var i = 0; i < 100; i++)
        {
            var fault = await Assert.ThrowsAsync<PortalException>(() => account.ChangePassword(
                portal.Admin, "s", new SecretText($"guess {i}"), new SecretText("violet harbour lantern"), default));
            faults.Add(fault.Error);
        }

        Assert.Equal((5, 95), (faults.Count(f => f == PortalError.InvalidParameter), faults.Count(f => f == PortalError.Throttling)));
    }

    [Fact]
    public async Task Users_see_and_end_their_own_sessions_only()
    {
        await using var portal = await TestPortal.Start();
        var account = portal.Get<AccountService>();
        var (here, there, third) = (await SignIn(portal), await SignIn(portal), await SignIn(portal));
        var ada = await portal.UserWith("ada", """{"Effect":"Allow","Action":"*","Resource":"*"}""");
        var hers = (await portal.Get<SessionService>().Open(ada.Caller.Id, new SignInOrigin("198.51.100.1", "r"), null, default)).Id;

        var seen = await account.Sessions(portal.Admin, default);
        Assert.Equal(new[] { here, there, third }.Order(), seen.Select(s => s.Id).Order());
        Assert.Equal(("203.0.113.7", "Tests/1.0"), (seen[0].SourceAddress, seen[0].UserAgent));
        await Refused("This session has ended already.", () => account.EndSession(portal.Admin, hers, default));
        Assert.NotNull(await Find(portal, hers));

        await account.EndSession(portal.Admin, there, default);
        Assert.Equal(2, (await account.Sessions(portal.Admin, default)).Count);
        await account.EndOtherSessions(portal.Admin, here, default);

        Assert.Equal(here, Assert.Single(await account.Sessions(portal.Admin, default)).Id);
        Assert.Null(await Find(portal, third));
        Assert.NotNull(await Find(portal, hers));
    }

    [Fact]
    public async Task A_session_is_not_opened_over_a_change_that_came_between()
    {
        await using var portal = await TestPortal.Start();
        var stale = await portal.Get<CallerStore>().Find(CallerKind.User, "admin", default);
        await portal.Execute("UPDATE caller SET session_epoch = session_epoch + 1 WHERE name = 'admin'");

        await Refused("The account was changed a moment ago. Sign in again.",
            () => portal.Get<SessionService>().Open(stale!, new SignInOrigin("203.0.113.7", "r"), null, provedAt: null, default));
    }

    private static async Task<string> SignIn(TestPortal portal) =>
        (await portal.Get<SignInService>().SignIn("admin", s_password, new SignInOrigin("203.0.113.7", "r", "Tests/1.0"), default)).Session!.Id;

    private static Task<CurrentSession?> Find(TestPortal portal, string id, bool isUse = false) => portal.Get<SessionService>().Find(id, isUse, default);

    private static async Task Refused(string message, Func<Task> attempt) => Assert.Equal(message, (await Assert.ThrowsAsync<PortalException>(attempt)).Message);
}
