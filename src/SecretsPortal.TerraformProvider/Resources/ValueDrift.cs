using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>
/// Whether a secret's current value is another one than Terraform put, told by the portal's keyed fingerprints: the provider reads no value.
/// The fingerprints of what Terraform put are kept in the private state.
/// </summary>
internal static class ValueDrift
{
    private const string Value = "value";

    private const string FieldPrefix = "field:";

    /// <summary>Keeps the fingerprints of the version that Terraform put; of <paramref name="fields"/> alone where those are Terraform's.</summary>
    public static void Remember(PrivateState state, SecretLookUp found, string versionId, IReadOnlyList<string>? fields)
    {
        state[SecretVersionResource.CurrentVersion] = CurrentOf(found);
        var mine = found.Fingerprints?.GetValueOrDefault(versionId);
        state[Value] = mine?.Value;
        foreach (var field in fields ?? [])
            state[FieldPrefix + field] = mine?.Fields?.GetValueOrDefault(field);
    }

    /// <summary>Looks. What was never current is followed by its labels, and does not drift.</summary>
    public static bool Find(PrivateState state, SecretLookUp found, string versionId, IReadOnlyList<string>? fields)
    {
        var current = CurrentOf(found);
        if (state[SecretVersionResource.CurrentVersion] is null)
        {
            // Imported, moved here, or put while the portal showed no fingerprints: followed from now on, where it is current.
            if (current == versionId)
                Remember(state, found, versionId, fields);
            return false;
        }

        state[SecretVersionResource.CurrentVersion] = current;
        var theirs = current is null ? null : found.Fingerprints?.GetValueOrDefault(current);
        if (fields is not { Count: > 0 })
        {
            // Without fingerprints another version has to count as another value.
            return state[Value] is { } put && theirs is not null ? put != theirs.Value : current != versionId;
        }

        return theirs is not null && fields.Any(f => state[FieldPrefix + f] is { } put && put != theirs.Fields?.GetValueOrDefault(f));
    }

    private static string? CurrentOf(SecretLookUp found) => found.Secret?.VersionIdsToStages?.FirstOrDefault(v => v.Value.Contains(StagingLabels.Current)).Key;
}
