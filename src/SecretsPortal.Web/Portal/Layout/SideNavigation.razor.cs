namespace SecretsPortal.Web.Portal.Layout;

/// <summary>The pages that this user may open.</summary>
public sealed partial class SideNavigation : PortalPage
{
    private bool _maySearchAudit;
    private bool _maySeeJobs;

    /// <inheritdoc/>
    protected override async Task OnInitializedAsync()
    {
        _maySearchAudit = await May(Rights.SearchAudit, "*");
        _maySeeJobs = await May(Rights.SeeJobs, "*");
    }
}
