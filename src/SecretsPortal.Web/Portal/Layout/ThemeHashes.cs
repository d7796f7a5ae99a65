using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Web;

namespace SecretsPortal.Web.Portal.Layout;

/// <summary>What a content security policy calls the style elements that pages have, which are those of the theme alone: light, dark and the scrollbar.</summary>
internal static partial class ThemeHashes
{
    /// <summary>Each as <c>'sha256-…'</c>.</summary>
    public static async Task<IReadOnlyList<string>> Find(IServiceProvider services)
    {
        await using var scope = services.CreateAsyncScope();
        await using var renderer = new HtmlRenderer(scope.ServiceProvider, scope.ServiceProvider.GetRequiredService<ILoggerFactory>());
        var hashes = new List<string>();
        foreach (var isDark in new[] { false, true })
        {
            var parameters = ParameterView.FromDictionary(new Dictionary<string, object?>
            {
                [nameof(ThemeStyles.Theme)] = PortalTheme.Theme, [nameof(ThemeStyles.IsDarkMode)] = isDark,
            });
            var html = await renderer.Dispatcher.InvokeAsync(async () => (await renderer.RenderComponentAsync<ThemeStyles>(parameters)).ToHtmlString());
            hashes.AddRange(Styles().Matches(html).Select(static style => HashOf(style.Groups[1].Value)));
        }

        return [.. hashes.Distinct(StringComparer.Ordinal)];
    }

    private static string HashOf(string style) => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style)))}'";

    [GeneratedRegex("<style[^>]*>(.*?)</style>", RegexOptions.Singleline)]
    private static partial Regex Styles();
}
