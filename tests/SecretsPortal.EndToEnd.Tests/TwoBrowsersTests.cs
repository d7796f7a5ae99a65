using Microsoft.Playwright;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Tests;
using SecretsPortal.Web.Tests.Admin;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>Two people at once: one changes, the other sees it, and neither loses what they typed.</summary>
public sealed class TwoBrowsersTests : BrowserTour
{
    private static readonly SigningCredentials s_credentials = new(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey));

    [Fact]
    public async Task One_rotates_and_the_other_sees_it_and_two_who_edit_lose_nothing()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await Fill(portal);
        await using var browser = await Browser.Start();
        // Each has cookies of their own, as in two browsers.
        var (one, other) = (await browser.NewPage(portal.Address), await browser.NewPage(portal.Address));
        await one.SignIn();
        await other.SignIn();

        await other.GotoAsync("/secret?id=prod%2Forders");
        await other.GetByRole(AriaRole.Heading, new() { Name = "prod/orders", Level = 1 }).WaitForAsync();
        await Assertions.Expect(other.GetByText("AWSPREVIOUS")).ToHaveCountAsync(0);
        await one.GotoAsync("/secret?id=prod%2Forders&tab=rotation");
        await one.GetByRole(AriaRole.Button, new() { Name = "Rotate now" }).First.ClickAsync();
        await other.GetByText("AWSPREVIOUS").First.WaitForAsync(new() { Timeout = 60_000 });

        foreach (var page in new[] { one, other })
        {
            await page.GotoAsync("/access/client?name=orders");
            await page.GetByRole(AriaRole.Button, new() { Name = "Edit", Exact = true }).ClickAsync();
            await page.GetByLabel("Description", new() { Exact = true }).FillAsync(page == one ? "Written by the first" : "Written by the second");
        }

        await one.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await one.Locator("dd").GetByText("Written by the first").Or(one.GetByText("Written by the first")).First.WaitForAsync();
        await other.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await other.GetByText("Somebody else saved a change meanwhile.").WaitForAsync();
        await Look(other, "two-editors");
        await other.Locator(".conflict").GetByText("Written by the first").WaitForAsync();
        Assert.Equal("Written by the second", await other.GetByLabel("Description", new() { Exact = true }).InputValueAsync());
        await other.GetByRole(AriaRole.Button, new() { Name = "Save mine over it" }).ClickAsync();
        await Assertions.Expect(other.Locator(".mud-dialog")).ToHaveCountAsync(0);
        await other.GetByText("Written by the second").First.WaitForAsync();
    }

    private static async Task Fill(PortalProcess portal)
    {
        using var aws = new SigningClient(portal.Address, s_credentials, "us-east-1");
        using var admin = new AdminClient(portal.Address, s_credentials);
        await admin.Ok("POST", "/api/v1/clients", new { name = "orders", description = "At first" });
        await aws.Ok("CreateSecret", new { Name = "prod/orders", ClientRequestToken = Token(), SecretString = "first" });
        await aws.Ok("RotateSecret", new
        {
            SecretId = "prod/orders", ClientRequestToken = Token(), RotateImmediately = false, RotationRules = new { AutomaticallyAfterDays = 30 },
            RotationLambdaARN = "arn:aws:lambda:us-east-1:000000000000:function:SecretsPortalGenerate",
        });
    }

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
}
