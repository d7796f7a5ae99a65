using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The way through the pages of rotation functions: made in each of the three ways, tested for real, attached to a secret and detached.</summary>
public sealed class FunctionsTour : BrowserTour
{
    [Fact]
    public async Task Functions_are_registered_tested_attached_and_deleted()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Processes run on Linux alone.");
        using var functions = new TemporaryDirectory();
        await WriteFunction(functions);
        await using var portal = await PortalProcess.Start($"--Portal:Functions:Directory={functions.Path}");
        await using var browser = await Browser.Start();
        var page = await NewPage(browser, portal, Screens[0]);
        await page.SignIn();
        await page.GotoAsync("/functions");
        await page.GetByText("No functions yet").WaitForAsync();
        await Look(page, "functions-empty");
        await MakeWebhook(page);
        await MakeEndpoint(page);
        await MakeProcess(page);
        await TestProcess(page);
        await AttachAndCheck(page, portal);
        await RefuseToDelete(page);
        foreach (var screen in Screens)
        {
            var visitor = await NewPage(browser, portal, screen);
            await visitor.SignIn();
            await Visit(visitor, screen.Suffix);
        }

        AssertNoComplaints();
    }

    private static async Task WriteFunction(TemporaryDirectory functions)
    {
        Directory.CreateDirectory(functions["orders"]);
        await File.WriteAllTextAsync(Path.Combine(functions["orders"], "rotate.py"), """
            import os

            def handler(event, context):
                print("step", event.get("Step"), "with", os.environ["AWS_SECRET_ACCESS_KEY"])
                if event.get("fail"):
                    raise ValueError("asked to fail")
                return "done"
            """);
        (await ExternalCommand.Run("chmod", ["-R", "a+rX", functions.Path])).Succeeded("chmod");
    }

    private async Task MakeWebhook(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Register a function" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Register a function" }).WaitForAsync();
        await page.GetByText("An HTTPS address of yours").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Register", Exact = true }).ClickAsync();
        await page.GetByText("Give the function a name").WaitForAsync();
        await page.GetByText("Give an address, such as").WaitForAsync();
        await Look(page, "function-new-faults");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("rotate-partners");
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("ftp://functions.example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Register", Exact = true }).ClickAsync();
        await page.GetByText("Address must be an address of https").WaitForAsync();
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("https://functions.example.com/rotate");
        await page.GetByRole(AriaRole.Button, new() { Name = "Register", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "I have kept it" }).WaitForAsync();
        var key = await page.Locator(".once code").First.InnerTextAsync();
        Assert.StartsWith("whsec_", key, StringComparison.Ordinal);
        await Look(page, "function-key-once");
        await page.GetByRole(AriaRole.Button, new() { Name = "I have kept it" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Both sides must agree" }).WaitForAsync();
        Assert.DoesNotContain(key, await page.ContentAsync(), StringComparison.Ordinal);
    }

    private async Task MakeEndpoint(IPage page)
    {
        const string secretHalf = "a-secret-half-of-an-access-key-elsewhere";
        await page.GotoAsync("/functions/new");
        await page.GetByText("AWS Lambda, or what speaks like it").ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("rotate-directory");
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("https://lambda.eu-central-1.amazonaws.com");
        await page.GetByLabel("Region", new() { Exact = true }).FillAsync("eu-central-1");
        await page.GetByLabel("Access key id", new() { Exact = true }).FillAsync("too short");
        await page.GetByLabel("Secret access key", new() { Exact = true }).FillAsync(secretHalf);
        await page.GetByRole(AriaRole.Button, new() { Name = "Register", Exact = true }).ClickAsync();
        await page.GetByText("Access key id must be 16 to 128").WaitForAsync();
        await Look(page, "function-new-endpoint");
        await page.GetByLabel("Access key id", new() { Exact = true }).FillAsync("AKIAFUNCTIONSTOUR001");
        await page.GetByRole(AriaRole.Button, new() { Name = "Register", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "rotate-directory" }).WaitForAsync();
        Assert.DoesNotContain(secretHalf, await page.ContentAsync(), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Edit", Exact = true }).ClickAsync();
        Assert.Equal("", await page.GetByLabel("Secret access key", new() { Exact = true }).InputValueAsync());
        // The address is another one, so its key must be given again.
        await page.GetByLabel("Address", new() { Exact = true }).FillAsync("https://lambda.eu-west-1.amazonaws.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await page.GetByText("Secret access key is required").WaitForAsync();
        Assert.Equal("https://lambda.eu-west-1.amazonaws.com", await page.GetByLabel("Address", new() { Exact = true }).InputValueAsync());
        await Look(page, "function-edit-fault");
    }

    private async Task MakeProcess(IPage page)
    {
        await page.GotoAsync("/functions/new");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("rotate-orders");
        await page.GetByLabel("Description", new() { Exact = true }).FillAsync("Rotates what orders needs");
        await page.GetByLabel("Folder", new() { Exact = true }).FillAsync("../etc");
        await page.GetByLabel("Handler", new() { Exact = true }).FillAsync("rotate.handler");
        await page.GetByLabel("Permitted secrets", new() { Exact = true }).FillAsync("prod/orders/*");
        await page.GetByRole(AriaRole.Button, new() { Name = "Register", Exact = true }).ClickAsync();
        await page.GetByText("Folder must be a path").WaitForAsync();
        await page.GetByLabel("Folder", new() { Exact = true }).FillAsync("orders");
        await page.GetByRole(AriaRole.Button, new() { Name = "Register", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "rotate-orders" }).WaitForAsync();
    }

    private async Task TestProcess(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Send", Exact = true }).ClickAsync();
        await page.GetByText("Answered", new() { Exact = true }).WaitForAsync(new() { Timeout = 60_000 });
        var log = await page.GetByLabel("What the function wrote").InnerTextAsync();
        // It wrote what it signs with, and that is not shown.
        Assert.StartsWith("step testSecret with [redacted]", log, StringComparison.Ordinal);
        await Look(page, "function-tested");
    }

    private async Task AttachAndCheck(IPage page, PortalProcess portal)
    {
        await page.GetByLabel("Name of the secret to attach").FillAsync("prod/orders/api");
        await page.GetByRole(AriaRole.Button, new() { Name = "Attach", Exact = true }).ClickAsync();
        await page.GetByText("can't find the specified secret").WaitForAsync();
        foreach (var name in new[] { "prod/orders/api", "staging/orders/api" })
        {
            (await ExternalCommand.Run("aws",
                ["secretsmanager", "create-secret", "--endpoint-url", portal.Address.GetLeftPart(UriPartial.Authority), "--name", name, "--secret-string", "{\"key\":\"value\"}"],
                portal.AwsEnvironment)).Succeeded("create-secret");
        }

        await page.GetByLabel("Name of the secret to attach").FillAsync("staging/orders/api");
        await page.GetByRole(AriaRole.Button, new() { Name = "Attach", Exact = true }).ClickAsync();
        await page.GetByText("does not permit a secret of this name").WaitForAsync();
        await page.GetByLabel("Check a secret, by name").FillAsync("staging/orders/api");
        await page.GetByRole(AriaRole.Button, new() { Name = "Check", Exact = true }).ClickAsync();
        await page.GetByText("The function does not permit its name").WaitForAsync();
        await page.GetByText("The secret names no function").WaitForAsync();
        await Look(page, "function-check-missing");
        await page.GetByLabel("Name of the secret to attach").FillAsync("prod/orders/api");
        await page.GetByRole(AriaRole.Button, new() { Name = "Attach", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "prod/orders/api" }).WaitForAsync();
        // The function tests the current value, which a worker lets it do.
        await page.Locator(".records .chip.good", new() { HasText = "Succeeded" }).First.WaitForAsync(new() { Timeout = 60_000 });
        await page.GetByText("Steps and what the function wrote").ClickAsync();
        await page.GetByText("step testSecret with [redacted]").First.WaitForAsync();
    }

    private static async Task RefuseToDelete(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete…" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.GetByText("Secrets are rotated by this function, arn:aws:secretsmanager:us-east-1:000000000000:secret:prod/orders/api").WaitForAsync();
        await page.GetByRole(AriaRole.Dialog).GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
    }

    private async Task Visit(IPage page, string suffix)
    {
        foreach (var (address, name, shown) in new[]
        {
            ("/functions", "functions", "Rotates what orders needs"),
            ("/functions/new", "function-new", "A program on this machine"),
            ("/function?name=rotate-orders", "function", "Both sides must agree"),
            ("/function?name=rotate-directory", "function-endpoint", "lambda.eu-central-1.amazonaws.com"),
            ("/function?name=nobody", "function-missing", "There is no such rotation function"),
        })
        {
            await page.GotoAsync(address);
            await page.Locator("main").GetByText(shown).First.WaitForAsync();
            await Look(page, $"{name}-{suffix}");
        }
    }
}
