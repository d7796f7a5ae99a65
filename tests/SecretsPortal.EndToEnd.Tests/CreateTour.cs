using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The page that creates a secret: each of the five kinds, in a real browser; rows by the keyboard alone are in <see cref="KeyboardTour"/>.</summary>
public sealed class CreateTour : BrowserTour
{
    private const string Password = "typed-by-the-tour-4711";

    private readonly List<string> _violations = [];

    [Fact]
    public async Task Each_of_the_five_kinds_is_stored()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed; check.sh installs it.");
        await using var database = await PostgresServer.Start();
        await database.Execute($"CREATE ROLE orders LOGIN PASSWORD '{Password}'");
        await using var portal = await PortalProcess.Start("--Portal:Regions=us-east-1,eu-central-1");
        await using var browser = await Browser.Start();
        var page = await NewPage(browser, portal, Screens[0]);
        await page.SignIn();

        await StoreTestedDatabase(page, database);
        await StorePlainDatabases(page);
        await StoreText(page);
        AssertNoComplaints();
    }

    [Fact]
    public async Task Every_step_is_drawn_and_reads_well_on_every_screen()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start("--Portal:Regions=us-east-1,eu-central-1");
        await using var browser = await Browser.Start();
        // Two screens show both schemes and both widths; all four where somebody wants to see them.
        foreach (var screen in Environment.GetEnvironmentVariable("SECRETSPORTAL_PICTURES") is null ? [Screens[0], Screens[3]] : Screens)
        {
            var page = await NewPage(browser, portal, screen);
            await page.SignIn();
            await LookAtEachStep(page, screen.Suffix);
            await page.Context.CloseAsync();
        }

        Assert.True(_violations.Count == 0, string.Join('\n', _violations));
        AssertNoComplaints();
    }

    private async Task LookAtEachStep(IPage page, string suffix)
    {
        await page.GotoAsync("/secrets/new");
        await page.GetByText("What is kept in it?").WaitForAsync();
        await Read(page, $"create-1-kind-{suffix}");
        await page.NextStep("Value");
        await Read(page, $"create-2-value-empty-{suffix}");
        await page.GetByRole(AriaRole.Button, new() { Name = "Next", Exact = true }).ClickAsync();
        await page.GetByText("3 fields need another look.").WaitForAsync();
        await Read(page, $"create-2-value-faults-{suffix}");
        await FillDatabase(page, "127.0.0.1", FreePort.Next());
        await page.GetByText("Two users in turn").ClickAsync();
        // What moves the button has to be there before it is pressed.
        await page.GetByText("Master secret").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await page.GetByText("What a generated password looks like").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Test the connection" }).ClickAsync();
        await page.GetByText("The connection does not work.").WaitForAsync();
        await Read(page, $"create-2-value-filled-{suffix}");
        await page.GetByText("One user").ClickAsync();
        await page.NextStep("Name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("prod/orders/database");
        await page.GetByLabel("Description", new() { Exact = true }).FillAsync("Orders database, application user");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a tag" }).ClickAsync();
        await page.GetByLabel("Key", new() { Exact = true }).FillAsync("team");
        await page.GetByLabel("Value", new() { Exact = true }).FillAsync("orders");
        await page.GetByLabel("eu-central-1").CheckAsync();
        await page.GetByLabel("Overwrite secrets of this name there").WaitForAsync();
        await Read(page, $"create-3-name-{suffix}");
        await page.NextStep("Rotation");
        await Read(page, $"create-4-rotation-off-{suffix}");
        await page.GetByText("Rotate on a schedule").ClickAsync();
        await page.GetByText("On days of the month").ClickAsync();
        await page.GetByText("The next windows").WaitForAsync();
        await Read(page, $"create-4-rotation-month-{suffix}");
        await page.GetByText("On weekdays").ClickAsync();
        await page.Locator(".day").Filter(new() { HasText = "Wed" }).ClickAsync();
        await page.GetByText("Wednesday").First.WaitForAsync(new() { State = WaitForSelectorState.Attached });
        await Read(page, $"create-4-rotation-week-{suffix}");
        await page.NextStep("Review");
        await Read(page, $"create-5-review-{suffix}");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Terraform" }).ClickAsync();
        await page.Locator("[data-sample=terraform]").WaitForAsync();
        Assert.DoesNotContain(Password, await page.ContentAsync(), StringComparison.Ordinal);
        await Read(page, $"create-5-terraform-{suffix}");

        await page.GotoAsync("/secrets/new?kind=other&step=value");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Plain text" }).ClickAsync();
        await page.Locator(".mono textarea").FillAsync("{\n  \"user\": \"ä\",\n  \"list\": [1, 2\n}");
        await page.Locator(".mono textarea").BlurAsync();
        await page.GetByText("No JSON: look at line 4").WaitForAsync();
        await Read(page, $"create-2-text-{suffix}");

        // A function that nobody registered: the secret is stored and not rotated.
        await page.NextStep("Name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync($"tour/outcome/{suffix}");
        await page.NextStep("Rotation");
        await page.GetByText("Rotate on a schedule").ClickAsync();
        await page.GetByLabel("ARN of the function").FillAsync("arn:aws:lambda:us-east-1:000000000000:function:Nobody");
        await page.NextStep("Review");
        await page.GetByRole(AriaRole.Button, new() { Name = "Store the secret" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Heading, new() { Name = "The secret is stored, its rotation is not set up" })).ToBeFocusedAsync();
        await Read(page, $"create-6-outcome-{suffix}");
    }

    /// <summary>Looks at the page and has axe-core judge what is not of its frame.</summary>
    private async Task Read(IPage page, string name)
    {
        await Look(page, name);
        var found = (await page.Locator("main").RunAxe()).Violations;
        _violations.AddRange(found.Select(one => $"{name}: {one.Id}: {one.Help} {string.Join(" | ", one.Nodes.Select(node => node.Html))}"));
    }

    private static async Task StoreTestedDatabase(IPage page, PostgresServer database)
    {
        await page.GotoAsync("/secrets/new");
        await page.GetByText("What is kept in it?").WaitForAsync();
        await page.NextStep("Value");
        await FillDatabase(page, database.Host, database.Port);
        await page.GetByLabel("Database", new() { Exact = true }).FillAsync("postgres");
        // The server speaks no TLS, and the portal does without it only where it was told to.
        await page.GetByRole(AriaRole.Button, new() { Name = "Test the connection" }).ClickAsync();
        await page.GetByText("The connection does not work.").WaitForAsync();
        await page.Locator("[data-check=Tls]").GetByText("Failed").WaitForAsync();
        await page.Choose("Connection", "Without TLS");
        await page.GetByRole(AriaRole.Button, new() { Name = "Test the connection" }).ClickAsync();
        await page.GetByText("The connection works.").WaitForAsync();
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync("wrong");
        await page.GetByRole(AriaRole.Button, new() { Name = "Test the connection" }).ClickAsync();
        await page.Locator("[data-check=LogIn]").GetByText("Failed").WaitForAsync();
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);

        await page.NextStep("Name");
        Assert.DoesNotContain(Password, await page.ContentAsync(), StringComparison.Ordinal);
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("tour/postgres");
        await page.GoBackAsync();
        await Assertions.Expect(page.GetByLabel("Password", new() { Exact = true })).ToHaveValueAsync(Password);
        await page.GoForwardAsync();
        await Assertions.Expect(page.GetByLabel("Name", new() { Exact = true })).ToHaveValueAsync("tour/postgres");
        await page.NextStep("Rotation");
        await page.GetByText("Rotate on a schedule").ClickAsync();
        await page.GetByText("Right away").ClickAsync();
        await page.GetByText("The value changes as soon as").WaitForAsync();
        await Finish(page, "tour/postgres");
        // Right away is as soon as a worker is free.
        for (var wait = 0; wait < 120 && await database.CanLogIn("orders", Password); wait++)
            await Task.Delay(500);
        Assert.False(await database.CanLogIn("orders", Password), "The password was not rotated right away.");
    }

    private static async Task StorePlainDatabases(IPage page)
    {
        foreach (var (slug, name) in new[] { ("documentdb", "tour/mongo"), ("redshift", "tour/warehouse"), ("other-database", "tour/cassandra") })
        {
            await page.GotoAsync($"/secrets/new?kind={slug}&step=value");
            await FillDatabase(page, "db.internal", null);
            if (slug == "other-database")
                await page.GetByLabel("Engine", new() { Exact = true }).FillAsync("cassandra");
            await page.NextStep("Name");
            await page.GetByLabel("Name", new() { Exact = true }).FillAsync(name);
            await page.NextStep("Rotation");
            await Finish(page, name);
        }
    }

    private static async Task StoreText(IPage page)
    {
        await page.GotoAsync("/secrets/new?kind=other&step=value");
        await page.GetByRole(AriaRole.Tab, new() { Name = "Plain text" }).ClickAsync();
        await page.Locator(".mono textarea").FillAsync("""{"a":[1,2]}""");
        await page.Locator(".mono textarea").BlurAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Format" }).ClickAsync();
        await Assertions.Expect(page.Locator(".mono textarea")).ToHaveValueAsync("{\n  \"a\": [\n    1,\n    2\n  ]\n}");
        await page.NextStep("Name");
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("tour/text");
        await page.NextStep("Rotation");
        await Finish(page, "tour/text");
    }

    private static async Task FillDatabase(IPage page, string host, int? port)
    {
        await page.GetByLabel("User name", new() { Exact = true }).FillAsync("orders");
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(Password);
        await page.GetByLabel("Host", new() { Exact = true }).FillAsync(host);
        if (port is not null)
            await page.GetByLabel("Port", new() { Exact = true }).FillAsync($"{port}");
    }

    private static async Task Finish(IPage page, string name)
    {
        await page.NextStep("Review");
        Assert.DoesNotContain(Password, await page.ContentAsync(), StringComparison.Ordinal);
        await page.GetByRole(AriaRole.Button, new() { Name = "Store the secret" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = name, Level = 1 }).WaitForAsync();
    }
}
