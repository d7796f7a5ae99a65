namespace SecretsPortal.Services.Start;

/// <summary>A setting as it may be shown.</summary>
/// <param name="Key">Its name, such as <c>Portal:Region</c>.</param>
/// <param name="Value">What it is set to; null where it is not set, and for secret ones always.</param>
/// <param name="Source">Where it was set, such as <c>environment</c>; null where it is not, so that the default counts.</param>
/// <param name="IsSecret">True where its value is shown to nobody.</param>
public sealed record PortalSetting(string Key, string? Value, string? Source, bool IsSecret)
{
    /// <summary>True where it is set.</summary>
    public bool IsSet => Source is not null;
}

/// <summary>The settings that the host was started with, for those who look after it.</summary>
/// <param name="All">In the order in which they are documented.</param>
public sealed record PortalSettings(IReadOnlyList<PortalSetting> All);
