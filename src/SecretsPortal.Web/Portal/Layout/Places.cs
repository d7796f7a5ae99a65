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
/// <param name="Head">What it stands under beside the pages; null for the first ones.</param>
internal sealed record Place(string Title, string Route, string Icon, string? Action, char Key, string? Head = null)
{
    /// <summary>Addresses of pages that belong to it; a region in the address counts for nothing.</summary>
    public IReadOnlyList<string> Below { get; init; } = [];

    /// <summary>False for what stands elsewhere on every page.</summary>
    public bool IsBeside { get; init; } = true;

    /// <summary>All places, in the order in which they are offered.</summary>
    public static IReadOnlyList<Place> All =>
    [
        new(NavigationText.Overview, PortalRoutes.Overview, Icons.Material.Outlined.SpaceDashboard, null, 'o'),
        new(NavigationText.Secrets, PortalRoutes.Secrets, Icons.Material.Outlined.Key, SecretActions.ListSecrets, 's') { Below = ["/secret", PortalRoutes.NewSecret] },
        new(NavigationText.Functions, PortalRoutes.Functions, Icons.Material.Outlined.Code, PortalActions.ListFunctions, 'f') { Below = [PortalRoutes.NewFunction, "/function"] },
        new(NavigationText.Keys, PortalRoutes.Keys, Icons.Material.Outlined.VpnKey, PortalActions.ListKeys, 'k') { Below = ["/key"] },
        new(NavigationText.Audit, PortalRoutes.Audit, Icons.Material.Outlined.ReceiptLong, PortalActions.SearchAudit, 'a'),
        new(NavigationText.Users, PortalRoutes.Users, Icons.Material.Outlined.Person, PortalActions.ListUsers, 'u', NavigationText.Access) { Below = ["/access/user"] },
        new(NavigationText.Groups, PortalRoutes.Groups, Icons.Material.Outlined.Groups, PortalActions.ListGroups, 'r', NavigationText.Access) { Below = ["/access/group"] },
        new(NavigationText.Clients, PortalRoutes.Clients, Icons.Material.Outlined.Terminal, PortalActions.ListClients, 'c', NavigationText.Access) { Below = ["/access/client"] },
        new(NavigationText.Policies, PortalRoutes.Policies, Icons.Material.Outlined.Policy, PortalActions.ListPolicies, 'p', NavigationText.Access) { Below = ["/access/policy", PortalRoutes.NewPolicy] },
        new(NavigationText.Why, PortalRoutes.Why, Icons.Material.Outlined.HelpOutline, null, 'w', NavigationText.Access),
        new(NavigationText.Jobs, PortalRoutes.Jobs, Icons.Material.Outlined.Schedule, PortalActions.ViewJobs, 'j', NavigationText.Running),
        new(NavigationText.Notifications, PortalRoutes.Notifications, Icons.Material.Outlined.Notifications, PortalActions.ListNotificationChannels, 'n', NavigationText.Running),
        new(NavigationText.Health, PortalRoutes.SystemState, Icons.Material.Outlined.MonitorHeart, PortalActions.ViewStatus, 'h', NavigationText.Running),
        new(PaletteText.Account, PortalRoutes.Account, Icons.Material.Outlined.AccountCircle, null, 'm') { IsBeside = false },
    ];
}
