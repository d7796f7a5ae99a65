using Microsoft.AspNetCore.Components.Rendering;
using MudBlazor;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>
/// MudBlazor's styles of the portal's theme, as text that all open pages share. MudBlazor makes it anew for each page, and each holds two of them: some 150 KiB.
/// </summary>
public sealed class ThemeStyles : MudThemeProvider
{
    private static string? s_light;
    private static string? s_dark;
    private static string? s_scrollbar;

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder builder)
    {
        ArgumentNullException.ThrowIfNull(builder);
        builder.AddMarkupContent(0, CurrentPalette is PaletteDark ? s_dark ??= BuildTheme() : s_light ??= BuildTheme());
        builder.AddMarkupContent(1, s_scrollbar ??= BuildMudBlazorScrollbar());
    }
}
