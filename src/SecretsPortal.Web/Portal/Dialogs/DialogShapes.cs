using MudBlazor;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>The two sizes of dialog. A click beside one does not close it: what was typed would be lost.</summary>
internal static class DialogShapes
{
    public static readonly DialogOptions Small = new() { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, BackdropClick = false, CloseOnEscapeKey = true };

    public static readonly DialogOptions Large = new() { MaxWidth = MaxWidth.Medium, FullWidth = true, BackdropClick = false, CloseOnEscapeKey = true };
}
