using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>A version with its value.</summary>
/// <param name="VersionId">The version.</param>
/// <param name="Value">What it holds.</param>
internal sealed record KnownValue(string VersionId, SecretValue Value);

/// <summary>Opens the values that a rotation works with; what it opens stays inside the rotation.</summary>
internal sealed class RotationValueSource(SecretStore store, RotationStore rotations, SecretSealer sealer, MasterSecrets masters)
{
    private const int RunsLookedAt = 10;

    // Each one is a log-in that may fail, and targets lock users out after some.
    private const int MostOthers = 4;

    /// <summary>The run's secret as it is now; a final <see cref="RotationException"/> where it was deleted.</summary>
    public async Task<Secret> Load(RotationWork work, CancellationToken cancel) => await Find(work, cancel)
        ?? throw new RotationException("The secret was deleted while it was being rotated. Restore it and rotate again.", isFinal: true);

    /// <summary>As <see cref="Load"/>, but null where it was deleted.</summary>
    public async Task<Secret?> Find(RotationWork work, CancellationToken cancel) =>
        await store.FindById(work.Run.SecretId, cancel) is { DeletedAt: null } secret ? secret : null;

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
    /// <param name="secret">The secret.</param>
    /// <param name="withMaster">True to open the master secret; see <see cref="MasterSecrets.Open"/>.</param>
    /// <param name="requestId">For the master's record.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<RotationValues> WithoutPending(Secret secret, bool withMaster, string requestId, CancellationToken cancel) =>
        await WithoutPending(new RotationSubject(secret, await Current(secret, cancel)), withMaster, requestId, cancel);

    /// <summary>As the other one, of a secret whose value is open already.</summary>
    public async Task<RotationValues> WithoutPending(RotationSubject subject, bool withMaster, string requestId, CancellationToken cancel) => new()
    {
        Current = subject.Current,
        Master = withMaster ? await masters.Open(subject.Secret, subject.Current, requestId, cancel) : null,
        Settings = subject.Secret.Rotation?.ExternalMetadata ?? [],
    };

    /// <summary>All values that setSecret may need; a final <see cref="RotationException"/> where AWSCURRENT or the run's own version has none.</summary>
    public async Task<RotationValues> Of(RotationWork work, RotationSubject subject, bool withMaster, CancellationToken cancel)
    {
        var pending = await Pending(work, subject.Secret, cancel);
        var others = await Others(subject.Secret, work.Run.Token, cancel);
        return await WithoutPending(subject, withMaster, work.Run.RunId, cancel) with { Pending = pending, Others = [.. others.Select(other => other.Value)] };
    }

    /// <summary>The value of the run's own version; a final <see cref="RotationException"/> where it has none.</summary>
    public async Task<SecretValue> Pending(RotationWork work, Secret secret, CancellationToken cancel) => await Of(secret, work.Run.Token, cancel)
        ?? throw new RotationException("The new version has no value. Rotate again.", isFinal: true);

    /// <summary>
    /// What the target may have beside AWSCURRENT and a run's version: AWSPREVIOUS first, then what runs left, the newest first, that ended between
    /// setSecret and finishSecret since the last rotation that succeeded. Four at most.
    /// </summary>
    public async Task<IReadOnlyList<KnownValue>> Others(Secret secret, string token, CancellationToken cancel)
    {
        var current = secret.Labels.VersionOf(StagingLabels.Current);
        var left = (await Unfinished(secret, cancel)).Select(run => run.Token);
        var others = new List<KnownValue>();
        foreach (var version in new[] { secret.Labels.VersionOf(StagingLabels.Previous) }.Concat(left).OfType<string>().Distinct(StringComparer.Ordinal))
        {
            if (others.Count == MostOthers)
                break;
            if (version != token && version != current && await Of(secret, version, cancel) is { } value)
                others.Add(new KnownValue(version, value));
        }

        return others;
    }

    /// <summary>
    /// The value that the last run left which failed after it had begun, or done, setSecret; null where there is none, or another value was put
    /// since. Where the target can't be asked, the next rotation must try this one again: the target may have it.
    /// </summary>
    public async Task<KnownValue?> LeftBehind(Secret secret, string token, CancellationToken cancel)
    {
        var since = secret.Labels.VersionOf(StagingLabels.Current) is { } current ? secret.FindVersion(current)?.CreatedAt : null;
        var left = (await Unfinished(secret, cancel)).FirstOrDefault(run => run.Token != token && !(run.CreatedAt < since)
            && run.Steps.Any(step => step.Step == RotationStep.SetSecret && (step.Succeeded || step.FinishedAt is null)));
        return left is not null && await Of(secret, left.Token, cancel) is { } value ? new KnownValue(left.Token, value) : null;
    }

    private async Task<IEnumerable<RotationRun>> Unfinished(Secret secret, CancellationToken cancel) =>
        (await rotations.History(secret.Id, RunsLookedAt, cancel))
            .TakeWhile(run => run is not { Mode: RotationMode.Rotate, State: RotationRunState.Succeeded })
            .Where(run => run is { Mode: not RotationMode.TestOnly, State: RotationRunState.Failed or RotationRunState.Abandoned });
}
