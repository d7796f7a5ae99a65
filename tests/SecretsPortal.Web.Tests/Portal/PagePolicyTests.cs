using System.Security.Cryptography;
using System.Text;
using Bunit;
using SecretsPortal.Web.Portal.Layout;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>What pages allow their browser. That no page breaks it is seen in the browser, by the walk through every page.</summary>
public sealed class PagePolicyTests(SharedPortal shared) : PortalPageTest
{
    [Fact]
    public async Task Style_elements_are_those_of_the_theme_alone()
    {
        var portal = await shared.Portal;
        using var http = new HttpClient();
        using var answer = await http.GetAsync(new Uri(portal.Address, "/sign-in"));
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy")).Split(';', StringSplitOptions.TrimEntries)
            .ToDictionary(static directive => directive.Split(' ')[0], static directive => directive.Split(' ')[1..]);
        Assert.DoesNotContain("'unsafe-inline'", policy["style-src-elem"]);
        Assert.Equal(["'self'"], policy["script-src"]);
        Assert.Equal(["'unsafe-inline'"], policy["style-src-attr"]);

        var allowed = new HashSet<string>(StringComparer.Ordinal) { "'self'" };
        foreach (var isDark in new[] { false, true })
        {
            var theme = Render<ThemeStyles>(parameters => parameters.Add(t => t.Theme, PortalTheme.Theme).Add(t => t.IsDarkMode, isDark));
            Assert.Equal(2, theme.FindAll("style").Count);
            allowed.UnionWith(theme.FindAll("style").Select(static style => $"'sha256-{Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(style.TextContent)))}'"));
        }

        Assert.Equal(4, allowed.Count);
        Assert.Equal(allowed.Order(StringComparer.Ordinal), policy["style-src-elem"].Order(StringComparer.Ordinal));
    }
}
