using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The host goes away under an open page and comes again: the page says so, comes back to where it was, and loses nothing that was typed in silence.</summary>
public sealed class ReconnectTests : BrowserTour
{
    private static readonly LocatorWaitForOptions s_patient = new() { Timeout = 90_000 };

    [Fact]
    public async Task After_a_restart_the_page_comes_back_by_itself_to_the_same_place_and_says_so()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await browser.NewPage(portal.Address);
        await page.SignIn();
        await page.GotoAsync("/access/policy?name=Reader");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Reader", Level = 1 }).WaitForAsync();

        await portal.Kill();
        await page.GetByText("The connection to the portal is interrupted.").WaitForAsync(s_patient);
        await Look(page, "connection-lost");
        await portal.StartAgain();

        await page.GetByText("You are back at the same page").WaitForAsync(s_patient);
        Assert.EndsWith("/access/policy?name=Reader", page.Url, StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Reader", Level = 1 }).WaitForAsync();
        await Look(page, "connection-back");
        // The page is alive again.
        await page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByText("You are back at the same page")).ToBeHiddenAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Keys", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Keys", Level = 1 }).WaitForAsync();
        await Assertions.Expect(page).ToHaveTitleAsync("Keys · Secrets Portal");

        // "Just now" does not stay that, though the host is not asked again.
        await page.Clock.InstallAsync();
        await page.ReloadAsync();
        await page.Locator("time[datetime]").First.WaitForAsync();
        await page.Clock.FastForwardAsync("02:10:00");
        await Assertions.Expect(page.Locator("time[datetime]").First).ToHaveTextAsync("2 hours ago");
    }

    [Fact]
    public async Task What_was_typed_stays_until_the_user_opens_the_page_anew_and_comes_back_then_and_after_a_new_sign_in()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await browser.NewPage(portal.Address);
        await page.SignIn();
        await page.GotoAsync("/access/policies/new");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("orders-team");
        await page.GetByLabel("Description", new() { Exact = true }).FillAsync("Typed before the restart");
        await page.WaitForFunctionAsync("() => Object.values(sessionStorage).some(kept => kept.includes('Typed before the restart'))");

        await portal.Restart();

        await page.GetByText("What you typed here is not saved.").WaitForAsync(s_patient);
        await Look(page, "connection-typed");
        Assert.Equal("orders-team", await page.GetByLabel("Name", new() { Exact = true }).InputValueAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Open it anew" }).First.ClickAsync();
        await page.GetByText("You are back at the same page").WaitForAsync();
        await page.GetByText("What you had typed here is back.").WaitForAsync();
        await Look(page, "connection-restored");
        Assert.Equal("orders-team", await page.GetByLabel("Name", new() { Exact = true }).InputValueAsync());
        // Its field had not been left when the portal stopped.
        Assert.Equal("Typed before the restart", await page.GetByLabel("Description", new() { Exact = true }).InputValueAsync());

        // Signed out in another tab: this one leads to sign-in without a question, and from there back to what was typed.
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("orders-team-2");
        await page.WaitForFunctionAsync("() => Object.values(sessionStorage).some(kept => kept.includes('orders-team-2'))");
        var other = await page.Context.NewPageAsync();
        await other.GotoAsync("/access/groups");
        await other.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.WaitForURLAsync(new System.Text.RegularExpressions.Regex("/sign-in"), new() { Timeout = 30_000 });
        await page.GetByLabel("User name").FillAsync(PortalProcess.AdminUser);
        await page.GetByLabel("Password").FillAsync(PortalProcess.AdminPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByText("What you had typed here is back.").WaitForAsync();
        Assert.Equal("orders-team-2", await page.GetByLabel("Name", new() { Exact = true }).InputValueAsync());
        Assert.EndsWith("/access/policies/new", page.Url, StringComparison.Ordinal);
    }
}
