using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal.Components;

/// <summary>Leads whoever has no session, or none any more, to sign-in.</summary>
public sealed partial class SignInAgain : ComponentBase
{
    [Inject]
    private NavigationManager Navigation { get; set; } = default!;

    // Once the page that was open has left the browser: a form on it would ask whether to leave it.
    /// <inheritdoc/>
    protected override void OnAfterRender(bool firstRender)
    {
        if (firstRender)
            Navigation.NavigateTo(PortalRoutes.SignIn(Navigation), forceLoad: true);
    }
}
