using System.Globalization;
using Microsoft.Playwright;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Tests;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The list of secrets: searching, narrowing, folders, scrolling, choosing several, saved views and the export.</summary>
public sealed class SecretsTour : BrowserTour
{
    private const int Many = 260;

    [Fact]
    public async Task The_list_is_searched_narrowed_scrolled_and_acted_on()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start();
        await Seed(portal);
        await using var browser = await Browser.Start();
        var page = await NewPage(browser, portal, Screens[0]);
        await page.SignIn();

        await page.GotoAsync("/secrets");
        await Assertions.Expect(page.Locator(".found")).ToHaveTextAsync($"{Many} secrets");
        await Look(page, "list-light", whole: false);
        await Searches(page);
        await Folders(page);
        await Narrows(page);
        await Asks(page);
        await Scrolls(page);
        await ActsOnSeveral(page);
        await SavesAView(page);
        await Exports(page);
        foreach (var screen in Screens.Skip(1))
            await LooksOn(await NewPage(browser, portal, screen), screen);

        AssertNoComplaints();
    }

    private async Task Searches(IPage page)
    {
        var rows = page.Locator("table.secrets tbody a");
        await page.GetByLabel("Search", new() { Exact = true }).FillAsync("db_pass");
        await Assertions.Expect(rows).ToHaveTextAsync(["prod/orders/database"]);
        await Assertions.Expect(page.Locator("table.secrets")).ToContainTextAsync("Members: db_password");
        Assert.EndsWith("/secrets?q=db_pass", page.Url, StringComparison.Ordinal);
        await Look(page, "list-search-light");

        await page.GetByLabel("Search", new() { Exact = true }).FillAsync("nothing-is-called-so");
        await page.GetByText("No secret fits “nothing-is-called-so”").WaitForAsync();
        await Look(page, "list-none-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Show all secrets" }).ClickAsync();
        await Assertions.Expect(page.Locator(".found")).ToHaveTextAsync($"{Many} secrets");

        // A tag of a row narrows to it; the address says so, and going back takes it away again.
        await page.GetByLabel("Search", new() { Exact = true }).FillAsync("orders");
        await Assertions.Expect(rows).ToHaveCountAsync(1);
        await page.GetByRole(AriaRole.Button, new() { Name = "team=orders" }).First.ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("tag=team%3Dorders"));
        await page.GetByLabel("Narrowed to").GetByText("team=orders").WaitForAsync();
        await page.GoBackAsync();
        await Assertions.Expect(page.GetByLabel("Narrowed to")).ToHaveCountAsync(0);
        await page.GotoAsync("/secrets?status=Bogus");
        await page.GetByText("The address asks for a status that there is not.").WaitForAsync();
        await Look(page, "list-error-light");
        await page.GotoAsync("/secrets");
    }

    private static async Task Folders(IPage page)
    {
        await page.GetByLabel("Folders").GetByRole(AriaRole.Link, new() { Name = "prod/ 10" }).ClickAsync();
        await Assertions.Expect(page.Locator(".found")).ToHaveTextAsync("10 secrets");
        await page.GetByLabel("Folders").GetByRole(AriaRole.Link, new() { Name = "orders/ 1" }).ClickAsync();
        await Assertions.Expect(page.Locator("table.secrets tbody a")).ToHaveTextAsync(["prod/orders/database"]);
        Assert.EndsWith("folder=prod%2Forders%2F", page.Url, StringComparison.Ordinal);
        await page.GetByLabel("Folders").GetByRole(AriaRole.Link, new() { Name = "All" }).ClickAsync();
        await Assertions.Expect(page.Locator(".found")).ToHaveTextAsync($"{Many} secrets");
    }

    /// <summary>Several of one filter, by keyboard as well, and a key.</summary>
    private async Task Narrows(IPage page)
    {
        await page.Locator("#filter-kind").ClickAsync();
        await page.GetByLabel("RDS-like database").CheckAsync();
        await page.GetByLabel("Plain text").FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("kind=RdsDatabase&kind=Text$"));
        await Assertions.Expect(page.Locator("#filter-kind")).ToHaveAccessibleNameAsync("Kind: 2 chosen");
        await Look(page, "list-kinds-light", whole: false);
        await page.Keyboard.PressAsync("Escape");
        await page.Locator("#filter-key").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "alias/aws/secretsmanager" }).ClickAsync();
        await Assertions.Expect(page.GetByLabel("Narrowed to").GetByRole(AriaRole.Button)).ToHaveCountAsync(4);
        await page.GetByRole(AriaRole.Button, new() { Name = "Clear filters" }).ClickAsync();
        await Assertions.Expect(page.Locator(".found")).ToHaveTextAsync($"{Many} secrets");
    }

    /// <summary>What is typed in a dialog is not lost by Escape or by the end of the document without a question: by the portal's, and by the browser's own.</summary>
    private static async Task Asks(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Views" }).ClickAsync();
        var name = page.GetByLabel("Save what the list shows as");
        await name.ClickAsync();
        await page.Keyboard.TypeAsync("Mine");
        await page.Keyboard.PressAsync("Escape");
        await page.GetByText("Leave without saving?").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Cancel" }).ClickAsync();
        await Assertions.Expect(page.GetByText("Leave without saving?")).ToHaveCountAsync(0);
        await Assertions.Expect(name).ToHaveValueAsync("Mine");

        var asked = new TaskCompletionSource<string>();
        async void Stay(object? _, IDialog dialog)
        {
            await dialog.DismissAsync();
            asked.TrySetResult(dialog.Type);
        }

        page.Dialog += Stay;
        await page.EvaluateAsync("() => { setTimeout(() => { location.href = '/keys'; }, 0); }");
        Assert.Equal(DialogType.BeforeUnload, await asked.Task.WaitAsync(TimeSpan.FromSeconds(20)));
        page.Dialog -= Stay;
        await Assertions.Expect(name).ToHaveValueAsync("Mine");

        await name.PressAsync("Escape");
        await page.GetByRole(AriaRole.Button, new() { Name = "Leave" }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Dialog)).ToHaveCountAsync(0);
    }

    /// <summary>From the first to the last by scrolling, and back, with few rows in the page at any time.</summary>
    private static async Task Scrolls(IPage page)
    {
        for (var i = 0; i < 60 && await page.GetByText("filler/secret-000", new() { Exact = true }).CountAsync() == 0; i++)
        {
            await page.EvaluateAsync("scrollTo(0, document.documentElement.scrollHeight)");
            await page.WaitForTimeoutAsync(100);
        }

        await page.GetByText("filler/secret-000", new() { Exact = true }).WaitForAsync();
        Assert.InRange(await page.Locator("table.secrets tbody tr").CountAsync(), 5, 80);
        await page.EvaluateAsync("scrollTo(0, 0)");
        await page.GetByText("prod/orders/database", new() { Exact = true }).WaitForAsync();
    }

    private async Task ActsOnSeveral(IPage page)
    {
        await page.GetByLabel("Search", new() { Exact = true }).FillAsync("filler");
        await Assertions.Expect(page.Locator(".found")).ToHaveTextAsync($"{Many - 10} secrets");
        await page.GetByLabel("Choose filler/secret-249").FocusAsync();
        await page.Keyboard.PressAsync("Space");
        await page.GetByText("1 chosen").WaitForAsync();
        await page.GetByLabel("Choose filler/secret-246").ClickAsync(new() { Modifiers = [KeyboardModifier.Shift] });
        await page.GetByText("4 chosen").WaitForAsync();
        await Look(page, "list-chosen-light", whole: false);

        await page.GetByRole(AriaRole.Button, new() { Name = "Tag…", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the tag" }).ClickAsync();
        await page.GetByText("Type the tag's key.").WaitForAsync();
        await Look(page, "bulk-tag-light", whole: false);
        await page.GetByRole(AriaRole.Textbox, new() { Name = "Key", Exact = true }).FillAsync("cleanup");
        await page.GetByLabel("Value", new() { Exact = true }).FillAsync("2026");
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the tag" }).ClickAsync();
        await page.GetByText("The tag is set on 4 of 4.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Button, new() { Name = "cleanup=2026" })).ToHaveCountAsync(4);

        // None of them has a rotation: each tells why it failed.
        await page.GetByLabel("Choose filler/secret-249").ClickAsync();
        await page.GetByLabel("Choose filler/secret-248").ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate now…" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Rotate", Exact = true }).ClickAsync();
        await page.GetByText("2 failed").WaitForAsync();
        await Look(page, "bulk-failed-light", whole: false);
        await page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();

        // What failed stays chosen, for whatever is tried next.
        await page.GetByText("2 chosen").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete…" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete", Exact = true }).ClickAsync();
        await page.GetByText("2 of 2 are marked for deletion.").WaitForAsync();
        await Look(page, "bulk-deleted-light", whole: false);
        await page.GetByRole(AriaRole.Button, new() { Name = "Undo: restore them" }).ClickAsync();
        await page.GetByText("2 of 2 are restored.").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();
        await page.GetByText("filler/secret-249", new() { Exact = true }).WaitForAsync();
    }

    private async Task SavesAView(IPage page)
    {
        await page.GotoAsync("/secrets?tag=team%3Dorders&sort=name");
        await page.GetByText("prod/orders/database").WaitForAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Views", Exact = true }).ClickAsync();
        await page.GetByLabel("Save what the list shows as").FillAsync("Orders");
        await page.GetByRole(AriaRole.Button, new() { Name = "Save", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Orders", Exact = true }).WaitForAsync();
        await Look(page, "views-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Close", Exact = true }).ClickAsync();

        await page.GotoAsync("/secrets");
        await page.GetByRole(AriaRole.Button, new() { Name = "Views", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Orders", Exact = true }).ClickAsync();
        await Assertions.Expect(page.Locator("table.secrets tbody a")).ToHaveTextAsync(["prod/orders/database"]);
        Assert.EndsWith("/secrets?sort=name&tag=team%3Dorders", page.Url, StringComparison.Ordinal);
    }

    private static async Task Exports(IPage page)
    {
        await page.GetByRole(AriaRole.Button, new() { Name = "Export" }).ClickAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => page.GetByText("CSV", new() { Exact = true }).ClickAsync());

        Assert.Equal("secrets.csv", download.SuggestedFilename);
        var lines = await File.ReadAllLinesAsync(await download.PathAsync());
        Assert.Equal(2, lines.Length);
        Assert.StartsWith("name,arn,description,", lines[0], StringComparison.Ordinal);
        Assert.StartsWith("prod/orders/database,arn:aws:secretsmanager:", lines[1], StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", string.Join('\n', lines), StringComparison.Ordinal);
    }

    private async Task LooksOn(IPage page, Screen screen)
    {
        await page.SignIn();
        await page.GotoAsync("/secrets");
        await Assertions.Expect(page.Locator(".found")).ToHaveTextAsync($"{Many} secrets");
        await page.GetByText("prod/orders/database", new() { Exact = true }).WaitForAsync();
        await Look(page, $"list-{screen.Suffix}", whole: false);
        await page.GotoAsync("/secrets?status=Off&tag=team&q=prod");
        await page.GetByText("prod/orders/database", new() { Exact = true }).WaitForAsync();
        await page.GetByLabel("Choose prod/orders/database").ClickAsync();
        await page.GetByText("1 chosen").WaitForAsync();
        await Look(page, $"list-chosen-{screen.Suffix}", whole: false);
        await page.GetByRole(AriaRole.Button, new() { Name = "Delete…" }).ClickAsync();
        await page.GetByLabel("Days until they are removed").WaitForAsync();
        await Look(page, $"bulk-{screen.Suffix}", whole: false);
    }

    private static async Task Seed(PortalProcess portal)
    {
        using var api = new SigningClient(portal.Address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1");
        for (var i = 0; i < Many - 10; i++)
            await Create(api, string.Create(CultureInfo.InvariantCulture, $"filler/secret-{i:000}"), """{"token":"hunter2"}""", "One of many");
        await Create(api, "prod/payments/api-key", """{"key":"hunter2","secret":"hunter2"}""", "Payment provider, live", ("team", "payments"), ("env", "live"), ("tier", "1"));
        await Create(api, "prod/mail/smtp", """{"username":"mailer","password":"hunter2"}""", "Outgoing mail", ("team", "platform"));
        await Create(api, "prod/signing/certificate", "-----BEGIN CERTIFICATE-----", "Signs the invoices", ("team", "finance"));
        await Create(api, "prod/catalog/documents", """{"username":"catalog","password":"hunter2","engine":"mongo","host":"mongo.internal"}""", "Product catalogue", ("team", "catalog"));
        await Create(api, "prod/reports/warehouse", """{"username":"reports","password":"hunter2","engine":"redshift","host":"dw.internal"}""", "Nightly reports", ("team", "data"));
        await Create(api, "prod/reports/lake", """{"accessKey":"hunter2","secretKey":"hunter2"}""", "Object store of the lake", ("team", "data"));
        await Create(api, "prod/sso/client", """{"clientId":"portal","clientSecret":"hunter2"}""", null, ("team", "platform"));
        await Create(api, "prod/webhooks/signing", "hunter2", "Signs what partners receive, rotated by hand every quarter by whoever is on call that week", ("team", "payments"));
        await Create(api, "prod/a-name/that-is-as-long/as-names-come-to-be/when-teams-nest-their-folders-deeply/database-of-the-reporting-service", """{"a":"hunter2"}""", null);
        await Create(api, "prod/orders/database", """{"engine":"postgres","host":"db.internal","username":"orders","password":"hunter2","db_password":"hunter2"}""", "Orders database, application user", ("team", "orders"), ("env", "live"));
    }

    private static async Task Create(SigningClient api, string name, string value, string? description, params (string Key, string Value)[] tags) => await api.Ok("CreateSecret", new
    {
        Name = name,
        ClientRequestToken = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()),
        SecretString = value,
        Description = description ?? "",
        Tags = tags.Select(tag => new { tag.Key, tag.Value }),
    });
}
