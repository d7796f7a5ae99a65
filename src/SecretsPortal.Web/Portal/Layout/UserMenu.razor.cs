using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>Who is signed in, and the way out: a form that is posted, so that no link elsewhere can sign a user out.</summary>
public sealed partial class UserMenu : ComponentBase
{
    private string? _name;

    [CascadingParameter(Name = "SignOutToken")]
    private string? SignOutToken { get; set; }

    [CascadingParameter]
    private Task<AuthenticationState>? User { get; set; }

    /// <inheritdoc/>
    protected override async Task OnParametersSetAsync() => _name = User is null ? null : (await User).User.Identity is { IsAuthenticated: true } known ? known.Name : null;
}
