using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>Takes the README's pictures of a demonstration: <c>docs/pictures.sh</c> runs it. The demonstration itself is started as a newcomer starts it.</summary>
public sealed class ReadmePictures
{
    private static readonly string? s_folder = Environment.GetEnvironmentVariable("SECRETSPORTAL_README_PICTURES");

    [Fact]
    public async Task Pictures_of_the_demonstration_are_taken()
    {
        Assert.SkipWhen(s_folder is null, "Pictures are taken by docs/pictures.sh alone.");
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start("--demo");
        await using var browser = await Browser.Start();
        foreach (var (scheme, suffix) in new[] { (ColorScheme.Light, "light"), (ColorScheme.Dark, "dark") })
        {
            var page = await browser.NewPage(portal.Address, scheme, 1280, 860);
            await page.SignIn();
            foreach (var (address, name, shown) in new[]
            {
                ("/overview", "overview", "Demo data"), ("/secrets", "secrets", "prod/"), ("/secret?id=prod%2Fbilling%2Fdatabase", "secret", "prod/billing/database"),
                ("/audit", "audit", "Details"),
            })
            {
                await page.GotoAsync(address);
                await page.Locator("main").GetByText(shown).First.WaitForAsync();
                // What loads beside the page, such as its counts and charts.
                await page.WaitForTimeoutAsync(2500);
                await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(s_folder, $"{name}-{suffix}.png") });
            }
        }
    }
}
