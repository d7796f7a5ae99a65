using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>Chooses between light, dark and the system's way.</summary>
public sealed partial class ThemeMenu : ComponentBase
{
    /// <summary>What is chosen now.</summary>
    [Parameter, EditorRequired]
    public ThemeChoice Choice { get; set; }

    /// <summary>Another one was chosen.</summary>
    [Parameter]
    public EventCallback<ThemeChoice> ChoiceChanged { get; set; }

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
