using System.Globalization;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>What the parts of the overview have in common: shares, and the lists behind the numbers.</summary>
internal static class OverviewWords
{
    /// <summary>A share of one in percent, with one decimal place; never rounded up to all.</summary>
    public static string Percent(double share) =>
        string.Create(CultureInfo.InvariantCulture, $"{(share < 1 ? Math.Min(share * 100, 99.9) : 100):0.#} %");

    /// <summary>The list of secrets whose rotation is in a state.</summary>
    public static string ListOf(RotationHealth health) => ListOf(Enum.Parse<SecretStatus>(health.ToString()));

    /// <summary>The list of secrets of which something is true.</summary>
    public static string ListOf(SecretStatus status) => $"{PortalRoutes.Secrets}?status={status}";

    /// <summary>The list of secrets of a kind.</summary>
    public static string ListOf(SecretKind kind) => $"{PortalRoutes.Secrets}?kind={kind}";
}
