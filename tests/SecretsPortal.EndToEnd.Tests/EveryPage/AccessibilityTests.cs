using System.Globalization;
using System.Text;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace SecretsPortal.EndToEnd.Tests.EveryPage;

/// <summary>
/// axe-core on every page and on what each can open, with all of its rules: light on a wide screen and dark on a phone, and both themes on both
/// where <c>SECRETSPORTAL_AXE</c> says <c>full</c>. The table of pages, themes and violations goes to the output, and to the file that
/// <c>SECRETSPORTAL_AXE_TABLE</c> names.
/// </summary>
[Collection(nameof(FilledPortal))]
public sealed class AccessibilityTests(FilledPortal portal, ITestOutputHelper output)
{
    private static readonly bool s_full = Environment.GetEnvironmentVariable("SECRETSPORTAL_AXE") == "full";

    private static readonly (ColorScheme Scheme, int Width)[] s_screens = s_full
        ? [(ColorScheme.Light, 1440), (ColorScheme.Dark, 390), (ColorScheme.Dark, 1440), (ColorScheme.Light, 390)]
        : [(ColorScheme.Light, 1440), (ColorScheme.Dark, 390)];

    [Fact]
    public void Every_visit_belongs_to_a_page() => Assert.Empty(PageVisits.Orphans);

    [Fact]
    public async Task No_page_and_no_dialog_has_a_violation_in_any_theme()
    {
        var found = (await Task.WhenAll(s_screens.Select(screen => Walk(screen.Scheme, screen.Width)))).SelectMany(one => one).ToList();

        await Tell(found);
        var violations = found.SelectMany(one => one.Violations.Select(violation => $"{one.Screen} {one.Page}: {violation}")).ToList();
        Assert.True(violations.Count == 0, $"{violations.Count} violations:\n{string.Join('\n', violations)}");
    }

    private async Task<IReadOnlyList<Finding>> Walk(ColorScheme scheme, int width)
    {
        var screen = $"{scheme} {width}";
        var found = new List<Finding>();
        var page = await portal.NewVisitor(scheme, width);
        var stranger = await portal.Browser.NewPage(portal.Process.Address, scheme, width);
        var opened = new HashSet<string>(StringComparer.Ordinal);
        foreach (var visit in PageVisits.All)
        {
            var visitor = visit.IsSignedOut ? stranger : page;
            await visitor.Visit(visit);
            found.Add(new Finding(visit.Address, screen, await Axe(visitor)));
            var openers = await visitor.CountOpeners();
            for (var i = 0; i < openers; i++)
            {
                // What several states of a page open alike is looked at once.
                if (await visitor.NameOf(i) is not { } name || !opened.Add($"{visit.Route} {name}"))
                    continue;
                await visitor.Open(i);
                found.Add(new Finding($"{visit.Address} → {name}", screen, await Axe(visitor)));
                await visitor.Leave(visit);
            }
        }

        await page.Context.CloseAsync();
        await stranger.Context.CloseAsync();
        return found;
    }

    private static async Task<IReadOnlyList<string>> Axe(IPage page)
    {
        var result = await page.RunAxe();
        return [.. result.Violations.Select(Describe)];
    }

    private static string Describe(AxeResultItem item) =>
        $"{item.Id} ({item.Impact}): {item.Help}. {string.Join(" | ", item.Nodes.Take(4).Select(node => $"{node.Target} {Cut(node.Html)} {Why(node)}"))}";

    private static string Why(AxeResultNode node) => string.Join("; ", node.Any.Concat(node.All).Concat(node.None).Select(check => check.Message).Take(2));

    private static string Cut(string html) => html.Length > 200 ? html[..200] : html;

    private async Task Tell(List<Finding> found)
    {
        var table = new StringBuilder("| page | ").AppendJoin(" | ", s_screens.Select(screen => $"{screen.Scheme} {screen.Width}")).AppendLine(" |")
            .Append("|---|").AppendLine(string.Concat(s_screens.Select(_ => "---:|")));
        foreach (var page in found.GroupBy(one => one.Page).OrderBy(group => group.Key, StringComparer.Ordinal))
        {
            table.Append("| `").Append(page.Key.Replace("|", "\\|", StringComparison.Ordinal)).Append("` | ")
                .AppendJoin(" | ", s_screens.Select(screen => page.FirstOrDefault(one => one.Screen == $"{screen.Scheme} {screen.Width}")?.Violations.Count.ToString(CultureInfo.InvariantCulture) ?? "")).AppendLine(" |");
        }

        table.Append("| **all** | ").AppendJoin(" | ", s_screens.Select(screen => found.Where(one => one.Screen == $"{screen.Scheme} {screen.Width}").Sum(one => one.Violations.Count))).AppendLine(" |");
        output.WriteLine(table.ToString());
        if (Environment.GetEnvironmentVariable("SECRETSPORTAL_AXE_TABLE") is { } file)
            await File.WriteAllTextAsync(file, table.ToString());
    }

    private sealed record Finding(string Page, string Screen, IReadOnlyList<string> Violations);
}
