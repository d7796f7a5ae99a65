using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>Versions as people tell them apart.</summary>
internal static class VersionWords
{
    /// <summary>A version id of more than 13 characters without its middle; of UUIDs in the order of time, the ends differ and the beginnings do not.</summary>
    public static string Short(string versionId) => versionId.Length <= 13 ? versionId : $"{versionId[..4]}…{versionId[^8..]}";

    /// <summary>The labels of a version, or its short id where it has none.</summary>
    public static string Of(Secret secret, string versionId) =>
        secret.Labels.Of(versionId) is { Count: > 0 } labels ? string.Join(", ", labels) : Short(versionId);

    /// <summary>The colour of a label.</summary>
    public static string? ToneOf(string label) => label == StagingLabels.Current ? "good" : label == StagingLabels.Pending ? "warn" : null;

    /// <summary>True for a label that the portal itself moves.</summary>
    public static bool IsOwnOfService(string label) => label.StartsWith("AWS", StringComparison.Ordinal);
}
