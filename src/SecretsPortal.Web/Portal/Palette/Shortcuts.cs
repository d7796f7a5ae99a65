using Microsoft.AspNetCore.Components;
using MudBlazor;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Dialogs;
using SecretsPortal.Web.Portal.Layout;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Session;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Palette;

/// <summary>Does what a pressed key or a line of the palette asks for.</summary>
internal sealed class Shortcuts(PortalSession session, NavigationManager navigation, IDialogService dialogs, RotationService rotations)
{
    private static readonly DialogOptions s_palette = new()
    {
        MaxWidth = MaxWidth.Small, FullWidth = true, Position = DialogPosition.TopCenter, BackdropClick = true, CloseOnEscapeKey = true,
    };

    private IDialogReference? _open;

    /// <summary>What <c>portal.js</c> says was pressed: <c>palette</c>, <c>help</c>, or <c>go</c> and a letter.</summary>
    public async Task Press(string what)
    {
        if (what.Length == 3 && what.StartsWith("go", StringComparison.Ordinal) && Place.All.FirstOrDefault(place => place.Key == what[2]) is { } place)
            navigation.NavigateTo(session.Here(place.Route));
        else if (what == "help")
            await ShowShortcuts();
        else if (what == "palette")
            await ShowPalette();
    }

    /// <summary>Opens the palette and does what is chosen; closes it where it is open.</summary>
    public async Task ShowPalette()
    {
        if (_open is { } open)
        {
            open.Close();
            return;
        }

        _open = await dialogs.ShowAsync<CommandPalette>(PaletteText.Title, s_palette);
        var result = await _open.Result;
        _open = null;
        if (result is not { Canceled: false, Data: PaletteEntry entry })
            return;
        if (entry.Address is not null)
            navigation.NavigateTo(entry.Address);
        else if (entry.Action is { Kind: PaletteActionKind.Rotate, Secret: { } secret })
            await Rotate(secret);
        else
            await ShowShortcuts();
    }

    private Task<IDialogReference> ShowShortcuts() => dialogs.ShowAsync<ShortcutsDialog>(PaletteText.ShortcutsTitle, DialogShapes.Small);

    private async Task Rotate(Core.Secrets.Secret secret)
    {
        var request = new RotateSecretRequest { SecretId = secret.Arn.ToString(), ClientRequestToken = session.NewId() };
        if (await ConfirmDialog.Ask(dialogs, PaletteText.RotateTitle, Words.Fill(PaletteText.RotateText, secret.Name), PaletteText.RotateLabel,
            call => rotations.Rotate(call, request, CancellationToken.None)))
            navigation.NavigateTo(session.Here(PortalRoutes.Secret(secret.Name, SecretTab.Rotation)));
    }
}
