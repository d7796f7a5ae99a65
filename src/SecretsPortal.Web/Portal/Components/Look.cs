namespace SecretsPortal.Web.Portal.Components;

/// <summary>
/// MudBlazor's looks for plain elements. A button of MudBlazor is three components with an icon in it, and every component costs some five KiB of the host's
/// memory for as long as its page is open: what only has to look like one, on pages that people keep open, is drawn as an element with the same classes.
/// </summary>
internal static class Look
{
    /// <summary>A button or link with a border.</summary>
    public const string Outlined = "mud-button-root mud-button mud-button-outlined mud-button-outlined-default mud-button-outlined-size-medium look";

    /// <summary>A button or link without a border.</summary>
    public const string Text = "mud-button-root mud-button mud-button-text mud-button-text-default mud-button-text-size-medium look";

    /// <summary>The button or link that a page is for.</summary>
    public const string Filled = "mud-button-root mud-button mud-button-filled mud-button-filled-primary mud-button-filled-size-medium look";
}
