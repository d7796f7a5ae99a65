using MudBlazor;
using SecretsPortal.Core.Policies;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>A page that is always there to go to.</summary>
/// <param name="Title">What it is called.</param>
/// <param name="Route">Its address, without a region.</param>
/// <param name="Icon">Its sign.</param>
/// <param name="Action">Whoever the policies allow this sees it; null for everybody who is signed in.</param>
/// <param name="Key">What is pressed after <c>g</c> to go there.</param>
internal sealed record Place(string Title, string Route, string Icon, string? Action, char Key)
{
    /// <summary>All places, in the order in which they are offered.</summary>
    public static IReadOnlyList<Place> All =>
    [
        new(NavigationText.Overview, PortalRoutes.Overview, Icons.Material.Outlined.SpaceDashboard, null, 'o'),
        new(NavigationText.Secrets, PortalRoutes.Secrets, Icons.Material.Outlined.Key, SecretActions.ListSecrets, 's'),
        new(NavigationText.Keys, PortalRoutes.Keys, Icons.Material.Outlined.VpnKey, PortalActions.ListKeys, 'k'),
        new(NavigationText.Functions, PortalRoutes.Functions, Icons.Material.Outlined.Code, PortalActions.ListFunctions, 'f'),
        new(NavigationText.Audit, PortalRoutes.Audit, Icons.Material.Outlined.ReceiptLong, PortalActions.SearchAudit, 'a'),
        new(NavigationText.Users, PortalRoutes.Users, Icons.Material.Outlined.Person, PortalActions.ListUsers, 'u'),
        new(NavigationText.Groups, PortalRoutes.Groups, Icons.Material.Outlined.Groups, PortalActions.ListGroups, 'r'),
        new(NavigationText.Clients, PortalRoutes.Clients, Icons.Material.Outlined.Terminal, PortalActions.ListClients, 'c'),
        new(NavigationText.Policies, PortalRoutes.Policies, Icons.Material.Outlined.Policy, PortalActions.ListPolicies, 'p'),
        new(NavigationText.Why, PortalRoutes.Why, Icons.Material.Outlined.HelpOutline, null, 'w'),
        new(PaletteText.Account, PortalRoutes.Account, Icons.Material.Outlined.AccountCircle, null, 'm'),
    ];
}
