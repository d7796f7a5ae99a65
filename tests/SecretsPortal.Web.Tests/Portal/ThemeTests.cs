using System.Text.RegularExpressions;
using Bunit;
using MudBlazor;
using MudBlazor.Services;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Portal.Layout;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>
/// <c>wwwroot/theme.css</c> is what MudBlazor makes of the portal's theme, light and dark in one file: a component that makes it in each open page would be held
/// by each, and its style elements would need a policy that allows such.
/// </summary>
public sealed partial class ThemeTests : BunitContext
{
    private const string Rewrite = "SECRETSPORTAL_WRITE_THEME";

    public ThemeTests()
    {
        Services.AddMudServices();
        JSInterop.Mode = JSRuntimeMode.Loose;
    }

    [Fact]
    public void The_style_sheet_is_that_of_the_theme()
    {
        var file = RepositoryRoot.File("src/SecretsPortal.Web/wwwroot/theme.css");
        // Dark says what is another in the dark.
        var light = OfRoot(Made(isDark: false)).Split('\n').Where(static line => line.StartsWith("--", StringComparison.Ordinal)).ToHashSet(StringComparer.Ordinal);
        var made = $"/* Made of PortalTheme.cs by ThemeTests: run it with {Rewrite}=1 after a change of the theme, or another version of MudBlazor. */\n"
            + Made(isDark: false) + string.Join('\n', OfRoot(Made(isDark: true)).Split('\n').Where(line => !light.Contains(line)))
                .Replace(":root", ":root[data-theme=\"dark\"]", StringComparison.Ordinal);
        if (Environment.GetEnvironmentVariable(Rewrite) == "1")
            File.WriteAllText(file, made);

        Assert.Equal(File.ReadAllText(file), made);
        // All else is the same in both.
        Assert.Equal(Made(isDark: false)[..^OfRoot(Made(isDark: false)).Length], Made(isDark: true)[..^OfRoot(Made(isDark: true)).Length]);
    }

    private string Made(bool isDark)
    {
        var markup = Render<MudThemeProvider>(provider => provider.Add(p => p.Theme, PortalTheme.Theme).Add(p => p.IsDarkMode, isDark)).Markup;
        var sheet = string.Concat(Sheet().Matches(markup).Select(match => match.Groups[1].Value)).Replace("\r", "", StringComparison.Ordinal);
        return string.Concat(sheet.Split('\n', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries).Select(line => line + "\n"));
    }

    private static string OfRoot(string sheet) => sheet[sheet.IndexOf(":root", StringComparison.Ordinal)..];

    [GeneratedRegex("<style[^>]*>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Sheet();
}
