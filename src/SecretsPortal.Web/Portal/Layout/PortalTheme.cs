using MudBlazor;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>Colours, type and measures of the portal. The same colours stand in <c>wwwroot/portal.css</c> for what is shown before a circuit opens.</summary>
internal static class PortalTheme
{
    // What the machine has: no font is fetched from anywhere.
    private static readonly string[] s_fonts =
        ["system-ui", "-apple-system", "Segoe UI", "Roboto", "Noto Sans", "Helvetica Neue", "Arial", "sans-serif"];

    /// <summary>The theme.</summary>
    public static readonly MudTheme Theme = new()
    {
        LayoutProperties = new LayoutProperties { DefaultBorderRadius = "8px", DrawerWidthLeft = "232px", AppbarHeight = "56px" },
        PaletteLight = new PaletteLight
        {
            Primary = "#1f5f66",
            PrimaryContrastText = "#ffffff",
            Secondary = "#57606a",
            Background = "#f6f7f8",
            BackgroundGray = "#eef0f2",
            Surface = "#ffffff",
            AppbarBackground = "#ffffff",
            AppbarText = "#1b2228",
            DrawerBackground = "#f6f7f8",
            DrawerText = "#3a444d",
            DrawerIcon = "#57606a",
            TextPrimary = "#1b2228",
            TextSecondary = "#57606a",
            ActionDefault = "#57606a",
            LinesDefault = "#dfe3e7",
            LinesInputs = "#8b949e",
            TableLines = "#e6e9ec",
            Divider = "#dfe3e7",
            Success = "#1a7f4b",
            Warning = "#8a5a00",
            Error = "#b3261e",
            Info = "#1f5f66",
        },
        PaletteDark = new PaletteDark
        {
            Primary = "#7cc4c4",
            PrimaryContrastText = "#0c1f21",
            Secondary = "#9aa6b2",
            Background = "#12171b",
            BackgroundGray = "#182026",
            Surface = "#1a2127",
            AppbarBackground = "#161c21",
            AppbarText = "#e6eaed",
            DrawerBackground = "#12171b",
            DrawerText = "#c3ccd4",
            DrawerIcon = "#9aa6b2",
            TextPrimary = "#e6eaed",
            TextSecondary = "#a3afba",
            ActionDefault = "#a3afba",
            LinesDefault = "#2c363e",
            LinesInputs = "#6b7884",
            TableLines = "#28323a",
            Divider = "#2c363e",
            Success = "#6fcf97",
            Warning = "#e2b25b",
            Error = "#f28b82",
            ErrorContrastText = "#2b0f0d",
            Info = "#7cc4c4",
        },
        Typography = new Typography
        {
            Default = new DefaultTypography { FontFamily = s_fonts, FontSize = "0.9375rem", LetterSpacing = "normal" },
            Body1 = new Body1Typography { FontFamily = s_fonts, FontSize = "0.9375rem", LetterSpacing = "normal" },
            Body2 = new Body2Typography { FontFamily = s_fonts, FontSize = "0.875rem", LetterSpacing = "normal" },
            Button = new ButtonTypography { FontFamily = s_fonts, FontSize = "0.875rem", FontWeight = "600", LetterSpacing = "normal", TextTransform = "none" },
            H6 = new H6Typography { FontFamily = s_fonts, FontSize = "1.0625rem", FontWeight = "600", LetterSpacing = "normal" },
            Caption = new CaptionTypography { FontFamily = s_fonts, FontSize = "0.8125rem", LetterSpacing = "normal" },
        },
    };
}
