using System.Net;
using Microsoft.Extensions.DependencyInjection;
using OtpNet;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>Sign-in through the host's own door, form by form.</summary>
public sealed class SignInTests
{
    private const string SessionCookie = "secretsportal.session";

    [Fact]
    public async Task Name_and_password_open_a_session_and_lead_back()
    {
        await using var portal = await TestPortal.Start();
        using var browser = new FormBrowser(portal.Address);

        await browser.Open("/audit");
        Assert.Equal("/sign-in?returnUrl=%2Faudit", browser.At.PathAndQuery);
        Assert.DoesNotContain("Sign in with", browser.Page, StringComparison.Ordinal);
        await browser.Send(("Form.Name", TestPortal.AdminUser), ("Form.Password", "wrong"));
        Assert.Equal("The user name or the password is wrong.", browser.Refusal);
        Assert.Null(browser.Cookies.GetAllCookies()[SessionCookie]);

        Assert.Equal(HttpStatusCode.OK, await browser.Send(("Form.Name", TestPortal.AdminUser), ("Form.Password", TestPortal.AdminPassword)));

        Assert.Equal("/audit", browser.At.PathAndQuery);
        var session = browser.Cookies.GetAllCookies()[SessionCookie]!;
        Assert.True(session.HttpOnly);
        var device = Assert.Single(browser.Cookies.GetAllCookies(), c => c.Name == "secretsportal.device");
        Assert.Equal(("/sign-in", true), (device.Path, device.HttpOnly));
    }

    /// <summary>What a thief set beforehand is worth nothing: each sign-in has a session of its own.</summary>
    [Fact]
    public async Task A_session_that_was_put_into_the_browser_is_not_the_one_that_is_opened()
    {
        await using var portal = await TestPortal.Start();
        using var browser = new FormBrowser(portal.Address);
        await SignIn(browser);
        var ended = browser.Cookies.GetAllCookies()[SessionCookie]!.Value;
        await EndAllSessions(portal);

        using var victim = new FormBrowser(portal.Address);
        victim.Cookies.Add(new Cookie(SessionCookie, ended, "/", portal.Address.Host));
        await SignIn(victim);

        Assert.NotEqual(ended, victim.Cookies.GetAllCookies()[SessionCookie]!.Value);
    }

    [Fact]
    public async Task A_cookie_that_was_copied_is_worth_nothing_once_its_session_has_ended()
    {
        await using var portal = await TestPortal.Start();
        using var browser = new FormBrowser(portal.Address);
        await SignIn(browser);
        using var thief = new FormBrowser(portal.Address);
        thief.Cookies.Add(new Cookie(SessionCookie, browser.Cookies.GetAllCookies()[SessionCookie]!.Value, "/", portal.Address.Host));
        await thief.Open("/account");
        Assert.Equal("/account", thief.At.AbsolutePath);

        await EndAllSessions(portal);

        await thief.Open("/account");
        Assert.Equal("/sign-in", thief.At.AbsolutePath);
    }

    [Fact]
    public async Task The_second_factor_is_a_step_of_its_own_without_half_a_session()
    {
        await using var portal = await TestPortal.Start();
        var app = await Enrol(portal);
        using var browser = new FormBrowser(portal.Address);
        await browser.Open("/sign-in/code");
        Assert.Equal("/sign-in", browser.At.AbsolutePath);

        await browser.Open("/sign-in?returnUrl=%2Faudit");
        await browser.Send(("Form.Name", TestPortal.AdminUser), ("Form.Password", TestPortal.AdminPassword));
        Assert.Equal("/sign-in/code?returnUrl=%2Faudit", browser.At.PathAndQuery);
        Assert.Null(browser.Cookies.GetAllCookies()[SessionCookie]);
        using (var elsewhere = new FormBrowser(portal.Address))
        {
            elsewhere.Cookies.Add(browser.Cookies.GetAllCookies());
            await elsewhere.Open("/secrets");
            Assert.Equal("/sign-in", elsewhere.At.AbsolutePath);
        }

        await browser.Send(("Form.Code", "000000"));
        Assert.StartsWith("The code does not fit", browser.Refusal, StringComparison.Ordinal);
        await browser.Send(("Form.Code", app.ComputeTotp(TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(30))));

        Assert.Equal("/audit", browser.At.PathAndQuery);
        Assert.DoesNotContain(browser.Cookies.GetAllCookies(), c => c.Name == "secretsportal.sign-in");
    }

    [Fact]
    public async Task A_short_first_password_has_to_be_changed_before_anything_else()
    {
        await using var portal = await TestPortal.StartWithoutBootstrap("--Portal:Bootstrap:AdminPassword=kx8#Vq2!mZp0");
        using var browser = new FormBrowser(portal.Address);
        await browser.Open("/sign-in");
        await browser.Send(("Form.Name", "admin"), ("Form.Password", "kx8#Vq2!mZp0"));
        Assert.Equal("/sign-in/new-password", browser.At.AbsolutePath);
        Assert.Null(browser.Cookies.GetAllCookies()[SessionCookie]);

        await browser.Send(("Form.Password", "violet harbour lantern"), ("Form.Again", "violet harbour lanter"));
        Assert.Equal("The two passwords differ. Type them anew.", browser.Refusal);
        await browser.Send(("Form.Password", "passwordpassword"), ("Form.Again", "passwordpassword"));
        Assert.StartsWith("The password is made of what is guessed first", browser.Refusal, StringComparison.Ordinal);
        await browser.Send(("Form.Password", "violet harbour lantern"), ("Form.Again", "violet harbour lantern"));

        Assert.Equal("/overview", browser.At.AbsolutePath);
    }

    [Theory]
    [InlineData("?notice=over", "That took too long")]
    [InlineData("?notice=%3Cscript%3E", null)]
    public async Task A_notice_is_a_word_of_ours_or_nothing(string query, string? words)
    {
        await using var portal = await TestPortal.Start();
        using var browser = new FormBrowser(portal.Address);

        await browser.Open($"/sign-in{query}");

        Assert.Equal(words is null, browser.Refusal is null);
        Assert.StartsWith(words ?? "", browser.Refusal ?? "", StringComparison.Ordinal);
    }

    private static async Task SignIn(FormBrowser browser)
    {
        await browser.Open("/sign-in");
        await browser.Send(("Form.Name", TestPortal.AdminUser), ("Form.Password", TestPortal.AdminPassword));
        Assert.Equal("/overview", browser.At.AbsolutePath);
    }

    private static async Task EndAllSessions(TestPortal portal)
    {
        var call = new CallContext(await portal.SignIn(), TestPortal.Region, "127.0.0.1", "test");
        foreach (var open in await portal.Services.GetRequiredService<AccountService>().Sessions(call, CancellationToken.None))
            await portal.Services.GetRequiredService<SessionService>().SignOut(call, open.Id, CancellationToken.None);
    }

    private static async Task<Totp> Enrol(TestPortal portal)
    {
        var account = portal.Services.GetRequiredService<AccountService>();
        var call = new CallContext(await portal.SignIn(), TestPortal.Region, "127.0.0.1", "test");
        var setup = await account.BeginSecondFactor(call, new SecretText(TestPortal.AdminPassword), CancellationToken.None);
        var app = new Totp(Base32Encoding.ToBytes(setup.Key.Reveal()));
        await account.ConfirmSecondFactor(call, "", new SecretText(app.ComputeTotp(TimeProvider.System.GetUtcNow().UtcDateTime)), CancellationToken.None);
        return app;
    }
}
