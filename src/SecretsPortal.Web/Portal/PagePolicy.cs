using SecretsPortal.Web.Portal.Layout;

namespace SecretsPortal.Web.Portal;

/// <summary>
/// The content security policy of pages. Scripts come from files of the portal only. Style elements are those of the theme alone, each by its hash; style
/// attributes, which Blazor and MudBlazor write with values that change, can have none. Browsers that do not know the two apart go by <c>style-src</c>.
/// Frames: the page of the jobs shows the job dashboard, the one thing that lets itself be framed; and a page is moved to without a new document, whose policy
/// stays that of the first one.
/// </summary>
internal sealed class PagePolicy(IServiceProvider services)
{
    private readonly Lazy<string> _text = new(() =>
    {
        // Once, and on a thread that nothing waits on: the theme is rendered as a page would.
        var themes = Task.Run(() => ThemeHashes.Find(services)).GetAwaiter().GetResult();
        return "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
            + $"style-src-elem 'self' {string.Join(' ', themes)}; style-src-attr 'unsafe-inline'; "
            + "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";
    });

    /// <summary>The header's value.</summary>
    public string Text => _text.Value;
}
