using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>
/// A way through pages in a real browser. No page may complain in the browser's console or be wider than the screen: call
/// <see cref="AssertNoComplaints"/> at the end. Where <c>SECRETSPORTAL_PICTURES</c> names a folder, a picture of each page that was looked at is put there.
/// </summary>
public abstract class BrowserTour
{
    /// <summary>The screens on which each page is looked at.</summary>
    private protected static readonly Screen[] Screens =
    [
        new(ColorScheme.Light, 1440, 1000, "light"), new(ColorScheme.Dark, 1440, 1000, "dark"),
        new(ColorScheme.Light, 390, 844, "phone"), new(ColorScheme.Dark, 390, 844, "phone-dark"),
    ];

    private readonly string? _pictures = Environment.GetEnvironmentVariable("SECRETSPORTAL_PICTURES");
    private readonly List<string> _complaints = [];

    /// <summary>Opens a page on one screen and listens to what it complains of.</summary>
    private protected async Task<IPage> NewPage(Browser browser, PortalProcess portal, Screen screen)
    {
        var page = await browser.NewPage(portal.Address, screen.Scheme, screen.Width, screen.Height);
        page.Console += (_, message) =>
        {
            // What takes the picture writes a style of its own into the page, which its policy stops.
            if (message.Type is "error" or "warning" && !(_pictures is not null && message.Text.StartsWith("Applying inline style", StringComparison.Ordinal)))
                _complaints.Add($"{page.Url}: {message.Text}");
        };
        page.PageError += (_, fault) => _complaints.Add($"{page.Url}: {fault}");
        return page;
    }

    /// <summary>Looks at the page as it is now: its width, and its picture where pictures are wanted.</summary>
    /// <param name="page">The page.</param>
    /// <param name="name">Of the picture.</param>
    /// <param name="whole">False for the part that the screen shows: what is drawn only where it is scrolled to has no whole picture.</param>
    private protected async Task Look(IPage page, string name, bool whole = true)
    {
        var tooWide = await page.EvaluateAsync<int>("document.documentElement.scrollWidth - window.innerWidth");
        if (tooWide > 0)
            _complaints.Add($"{name}: {tooWide} pixels wider than the screen");
        if (_pictures is null)
            return;
        await page.EvaluateAsync("scrollTo(0, 0)");
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(_pictures, $"{name}.png"), FullPage = whole });
    }

    /// <summary>Fails with what the pages complained of.</summary>
    private protected void AssertNoComplaints() => Assert.True(_complaints.Count == 0, string.Join("\n", _complaints));

    /// <summary>A colour scheme, a size in pixels, and what names of pictures end with.</summary>
    private protected sealed record Screen(ColorScheme Scheme, int Width, int Height, string Suffix);
}
