using System.Globalization;
using System.Runtime;
using Microsoft.Playwright;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web;
using SecretsPortal.Web.Tests;

namespace SecretsPortal.EndToEnd.Tests.Drills;

/// <summary>
/// What an open page costs the host, and how soon one is seen: the host in this process, so that its heap can be measured, and a real browser.
/// <c>PORTAL_SPEED_PAGES</c> says how many pages are opened, <c>PORTAL_SPEED_ADDRESSES</c> which ones, <c>PORTAL_SPEED_SECRETS</c> how many secrets there are.
/// </summary>
public sealed class PortalSpeedDrill(ITestOutputHelper output)
{
    private static readonly int s_pages = int.Parse(Environment.GetEnvironmentVariable("PORTAL_SPEED_PAGES") ?? "4", CultureInfo.InvariantCulture);
    private static readonly int s_secrets = int.Parse(Environment.GetEnvironmentVariable("PORTAL_SPEED_SECRETS") ?? "4", CultureInfo.InvariantCulture);
    private static readonly bool s_isDrill = Environment.GetEnvironmentVariable("PORTAL_SPEED_PAGES") is not null;

    // The heading is in the page before the browser has painted it, so that the entry is waited for.
    private const string FirstPaint = """
        () => new Promise(resolve => new PerformanceObserver((list, observer) => {
          for (const paint of list.getEntriesByName('first-contentful-paint')) {
            observer.disconnect();
            resolve(paint.startTime);
          }
        }).observe({ type: 'paint', buffered: true }))
        """;

    [Fact]
    public async Task A_page_is_seen_soon_and_costs_little_while_it_is_open()
    {
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        using var folder = new TemporaryDirectory();
        await using var app = PortalHost.Build(
        [
            "--urls", $"http://127.0.0.1:{FreePort.Next()}", "--contentRoot", AppContext.BaseDirectory, "--Logging:LogLevel:Default=Warning",
            $"--Portal:DataDirectory={folder["data"]}", "--Portal:OpenPagesPerUser=1000",
            $"--Portal:Bootstrap:AccessKeyId={PortalProcess.AccessKeyId}", $"--Portal:Bootstrap:SecretAccessKey={PortalProcess.SecretAccessKey}",
            $"--Portal:Bootstrap:AdminUser={PortalProcess.AdminUser}", $"--Portal:Bootstrap:AdminPassword={PortalProcess.AdminPassword}",
        ]);
        await PortalHost.Start(app, TextWriter.Null, CancellationToken.None);
        await Fill(new Uri(app.Urls.First()));
        await using var browser = await Browser.Start("--renderer-process-limit=2", "--disable-background-timer-throttling", "--disable-renderer-backgrounding");
        var first = await browser.NewPage(new Uri(app.Urls.First()));
        await first.SignIn();
        foreach (var address in new[] { "/overview", "/secrets", "/audit" })
            await Paint(first, address);
        // What the browser's driver holds for a page in this process is not the portal's: a page without a circuit tells how much it is.
        var driver = await Cost(first.Context, "/portal.css");
        output.WriteLine($"the driver itself: {driver:F0} KiB for each page");
        List<string> dear = [];
        foreach (var address in (Environment.GetEnvironmentVariable("PORTAL_SPEED_ADDRESSES") ?? "/secrets").Split(','))
        {
            var each = await Cost(first.Context, address) - driver;
            output.WriteLine($"{address}: {each:F0} KiB for each of {s_pages} open pages");
            if (each >= 400)
                dear.Add($"An open page of {address} costs {each:F0} KiB.");
        }

        await first.Context.CloseAsync();
        await app.StopAsync(CancellationToken.None);
        if (s_isDrill)
            Assert.Empty(dear);
    }

    // A page's first paint and the moment in which its heading is there, from the address on; the median of the rounds.
    private async Task Paint(IPage page, string address)
    {
        var (paints, shown) = (new List<double>(), new List<double>());
        var rounds = s_isDrill ? 15 : 2;
        for (var i = 0; i <= rounds; i++)
        {
            await page.GotoAsync("about:blank");
            var began = TimeProvider.System.GetTimestamp();
            await page.GotoAsync(address, new PageGotoOptions { WaitUntil = WaitUntilState.Commit });
            await page.Locator("main h1").WaitForAsync();
            var seen = TimeProvider.System.GetElapsedTime(began).TotalMilliseconds;
            // The first time warms up what is compiled and cached.
            if (i == 0)
                continue;
            shown.Add(seen);
            paints.Add(await page.EvaluateAsync<double>(FirstPaint));
        }

        output.WriteLine($"{address}: first paint {At(paints, 0.5):F0} ms (95 %: {At(paints, 0.95):F0}), heading shown {At(shown, 0.5):F0} ms (95 %: {At(shown, 0.95):F0})");
        if (s_isDrill)
            Assert.True(At(paints, 0.5) < 1000, $"{address} is painted after {At(paints, 0.5):F0} ms.");
    }

    private static async Task Fill(Uri address)
    {
        using var api = new SigningClient(address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1");
        for (var i = 0; i < s_secrets; i++)
        {
            await api.Ok("CreateSecret", new
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"prod/team-{i % 7}/service-{i:000}"),
                ClientRequestToken = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()),
                Description = "Used in production",
                SecretString = """{"username":"app","password":"x"}""",
                Tags = new[] { new { Key = "team", Value = $"team-{i % 7}" }, new { Key = "env", Value = "prod" } },
            });
        }
    }

    /// <summary>KiB of this process for each open page.</summary>
    private async Task<double> Cost(IBrowserContext context, string address)
    {
        // What a first page brings into the heap and every other shares.
        var pages = new List<IPage>();
        for (var i = 0; i < 2; i++)
            pages.Add(await Open(context, address));
        var before = Heap();
        for (var i = 0; i < s_pages; i++)
            pages.Add(await Open(context, address));
        await Task.Delay(s_isDrill ? 10_000 : 500);
        var after = Heap();
        foreach (var page in pages)
            await page.CloseAsync(new PageCloseOptions { RunBeforeUnload = false });
        await Task.Delay(s_isDrill ? 5_000 : 500);
        output.WriteLine($"{address}: {(Heap() - before) / 1024.0:F0} KiB are left after all were closed");
        return (after - before) / 1024.0 / s_pages;
    }

    private static async Task<IPage> Open(IBrowserContext context, string address)
    {
        var page = await context.NewPageAsync();
        await page.GotoAsync(address);
        if (address.EndsWith(".css", StringComparison.Ordinal))
            return page;
        await page.Locator("main h1").WaitForAsync();
        await Assertions.Expect(page.Locator(".loading, .mud-skeleton")).ToHaveCountAsync(0);
        return page;
    }

    private static long Heap()
    {
        GCSettings.LargeObjectHeapCompactionMode = GCLargeObjectHeapCompactionMode.CompactOnce;
        for (var i = 0; i < 3; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        return GC.GetTotalMemory(forceFullCollection: true);
    }

    private static double At(List<double> values, double share)
    {
        var sorted = values.Order().ToList();
        return sorted[(int)Math.Ceiling(share * sorted.Count) - 1];
    }
}
