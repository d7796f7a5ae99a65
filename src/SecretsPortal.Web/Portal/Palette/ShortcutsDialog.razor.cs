using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Web.Portal.Layout;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Palette;

/// <summary>Says which keys do what.</summary>
public sealed partial class ShortcutsDialog : ComponentBase
{
    private static readonly IReadOnlyList<(string[] Keys, string What)> s_all =
    [
        (["Ctrl", "K"], PaletteText.ShortcutPalette),
        (["/"], PaletteText.ShortcutSearch),
        (["n"], PaletteText.ShortcutNew),
        (["?"], PaletteText.ShortcutHelp),
        (["Esc"], PaletteText.ShortcutEscape),
        .. Place.All.Select(static place => (new[] { "g", place.Key.ToString() }, Words.Fill(PaletteText.ShortcutGo, place.Title))),
    ];

    [CascadingParameter]
    private IMudDialogInstance Dialog { get; set; } = default!;

    private void Close() => Dialog.Close();
}
