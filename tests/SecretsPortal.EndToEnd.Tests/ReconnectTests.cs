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
    }

    [Fact]
    public async Task What_was_typed_stays_until_the_user_opens_the_page_anew()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await browser.NewPage(portal.Address);
        await page.SignIn();
        await page.GotoAsync("/access/groups");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a group" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("orders-team");

        await portal.Restart();

        await page.GetByText("What you typed here is not saved.").WaitForAsync(s_patient);
        await Look(page, "connection-typed");
        Assert.Equal("orders-team", await page.GetByLabel("Name", new() { Exact = true }).InputValueAsync());
        await page.GetByRole(AriaRole.Button, new() { Name = "Open it anew" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Groups", Level = 1 }).WaitForAsync();
        await page.GetByText("You are back at the same page").WaitForAsync();
    }
}
