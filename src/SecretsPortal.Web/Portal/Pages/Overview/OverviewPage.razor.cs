namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>How everything is, for whoever opens the portal: what the viewer may see of it.</summary>
public sealed partial class OverviewPage : PortalPage;
