using System.Globalization;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>Puts what belongs there into the portal's texts.</summary>
internal static class Fill
{
    /// <summary>A text with its parts in place of <c>{0}</c> and so on.</summary>
    public static string In(string text, params object?[] parts) => string.Format(CultureInfo.CurrentCulture, text, parts);

    /// <summary>A number with its thousands apart.</summary>
    public static string Number(long number) => number.ToString("N0", CultureInfo.InvariantCulture);

    /// <summary>A length in bytes as people say it.</summary>
    public static string Bytes(long bytes) => bytes switch
    {
        < 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes} bytes"),
        < 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1024.0:0.0} KiB"),
        < 1024L * 1024 * 1024 => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024):0.0} MiB"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytes / (1024.0 * 1024 * 1024):0.0} GiB"),
    };
}
