using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.WebUtilities;

namespace SecretsPortal.Web.Portal;

/// <summary>The addresses of the portal's pages.</summary>
internal static class PortalRoutes
{
    /// <summary>The part of an address's query that names the region.</summary>
    public const string RegionName = "region";

    /// <summary>The part of an address's query that says what a list is searched for.</summary>
    public const string SearchName = "q";

    /// <summary>How everything is: where a visit begins.</summary>
    public const string Overview = "/overview";

    /// <summary>What says whether the portal can serve, to everybody.</summary>
    public const string Readiness = "/health/ready";

    /// <summary>The list of secrets.</summary>
    public const string Secrets = "/secrets";

    /// <summary>What the list shows, as a file.</summary>
    public const string SecretsExport = "/secrets/export";

    /// <summary>The page that creates a secret.</summary>
    public const string NewSecret = "/secrets/new";

    /// <summary>The part of the query that names the step of <see cref="NewSecret"/>.</summary>
    public const string StepName = "step";

    /// <summary>The part of the query that names the kind of secret on <see cref="NewSecret"/>.</summary>
    public const string KindName = "kind";

    /// <summary>The log.</summary>
    public const string Audit = "/audit";

    /// <summary>The KMS keys of the region.</summary>
    public const string Keys = "/keys";

    /// <summary>The rotation functions.</summary>
    public const string Functions = "/functions";

    /// <summary>The page that registers a rotation function.</summary>
    public const string NewFunction = "/functions/new";

    /// <summary>The portal's users.</summary>
    public const string Users = "/access/users";

    /// <summary>The groups of users and clients.</summary>
    public const string Groups = "/access/groups";

    /// <summary>The programs that sign in with access keys.</summary>
    public const string Clients = "/access/clients";

    /// <summary>The identity policies.</summary>
    public const string Policies = "/access/policies";

    /// <summary>The page that writes a policy.</summary>
    public const string NewPolicy = "/access/policies/new";

    /// <summary>Why somebody may do something, or may not.</summary>
    public const string Why = "/access/why";

    /// <summary>The user's own account.</summary>
    public const string Account = "/account";

    /// <summary>The second step of a sign-in.</summary>
    public const string SignInCode = "/sign-in/code";

    /// <summary>The last step of a sign-in with a password that has to be changed.</summary>
    public const string SignInNewPassword = "/sign-in/new-password";

    /// <summary>Leads to the identity provider.</summary>
    public const string SignInWithProvider = "/sign-in/oidc";

    /// <summary>What the portal does by itself in the background.</summary>
    public const string Jobs = "/jobs";

    /// <summary>The job dashboard, which is not one of the portal's pages.</summary>
    public const string JobDashboard = "/hangfire";

    /// <summary>What the job dashboard asks by itself while it is open.</summary>
    public const string JobFigures = JobDashboard + "/stats";

    /// <summary>Health, versions, settings and backups.</summary>
    public const string SystemState = "/system";

    /// <summary>Whom the portal tells of trouble.</summary>
    public const string Notifications = "/notifications";

    /// <summary>
    /// A secret's page. The name travels in the query: a name such as <c>a/../b</c> is valid, and a browser would rewrite it in a path.
    /// </summary>
    public static string Secret(string name) => $"/secret?id={Uri.EscapeDataString(name)}";

    /// <summary>A part of a secret's page.</summary>
    public static string Secret(string name, Model.SecretTab tab) => tab == Model.SecretTab.Overview ? Secret(name) : $"{Secret(name)}&tab={tab.ToString().ToLowerInvariant()}";

    /// <summary>A version's value on its secret's page.</summary>
    public static string SecretVersion(string name, string versionId) => $"{Secret(name)}&version={Uri.EscapeDataString(versionId)}";

    /// <summary>The identity provider, to sign in there anew and to come back to where the user is now.</summary>
    public static string ProveAtProvider(NavigationManager navigation) =>
        $"{SignInWithProvider}?prove=true&returnUrl={Uri.EscapeDataString("/" + navigation.ToBaseRelativePath(navigation.Uri))}";

    /// <summary>A step of the page that creates a secret.</summary>
    public static string NewSecretAt(string kind, string step) => $"{NewSecret}?{KindName}={kind}&{StepName}={step}";

    /// <summary>A KMS key's page, by id, alias or ARN.</summary>
    public static string Key(string key) => $"/key?name={Uri.EscapeDataString(key)}";

    /// <summary>A rotation function's page.</summary>
    public static string Function(string name) => $"/function?name={Uri.EscapeDataString(name)}";

    /// <summary>The ARN by which a region knows a rotation function.</summary>
    public static string FunctionArn(string region, string account, string name) => $"arn:aws:lambda:{region}:{account}:function:{name}";

    /// <summary>A user's page.</summary>
    public static string User(string name) => $"/access/user?name={Uri.EscapeDataString(name)}";

    /// <summary>A group's page.</summary>
    public static string Group(string name) => $"/access/group?name={Uri.EscapeDataString(name)}";

    /// <summary>A client's page.</summary>
    public static string Client(string name) => $"/access/client?name={Uri.EscapeDataString(name)}";

    /// <summary>A policy's page.</summary>
    public static string Policy(string name) => $"/access/policy?name={Uri.EscapeDataString(name)}";

    /// <summary>The page that answers why; what is null is left to be filled in there, and the caller then is the one who asks.</summary>
    public static string WhyMay(string? callerArn, string? action, string? resource) => QueryHelpers.AddQueryString(Why, new Dictionary<string, string?>
    {
        ["caller"] = callerArn,
        ["action"] = action,
        ["resource"] = resource,
    }.Where(part => part.Value is not null));

    /// <summary>As the other one, with conditions of the request as <c>key=value</c>.</summary>
    public static string WhyMay(string? callerArn, string? action, string? resource, IEnumerable<string> when) =>
        when.Aggregate(WhyMay(callerArn, action, resource), static (address, condition) => QueryHelpers.AddQueryString(address, "when", condition));

    /// <summary>A page's address with the region that it shall show.</summary>
    public static string In(string route, string region) => QueryHelpers.AddQueryString(route, RegionName, region);

    /// <summary>The region that a page's whole address names; null where it names none.</summary>
    public static string? RegionOf(string address) => QueryHelpers.ParseQuery(new Uri(address).Query).TryGetValue(RegionName, out var regions) ? regions[^1] : null;

    /// <summary>The region that a request names; null where it names none.</summary>
    public static string? RegionOf(HttpRequest request) => request.Query.TryGetValue(RegionName, out var regions) ? regions[^1] : null;

    /// <summary>The log about one resource.</summary>
    public static string AuditOf(string arn) => $"{Audit}?resource={Uri.EscapeDataString(arn)}";

    /// <summary>Sign-in, with the way back to where the user is now.</summary>
    public static string SignIn(NavigationManager navigation)
    {
        var here = "/" + navigation.ToBaseRelativePath(navigation.Uri);
        return here is "/" or Overview ? Session.PortalCookie.SignInPath
            : $"{Session.PortalCookie.SignInPath}?returnUrl={Uri.EscapeDataString(here)}";
    }

    /// <summary><paramref name="url"/> where it stays within the portal, the overview otherwise.</summary>
    public static string LocalOrHome(string? url) =>
        url is ['/', ..] && url is not ['/', '/' or '\\', ..] && !url.Any(char.IsControl)
        && !url.StartsWith(Session.PortalCookie.SignInPath, StringComparison.OrdinalIgnoreCase)
            ? url
            : Overview;
}
