using System.Collections.Concurrent;
using Microsoft.AspNetCore.Components.Rendering;
using MudBlazor;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>
/// MudBlazor's styles of the portal's theme, as texts that all open pages share: light, dark and the scrollbar. MudBlazor makes them anew for each page, which
/// then holds two of each, some 150 KiB. Pages allow just these (<see cref="ThemeHashes"/>), so their lines end alike on every system.
/// </summary>
public sealed class ThemeStyles : MudThemeProvider
{
    private static readonly ConcurrentDictionary<string, string> s_shared = new(StringComparer.Ordinal);

    /// <inheritdoc/>
    protected override void BuildRenderTree(RenderTreeBuilder __builder)
    {
        ArgumentNullException.ThrowIfNull(__builder);
        __builder.AddMarkupContent(0, Shared(BuildTheme()));
        __builder.AddMarkupContent(1, Shared(BuildMudBlazorScrollbar()));
    }

    private static string Shared(string styles) => s_shared.GetOrAdd(styles.ReplaceLineEndings("\n"), static shared => shared);
}
