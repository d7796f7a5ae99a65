using Microsoft.AspNetCore.Components;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>
/// Draws an icon of MudBlazor without a component of its own. What stands around every page is paid for by every open page: a component costs some five
/// KiB of the host's memory for as long as it is shown.
/// </summary>
internal static class Sign
{
    /// <summary>The picture; nothing of it is read out.</summary>
    /// <param name="icon">A constant of <see cref="MudBlazor.Icons"/>, never a text of anybody's.</param>
    public static MarkupString Of(string icon) => new($"""<svg class="sign" viewBox="0 0 24 24" aria-hidden="true" focusable="false">{icon}</svg>""");
}
