using System.Reflection;
using System.Runtime.Loader;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests.EveryPage;

/// <summary>One look at a page.</summary>
/// <param name="Route">The template that the page is declared with.</param>
/// <param name="Address">Where to go.</param>
public sealed record PageVisit(string Route, string Address)
{
    private static readonly string[] s_variants = ["=nobody", "=nothing", "=tomorrow", "next=7d", "settings=all", "region=eu-central-1&tab=settings", "?from=orders", "=Administrator"];

    /// <summary>True where the page is shown to whoever is not signed in.</summary>
    public bool IsSignedOut => Route.StartsWith("/sign-in", StringComparison.Ordinal);

    /// <summary>True where another visit shows the same parts with other words.</summary>
    public bool IsVariant => s_variants.Any(end => Address.EndsWith(end, StringComparison.Ordinal));

    public override string ToString() => Address;
}

/// <summary>
/// Every page there is, found in the program itself. One that takes nothing from its address is visited as it is; for one that does, its visits
/// stand here, and a page without them fails.
/// </summary>
internal static class PageVisits
{
    private const string Name = FilledPortal.Name;

    private static readonly string s_secret = Uri.EscapeDataString(FilledPortal.Secret);

    // The states in which a page can be found by its address, by the template of the page.
    private static readonly Dictionary<string, string[]> s_visits = new(StringComparer.Ordinal)
    {
        ["/overview"] = ["/overview", "/overview?next=7d"],
        // What the frame of the other view shows is Hangfire's own.
        ["/jobs"] = ["/jobs"],
        ["/system"] = ["/system", "/system?settings=all"],
        ["/secrets"] = ["/secrets", "/secrets?q=nothing+is+like+this", "/secrets?kind=nothing"],
        ["/secret"] =
        [
            $"/secret?id={s_secret}", $"/secret?id={Uri.EscapeDataString(FilledPortal.PlainSecret)}", $"/secret?id={Uri.EscapeDataString(FilledPortal.PlainSecret)}&region=eu-central-1",
            "/secret?id=prod%2Forders%2Fgone", "/secret?id=nothing",
            .. ((string[])["versions", "rotation", "access", "activity", "code", "settings"]).Select(part => $"/secret?id={s_secret}&tab={part}"),
            $"/secret?id={Uri.EscapeDataString(FilledPortal.PlainSecret)}&region=eu-central-1&tab=settings",
        ],
        // The steps behind these open once they are done; the tour through them looks at each.
        ["/secrets/new"] = ["/secrets/new", "/secrets/new?kind=database&step=value", "/secrets/new?kind=other&step=value"],
        ["/audit"] = ["/audit", "/audit?action=NothingIsLikeThis", "/audit?from=tomorrow"],
        ["/key"] = [$"/key?name=alias%2F{Name}", "/key?name=alias%2Faws%2Fsecretsmanager", "/key?name=nothing"],
        ["/function"] = [$"/function?name={Name}", "/function?name=nobody"],
        ["/access/user"] = [$"/access/user?name={Name}", "/access/user?name=nobody"],
        ["/access/group"] = [$"/access/group?name={Name}", "/access/group?name=nobody"],
        ["/access/client"] = [$"/access/client?name={Name}", "/access/client?name=nobody"],
        ["/access/policy"] = [$"/access/policy?name={Name}", "/access/policy?name=Administrator", "/access/policy?name=nothing"],
        ["/access/policies/new"] = ["/access/policies/new", $"/access/policies/new?from={Name}"],
        ["/access/why"] =
        [
            "/access/why",
            $"/access/why?caller=arn:aws:iam::000000000000:user/{Name}&action=secretsmanager:GetSecretValue&resource={s_secret}",
            $"/access/why?caller=arn:aws:iam::000000000000:user/{PortalProcess.AdminUser}&action=secretsmanager:GetSecretValue&resource={s_secret}",
        ],
        ["/sign-in"] = ["/sign-in", "/sign-in?notice=over"],
        // Both open to whoever has done the step before; their tours show them.
        ["/sign-in/code"] = [],
        ["/sign-in/new-password"] = [],
        ["/{*Path:nonfile}"] = ["/nothing/here"],
    };

    /// <summary>What says more while nothing is stored yet.</summary>
    public static IReadOnlyList<PageVisit> WhileEmpty => [.. ((string[])["/overview", "/secrets", "/functions", "/notifications", "/access/groups"]).Select(address => new PageVisit(address, address)).Where(IsWanted)];

    /// <summary>Where somebody who may do nothing is told so: in place of a page, and in place of a secret.</summary>
    public static IReadOnlyList<PageVisit> Denied => [new("/secrets", "/secrets"), new("/secret", $"/secret?id={s_secret}")];

    /// <summary>All visits, in the order of the pages' templates.</summary>
    public static IReadOnlyList<PageVisit> All => [.. Pages().SelectMany(page => VisitsOf(page.Route, page.TakesSomething)).Where(IsWanted).OrderBy(visit => visit.Address, StringComparer.Ordinal)];

    /// <summary>The templates that stand here but belong to no page any more.</summary>
    public static IEnumerable<string> Orphans => s_visits.Keys.Except(Pages().Select(page => page.Route));

    /// <summary>The button that sends the form of this page while nothing is filled in yet, so that the page tells what is missing; null where there is none.</summary>
    public static string? SubmitOf(PageVisit visit) => visit.Address switch
    {
        "/functions/new" => "Register",
        "/access/policies/new" => "Save the policy",
        "/secrets/new?kind=database&step=value" or "/secrets/new?kind=other&step=value" => "Next",
        _ => null,
    };

    /// <summary>True for a button that opens a question with two answers, which all questions are drawn by.</summary>
    public static bool IsQuestion(string button) =>
        button is "Delete…" or "Disable…" or "Remove…" or "End all sessions…" or "Reset the password…" or "Make it the default…" or "Re-wrap…" or "New version…";

    private static bool IsWanted(PageVisit visit) => Environment.GetEnvironmentVariable("SECRETSPORTAL_AXE_PAGES")?.Split(' ').Any(part => visit.Address.Contains(part, StringComparison.Ordinal)) ?? true;

    private static IEnumerable<PageVisit> VisitsOf(string route, bool takesSomething) =>
        s_visits.TryGetValue(route, out var addresses) ? addresses.Select(address => new PageVisit(route, address))
        : takesSomething ? throw new InvalidOperationException($"The page {route} takes something from its address, and nobody says what: add its visits to {nameof(PageVisits)}.")
        : [new PageVisit(route, route)];

    private static IEnumerable<(string Route, bool TakesSomething)> Pages()
    {
        var portal = AssemblyLoadContext.Default.LoadFromAssemblyPath(PortalProcess.Program);
        foreach (var page in portal.GetTypes().Where(type => !type.IsAbstract))
        {
            foreach (var route in page.GetCustomAttributesData().Where(attribute => attribute.AttributeType.Name == "RouteAttribute").Select(attribute => (string)attribute.ConstructorArguments[0].Value!))
                yield return (route, route.Contains('{', StringComparison.Ordinal) || TakesFromQuery(page));
        }
    }

    private static bool TakesFromQuery(Type page) => page.GetProperties(BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic)
        .Any(property => property.GetCustomAttributesData().Any(attribute => attribute.AttributeType.Name == "SupplyParameterFromQueryAttribute"));
}
