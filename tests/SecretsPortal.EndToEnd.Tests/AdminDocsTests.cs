using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The page of the administration API in a real browser: drawn from the portal's own files, under its content security policy.</summary>
public sealed class AdminDocsTests
{
    [Fact]
    public async Task The_documentation_is_drawn_and_asks_nobody_else()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await browser.NewPage(portal.Address);
        await page.SignIn();
        var (foreign, complaints) = (new List<string>(), new List<string>());
        page.Request += (_, request) =>
        {
            if (!request.Url.StartsWith(portal.Address.ToString(), StringComparison.Ordinal) && !request.Url.StartsWith("data:", StringComparison.Ordinal)
                && !request.Url.StartsWith("blob:", StringComparison.Ordinal))
                foreign.Add(request.Url);
        };
        page.Console += (_, message) =>
        {
            if (message.Type == "error")
                complaints.Add(message.Text);
        };

        await page.GotoAsync("/api/v1/docs");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Secrets Portal administration API" }).First.WaitForAsync();
        // Its operations are drawn as one scrolls to them; the resources stand beside from the beginning.
        await page.GetByText("Temporary credentials").First.WaitForAsync();

        Assert.Empty(foreign);
        Assert.Empty(complaints);
    }
}
