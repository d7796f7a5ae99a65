using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The way through the pages of access and keys.</summary>
public sealed class AccessTour : BrowserTour
{
    [Fact]
    public async Task Users_groups_clients_and_policies_are_made_and_why_is_answered()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await NewPage(browser, portal, Screens[0]);
        await page.SignIn();
        await MakeGroup(page);
        await MakeClient(page);
        await MakeUser(page);
        await MakePolicy(page);
        await MakeKey(page);
        foreach (var screen in Screens)
        {
            var visitor = await NewPage(browser, portal, screen);
            await visitor.SignIn();
            await Visit(visitor, screen.Suffix);
        }

        AssertNoComplaints();
    }

    private async Task MakeGroup(IPage page)
    {
        await page.GotoAsync("/access/groups");
        await page.GetByText("No groups yet").WaitForAsync();
        await Look(page, "groups-empty");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a group" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("orders-team");
        await page.GetByLabel("Description", new() { Exact = true }).FillAsync("Works on orders and payments");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "orders-team" }).WaitForAsync();
    }

    private async Task MakeClient(IPage page)
    {
        await page.GotoAsync("/access/clients");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a client" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("orders-api");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New key…" }).ClickAsync();
        await page.GetByLabel("What it is for").FillAsync("Production");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make the key" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "I have kept it" }).WaitForAsync();
        var secret = await page.Locator(".once code").Nth(1).InnerTextAsync();
        await Look(page, "key-once");
        await page.GetByRole(AriaRole.Button, new() { Name = "I have kept it" }).ClickAsync();
        await Assertions.Expect(page.Locator(".once")).ToHaveCountAsync(0);
        Assert.DoesNotContain(secret, await page.ContentAsync(), StringComparison.Ordinal);
    }

    private async Task MakeUser(IPage page)
    {
        await page.GotoAsync("/access/users");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a user" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("not a name");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        await page.GetByText("Name must be 1 to 64").WaitForAsync();
        await Look(page, "user-fault");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("ada");
        await page.GetByLabel("Display name", new() { Exact = true }).FillAsync("Ada Lovelace");
        await page.GetByRole(AriaRole.Button, new() { Name = "Create", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "I have kept it" }).ClickAsync();
        await page.GotoAsync("/access/group?name=orders-team");
        await page.GetByLabel("Name of the new member").FillAsync("ada");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "ada", Exact = true }).WaitForAsync();
    }

    private async Task MakePolicy(IPage page)
    {
        await page.GotoAsync("/access/policies/new");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("read-orders");
        var document = await page.Locator(".editor textarea").First.InputValueAsync();
        await page.Locator(".editor textarea").First.FillAsync(document.Replace("\"Allow\"", "\"Perhaps\"", StringComparison.Ordinal));
        await page.GetByText("It can't be saved so.").WaitForAsync();
        await Look(page, "policy-fault");
        await page.Locator(".editor textarea").First.FillAsync(document);
        await page.GetByText("The document is well formed.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save the policy" }).ClickAsync();
        await page.GetByLabel("Name to attach it to").FillAsync("ada");
        await page.GetByRole(AriaRole.Button, new() { Name = "Attach", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "ada", Exact = true }).WaitForAsync();
    }

    private async Task MakeKey(IPage page)
    {
        await page.GotoAsync("/keys");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a key" }).ClickAsync();
        await page.GetByLabel("Alias", new() { Exact = true }).FillAsync("payments");
        await page.GetByLabel("Description", new() { Exact = true }).FillAsync("Seals what belongs to payments");
        await Look(page, "key-new");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await page.GetByText("Nothing. It can be removed.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "New version…" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Make it", Exact = true }).ClickAsync();
        // A worker takes it up and finds nothing to do.
        await page.GetByText("Done", new() { Exact = true }).WaitForAsync(new() { Timeout = 60_000 });
    }

    private async Task Visit(IPage page, string suffix)
    {
        foreach (var (address, name, shown) in new[]
        {
            ("/access/users", "users", "Ada Lovelace"),
            ("/access/user?name=ada", "user", "Signing in"),
            ("/access/groups", "groups", "Works on orders"),
            ("/access/group?name=orders-team", "group", "Members"),
            ("/access/clients", "clients", "orders-api"),
            ("/access/client?name=orders-api", "client", "Production"),
            ("/access/policies", "policies", "read-orders"),
            ("/access/policy?name=read-orders", "policy", "ReadOrders"),
            ("/access/policies/new", "policy-new", "well formed"),
            ("/access/why?caller=arn:aws:iam::000000000000:user/ada&action=secretsmanager:GetSecretValue&resource=prod/orders/database", "why-yes", "Yes:"),
            ("/access/why?caller=arn:aws:iam::000000000000:user/ada&action=secretsmanager:GetSecretValue&resource=prod/other", "why-no", "No:"),
            ("/keys", "keys", "Seals what belongs to payments"),
            ("/key?name=alias%2Fpayments", "key", "What uses it"),
            ("/key?name=alias%2Faws%2Fsecretsmanager", "key-default", "The portal's own"),
            ("/access/user?name=nobody", "user-missing", "There is no such user"),
        })
        {
            await page.GotoAsync(address);
            await page.Locator("main").GetByText(shown).First.WaitForAsync();
            await Look(page, $"{name}-{suffix}");
        }
    }
}
