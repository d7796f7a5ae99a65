using System.Diagnostics;
using System.Globalization;
using Microsoft.Playwright;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Tests;

namespace SecretsPortal.EndToEnd.Tests.Drills;

/// <summary>
/// How long the list takes over many secrets, as its user sees it: from opening the page, or from the last letter that is typed, until the rows that
/// belong to it stand on the screen.
/// </summary>
public sealed class ListSpeedDrill
{
    // Each search so many times: a percentile of a few says little.
    private const int Rounds = 5;

    private static readonly string[] s_teams = ["payments", "orders", "catalog", "search", "platform", "finance", "data", "mobile", "growth", "support"];
    private static readonly string[] s_stages = ["prod", "test", "dev", "staging"];

    [Fact]
    public async Task The_first_page_and_a_search_over_many_secrets_take_so_long()
    {
        var count = Setting("LIST_SECRETS", 0);
        Assert.SkipWhen(count == 0, "A drill: tests/drill.sh list-speed.");
        Assert.SkipWhen(ExternalCommand.Chromium is null, "Chromium is not installed; check.sh installs it.");
        var output = TestContext.Current.TestOutputHelper!;
        await using var portal = await PortalProcess.Start();
        var filling = Stopwatch.StartNew();
        await Fill(portal, count);
        output.WriteLine(Line($"{count:N0} secrets stored in {filling.Elapsed.TotalSeconds:0} s"));
        await using var browser = await Browser.Start();
        var page = await browser.NewPage(portal.Address);
        await page.SignIn();

        var opened = new List<double>();
        for (var i = 0; i < 40; i++)
        {
            await page.GotoAsync("/account");
            await page.GetByRole(AriaRole.Heading, new() { Name = "Your account" }).WaitForAsync();
            opened.Add(await Timed(page, "nav a[href='/secrets']", click: true, typed: null));
        }

        Report(output, "first page, from a click in the navigation", opened);
        var searches = new (string What, string[] Words)[]
        {
            ("rare word", [.. Enumerable.Range(0, 10).Select(i => string.Create(CultureInfo.InvariantCulture, $"{(count / 11 * i) + 7:000000}"))]),
            ("word of many", ["prod", "payments", "credential", "orders", "test", "service"]),
            ("words of many together", ["prod payments", "credential data", "orders service", "staging mobile"]),
            ("words of many that no secret has together", ["prod payments orders", "test staging", "dev prod"]),
            ("nothing", ["zebra", "no-such-name", "xyz", "quux"]),
            ("name of a member", ["api_token", "db_password", "license"]),
            ("value of a tag", ["cc-0042", "cc-0977"]),
        };
        var all = new List<double>();
        foreach (var (what, words) in searches)
        {
            var times = new List<double>();
            foreach (var word in Enumerable.Repeat(words, Rounds).SelectMany(static round => round))
            {
                await page.GotoAsync("/secrets");
                await page.Locator("table.secrets tbody a").First.WaitForAsync();
                times.Add(await Timed(page, "search .search input", click: false, word));
            }

            Report(output, $"search: {what}", times);
            all.AddRange(times);
        }

        Report(output, "all searches", all);
        foreach (var (what, address) in new[] { ("status failed", "status=Failed"), ("a folder", "folder=prod%2Fpayments%2F"), ("a kind", "kind=RdsDatabase"), ("a tag", "tag=team%3Ddata"), ("by name", "sort=name") })
        {
            var times = new List<double>();
            for (var i = 0; i < 3; i++)
            {
                var watch = Stopwatch.StartNew();
                await page.GotoAsync($"/secrets?{address}");
                await page.Locator("table.secrets tbody a, section.empty").First.WaitForAsync();
                times.Add(watch.Elapsed.TotalMilliseconds);
            }

            Report(output, $"opened anew with {what} (page and circuit included)", times);
        }
    }

    /// <summary>
    /// Milliseconds by the browser's own clock between an act and the frame in which its rows stand: those of a new search by its number, those of a new
    /// page by their being there.
    /// </summary>
    private static async Task<double> Timed(IPage page, string selector, bool click, string? typed)
    {
        await page.EvaluateAsync("""
            before => {
              const shown = () => document.querySelector('.found')?.dataset.search ?? '';
              const was = shown();
              window.drill = new Promise(resolve => {
                const look = () => {
                  const isNew = before ? document.querySelector('table.secrets tbody a') : shown() !== was && document.querySelector('table.secrets tbody a') || document.querySelector('section.empty');
                  if (isNew) requestAnimationFrame(() => resolve(performance.now() - window.begun)); else requestAnimationFrame(look);
                };
                window.look = look;
              });
            }
            """, click);
        if (click)
            await page.EvaluateAsync("selector => { window.begun = performance.now(); document.querySelector(selector).click(); window.look(); }", selector);
        else
            await page.EvaluateAsync("""
                ([selector, text]) => {
                  const field = document.querySelector(selector);
                  window.begun = performance.now();
                  field.value = text;
                  field.dispatchEvent(new Event('input', { bubbles: true }));
                  window.look();
                }
                """, new[] { selector, typed });
        return await page.EvaluateAsync<double>("window.drill");
    }

    private static async Task Fill(PortalProcess portal, int count)
    {
        using var http = new HttpClient(new SocketsHttpHandler { UseCookies = false, MaxConnectionsPerServer = 32 });
        using var api = new SigningClient(
            portal.Address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1", http);
        await Parallel.ForEachAsync(Enumerable.Range(0, count), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (i, _) =>
        {
            var (team, stage) = (s_teams[i % s_teams.Length], s_stages[i / 7 % s_stages.Length]);
            await api.Ok("CreateSecret", new
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"{stage}/{team}/service-{i % 97:00}/credential-{i:000000}"),
                ClientRequestToken = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()),
                Description = $"Used by the {team} team in {stage}",
                SecretString = (i % 5) switch
                {
                    0 => """{"engine":"postgres","host":"db.internal","username":"app","password":"x","dbname":"app"}""",
                    1 => """{"api_token":"x","endpoint":"https://api.internal"}""",
                    2 when i % 1000 == 2 => """{"license":"x"}""",
                    2 => """{"user":"app","db_password":"x"}""",
                    _ => "plain text",
                },
                Tags = new[] { new { Key = "team", Value = team }, new { Key = "cost-center", Value = string.Create(CultureInfo.InvariantCulture, $"cc-{i % 1000:0000}") } },
            });
        });
    }

    private static void Report(ITestOutputHelper output, string what, List<double> times)
    {
        times.Sort();
        output.WriteLine(Line($"{what}: {times.Count} times, median {times[times.Count / 2]:0} ms, 95th percentile {times[Math.Min(times.Count - 1, (int)Math.Ceiling(times.Count * 0.95) - 1)]:0} ms, longest {times[^1]:0} ms"));
    }

    private static string Line(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static int Setting(string name, int otherwise) =>
        int.TryParse(Environment.GetEnvironmentVariable(name), CultureInfo.InvariantCulture, out var value) ? value : otherwise;
}
