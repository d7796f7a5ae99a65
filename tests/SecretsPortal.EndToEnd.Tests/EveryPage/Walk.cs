using System.Text.Json;
using Deque.AxeCore.Commons;
using Deque.AxeCore.Playwright;
using Microsoft.Playwright;
using SecretsPortal.Tests.Shared;

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

    /// <summary>Through every page as the first administrator, and through those before sign-in as nobody.</summary>
    public static async Task<IReadOnlyList<Finding>> Through(FilledPortal portal, IPage page, ColorScheme scheme, int width)
    {
        var screen = $"{scheme} {width}";
        var found = new List<Finding>();
        var stranger = await portal.NewPage(scheme, width);
        var opened = new HashSet<string>(StringComparer.Ordinal);
        foreach (var visit in PageVisits.All.Where(visit => !visit.IsVariant || FilledPortal.IsLookedAtOn(screen, visit.Address)))
        {
            var visitor = visit.IsSignedOut ? stranger : page;
            await visitor.Visit(visit);
            await Reveal(visitor);
            found.Add(await Look(visitor, visit.Address, screen));
            found.AddRange(await OpenAll(visitor, visit, screen, opened));
            if (PageVisits.SubmitOf(visit) is not { } submit)
                continue;
            await visitor.Press(visitor.GetByRole(AriaRole.Button, new() { Name = submit, Exact = true }));
            found.Add(await Look(visitor, $"{visit.Address} → {submit}, empty", screen));
        }

        await stranger.Context.CloseAsync();
        return found;
    }

    /// <summary>Through what says more while nothing is stored.</summary>
    public static async Task<IReadOnlyList<Finding>> ThroughEmpty(IPage page, ColorScheme scheme, int width)
    {
        var found = new List<Finding>();
        foreach (var visit in PageVisits.WhileEmpty)
        {
            await page.Visit(visit);
            found.Add(await Look(page, $"{visit.Address} (nothing is stored yet)", $"{scheme} {width}"));
        }

        return found;
    }

    /// <summary>The first visit of somebody who may do nothing: a new password is chosen, and the pages say what is missing.</summary>
    public static async Task<IReadOnlyList<Finding>> AsNewcomer(FilledPortal portal, ColorScheme scheme, int width)
    {
        var screen = $"{scheme} {width}";
        var found = new List<Finding>();
        var (name, password) = await portal.AddNewcomer($"newcomer-{scheme}-{width}");
        var page = await portal.NewPage(scheme, width);
        await page.GotoAsync("/sign-in?returnUrl=%2Faccount");
        await page.GetByLabel("User name", new() { Exact = true }).FillAsync(name);
        await page.GetByLabel("Password", new() { Exact = true }).FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
        await page.GetByRole(AriaRole.Heading, new() { Name = "Choose a new password" }).WaitForAsync();
        await SetPassword(page, "too short");
        await page.Locator(".refusal").WaitForAsync();
        found.Add(await Look(page, "/sign-in/new-password, refused", screen));
        await SetPassword(page, $"{name} has a password of its own");
        await page.GetByRole(AriaRole.Heading, new() { Name = "Your account" }).WaitForAsync();
        foreach (var visit in PageVisits.Denied)
        {
            await page.Visit(visit);
            found.Add(await Look(page, $"{visit.Address} (denied)", screen));
        }

        await page.Context.CloseAsync();
        return found;
    }

    private static async Task SetPassword(IPage page, string password)
    {
        await page.GetByLabel("New password").FillAsync(password);
        await page.GetByLabel("Once more").FillAsync(password);
        await page.GetByRole(AriaRole.Button, new() { Name = "Set the password and go on" }).ClickAsync();
    }

    // What several states of a page open alike is looked at once.
    private static async Task<IReadOnlyList<Finding>> OpenAll(IPage page, PageVisit visit, string screen, HashSet<string> opened)
    {
        var found = new List<Finding>();
        var names = await page.NamesOfOpeners();
        var isLeft = true;
        for (var i = 0; i < names.Count; i++)
        {
            if (names[i] is not { } name || !opened.Add($"{visit.Route} {name}") || (PageVisits.IsQuestion(name) && !FilledPortal.IsLookedAtOn(screen, $"{visit.Route} {name}")))
                continue;
            if (!isLeft)
                await page.Visit(visit);
            await page.Open(i);
            // A key needs nothing, so that it would be added.
            var isSent = name.StartsWith("Add a ", StringComparison.Ordinal) && name != "Add a key";
            if (!isSent || FilledPortal.IsFull)
                found.Add(await Look(page, $"{visit.Address} → {name}", screen));
            if (isSent)
            {
                await page.Press(page.Locator(".mud-dialog-actions .mud-button-filled"));
                found.Add(await Look(page, $"{visit.Address} → {name}, empty", screen));
            }

            isLeft = await page.TryClose();
        }

        return found;
    }

    /// <summary>What became more than a text on the page; nothing where all is well.</summary>
    public static async Task<IReadOnlyList<string>> Injections(IPage page, string where) =>
        [.. (await page.EvaluateAsync<JsonElement>(InjectionsScript)).EnumerateArray().Select(line => $"{where}: {line.GetString()}")];

    private static async Task<Finding> Look(IPage page, string where, string screen)
    {
        var axe = await page.RunAxe();
        if (Environment.GetEnvironmentVariable("SECRETSPORTAL_PICTURES") is { } pictures)
            await Picture(page, Path.Combine(pictures, $"{FileOf(where)} {screen}.png"));
        return new Finding(where, screen, [.. axe.Violations.Select(Describe)], await Injections(page, where), await page.EvaluateAsync<int>(ShownScript));
    }

    // Of a page the whole, of a dialog what the screen shows of it.
    private static async Task Picture(IPage page, string path)
    {
        var isDialog = await page.Locator(".mud-dialog").CountAsync() > 0;
        await page.EvaluateAsync("scrollTo(0, 0)");
        await page.ScreenshotAsync(new PageScreenshotOptions { Path = path, FullPage = !isDialog });
    }

    private static async Task Reveal(IPage page)
    {
        var reveal = page.GetByRole(AriaRole.Button, new() { Name = "Reveal", Exact = true });
        if (await reveal.CountAsync() == 0)
            return;
        await reveal.First.ClickAsync();
        var shown = page.Locator("[data-shown]");
        // Asked for where the walk takes longer than a sign-in counts as fresh.
        var password = page.GetByLabel("Your password", new() { Exact = true });
        await shown.Or(password).First.WaitForAsync();
        if (await password.CountAsync() == 0)
            return;
        await password.FillAsync(PortalProcess.AdminPassword);
        await page.GetByRole(AriaRole.Button, new() { Name = "Go on", Exact = true }).ClickAsync();
        await shown.First.WaitForAsync();
    }

    private static string FileOf(string where) => Cut(string.Concat(where.Select(c => char.IsAsciiLetterOrDigit(c) || c is '=' or '-' ? c : '_')));

    private static string Describe(AxeResultItem item) =>
        $"{item.Id} ({item.Impact}): {item.Help}. {string.Join(" | ", item.Nodes.Take(4).Select(node => $"{node.Target} {Cut(node.Html)} {Why(node)}"))}";

    private static string Why(AxeResultNode node) => string.Join("; ", node.Any.Concat(node.All).Concat(node.None).Select(check => check.Message).Take(2));

    private static string Cut(string html) => html.Length > 200 ? html[..200] : html;
}
