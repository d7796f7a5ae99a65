using Microsoft.AspNetCore.Components;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Pages;

/// <summary>The signed-in user's own account.</summary>
public sealed partial class Account : PortalPage
{
    private AccountView? _account;
    private int _loads;

    [Inject]
    private AccountService Service { get; set; } = default!;

    [Inject]
    private PortalOptions Options { get; set; } = default!;

    private string Provider => Options.Oidc?.DisplayName ?? AccountText.SomeProvider;

    /// <inheritdoc/>
    protected override Task OnInitializedAsync() => Load();

    private async Task Load()
    {
        await Ask(async call => _account = await Service.View(call, Leaving));
        // Whatever was changed may have ended sessions.
        _loads++;
    }
}
