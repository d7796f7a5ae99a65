using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;

namespace SecretsPortal.EndToEnd.Tests.EveryPage;

/// <summary>What was found at one look.</summary>
/// <param name="Page">Where, and what was opened there.</param>
/// <param name="Screen">Theme and width.</param>
/// <param name="Violations">What axe-core finds wrong.</param>
/// <param name="Injections">What a text became beside a text, see <see cref="Walk.Watch"/>.</param>
/// <param name="Shown">How many of the hostile texts stood there to be read.</param>
internal sealed record Finding(string Page, string Screen, IReadOnlyList<string> Violations, IReadOnlyList<string> Injections, int Shown);

/// <summary>Goes through every page and all that each can open, on one screen, and looks at each.</summary>
internal static class Walk
{
    /// <summary>Tells of what the content security policy stopped.</summary>
    public const string Watch = """
        window.stopped = [];
        addEventListener('securitypolicyviolation', event => window.stopped.push(`${event.violatedDirective} ${event.blockedURI} ${event.sample}`));
        """;

    private const string InjectionsScript = """
        () => [
            ...(window.ranHere ? [`ran: ${window.ranHere}`] : []), ...window.stopped,
            ...[...document.querySelectorAll('[onerror],[onload],[onfocus],img[src="x"],a[href^="javascript" i],body script:not([src])')].map(element => `element: ${element.outerHTML.slice(0, 200)}`),
        ]
        """;

    private const string ShownScript = """
        () => document.body.innerText.split('<img').length - 1 + [...document.querySelectorAll('textarea, input')].filter(field => field.value.includes('<img')).length
        """;

    /// <summary>The whole walk.</summary>
    public static async Task<IReadOnlyList<Finding>> Through(FilledPortal portal, ColorScheme scheme, int width)
    {
        var screen = $"{scheme} {width}";
        var found = new List<Finding>();
        var page = await portal.NewVisitor(scheme, width);
        var stranger = await portal.Browser.NewPage(portal.Process.Address, scheme, width);
        foreach (var one in new[] { page, stranger })
            await one.AddInitScriptAsync(Watch);
        var opened = new HashSet<string>(StringComparer.Ordinal);
        foreach (var visit in PageVisits.All)
        {
            var visitor = visit.IsSignedOut ? stranger : page;
            await visitor.Visit(visit);
            await Reveal(visitor);
            found.Add(await Look(visitor, visit.Address, screen));
            var openers = await visitor.CountOpeners();
            for (var i = 0; i < openers; i++)
            {
                // What several states of a page open alike is looked at once.
                if (await visitor.NameOf(i) is not { } name || !opened.Add($"{visit.Route} {name}"))
                    continue;
                await visitor.Open(i);
                found.Add(await Look(visitor, $"{visit.Address} → {name}", screen));
                await visitor.Leave(visit);
            }
        }

        await page.Context.CloseAsync();
        await stranger.Context.CloseAsync();
        return found;
    }

    /// <summary>What became more than a text on the page; nothing where all is well.</summary>
    public static async Task<IReadOnlyList<string>> Injections(IPage page, string where) =>
        [.. (await page.EvaluateAsync<JsonElement>(InjectionsScript)).EnumerateArray().Select(line => $"{where}: {line.GetString()}")];

    private static async Task<Finding> Look(IPage page, string where, string screen)
    {
        var axe = await page.RunAxe();
        if (Environment.GetEnvironmentVariable("SECRETSPORTAL_PICTURES") is { } pictures)
            await page.ScreenshotAsync(new PageScreenshotOptions { Path = Path.Combine(pictures, $"{FileOf(where)} {screen}.png"), FullPage = true });
        return new Finding(where, screen, [.. axe.Violations.Select(Describe)], await Injections(page, where), await page.EvaluateAsync<int>(ShownScript));
    }

    private static async Task Reveal(IPage page)
    {
        var reveal = page.GetByRole(AriaRole.Button, new() { Name = "Reveal", Exact = true });
        if (await reveal.CountAsync() == 0)
            return;
        await reveal.First.ClickAsync();
        await page.Locator(".revealed, pre.plain").First.WaitForAsync();
    }

    private static string FileOf(string where) => Cut(string.Concat(where.Select(c => char.IsAsciiLetterOrDigit(c) || c is '=' or '-' ? c : '_')));

    private static string Describe(AxeResultItem item) =>
        $"{item.Id} ({item.Impact}): {item.Help}. {string.Join(" | ", item.Nodes.Take(4).Select(node => $"{node.Target} {Cut(node.Html)} {Why(node)}"))}";

    private static string Why(AxeResultNode node) => string.Join("; ", node.Any.Concat(node.All).Concat(node.None).Select(check => check.Message).Take(2));

    private static string Cut(string html) => html.Length > 200 ? html[..200] : html;
}
