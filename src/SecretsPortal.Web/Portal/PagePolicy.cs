namespace SecretsPortal.Web.Portal;

/// <summary>
/// The content security policy of pages. Scripts and style sheets come from files of the portal only; style attributes, which Blazor and MudBlazor write with
/// values that change, can have no hash. Browsers that do not know the two apart go by <c>style-src</c>. Frames: the page of the jobs shows the job dashboard,
/// the one thing that lets itself be framed; and a page is moved to without a new document, whose policy stays that of the first one.
/// </summary>
internal static class PagePolicy
{
    /// <summary>The header's value.</summary>
    public const string Text =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; style-src-elem 'self'; style-src-attr 'unsafe-inline'; "
        + "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";
}
