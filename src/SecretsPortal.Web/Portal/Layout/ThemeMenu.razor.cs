using Microsoft.AspNetCore.Components;
using Microsoft.JSInterop;
using MudBlazor;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>Chooses between light, dark and the system's way.</summary>
public sealed partial class ThemeMenu : ComponentBase
{
    private ThemeChoice _choice;

    [Inject]
    private IJSRuntime Browser { get; set; } = default!;

    /// <inheritdoc/>
    protected override async Task OnAfterRenderAsync(bool firstRender)
    {
        if (!firstRender)
            return;
        // Only the browser knows what was chosen in it.
        var choice = await Browser.InvokeAsync<string>("portal.theme.choice");
        if (Enum.TryParse(choice, ignoreCase: true, out _choice) && _choice != ThemeChoice.System)
            StateHasChanged();
    }

    private async Task Choose(ThemeChoice choice)
    {
        _choice = choice;
        await Browser.InvokeVoidAsync("portal.theme.choose", choice.ToString().ToLowerInvariant());
    }

    private static string NameOf(ThemeChoice choice) => choice switch
    {
        ThemeChoice.Light => ShellText.AppearanceLight,
        ThemeChoice.Dark => ShellText.AppearanceDark,
        _ => ShellText.AppearanceSystem,
    };

    private static string IconOf(ThemeChoice choice) => choice switch
    {
        ThemeChoice.Light => Icons.Material.Outlined.LightMode,
        ThemeChoice.Dark => Icons.Material.Outlined.DarkMode,
        _ => Icons.Material.Outlined.Contrast,
    };
}

/// <summary>Light, dark, or what the system says.</summary>
public enum ThemeChoice
{
    /// <summary>Follows the system.</summary>
    System,

    /// <summary>Always light.</summary>
    Light,

    /// <summary>Always dark.</summary>
    Dark,
}
