using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>Opens the values that a rotation works with; what it opens stays inside the rotation.</summary>
internal sealed class RotationValueSource(SecretStore store, RotationStore rotations, SecretSealer sealer)
{
    private const int RunsLookedAt = 10;

    /// <summary>The value of the version with a label; null where there is none.</summary>
    public async Task<SecretValue?> Labelled(Secret secret, string label, CancellationToken cancel) =>
        secret.Labels.VersionOf(label) is { } version ? await Of(secret, version, cancel) : null;

    /// <summary>The value of a version; null where it has none.</summary>
    public async Task<SecretValue?> Of(Secret secret, string versionId, CancellationToken cancel) =>
        secret.FindVersion(versionId) is { HasValue: true } && await store.FindValue(secret.Id, versionId, cancel) is { } stored
            ? await sealer.Open(secret.Arn, stored, cancel)
            : null;

    /// <summary>All values that a run may need; null where AWSCURRENT or the run's own version has none.</summary>
    public async Task<RotationValues?> Of(Secret secret, RotationRun run, CancellationToken cancel)
    {
        var current = await Labelled(secret, StagingLabels.Current, cancel);
        var pending = await Of(secret, run.Token, cancel);
        if (current is null || pending is null)
            return null;
        // A run that ended between setSecret and finishSecret may have left its value in the target.
        var failed = (await rotations.History(secret.Id, RunsLookedAt, cancel))
            .Where(r => r.State is RotationRunState.Failed or RotationRunState.Abandoned).Select(r => r.Token);
        var others = new List<SecretValue>();
        foreach (var version in new[] { secret.Labels.VersionOf(StagingLabels.Previous) }.Concat(failed).OfType<string>().Distinct(StringComparer.Ordinal))
            if (version != run.Token && await Of(secret, version, cancel) is { } value)
                others.Add(value);
        return new RotationValues { Current = current, Pending = pending, Others = others, Settings = secret.Rotation?.ExternalMetadata ?? [] };
    }
}
