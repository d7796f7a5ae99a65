using Microsoft.AspNetCore.Components;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>The pages that this user may open.</summary>
public sealed partial class SideNavigation : PortalPage
{
    private bool _mayListKeys;
    private bool _mayListFunctions;
    private bool _maySearchAudit;
    private bool _maySeeJobs;
    private bool _mayListUsers;
    private bool _mayListGroups;
    private bool _mayListClients;
    private bool _mayListPolicies;
    private bool _mayListChannels;
    private bool _mayViewStatus;
    private bool _isKeyLocal;

    [Inject]
    private DefaultKeys DefaultKeys { get; set; } = default!;

    /// <summary>The address that is open, so that a move to another page renders this anew.</summary>
    [Parameter, EditorRequired]
    public string Here { get; set; } = "";

    // A secret's page is not below the list's address, and a region in the address hides the rest from the link's own comparison.
    private bool IsAtSecrets => Path is "/secret" or PortalRoutes.Secrets or PortalRoutes.NewSecret;

    private bool IsAtAudit => Path == PortalRoutes.Audit;

    private string? HereIf(params ReadOnlySpan<string> paths) => paths.Contains(Path) ? "here" : null;

    private string Path => Navigation.ToAbsoluteUri(Here).AbsolutePath;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _mayListKeys = await May(PortalActions.ListKeys, "*");
        _mayListFunctions = await May(PortalActions.ListFunctions, "*");
        _maySearchAudit = await May(Rights.SearchAudit, "*");
        _maySeeJobs = await May(Rights.SeeJobs, "*");
        _mayListUsers = await May(PortalActions.ListUsers, "*");
        _mayListGroups = await May(PortalActions.ListGroups, "*");
        _mayListClients = await May(PortalActions.ListClients, "*");
        _mayListPolicies = await May(PortalActions.ListPolicies, "*");
        _mayListChannels = await May(PortalActions.ListNotificationChannels, "*");
        _mayViewStatus = await May(PortalActions.ViewStatus, "*");
        await Ask(async call => _isKeyLocal = (await DefaultKeys.Of(call.Region, Leaving)).Provider == KmsProviders.Local);
    }
}
