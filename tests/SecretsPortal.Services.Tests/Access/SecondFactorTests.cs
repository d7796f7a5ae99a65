using OtpNet;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

public sealed class SecondFactorTests
{
    private static readonly SecretText s_password = new("a password of the tests");

    [Fact]
    public async Task Once_set_up_it_is_asked_for_and_each_code_counts_once()
    {
        await using var portal = await TestPortal.Start();
        var (app, _) = await Enrol(portal);
        portal.Clock.Advance(TimeSpan.FromSeconds(30));
        var code = Now(portal, app);

        var first = await SignIn(portal);
        Assert.Equal((SignInStep.SecondFactor, null), (first.Next, first.Session));
        Assert.Equal("right password, second factor outstanding", (await portal.Log())[^1].Detail);
        Assert.Equal(SignInStep.SecondFactor, (await Prove(portal, first, "000000")).Next);
        Assert.Equal(SignInStep.Complete, (await Prove(portal, first, code)).Next);
        Assert.Equal(SignInStep.SecondFactor, (await Prove(portal, await SignIn(portal), code)).Next);

        portal.Clock.Advance(TimeSpan.FromSeconds(30));
        Assert.Equal(SignInStep.Complete, (await Prove(portal, await SignIn(portal), Now(portal, app).Insert(3, " "))).Next);
        var log = await portal.Log();
        Assert.Contains(log, r => r is { Action: PortalActions.SignIn, Outcome: AuditOutcome.Denied, Detail: "wrong second factor" });
        Assert.Contains(log, r => r is { Action: PortalActions.SignIn, Outcome: AuditOutcome.Succeeded, Detail: "with a second factor" });
        Assert.DoesNotContain(log, r => r.ToString().Contains(code, StringComparison.Ordinal));
    }

    [Fact]
    public async Task One_code_sent_from_many_places_at_once_signs_in_once()
    {
        await using var portal = await TestPortal.Start();
        await using var other = await portal.StartNode();
        var (app, _) = await Enrol(portal);
        portal.Clock.Advance(TimeSpan.FromSeconds(30));
        other.Clock.Advance(TimeSpan.FromSeconds(30));
        var ticket = await SignIn(portal);
        var code = Now(portal, app);

        var results = await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => Prove(i % 2 == 0 ? portal : other, ticket, code))));

        Assert.Single(results, r => r.Next == SignInStep.Complete);
    }

    [Theory]
    [InlineData(-30, true)]
    [InlineData(30, true)]
    [InlineData(-90, false)]
    [InlineData(90, false)]
    public async Task A_code_of_the_step_before_or_after_counts_too(int seconds, bool counts)
    {
        await using var portal = await TestPortal.Start();
        var (app, _) = await Enrol(portal);
        portal.Clock.Advance(TimeSpan.FromMinutes(5));

        var result = await Prove(portal, await SignIn(portal), app.ComputeTotp(portal.Clock.GetUtcNow().UtcDateTime.AddSeconds(seconds)));

        Assert.Equal(counts ? SignInStep.Complete : SignInStep.SecondFactor, result.Next);
    }

    [Fact]
    public async Task That_a_clock_is_off_is_told_to_a_known_browser_only()
    {
        await using var portal = await TestPortal.Start();
        var device = (await SignIn(portal)).Device!.Value.Reveal();
        var (app, _) = await Enrol(portal);
        portal.Clock.Advance(TimeSpan.FromMinutes(5));
        var ticket = await SignIn(portal);
        string Code(int minutes) => app.ComputeTotp(portal.Clock.GetUtcNow().UtcDateTime.AddMinutes(minutes));

        Assert.Null((await Prove(portal, ticket, Code(4))).Hint);
        Assert.StartsWith("This is a code of another time: the clock of your device, or the portal's, is off by about 4 minutes.",
            (await Prove(portal, ticket, Code(4), device)).Hint, StringComparison.Ordinal);
        Assert.Null((await Prove(portal, ticket, Code(60), device)).Hint);
    }

    [Fact]
    public async Task Recovery_codes_stand_in_once_each()
    {
        await using var portal = await TestPortal.Start();
        var (_, codes) = await Enrol(portal);
        Assert.Equal(10, codes.Distinct().Count());
        Assert.All(codes, code => Assert.Matches("^[a-z0-9]{5}-[a-z0-9]{5}$", code));

        Assert.Equal(SignInStep.Complete, (await Prove(portal, await SignIn(portal), codes[3].ToUpperInvariant().Replace("-", " ", StringComparison.Ordinal))).Next);
        Assert.Equal("with a recovery code", (await portal.Log())[^1].Detail);
        Assert.Equal(SignInStep.SecondFactor, (await Prove(portal, await SignIn(portal), codes[3])).Next);
        Assert.Equal(SignInStep.Complete, (await Prove(portal, await SignIn(portal), codes[4])).Next);

        Assert.Equal(8, (await portal.Get<AccountService>().View(portal.Admin, default)).RecoveryCodesLeft);
        Assert.Equal(0, await portal.Number($"SELECT COUNT(*) FROM recovery_code WHERE code_hash LIKE '%{codes[0][..5]}%'"));
    }

    [Fact]
    public async Task New_recovery_codes_make_the_former_ones_worthless()
    {
        await using var portal = await TestPortal.Start();
        var (_, codes) = await Enrol(portal);

        var fresh = await portal.Get<AccountService>().NewRecoveryCodes(portal.Admin, s_password, new SecretText(codes[0]), default);

        Assert.Equal(10, fresh.Count);
        Assert.Equal(SignInStep.SecondFactor, (await Prove(portal, await SignIn(portal), codes[1])).Next);
        Assert.Equal(SignInStep.Complete, (await Prove(portal, await SignIn(portal), fresh[1].Reveal())).Next);
    }

    [Fact]
    public async Task Guesses_of_a_code_have_to_wait_wherever_they_come_from()
    {
        await using var portal = await TestPortal.Start();
        await Enrol(portal);
        var ticket = await SignIn(portal);
        var tried = 0;
        for (var i = 0; i < 100; i++)
        {
            if (await Record.ExceptionAsync(() => Prove(portal, ticket, $"{i:D6}", address: $"198.51.100.{i}")) is null)
                tried++;
        }

        Assert.Equal(5, tried);
        Assert.Equal(95, (await portal.Log()).Count(r => r.Detail == "Throttling"));
    }

    [Fact]
    public async Task Setting_up_takes_the_password_and_a_code_of_now()
    {
        await using var portal = await TestPortal.Start();
        var account = portal.Get<AccountService>();
        var session = (await SignIn(portal)).Session!.Id;

        await Refused("The password is wrong.", () => account.BeginSecondFactor(portal.Admin, new SecretText("wrong"), default));
        await Refused("No second factor is being set up. Begin anew.", () => account.ConfirmSecondFactor(portal.Admin, session, new SecretText("123456"), default));
        var setup = await account.BeginSecondFactor(portal.Admin, s_password, default);
        Assert.Equal($"otpauth://totp/Secrets%20Portal%3Aadmin?secret={setup.Key.Reveal()}&issuer=Secrets%20Portal", setup.Address.Reveal());
        var app = new Totp(Base32Encoding.ToBytes(setup.Key.Reveal()));

        // Not asked for before it is confirmed.
        Assert.Equal(SignInStep.Complete, (await SignIn(portal)).Next);
        await Refused("The code does not fit. Wait for the next one and try again.", () => account.ConfirmSecondFactor(portal.Admin, session, new SecretText("12345"), default));
        var off = app.ComputeTotp(portal.Clock.GetUtcNow().UtcDateTime.AddMinutes(-3));
        var hint = await Record.ExceptionAsync(() => account.ConfirmSecondFactor(portal.Admin, session, new SecretText(off), default));
        Assert.Contains("is off by about 3 minutes", hint!.Message, StringComparison.Ordinal);

        await account.ConfirmSecondFactor(portal.Admin, session, new SecretText(Now(portal, app)), default);

        await Refused("There is a second factor already. Turn it off before you set up another one.", () => account.BeginSecondFactor(portal.Admin, s_password, default));
        Assert.NotNull(await portal.Get<SessionService>().Find(session, isUse: false, default));
        Assert.Equal(0, await portal.Number($"SELECT COUNT(*) FROM caller WHERE instr(CAST(totp_sealed AS TEXT), '{setup.Key.Reveal()}') > 0"));
    }

    [Fact]
    public async Task Turning_it_off_takes_password_and_code()
    {
        await using var portal = await TestPortal.Start();
        var (app, codes) = await Enrol(portal);
        var account = portal.Get<AccountService>();
        portal.Clock.Advance(TimeSpan.FromSeconds(30));

        await Refused("The password is wrong.", () => account.RemoveSecondFactor(portal.Admin, "", new SecretText("wrong"), new SecretText(codes[0]), default));
        await Refused("The code does not fit. Wait for the next one and try again.", () => account.RemoveSecondFactor(portal.Admin, "", s_password, new SecretText("000000"), default));
        await account.RemoveSecondFactor(portal.Admin, "", s_password, new SecretText(Now(portal, app)), default);

        Assert.Equal(SignInStep.Complete, (await SignIn(portal)).Next);
        Assert.Equal(0, await portal.Number("SELECT COUNT(*) FROM recovery_code"));
        Assert.Equal(["wrong password", "wrong second factor", "turned off"],
            (await portal.Log()).Where(r => r.Action == PortalActions.ManageOwnSecondFactor).TakeLast(3).Select(r => r.Detail));
    }

    private static async Task<(Totp App, IReadOnlyList<string> Codes)> Enrol(TestPortal portal)
    {
        var account = portal.Get<AccountService>();
        var setup = await account.BeginSecondFactor(portal.Admin, s_password, default);
        var app = new Totp(Base32Encoding.ToBytes(setup.Key.Reveal()));
        var codes = await account.ConfirmSecondFactor(portal.Admin, "", new SecretText(Now(portal, app)), default);
        return (app, [.. codes.Select(code => code.Reveal())]);
    }

    private static string Now(TestPortal portal, Totp app) => app.ComputeTotp(portal.Clock.GetUtcNow().UtcDateTime);

    private static Task<SignInResult> SignIn(TestPortal portal) =>
        portal.Get<SignInService>().SignIn("admin", s_password, new SignInOrigin("203.0.113.7", "r"), default);

    private static Task<SignInResult> Prove(TestPortal portal, SignInResult first, string code, string? device = null, string address = "203.0.113.7") =>
        portal.Get<SignInService>().ProveSecondFactor(first.Ticket!.Value.Reveal(), new SecretText(code), new SignInOrigin(address, "r", null, device), default);

    private static async Task Refused(string message, Func<Task> attempt) => Assert.Equal(message, (await Assert.ThrowsAsync<PortalException>(attempt)).Message);
}
