using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Leads whoever has no session, or none any more, to sign-in.</summary>
public sealed partial class SignInAgain : ComponentBase
{
    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    /// <inheritdoc/>
    protected override void OnInitialized() => Navigation.NavigateTo(PortalRoutes.SignIn(Navigation), forceLoad: true);
}
