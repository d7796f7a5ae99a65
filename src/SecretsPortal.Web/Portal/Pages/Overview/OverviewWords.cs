using System.Globalization;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Pages.Overview;

/// <summary>What the parts of the overview have in common: numbers, and the lists behind them.</summary>
internal static class OverviewWords
{
    /// <summary>A share of one in percent, with one decimal place; never rounded up to all.</summary>
    public static string Percent(double share) =>
        string.Create(CultureInfo.InvariantCulture, $"{(share < 1 ? Math.Min(share * 100, 99.9) : 100):0.#} %");

    /// <summary>The list of secrets whose rotation is in a state.</summary>
    public static string ListOf(RotationHealth health) => $"{PortalRoutes.Secrets}?status={NameOf(health)}";

    /// <summary>The list of secrets of a kind.</summary>
    public static string ListOf(SecretKind kind) => $"{PortalRoutes.Secrets}?kind={kind}";

    /// <summary>The list of secrets that are marked for deletion.</summary>
    public const string ListOfDeleted = PortalRoutes.Secrets + "?status=deleted";

    private static string NameOf(RotationHealth health) => health == RotationHealth.OutOfSync ? "out-of-sync" : health.ToString().ToLowerInvariant();
}
