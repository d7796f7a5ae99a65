using MudBlazor;

namespace SecretsPortal.Web.Portal.Dialogs;

/// <summary>The two sizes of dialog. A click beside one does not close it: what was typed would be lost. A form asks before Escape closes it.</summary>
internal static class DialogShapes
{
    public static readonly DialogOptions Small = new() { MaxWidth = MaxWidth.ExtraSmall, FullWidth = true, BackdropClick = false, CloseOnEscapeKey = true };

    public static readonly DialogOptions Large = new() { MaxWidth = MaxWidth.Medium, FullWidth = true, BackdropClick = false, CloseOnEscapeKey = true };

    public static readonly DialogOptions SmallForm = Small with { CloseOnEscapeKey = false };

    public static readonly DialogOptions LargeForm = Large with { CloseOnEscapeKey = false };
}
