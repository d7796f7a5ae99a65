using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>Opens the values that a rotation works with; what it opens stays inside the rotation.</summary>
internal sealed class RotationValueSource(SecretStore store, RotationStore rotations, SecretSealer sealer)
{
    private const int RunsLookedAt = 10;

    /// <summary>The run's secret as it is now; a final <see cref="RotationException"/> where it was deleted.</summary>
    public async Task<Secret> Load(RotationWork work, CancellationToken cancel)
    {
        var secret = await store.FindById(work.Run.SecretId, cancel);
        return secret is { DeletedAt: null }
            ? secret
            : throw new RotationException("The secret was deleted while it was being rotated. Restore it and rotate again.", isFinal: true);
    }

    /// <summary>AWSCURRENT's value; a final <see cref="RotationException"/> where there is none.</summary>
    public async Task<SecretValue> Current(Secret secret, CancellationToken cancel) =>
        await Labelled(secret, StagingLabels.Current, cancel)
            ?? throw new RotationException("The secret has no AWSCURRENT value. Put a value and rotate again.", isFinal: true);

    /// <summary>The value of the version with a label; null where there is none.</summary>
    public async Task<SecretValue?> Labelled(Secret secret, string label, CancellationToken cancel) =>
        secret.Labels.VersionOf(label) is { } version ? await Of(secret, version, cancel) : null;

    /// <summary>The value of a version; null where it has none.</summary>
    public async Task<SecretValue?> Of(Secret secret, string versionId, CancellationToken cancel) =>
        secret.FindVersion(versionId) is { HasValue: true } && await store.FindValue(secret.Id, versionId, cancel) is { } stored
            ? await sealer.Open(secret.Arn, stored, cancel)
            : null;

    /// <summary>What is known before createSecret, and what a preflight looks at.</summary>
    public async Task<RotationValues> WithoutPending(Secret secret, CancellationToken cancel) =>
        new() { Current = await Current(secret, cancel), Settings = secret.Rotation?.ExternalMetadata ?? [] };

    /// <summary>All values that a run past createSecret may need; a final <see cref="RotationException"/> where AWSCURRENT or the run's own version has none.</summary>
    public async Task<RotationValues> Of(RotationWork work, CancellationToken cancel)
    {
        var secret = await Load(work, cancel);
        var pending = await Of(secret, work.Run.Token, cancel)
            ?? throw new RotationException("The new version has no value. Rotate again.", isFinal: true);
        // A run that ended between setSecret and finishSecret may have left its value in the target.
        var failed = (await rotations.History(secret.Id, RunsLookedAt, cancel))
            .Where(r => r.State is RotationRunState.Failed or RotationRunState.Abandoned).Select(r => r.Token);
        var others = new List<SecretValue>();
        foreach (var version in new[] { secret.Labels.VersionOf(StagingLabels.Previous) }.Concat(failed).OfType<string>().Distinct(StringComparer.Ordinal))
            if (version != work.Run.Token && await Of(secret, version, cancel) is { } value)
                others.Add(value);
        return await WithoutPending(secret, cancel) with { Pending = pending, Others = others };
    }
}
