using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>Who is signed in, and the way out: a form that is posted, so that no link elsewhere can sign a user out.</summary>
public sealed partial class UserMenu : ComponentBase
{
    [CascadingParameter(Name = "SignOutToken")]
    private string? SignOutToken { get; set; }
}
