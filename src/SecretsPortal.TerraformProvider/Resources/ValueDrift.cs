using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>
/// Whether a secret's current value is another one than Terraform put, told by the portal's keyed fingerprints: the provider reads no value.
/// The fingerprints of what Terraform put are kept in the private state.
/// </summary>
internal static class ValueDrift
{
    /// <summary>The version that carried AWSCURRENT at the last refresh.</summary>
    public const string CurrentVersion = "current_version";

    private const string Value = "value";

    private const string FieldPrefix = "field:";

    /// <summary>The version that the kept fingerprints are of, and that others are compared with.</summary>
    private const string Followed = "followed_version";

    /// <summary>A version that was put under labels of the user's own only: it is followed from when it becomes current.</summary>
    private const string Aside = "version_aside";

    /// <summary>
    /// Keeps the fingerprints of the version that Terraform put; of <paramref name="fields"/> alone where those are Terraform's. What is not
    /// current is not compared, so nothing of it is kept.
    /// </summary>
    public static void Remember(PrivateState state, SecretLookUp found, string versionId, IReadOnlyList<string>? fields)
    {
        var isCurrent = CurrentOf(found) == versionId;
        state[CurrentVersion] = isCurrent ? versionId : null;
        state[Followed] = isCurrent ? versionId : null;
        state[Aside] = isCurrent ? null : versionId;
        var mine = isCurrent ? found.Fingerprints?.GetValueOrDefault(versionId) : null;
        state[Value] = mine?.Value;
        foreach (var field in fields ?? [])
            state[FieldPrefix + field] = mine?.Fields?.GetValueOrDefault(field);
    }

    /// <summary>Looks. What was never current is followed by its labels, and does not drift.</summary>
    public static bool Find(PrivateState state, SecretLookUp found, string versionId, IReadOnlyList<string>? fields)
    {
        var current = CurrentOf(found);
        if (state[CurrentVersion] is null)
        {
            // Imported, or put under other labels: followed from now on, where it is current. Moved here from another portal, its version is none
            // of this one's: what is current now counts as put.
            if (current is not null && (current == versionId || (state[Aside] != versionId && found.Secret?.VersionIdsToStages?.ContainsKey(versionId) != true)))
                Remember(state, found, current, fields);
            return false;
        }

        state[CurrentVersion] = current;
        var theirs = current is null ? null : found.Fingerprints?.GetValueOrDefault(current);
        if (fields is not { Count: > 0 })
        {
            // Without fingerprints another version has to count as another value.
            return state[Value] is { } put && theirs is not null ? put != theirs.Value : current != (state[Followed] ?? versionId);
        }

        return theirs is not null && fields.Any(f => state[FieldPrefix + f] is { } put && put != theirs.Fields?.GetValueOrDefault(f));
    }

    private static string? CurrentOf(SecretLookUp found) => found.Secret?.VersionIdsToStages?.FirstOrDefault(v => v.Value.Contains(StagingLabels.Current)).Key;
}
