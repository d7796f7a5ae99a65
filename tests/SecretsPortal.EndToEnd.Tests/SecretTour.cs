using Microsoft.Data.Sqlite;
using Microsoft.Playwright;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Tests;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>All that a secret's page does, in a real browser over a real PostgreSQL server.</summary>
public sealed class SecretTour : BrowserTour
{
    private const string Name = "prod/orders/database";
    private const string FirstPassword = "first-password-of-orders";
    private const string SecondPassword = "second-password-of-orders";
    private const string Page = "/secret?id=prod%2Forders%2Fdatabase";

    [Fact]
    public async Task A_secrets_page_shows_moves_compares_rotates_guards_and_restores()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed; check.sh installs it.");
        await using var database = await PostgresServer.Start();
        await database.Execute($"CREATE ROLE orders LOGIN PASSWORD '{SecondPassword}'");
        await using var portal = await PortalProcess.Start("--Portal:Regions=us-east-1,eu-central-1");
        await Fill(portal, database);
        await using var browser = await Browser.Start();
        var page = await NewPage(browser, portal, Screens[0]);
        await page.Context.GrantPermissionsAsync(["clipboard-read", "clipboard-write"]);
        await page.SignIn();

        await RevealWithProof(page, portal);
        await CopyWithoutShowing(page);
        await MoveLabels(page);
        await Compare(page);
        await RotateLive(page, database);
        await GuardByPolicy(page);
        await ReplicateDeleteAndRestore(page);
        await LookAtAll(browser, portal);
        AssertNoComplaints();
    }

    private static async Task Fill(PortalProcess portal, PostgresServer database)
    {
        using var aws = new SigningClient(portal.Address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1");
        string Value(string password) => $$"""{"engine":"postgres","host":"{{database.Host}}","port":{{database.Port}},"username":"orders","password":"{{password}}","dbname":"postgres","ssl":false}""";
        await aws.Ok("CreateSecret", new
        {
            Name, Description = "Orders database, application user", ClientRequestToken = Token(), SecretString = Value(FirstPassword), Tags = new[] { new { Key = "team", Value = "orders" } },
        });
        await aws.Ok("PutSecretValue", new { SecretId = Name, ClientRequestToken = Token(), SecretString = Value(SecondPassword) });
        await aws.Ok("RotateSecret", new { SecretId = Name, ClientRequestToken = Token(), RotateImmediately = false, RotationRules = new { AutomaticallyAfterDays = 30 } });
        await aws.Ok("GetSecretValue", new { SecretId = Name });
    }

    private async Task RevealWithProof(IPage page, PortalProcess portal)
    {
        await page.GotoAsync(Page);
        await page.GetByRole(AriaRole.Heading, new() { Name = "Who uses it" }).WaitForAsync();
        await page.GetByText("user/client/bootstrap").First.WaitForAsync();
        Assert.DoesNotContain(SecondPassword, await page.ContentAsync(), StringComparison.Ordinal);
        await Forget(portal);

        await page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }).ClickAsync();
        await page.GetByLabel("Your password").FillAsync("wrong");
        await Look(page, "secret-prove-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on" }).ClickAsync();
        await page.GetByText("The password is wrong.").WaitForAsync();
        await page.GetByLabel("Your password").FillAsync(PortalProcess.AdminPassword);
        await page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(Field(page, "password").Locator("code")).ToHaveTextAsync(SecondPassword);
        await page.GetByText("Hidden in").WaitForAsync();
        await Look(page, "secret-revealed-light");

        // Another page covers it.
        await page.EvaluateAsync("Object.defineProperty(document, 'visibilityState', { get: () => 'hidden', configurable: true }); document.dispatchEvent(new Event('visibilitychange'))");
        await Assertions.Expect(page.Locator(".revealed code")).ToHaveCountAsync(0);
        Assert.DoesNotContain(SecondPassword, await page.ContentAsync(), StringComparison.Ordinal);
        await page.EvaluateAsync("Object.defineProperty(document, 'visibilityState', { get: () => 'visible', configurable: true })");

        await page.GetByRole(AriaRole.Button, new() { Name = "Show username" }).ClickAsync();
        await Assertions.Expect(Field(page, "username").Locator("code")).ToHaveTextAsync("orders");
        await Assertions.Expect(Field(page, "password").Locator("code")).ToHaveCountAsync(0);
        await page.GetByRole(AriaRole.Button, new() { Name = "Hide", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator(".revealed code")).ToHaveCountAsync(0);
    }

    private static async Task CopyWithoutShowing(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy password without showing it" }).ClickAsync();
        await page.GetByText("Copied: password.").WaitForAsync();
        Assert.Equal(SecondPassword, await page.EvaluateAsync<string>("navigator.clipboard.readText()"));
        Assert.DoesNotContain(SecondPassword, await page.ContentAsync(), StringComparison.Ordinal);

        // An older version, by its label.
        await page.GetByRole(AriaRole.Button, new() { Name = "AWSPREVIOUS" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Copy without showing" }).ClickAsync();
        await page.GetByText("Copied: the value.").WaitForAsync();
        Assert.Contains(FirstPassword, await page.EvaluateAsync<string>("navigator.clipboard.readText()"), StringComparison.Ordinal);
    }

    private async Task MoveLabels(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Versions" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Versions", Exact = true }).WaitForAsync();
        var first = await VersionOf(page, "AWSPREVIOUS");
        var second = await VersionOf(page, "AWSCURRENT");

        // By keyboard alone.
        await page.GetByRole(AriaRole.Button, new() { Name = "Labels of version AWSPREVIOUS" }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByText("AWSCURRENT is on this version").WaitForAsync();
        await page.GetByText("AWSPREVIOUS is on ").WaitForAsync();
        await Look(page, "secret-label-light");
        await page.GetByLabel("Move AWSCURRENT here").FocusAsync();
        await page.Keyboard.PressAsync("Tab");
        await page.GetByRole(AriaRole.Button, new() { Name = "Move", Exact = true }).FocusAsync();
        await page.Keyboard.PressAsync("Enter");
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).WaitForAsync();
        await Assertions.Expect(Row(page, first).Locator(".chip")).ToHaveTextAsync("AWSCURRENT");
        await Assertions.Expect(Row(page, second).Locator(".chip")).ToHaveTextAsync("AWSPREVIOUS");
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo" }).ClickAsync();
        await Assertions.Expect(Row(page, second).Locator(".chip")).ToHaveTextAsync("AWSCURRENT");
        await Assertions.Expect(Row(page, first).Locator(".chip")).ToHaveTextAsync("AWSPREVIOUS");

        // By dragging; then back again, to the password that the database takes.
        foreach (var target in new[] { first, second })
        {
            await page.Locator(".chip.label", new() { HasText = "AWSCURRENT" }).DragToAsync(Row(page, target));
            await page.GetByText("AWSCURRENT is on this version").WaitForAsync();
            await page.GetByRole(AriaRole.Button, new() { Name = "Move", Exact = true }).ClickAsync();
            await Assertions.Expect(Row(page, target).Locator(".chip")).ToHaveTextAsync("AWSCURRENT");
        }

        await page.GetByRole(AriaRole.Button, new() { Name = "Labels of version AWSCURRENT" }).ClickAsync();
        await page.GetByLabel("Take AWSCURRENT off").CheckAsync();
        await page.GetByText("AWSCURRENT is moved to another version, never taken off").WaitForAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "Take it off" })).ToBeDisabledAsync();
        await Look(page, "secret-label-refused-light");
        await page.GetByLabel("Add a label of your own").CheckAsync();
        await page.GetByLabel("Label", new() { Exact = true }).FillAsync("blue");
        await page.GetByRole(AriaRole.Button, new() { Name = "Move", Exact = true }).ClickAsync();
        await Assertions.Expect(Row(page, second)).ToContainTextAsync("blue");
        await Look(page, "secret-versions-light");
    }

    private async Task Compare(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Compare", Exact = true }).ClickAsync();
        await page.GetByText("1 of 7 fields differ.").WaitForAsync();
        await Assertions.Expect(page.Locator("[data-field=password][data-change=Changed]")).ToBeVisibleAsync();
        await Assertions.Expect(page.Locator("[data-field=username][data-change=Same]")).ToBeVisibleAsync();
        var content = await page.ContentAsync();
        Assert.DoesNotContain(FirstPassword, content, StringComparison.Ordinal);
        Assert.DoesNotContain(SecondPassword, content, StringComparison.Ordinal);
        await Look(page, "secret-compare-light");
    }

    private async Task RotateLive(IPage page, PostgresServer database)
    {
        await page.Locator("nav.tabs").GetByRole(AriaRole.Link, new() { Name = "Rotation" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Check", Exact = true }).ClickAsync();
        await page.GetByText("A rotation would work.").WaitForAsync(new() { Timeout = 60_000 });
        await Look(page, "secret-preflight-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Rehearse" }).ClickAsync();
        await page.GetByText("The value in use works.").WaitForAsync(new() { Timeout = 60_000 });
        Assert.True(await database.CanLogIn("orders", SecondPassword));

        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate now" }).ClickAsync();
        await page.GetByText("The new value is in use, and the target accepts it.").WaitForAsync(new() { Timeout = 60_000 });
        Assert.Equal(4, await page.Locator(".run .step.done").CountAsync());
        Assert.False(await database.CanLogIn("orders", SecondPassword));
        await page.Locator(".history summary").First.ClickAsync();
        await page.Locator(".history .step").First.WaitForAsync();
        await Look(page, "secret-rotated-light");
    }

    private async Task GuardByPolicy(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Access", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Write one" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("nobody-yet");
        await page.GetByRole(AriaRole.Button, new() { Name = "They may read it" }).ClickAsync();
        await page.GetByText("The document is well formed.").WaitForAsync();
        var editor = page.GetByLabel("Document", new() { Exact = true });
        var document = await editor.InputValueAsync();
        Assert.Contains("user/client/nobody-yet", document, StringComparison.Ordinal);

        await editor.FillAsync("""{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":"*","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""");
        await page.GetByText("It opens the secret to everybody").Or(page.GetByText("it opens the secret to everybody")).First.WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await page.GetByText("You can't attach a resource-based policy that allows broad access").WaitForAsync();
        await Look(page, "secret-policy-public-light");

        await editor.FillAsync("""{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":"*","Action":"secretsmanager:*","Resource":"*"}]}""");
        await page.Locator(".statements").GetByText("Denies").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Check for lock-out" }).ClickAsync();
        await page.Locator(".findings").GetByText("Lockout").WaitForAsync();

        await editor.FillAsync(document);
        await page.Locator(".statements").GetByText("Readers: Allows").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove…" }).WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Show who can read it" }).ClickAsync();
        await page.GetByRole(AriaRole.Link, new() { Name = "Why may admin read it?" }).WaitForAsync();
        await Look(page, "secret-access-light");
    }

    private async Task ReplicateDeleteAndRestore(IPage page)
    {
        await page.GetByRole(AriaRole.Link, new() { Name = "Settings", Exact = true }).ClickAsync();
        await page.Locator(".details-card").GetByRole(AriaRole.Button, new() { Name = "Edit" }).ClickAsync();
        await page.GetByLabel("Description", new() { Exact = true }).FillAsync("Orders database, described anew");
        await page.Locator(".details-card").GetByRole(AriaRole.Button, new() { Name = "Save" }).ClickAsync();
        await page.Locator(".subtitle").GetByText("described anew").WaitForAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Replicate", Exact = true }).ClickAsync();
        await page.Locator("[data-region=eu-central-1]").GetByText("up to date").WaitForAsync();
        await Look(page, "secret-settings-light");
        await page.GotoAsync($"{Page}&region=eu-central-1");
        await page.GetByText("This is a replica").WaitForAsync();
        await Look(page, "secret-replica-light");
        await page.GotoAsync($"{Page}&tab=settings");
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove the replica in eu-central-1" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Remove it" }).ClickAsync();

        await page.GetByRole(AriaRole.Button, new() { Name = "Delete…" }).ClickAsync();
        await page.GetByLabel("Days until it is removed").FillAsync("7");
        await Look(page, "secret-delete-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.GetByText("Marked for deletion.", new() { Exact = true }).WaitForAsync();
        await page.GotoAsync(Page);
        await page.GetByText("Not readable while it is marked for deletion.").WaitForAsync();
        await Look(page, "secret-deleted-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Restore it" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Reveal" }).WaitForAsync();
    }

    private async Task LookAtAll(Browser browser, PortalProcess portal)
    {
        // Both themes and both sizes are enough where nobody wants the pictures.
        var screens = Environment.GetEnvironmentVariable("SECRETSPORTAL_PICTURES") is null ? (Screen[])[Screens[0], Screens[3]] : Screens;
        foreach (var screen in screens)
        {
            var page = await NewPage(browser, portal, screen);
            await page.SignIn();
            foreach (var (tab, shown) in new[]
            {
                ("overview", ".answer .who"), ("versions", ".version"), ("rotation", ".run"), ("access", ".policy-card pre"), ("activity", ".records li"), ("code", ".code-samples"), ("settings", ".end-card"),
            })
            {
                await page.GotoAsync($"{Page}&tab={tab}");
                await page.Locator(shown).First.WaitForAsync();
                await Look(page, $"secret-{tab}-{screen.Suffix}");
            }

            await page.GotoAsync("/secret?id=nothing");
            await page.GetByRole(AriaRole.Heading, new() { Name = "There is no such secret" }).WaitForAsync();
            await Look(page, $"secret-none-{screen.Suffix}");
            await page.Context.CloseAsync();
        }
    }

    // As if the sign-in were long ago.
    private static async Task Forget(PortalProcess portal)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(portal.DataDirectory, "portal.db")};Pooling=False");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = "UPDATE portal_session SET proved_at = 0";
        Assert.Equal(1, await command.ExecuteNonQueryAsync());
    }

    private static async Task<string> VersionOf(IPage page, string label) =>
        await page.Locator(".version", new() { Has = page.Locator(".chip", new() { HasText = label }) }).GetAttributeAsync("data-version") ?? "";

    private static ILocator Row(IPage page, string version) => page.Locator($".version[data-version='{version}']");

    private static ILocator Field(IPage page, string name) => page.Locator($".revealed [data-field='{name}']");

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
}
