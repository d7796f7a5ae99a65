using System.IO.Compression;
using Microsoft.Playwright;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Tests;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The overview, the jobs, the system with its backups, the notifications and the pause, on each screen, empty, filled and with an error.</summary>
public sealed class SystemTour : BrowserTour
{
    [Fact]
    public async Task The_portal_is_overseen_paused_told_of_and_backed_up()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        await using var portal = await PortalProcess.Start("--Portal:Region=us-east-1");
        await using var browser = await Browser.Start();
        var page = await NewPage(browser, portal, Screens[0]);
        await page.SignIn();
        await page.GetByText("Nothing is stored yet").WaitForAsync();
        await Look(page, "overview-empty-light");
        await page.GotoAsync("/notifications");
        await page.GetByText("Nobody is told yet").WaitForAsync();
        await Look(page, "notifications-empty-light");
        await Fill(portal);

        await Oversee(page);
        await RunJobs(page);
        await Tell(page);
        await Pause(browser, portal, page);
        await BackUp(portal, page);
        foreach (var screen in Screens)
            await Show(browser, portal, screen);
        AssertNoComplaints();
    }

    private async Task Oversee(IPage page)
    {
        await page.GotoAsync("/overview");
        await Assertions.Expect(page.Locator("[data-number=secrets] strong")).ToHaveTextAsync("4");
        await Assertions.Expect(page.Locator("[data-health=Failed] strong")).ToHaveTextAsync("1", new() { Timeout = 60_000 });
        await page.GetByRole(AriaRole.Link, new() { Name = "7 days" }).ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("next=7d$"));
        await Look(page, "overview-week-light");
        await page.Locator("[data-health=Failed]").ClickAsync();
        await Assertions.Expect(page).ToHaveURLAsync(new System.Text.RegularExpressions.Regex("/secrets\\?status=Failed$"));
        await page.Locator("h1").GetByText("Secrets", new() { Exact = true }).WaitForAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "prod/broken" })).ToBeVisibleAsync();
        await Assertions.Expect(page.GetByRole(AriaRole.Link, new() { Name = "prod/token" })).ToHaveCountAsync(0);
    }

    private async Task RunJobs(IPage page)
    {
        await page.GotoAsync("/jobs");
        await page.GetByRole(AriaRole.Button, new() { Name = "Run now: rotation-tick" }).ClickAsync();
        await page.GetByText("rotation-tick is on its way.").WaitForAsync();
        await Look(page, "jobs-light");
        await page.GetByRole(AriaRole.Link, new() { Name = "Dashboard", Exact = true }).ClickAsync();
        var frame = page.FrameLocator("iframe");
        await frame.GetByText("Secrets Portal jobs").First.WaitForAsync();
        await frame.GetByRole(AriaRole.Link, new() { Name = "Recurring Jobs" }).First.ClickAsync();
        await frame.GetByRole(AriaRole.Checkbox).Nth(1).CheckAsync();
        var trigger = frame.GetByRole(AriaRole.Button, new() { Name = "Trigger now" });
        var answer = await page.RunAndWaitForResponseAsync(() => trigger.ClickAsync(), response => response.Url.EndsWith("/recurring/trigger", StringComparison.Ordinal));
        Assert.True(answer.Ok, $"{answer.Status}");
        await Look(page, "jobs-dashboard-light");
        await page.GotoAsync("/audit");
        await page.GetByText("ManageJobs").Nth(1).WaitForAsync();
    }

    private async Task Tell(IPage page)
    {
        await page.GotoAsync("/notifications");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add a channel" }).ClickAsync();
        await page.GetByLabel("Name", new() { Exact = true }).FillAsync("operators");
        await page.GetByLabel("Address").FillAsync("ftp://example.com");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await page.GetByText("Address must be an address of https").WaitForAsync();
        await Look(page, "notifications-fault-light");
        await page.GetByLabel("Address").FillAsync("https://127.0.0.1:9/hook");
        await page.GetByRole(AriaRole.Button, new() { Name = "Add", Exact = true }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "The signing key of operators" }).WaitForAsync();
        var key = await page.Locator(".once code").InnerTextAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "I have kept it" }).ClickAsync();
        await page.GetByRole(AriaRole.Button, new() { Name = "Send a test over operators" }).ClickAsync();
        await page.GetByRole(AriaRole.Alert).First.WaitForAsync();
        await Look(page, "notifications-error-light");
        Assert.DoesNotContain(key, await page.ContentAsync(), StringComparison.Ordinal);
    }

    private async Task Pause(Browser browser, PortalProcess portal, IPage page)
    {
        var other = await NewPage(browser, portal, Screens[2]);
        await other.SignIn();
        await page.GotoAsync("/system");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause all…" }).ClickAsync();
        await page.GetByLabel("Reason").FillAsync("Maintenance of the databases");
        await page.GetByRole(AriaRole.Button, new() { Name = "Pause all", Exact = true }).ClickAsync();
        await page.Locator("[data-paused]").WaitForAsync();
        // Everybody hears of it, on a page that was open before.
        await other.Locator(".pause-banner").GetByText("Maintenance of the databases").WaitForAsync();
        await Look(other, "overview-paused-phone");
        await page.Locator(".pause-banner").WaitForAsync();
        await Look(page, "system-paused-light");
        await page.GetByRole(AriaRole.Button, new() { Name = "Resume all" }).ClickAsync();
        await Assertions.Expect(other.Locator(".pause-banner")).ToHaveCountAsync(0);
    }

    /// <summary>A backup that is downloaded and unpacked beside the key file starts, opens its values and has its log whole.</summary>
    private static async Task BackUp(PortalProcess portal, IPage page)
    {
        await page.GotoAsync("/system");
        await page.GetByRole(AriaRole.Button, new() { Name = "Make a backup" }).ClickAsync();
        var link = page.Locator("[data-backup] button[aria-label^='Download']");
        await link.WaitForAsync();
        var download = await page.RunAndWaitForDownloadAsync(() => link.ClickAsync());
        using var folder = new TemporaryDirectory();
        await download.SaveAsAsync(folder["backup.zip"]);
        await ZipFile.ExtractToDirectoryAsync(folder["backup.zip"], folder["restored"]);
        Assert.DoesNotContain("lorem-ipsum-value", await File.ReadAllTextAsync(Path.Combine(folder["restored"], "portal.db"), System.Text.Encoding.Latin1), StringComparison.Ordinal);
        File.Copy(Path.Combine(portal.DataDirectory, "local-kms.key"), Path.Combine(folder["restored"], "local-kms.key"));

        await using var restored = await PortalProcess.Start($"--Portal:DataDirectory={folder["restored"]}");
        using var aws = Client(restored);
        var value = await aws.Ok("GetSecretValue", new { SecretId = "prod/note" });
        Assert.Equal("lorem-ipsum-value", value.Json.GetProperty("SecretString").GetString());
        var verified = await ExternalCommand.Run("dotnet", [PortalProcess.Program, "audit", "verify", $"--Portal:DataDirectory={folder["restored"]}", "--contentRoot", AppContext.BaseDirectory]);
        Assert.Contains("The log is whole", verified.Output, StringComparison.Ordinal);
    }

    private async Task Show(Browser browser, PortalProcess portal, Screen screen)
    {
        var page = await NewPage(browser, portal, screen);
        await page.SignIn();
        await page.Locator("[data-number=success]").WaitForAsync();
        await Look(page, $"overview-{screen.Suffix}");
        await page.GotoAsync("/jobs");
        await page.Locator("[data-job=rotation-tick]").WaitForAsync();
        await Look(page, $"jobs-{screen.Suffix}");
        await page.GotoAsync("/jobs?view=dashboard");
        await page.FrameLocator("iframe").GetByText("Secrets Portal jobs").First.WaitForAsync();
        await Look(page, $"jobs-dashboard-{screen.Suffix}");
        await page.GotoAsync("/notifications");
        await page.Locator("[data-channel=operators]").WaitForAsync();
        await Look(page, $"notifications-{screen.Suffix}");
        await page.GotoAsync("/system");
        await page.Locator("[data-backup]").WaitForAsync();
        await Look(page, $"system-{screen.Suffix}");
        await page.GotoAsync("/system?settings=all");
        await page.Locator("[data-setting='Portal:Bootstrap:AdminPassword']").WaitForAsync();
        await Look(page, $"system-settings-{screen.Suffix}");
        await page.Context.CloseAsync();
    }

    private static async Task Fill(PortalProcess portal)
    {
        using var aws = Client(portal);
        await aws.Ok("CreateSecret", new { Name = "prod/note", ClientRequestToken = Token(), SecretString = "lorem-ipsum-value" });
        await aws.Ok("CreateSecret", new { Name = "prod/api", ClientRequestToken = Token(), SecretString = """{"key":"k","secret":"s"}""" });
        await aws.Ok("CreateSecret", new { Name = "prod/token", ClientRequestToken = Token(), SecretString = "old" });
        await aws.Ok("CreateSecret", new { Name = "prod/broken", ClientRequestToken = Token(), SecretString = """{"engine":"postgres","username":"app","password":"x"}""" });
        await aws.Ok("CreateSecret", new { Name = "prod/gone", ClientRequestToken = Token(), SecretString = "x" });
        await aws.Ok("DeleteSecret", new { SecretId = "prod/gone" });
        const string generate = "arn:aws:lambda:us-east-1:000000000000:function:SecretsPortalGenerate";
        await aws.Ok("RotateSecret", new { SecretId = "prod/token", ClientRequestToken = Token(), RotationLambdaARN = generate, RotationRules = new { ScheduleExpression = "rate(4 hours)" } });
        // Without a host the rotation is given up at once.
        await aws.Ok("RotateSecret", new { SecretId = "prod/broken", ClientRequestToken = Token(), RotationRules = new { ScheduleExpression = "rate(1 day)" } });
    }

    private static SigningClient Client(PortalProcess portal) =>
        new(portal.Address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1");

    private static string Token() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();
}
