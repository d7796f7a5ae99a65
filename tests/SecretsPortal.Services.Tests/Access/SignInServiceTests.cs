using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

public sealed class SignInServiceTests
{
    private static readonly SecretText s_right = new("a password of the tests");
    private static readonly SecretText s_wrong = new("wrong");

    [Fact]
    public async Task The_right_password_signs_in_and_each_attempt_is_recorded()
    {
        await using var portal = await TestPortal.Start();

        var result = await SignIn(portal, s_right);
        Assert.Equal(SignInStep.Refused, (await SignIn(portal, s_wrong)).Next);
        Assert.Equal(SignInStep.Refused, (await SignIn(portal, s_right, "nobody")).Next);
        Assert.Equal(SignInStep.Refused, (await SignIn(portal, new SecretText(""))).Next);

        Assert.Equal(SignInStep.Complete, result.Next);
        Assert.Equal("arn:aws:iam::123456789012:user/admin", result.Session!.User.Arn);
        Assert.Equal(result.Session.User, (await portal.Get<SessionService>().Find(result.Session.Id, isUse: false, default))!.User);
        var log = (await portal.Log()).TakeLast(4).ToList();
        Assert.Equal([AuditOutcome.Succeeded, AuditOutcome.Denied, AuditOutcome.Denied, AuditOutcome.Denied], log.Select(r => r.Outcome));
        Assert.Equal(["admin", "admin", null, "admin"], log.Select(r => r.Resource));
        Assert.Equal([null, "wrong password", "unknown user", "wrong password"], log.Select(r => r.Detail));
        Assert.DoesNotContain(log, r => r.ToString().Contains("nobody", StringComparison.Ordinal) || r.ToString().Contains(s_right.Reveal(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Repeated_failures_have_to_wait_and_other_addresses_do_not()
    {
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 4; i++)
        {
            portal.Clock.Advance(TimeSpan.FromSeconds(2));
            Assert.Equal(SignInStep.Refused, (await SignIn(portal, s_wrong)).Next);
        }

        var fault = await Throttled(() => SignIn(portal, s_right));
        Assert.Equal("Too many failed attempts. Wait 2 seconds, then try again.", fault.Message);
        Assert.Equal("Throttling", (await portal.Log())[^1].Detail);
        Assert.Equal(SignInStep.Complete, (await SignIn(portal, s_right, address: "198.51.100.1")).Next);
        portal.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal(SignInStep.Complete, (await SignIn(portal, s_right)).Next);
    }

    [Fact]
    public async Task Failures_count_on_all_nodes_together()
    {
        await using var portal = await TestPortal.Start();
        await using var other = await portal.StartNode();
        for (var i = 0; i < 3; i++)
            await SignIn(i % 2 == 0 ? portal : other, s_wrong);

        await Throttled(() => SignIn(other, s_right));
        await Throttled(() => SignIn(portal, s_right));
    }

    [Fact]
    public async Task Who_signs_in_on_two_tabs_at_once_waits_for_their_turn_and_guesses_no_faster()
    {
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 2; i++)
            await SignIn(portal, s_wrong);

        // Each counts as a failure until it is answered, and the third one has to be waited for.
        var both = await Task.WhenAll(Enumerable.Range(0, 2).Select(_ => Task.Run(() => SignIn(portal, s_right))));
        Assert.All(both, result => Assert.Equal(SignInStep.Complete, result.Next));

        for (var i = 0; i < 2; i++)
            await SignIn(portal, s_wrong);
        var guesses = await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(async () => await Record.ExceptionAsync(() => SignIn(portal, s_wrong)))));
        Assert.Equal(1, guesses.Count(static fault => fault is null));
        Assert.Equal(3, guesses.Count(static fault => fault is PortalException { Error: PortalError.Throttling }));
    }

    [Fact]
    public async Task Attempts_at_once_do_not_pass_the_throttle_together()
    {
        await using var portal = await TestPortal.Start();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 20).Select(i => Task.Run(async () =>
            await Record.ExceptionAsync(() => SignIn(portal, new SecretText($"guess {i}"))))));

        Assert.Equal(3, outcomes.Count(o => o is null));
        Assert.Equal(17, outcomes.Count(o => o is PortalException { Error: PortalError.Throttling }));
    }

    [Fact]
    public async Task A_hundred_wrong_passwords_in_a_row_are_tried_three_times_and_leave_two_rows()
    {
        await using var portal = await TestPortal.Start();
        var tried = 0;
        for (var i = 0; i < 100; i++)
        {
            if (await Record.ExceptionAsync(() => SignIn(portal, new SecretText($"guess {i}"))) is null)
                tried++;
        }

        Assert.Equal(3, tried);
        Assert.Equal(100, (await portal.Log()).Count(r => r is { Action: PortalActions.SignIn, Outcome: AuditOutcome.Denied }));
        Assert.Equal(2, await portal.Number("SELECT COUNT(*) FROM sign_in_failure"));
        Assert.Equal(0, await portal.Number("SELECT COUNT(*) FROM sign_in_failure WHERE bucket LIKE '%admin%' OR length(bucket) <> 64"));
    }

    /// <summary>Who guesses from a hundred addresses is slowed down; the user, with a browser known from before, is not.</summary>
    [Fact]
    public async Task Many_addresses_do_not_help_and_do_not_keep_the_user_out()
    {
        await using var portal = await TestPortal.Start();
        var device = (await SignIn(portal, s_right)).Device!.Value.Reveal();
        var tried = 0;
        for (var i = 0; i < 100; i++)
        {
            if (await Record.ExceptionAsync(() => SignIn(portal, s_wrong, address: $"198.51.100.{i}")) is null)
                tried++;
        }

        Assert.Equal(20, tried);
        await Throttled(() => SignIn(portal, s_right, address: "203.0.113.99"));
        Assert.Equal(SignInStep.Complete, (await SignIn(portal, s_right, address: "198.51.100.1", device: device)).Next);

        // Anybody waits half a minute at most, and a forged device is none.
        await Throttled(() => SignIn(portal, s_right, address: "203.0.113.99", device: device[..^2] + "AA"));
        portal.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(SignInStep.Complete, (await SignIn(portal, s_right, address: "203.0.113.99")).Next);
    }

    [Fact]
    public async Task A_known_browser_is_slowed_down_by_its_own_failures()
    {
        await using var portal = await TestPortal.Start();
        var device = (await SignIn(portal, s_right)).Device!.Value.Reveal();
        for (var i = 0; i < 3; i++)
            await SignIn(portal, s_wrong, device: device);

        await Throttled(() => SignIn(portal, s_right, device: device));
        await Throttled(() => SignIn(portal, s_right, device: device, address: "198.51.100.1"));
    }

    [Fact]
    public async Task Old_failures_are_forgotten_and_removed()
    {
        await using var portal = await TestPortal.Start();
        for (var i = 0; i < 30; i++)
            await SignIn(portal, s_wrong, $"made-up-{i}");
        Assert.Equal(60, await portal.Number("SELECT COUNT(*) FROM sign_in_failure"));

        portal.Clock.Advance(TimeSpan.FromHours(2));
        await SignIn(portal, s_wrong);

        Assert.Equal(2, await portal.Number("SELECT COUNT(*) FROM sign_in_failure"));
    }

    [Fact]
    public async Task A_password_that_has_to_be_changed_opens_the_way_to_a_new_one_and_nothing_else()
    {
        await using var portal = await TestPortal.Start();
        await portal.Execute("UPDATE caller SET must_change_password = 1 WHERE name = 'admin'");
        var service = portal.Get<SignInService>();

        var first = await SignIn(portal, s_right);
        Assert.Equal((SignInStep.NewPassword, null), (first.Next, first.Session));
        var ticket = first.Ticket!.Value.Reveal();
        var weak = await Assert.ThrowsAsync<PortalException>(() => service.SetNewPassword(ticket, new SecretText("too short"), Origin(), default));
        Assert.StartsWith("The password has 9 of at least 15 characters.", weak.Message, StringComparison.Ordinal);
        await Assert.ThrowsAsync<PortalException>(() => service.SetNewPassword(ticket, s_right, Origin(), default));
        // A ticket is for its own step.
        Assert.Equal(SignInStep.Refused, (await service.ProveSecondFactor(ticket, new SecretText("123456"), Origin(), default)).Next);

        var done = await service.SetNewPassword(ticket, new SecretText("violet harbour lantern"), Origin(), default);

        Assert.Equal(SignInStep.Complete, done.Next);
        Assert.NotNull(await portal.Get<SessionService>().Find(done.Session!.Id, isUse: false, default));
        Assert.Equal(SignInStep.Refused, (await service.SetNewPassword(ticket, new SecretText("another long password"), Origin(), default)).Next);
        Assert.Equal(SignInStep.Complete, (await SignIn(portal, new SecretText("violet harbour lantern"))).Next);
        Assert.Equal(SignInStep.Refused, (await SignIn(portal, s_right)).Next);
    }

    [Fact]
    public async Task A_step_that_takes_too_long_begins_anew()
    {
        await using var portal = await TestPortal.Start();
        await portal.Execute("UPDATE caller SET must_change_password = 1 WHERE name = 'admin'");
        var ticket = (await SignIn(portal, s_right)).Ticket!.Value.Reveal();
        var service = portal.Get<SignInService>();
        Assert.Equal("admin", await service.NameOf(SignInStep.NewPassword, ticket, default));

        portal.Clock.Advance(TimeSpan.FromMinutes(10));

        Assert.Null(await service.NameOf(SignInStep.NewPassword, ticket, default));
        var late = await service.SetNewPassword(ticket, new SecretText("violet harbour lantern"), Origin(), default);
        Assert.Equal((SignInStep.Refused, true), (late.Next, late.Hint!.Contains("Sign in again", StringComparison.Ordinal)));
        Assert.Null(await service.NameOf(SignInStep.NewPassword, "AAAA", default));
        Assert.Null(await service.NameOf(SignInStep.NewPassword, null, default));
    }

    [Fact]
    public async Task A_disabled_user_is_refused_as_everybody_is()
    {
        await using var portal = await TestPortal.Start();
        await portal.Execute("UPDATE caller SET is_disabled = 1 WHERE name = 'admin'");

        var result = await SignIn(portal, s_right);

        Assert.Equal(new SignInResult(SignInStep.Refused), result);
        Assert.Equal("disabled user", (await portal.Log())[^1].Detail);
    }

    private static Task<SignInResult> SignIn(
        TestPortal portal, SecretText password, string name = "admin", string address = "203.0.113.7", string? device = null) =>
        portal.Get<SignInService>().SignIn(name, password, Origin(address, device), default);

    private static SignInOrigin Origin(string address = "203.0.113.7", string? device = null) => new(address, "r", "Tests/1.0", device);

    private static async Task<PortalException> Throttled(Func<Task> attempt)
    {
        var fault = await Assert.ThrowsAsync<PortalException>(attempt);
        Assert.Equal(PortalError.Throttling, fault.Error);
        return fault;
    }
}
