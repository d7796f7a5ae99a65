namespace SecretsPortal.Web.Portal.Palette;

/// <summary>One line of the palette.</summary>
/// <param name="Group">What kind it is of; entries of a group stand together.</param>
/// <param name="Title">What it is.</param>
/// <param name="Note">More about it; null for nothing.</param>
/// <param name="Icon">Its sign.</param>
/// <param name="Address">Where it leads; null where it does something.</param>
internal sealed record PaletteEntry(string Group, string Title, string? Note, string Icon, string? Address)
{
    /// <summary>What it does once the palette is closed; null where it only leads somewhere.</summary>
    public PaletteAction? Action { get; init; }
}

/// <summary>What a line of the palette does.</summary>
/// <param name="Kind">What.</param>
/// <param name="Secret">On which secret; null where on none.</param>
internal sealed record PaletteAction(PaletteActionKind Kind, Core.Secrets.Secret? Secret = null);

/// <summary>The kinds of actions.</summary>
internal enum PaletteActionKind
{
    /// <summary>Rotates a secret, after asking.</summary>
    Rotate,

    /// <summary>Shows the keyboard shortcuts.</summary>
    ShowShortcuts,
}
