namespace SecretsPortal.Web.Portal;

/// <summary>
/// The content security policy of pages. Scripts come from files of the portal only. Styles of elements are allowed: Blazor and MudBlazor write them with values
/// that change, into attributes and, for the notes that come up and go, into style elements, which can have no hash. Frames: the page of the jobs shows the job
/// dashboard, the one thing that lets itself be framed; and a page is moved to without a new document, whose policy stays that of the first one.
/// </summary>
internal static class PagePolicy
{
    /// <summary>The header's value.</summary>
    public const string Text =
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        + "img-src 'self' data:; font-src 'self'; connect-src 'self'; frame-src 'self'; form-action 'self'; base-uri 'self'; frame-ancestors 'none'";
}
