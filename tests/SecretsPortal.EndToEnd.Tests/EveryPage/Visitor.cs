using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests.EveryPage;

/// <summary>Goes to a page, waits until it has what it shows, and opens what it can open.</summary>
internal static class Visitor
{
    // Buttons that open a dialog or a form: those that say so with an ellipsis, and those whose word says it by itself.
    private static readonly System.Text.RegularExpressions.Regex s_opens = new("…$|^Add a (user|client|group|channel|key)$|^Edit( the description)?$|^Change$|^Views$");

    private static readonly System.Text.RegularExpressions.Regex s_closes = new("^(Cancel|Close|Keep it)$");

    private static readonly SemaphoreSlim s_signIn = new(1, 1);

    /// <summary>Opens the page and waits until nothing on it is loading any more.</summary>
    public static async Task Visit(this IPage page, PageVisit visit)
    {
        await page.GotoAsync(visit.Address);
        await page.WaitUntilShown();
        Assert.True(visit.IsSignedOut == page.Url.Contains("/sign-in", StringComparison.Ordinal), $"{visit.Address} led to {page.Url}.");
    }

    /// <summary>Waits until the page has a heading and nothing of it is loading.</summary>
    public static async Task WaitUntilShown(this IPage page)
    {
        try
        {
            await page.Locator("h1").First.WaitForAsync();
        }
        catch (TimeoutException)
        {
            Assert.Fail($"Nothing is shown at {page.Url}:\n{await page.ContentAsync()}");
        }

        await Assertions.Expect(page.Locator(".loading, .mud-skeleton")).ToHaveCountAsync(0);
    }

    /// <summary>What the buttons of all say that the page can open, dialogs and forms in their place; null for one that can't be opened now.</summary>
    public static async Task<IReadOnlyList<string?>> NamesOfOpeners(this IPage page)
    {
        var names = new List<string?>();
        foreach (var opener in await Openers(page).AllAsync())
            names.Add(await opener.IsVisibleAsync() && await opener.IsEnabledAsync() ? (await opener.InnerTextAsync()).Trim() : null);
        return names;
    }

    /// <summary>Opens one of them.</summary>
    public static async Task Open(this IPage page, int index)
    {
        // A dialog or a form in place: either comes within a moment of the circuit's answer.
        await page.Press(Openers(page).Nth(index));
        await Assertions.Expect(page.Locator(".loading, .mud-skeleton")).ToHaveCountAsync(0);
    }

    /// <summary>Presses a button, and waits for what it says.</summary>
    public static async Task Press(this IPage page, ILocator button)
    {
        await button.ClickAsync();
        await page.WaitForTimeoutAsync(250);
    }

    /// <summary>Closes the dialog that <see cref="Open"/> opened; false where it was something else, which stays open until the page is opened anew.</summary>
    public static async Task<bool> TryClose(this IPage page)
    {
        var cancel = page.Locator(".mud-dialog").GetByRole(AriaRole.Button, new() { NameRegex = s_closes });
        if (await cancel.CountAsync() == 0)
            return false;
        await cancel.ClickAsync();
        await Assertions.Expect(page.Locator(".mud-dialog")).ToHaveCountAsync(0);
        return true;
    }

    /// <summary>A page of somebody who is not signed in.</summary>
    public static async Task<IPage> NewPage(this FilledPortal portal, ColorScheme scheme, int width)
    {
        var page = await portal.Browser.NewPage(portal.Process.Address, scheme, width, width < 600 ? 844 : 1000);
        await page.AddInitScriptAsync(Walk.Watch);
        return page;
    }

    /// <summary>A page of somebody who is signed in as the first administrator.</summary>
    public static async Task<IPage> NewVisitor(this FilledPortal portal, ColorScheme scheme, int width)
    {
        var page = await portal.NewPage(scheme, width);
        // Of two at once with one name the second would be slowed down, as guesses are.
        await s_signIn.WaitAsync();
        try
        {
            await page.GotoAsync("/sign-in?returnUrl=%2Faccount");
            await page.GetByLabel("User name", new() { Exact = true }).FillAsync(PortalProcess.AdminUser);
            await page.GetByLabel("Password", new() { Exact = true }).FillAsync(PortalProcess.AdminPassword);
            await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
            // The page of the form has a heading too: who goes on before the answer has come is nobody.
            await page.GetByRole(AriaRole.Heading, new() { Name = "Your account", Exact = true, Level = 1 }).WaitForAsync();
        }
        catch (TimeoutException)
        {
            Assert.Fail($"The sign-in led to {page.Url}:\n{await page.InnerTextAsync("body")}");
        }
        finally
        {
            s_signIn.Release();
        }

        await page.WaitUntilShown();
        return page;
    }

    private static ILocator Openers(IPage page) => page.Locator("main").GetByRole(AriaRole.Button, new() { NameRegex = s_opens });
}
