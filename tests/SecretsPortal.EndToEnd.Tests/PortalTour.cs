using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>A user's way through storing, reading, rotating, deleting and restoring, over a real PostgreSQL server.</summary>
public sealed class PortalTour : BrowserTour
{
    private const string Name = "prod/orders/database";
    private const string FirstPassword = "first-password-of-orders";

    [Fact]
    public async Task Secrets_are_stored_read_rotated_deleted_and_restored()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed; check.sh installs it.");
        await using var database = await PostgresServer.Start();
        await database.Execute($"CREATE ROLE orders LOGIN PASSWORD '{FirstPassword}'");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await NewPage(browser, portal, Screens[0]);

        await SignIn(page);
        await page.GotoAsync("/secrets");
        await page.GetByText("Nothing is stored yet").WaitForAsync();
        await Look(page, "empty-light");
        await Seed(portal);
        await StoreDatabase(page, database);
        await Rotate(page);
        Assert.False(await database.CanLogIn("orders", FirstPassword));
        await RevealAndHide(page, database);
        await DeleteAndRestore(page);
        await Lists(page);
        await OtherScreens(browser, portal);

        AssertNoComplaints();
    }

    [Fact]
    public async Task A_wrong_password_keeps_the_name_and_a_sign_out_ends_the_session()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await browser.NewPage(portal.Address);

        await page.GotoAsync("/audit");
        Assert.Contains("/sign-in?returnUrl=%2Faudit", page.Url, StringComparison.Ordinal);
        await page.GetByLabel("User name", new() { Exact = true }).FillAsync(PortalProcess.AdminUser);
        await page.GetByLabel("Password").FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByText("The user name or the password is wrong.").WaitForAsync();
        Assert.Equal(PortalProcess.AdminUser, await page.GetByLabel("User name").InputValueAsync());
        Assert.Equal("", await page.GetByLabel("Password").InputValueAsync());

        await page.GetByLabel("Password").FillAsync(PortalProcess.AdminPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Audit log" }).WaitForAsync();
        await page.GetByText("wrong password").First.WaitForAsync();

        var other = await page.Context.NewPageAsync();
        await other.GotoAsync("/secrets");
        await other.GetByRole(AriaRole.Heading, new() { Name = "Secrets" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await page.GetByLabel("User name").WaitForAsync();

        // The other tab had the session open; it notices within seconds.
        await other.GetByLabel("User name").WaitForAsync();
        await page.GotoAsync("/secrets");
        Assert.Contains("/sign-in", page.Url, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_longest_value_is_typed_stored_and_read_back()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await browser.NewPage(portal.Address);
        await SignIn(page);
        await page.GotoAsync("/secrets/new?kind=other&step=value");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Plain text" }).ClickAsync();
        var value = new string('"', 65_536);
        await page.Locator(".mono textarea").FillAsync(value);
        await page.NextStep("Name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("long");
        await page.NextStep("Rotation");
        await page.NextStep("Review");
        await page.GetByRole(AriaRole.Button, new() { Name = "Store the secret" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }).ClickAsync();

        Assert.Equal(value, await page.Locator("pre.plain").TextContentAsync());
    }

    [Fact]
    public async Task An_address_without_a_page_answers_404_and_shows_the_way_back()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await using var browser = await Browser.Start();
        var page = await browser.NewPage(portal.Address);
        await SignIn(page);

        var answer = await page.GotoAsync("/nothing/here");

        Assert.Equal(404, answer!.Status);
        await page.GetByRole(AriaRole.Heading, new() { Name = "There is no page here" }).WaitForAsync();
    }

    private async Task SignIn(IPage page)
    {
        await page.GotoAsync("/");
        await Look(page, "sign-in");
        await page.GetByLabel("User name", new() { Exact = true }).FillAsync(PortalProcess.AdminUser);
        await page.GetByLabel("Password").FillAsync(PortalProcess.AdminPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Overview", Exact = true }).WaitForAsync();
    }

    private static async Task Seed(PortalProcess portal)
    {
        (string Name, string Value, string Description)[] secrets =
        [
            ("prod/payments/api-key", """{"key":"pk_live_1","secret":"sk_live_2"}""", "Payment provider"),
            ("prod/mail/smtp", """{"username":"mailer","password":"smtp-pw"}""", "Outgoing mail"),
            ("prod/signing/certificate", "-----BEGIN CERTIFICATE-----", "Signs the invoices"),
            ("prod/catalog/documents", """{"username":"catalog","password":"x","engine":"mongo","host":"mongo.internal","port":27017}""", "Product catalogue"),
            ("prod/reports/warehouse", """{"username":"reports","password":"x","engine":"redshift","host":"dw.internal","port":5439}""", "Nightly reports"),
        ];
        foreach (var (name, value, description) in secrets)
        {
            string[] arguments = ["secretsmanager", "create-secret", "--endpoint-url", portal.Address.ToString(),
                "--name", name, "--description", description, "--secret-string", value];
            (await ExternalCommand.Run(ExternalCommand.AwsCli!, arguments, portal.AwsEnvironment)).Succeeded("aws");
        }
    }

    private async Task StoreDatabase(IPage page, PostgresServer database)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Store a secret" }).First.ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Store a secret" }).WaitForAsync();
        await page.NextStep("Value");
        await page.GetByRole(AriaRole.Button, new() { Name = "Next" }).ClickAsync();
        await page.GetByText("3 fields need another look.").WaitForAsync();
        await Look(page, "create-faults-light");

        await page.GetByLabel("User name", new() { Exact = true }).FillAsync("orders");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(FirstPassword);
        await page.GetByLabel("Host", new() { Exact = true }).FillAsync(database.Host);
        await page.GetByLabel("Port", new() { Exact = true }).FillAsync($"{database.Port}");
        await page.GetByLabel("Database", new() { Exact = true }).FillAsync("postgres");
        await page.Choose("Connection", "Without TLS");
        await Look(page, "create-light");
        await page.NextStep("Name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync(Name);
        await page.GetByLabel("Description", new() { Exact = true }).FillAsync("Orders database, application user");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a tag" }).ClickAsync();
        await page.GetByLabel("Key", new() { Exact = true }).FillAsync("team");
        await page.GetByLabel("Value", new() { Exact = true }).FillAsync("orders");
        await page.NextStep("Rotation");
        await page.NextStep("Review");
        await page.GetByRole(AriaRole.Button, new() { Name = "Store the secret" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = Name }).WaitForAsync();
        Assert.DoesNotContain(FirstPassword, await page.ContentAsync(), StringComparison.Ordinal);
    }

    private async Task Rotate(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Rotation", Exact = true }).First.ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Set up…" }).ClickAsync();
        await page.GetByText("Next windows").WaitForAsync();
        await page.GetByLabel("Right away").CheckAsync();
        await Look(page, "schedule-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.Locator(".run:not([data-state=Queued]):not([data-state=Running])").WaitForAsync(new() { Timeout = 60_000 });
        Assert.StartsWith("Succeeded", await page.Locator(".run").InnerTextAsync(), StringComparison.Ordinal);
        Assert.Equal(4, await page.Locator(".run .step.done").CountAsync());

        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate now" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Earlier runs" }).WaitForAsync();
        await page.Locator(".run[data-state=Succeeded]").WaitForAsync(new() { Timeout = 60_000 });
        await Look(page, "secret-rotation-light");
        await page.GetByRole(AriaRole.Link, new() { Name = "Versions" }).ClickAsync();
        await page.Locator(".versions").First.GetByText("AWSPREVIOUS").WaitForAsync();
        Assert.Equal(0, await page.Locator(".versions").GetByText("AWSPENDING").CountAsync());
        await page.Locator("nav.tabs").GetByRole(AriaRole.Link, new() { Name = "Overview" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }).WaitForAsync();
        await Look(page, "secret-light");
    }

    private async Task RevealAndHide(IPage page, PostgresServer database)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }).ClickAsync();
        var password = await page.Locator(".revealed > div").Filter(new() { HasText = "password" }).Locator("code").InnerTextAsync();
        Assert.True(await database.CanLogIn("orders", password));
        await Look(page, "revealed-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Hide" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }).WaitForAsync();
        Assert.DoesNotContain(password, await page.ContentAsync(), StringComparison.Ordinal);

        await page.GetByRole(AriaRole.Button, new() { Name = "Put a new value…" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Start from the value in use" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("User name", new() { Exact = true })).ToHaveValueAsync("orders");
        await Look(page, "put-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        Assert.DoesNotContain(password, await page.ContentAsync(), StringComparison.Ordinal);
    }

    private async Task DeleteAndRestore(IPage page)
    {
        await page.GotoAsync("/secret?id=prod%2Fmail%2Fsmtp&tab=settings");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete…" }).ClickAsync();
        await page.GetByLabel("Days until it is removed").WaitForAsync();
        await Look(page, "delete-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.GetByText("Marked for deletion.", new() { Exact = true }).WaitForAsync();
        await Look(page, "deleted-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Restore it" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete…" }).WaitForAsync();
    }

    private async Task Lists(IPage page)
    {
        await page.GotoAsync("/secrets");
        await page.GetByRole(AriaRole.Link, new() { Name = Name }).WaitForAsync();
        await Look(page, "secrets-light");
        await page.GetByRole(AriaRole.Searchbox, new() { Name = "Search" }).FillAsync("mail");
        await Assertions.Expect(page.Locator("table.list a")).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Link, new() { Name = "Audit log" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Audit log" }).WaitForAsync();
        await page.GetByText("GetSecretValue").First.WaitForAsync();
        await Look(page, "audit-light");
        await page.GotoAsync("/hangfire");
        Assert.Contains("Secrets Portal jobs", await page.ContentAsync(), StringComparison.Ordinal);
    }

    private async Task OtherScreens(Browser browser, PortalProcess portal)
    {
        foreach (var screen in Screens.Skip(1))
        {
            var page = await NewPage(browser, portal, screen);
            await page.GotoAsync("/");
            await Look(page, $"sign-in-{screen.Suffix}");
            await SignIn(page);
            await page.GotoAsync("/secrets");
            await page.GetByRole(AriaRole.Link, new() { Name = Name }).WaitForAsync();
            await Look(page, $"secrets-{screen.Suffix}");
            await page.GetByRole(AriaRole.Link, new() { Name = Name }).ClickAsync();
            await page.GetByRole(AriaRole.Heading, new() { Name = "What happened" }).WaitForAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }).WaitForAsync();
            await Look(page, $"secret-{screen.Suffix}");
            await page.GotoAsync("/secrets/new");
            await page.GetByRole(AriaRole.Heading, new() { Name = "Store a secret" }).WaitForAsync();
            await Look(page, $"create-{screen.Suffix}");
            await page.GotoAsync("/audit?action=GetSecretValue");
            await page.Locator("table.audit").GetByText("GetSecretValue").First.WaitForAsync();
            await Look(page, $"audit-{screen.Suffix}");
            if (screen.Width < 960)
            {
                await page.GetByRole(AriaRole.Button, new() { Name = "Navigation" }).ClickAsync();
                await Look(page, $"navigation-{screen.Suffix}");
                await page.GetByRole(AriaRole.Link, new() { Name = "Secrets", Exact = true }).ClickAsync();
                await page.GetByRole(AriaRole.Heading, new() { Name = "Secrets" }).WaitForAsync();
            }
        }
    }
}
