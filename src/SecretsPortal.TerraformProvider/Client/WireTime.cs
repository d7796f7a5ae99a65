using System.Globalization;

namespace SecretsPortal.TerraformProvider.Client;

/// <summary>Times of the API in the form that Terraform's functions read.</summary>
internal static class WireTime
{
    /// <summary>Epoch seconds as RFC 3339 in UTC, to the second; null stays null.</summary>
    public static string? ToText(double? epochSeconds) => epochSeconds is { } seconds
        ? DateTimeOffset.UnixEpoch.AddSeconds(seconds).ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture)
        : null;
}
