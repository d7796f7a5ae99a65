using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>Debian's Chromium, headless, driven by Playwright; a fresh profile each time and no calls home.</summary>
internal sealed class Browser : IAsyncDisposable
{
    private readonly IPlaywright _playwright;
    private readonly IBrowser _browser;

    private Browser(IPlaywright playwright, IBrowser browser)
    {
        _playwright = playwright;
        _browser = browser;
    }

    public static async Task<Browser> Start(params string[] arguments)
    {
        // A busy machine draws late; what never comes is told all the same.
        Assertions.SetDefaultExpectTimeout(60_000);
        var playwright = await Playwright.CreateAsync();
        var browser = await playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
        {
            ExecutablePath = ExternalCommand.Chromium,
            Args = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
                "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", .. arguments],
        });
        return new Browser(playwright, browser);
    }

    /// <summary>A page in a context of its own: its own cookies, size and colour scheme.</summary>
    public async Task<IPage> NewPage(Uri portal, ColorScheme scheme = ColorScheme.Light, int width = 1440, int height = 900, string? userAgent = null)
    {
        var context = await _browser.NewContextAsync(new BrowserNewContextOptions
        {
            BaseURL = portal.ToString(),
            ColorScheme = scheme,
            ViewportSize = new ViewportSize { Width = width, Height = height },
            ReducedMotion = ReducedMotion.Reduce,
            TimezoneId = "UTC",
            Locale = "en-US",
            UserAgent = userAgent,
        });
        // As for what is expected: a busy machine draws late.
        context.SetDefaultTimeout(60_000);
        return await context.NewPageAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        _playwright.Dispose();
    }
}

/// <summary>What every visit begins with.</summary>
internal static class PageExtensions
{
    /// <summary>Signs in as the first administrator and waits for the overview.</summary>
    public static async Task SignIn(this IPage page)
    {
        await page.GotoAsync("/sign-in");
        await page.GetByLabel("User name").FillAsync(PortalProcess.AdminUser);
        await page.GetByLabel("Password").FillAsync(PortalProcess.AdminPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "Overview", Exact = true })).ToBeVisibleAsync();
    }

    /// <summary>Leaves a step of the page that creates a secret, and waits until the next one has the focus.</summary>
    public static async Task NextStep(this IPage page, string next)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Next", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = next, Exact = true, Level = 2 })).ToBeFocusedAsync();
    }

    /// <summary>Chooses one of a list that opens below its field.</summary>
    public static async Task Choose(this IPage page, string label, string item)
    {
        await page.GetByLabel(label, new() { Exact = true }).ClickAsync();
        await page.Locator(".mud-popover-open .mud-list-item").Filter(new() { HasText = item }).First.ClickAsync();
        await Assertions.Expect(page.Locator(".mud-popover-open .mud-list-item")).ToHaveCountAsync(0);
    }
}
