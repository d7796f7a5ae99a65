using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>Re-encrypts the values of AWSCURRENT, AWSPENDING and AWSPREVIOUS when a secret gets another key.</summary>
internal sealed class SecretResealer(SecretStore store, SecretSealer sealer, SecretChanges changes)
{
    private const int Attempts = 10;
    private static readonly string[] s_labels = [StagingLabels.Current, StagingLabels.Pending, StagingLabels.Previous];

    /// <summary>
    /// Changes a secret and re-encrypts with it. The values are sealed before the transaction, which then checks that they are still
    /// those that carry the labels; otherwise all is done again. Without a <paramref name="key"/> nothing is re-encrypted.
    /// </summary>
    public async Task<Secret> Change(
        RecordedCall op, Secret seen, StoredKmsKey? key, Func<Secret, RotationRun?, IReadOnlyList<SealedContent>, SecretChange?> decide, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var resealed = new List<SealedContent>();
            foreach (var version in key is null ? [] : Under(seen, key))
                if (await Reseal(seen, version, key!, cancel) is { } content)
                    resealed.Add(content);
            var hasMoved = false;
            seen = await changes.Change(op, seen, (current, run) =>
            {
                hasMoved = key is not null && !Under(current, key).Select(v => v.VersionId).ToHashSet(StringComparer.Ordinal)
                    .SetEquals(resealed.Select(r => r.Version.VersionId));
                return hasMoved ? null : decide(current, run, resealed);
            }, cancel);
            if (!hasMoved)
                return seen;
        }

        throw new PortalException(PortalError.Throttling, "The secret is being changed by others too often. Try again later.");
    }

    /// <summary>The versions with the re-encrypted ones in the place of the old.</summary>
    public static IReadOnlyList<SecretVersion> Replace(IReadOnlyList<SecretVersion> versions, IReadOnlyList<SealedContent> resealed) =>
        resealed.Count == 0 ? versions : [.. versions.Select(v => resealed.FirstOrDefault(r => r.Version.VersionId == v.VersionId)?.Version ?? v)];

    /// <summary>Those to re-encrypt: labelled, with a value, under another key.</summary>
    private static List<SecretVersion> Under(Secret secret, StoredKmsKey key) =>
        [.. s_labels.Select(secret.Labels.VersionOf).OfType<string>().Distinct(StringComparer.Ordinal)
            .Select(secret.FindVersion).OfType<SecretVersion>().Where(v => v.HasValue && v.KmsKeyId != key.KeyId)];

    private async Task<SealedContent?> Reseal(Secret secret, SecretVersion version, StoredKmsKey key, CancellationToken cancel)
    {
        if (await store.FindValue(secret.Id, version.VersionId, cancel) is not { } stored)
            return null;
        var value = await sealer.Open(secret.Arn, stored, cancel);
        var content = await sealer.Seal(secret.Arn, version.VersionId, value, key, cancel);
        return content with { Version = version with { KmsKeyId = key.KeyId, FieldNames = content.Version.FieldNames, ValueMarks = content.Version.ValueMarks } };
    }
}
