using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>What all changes of a secret have in common.</summary>
internal sealed class SecretChanges(
    SecretStore store, RotationStore rotations, ReplicaFollower replicas, AuditRecorder recorder, PortalOptions options, TimeProvider clock)
{
    private const int MostVersions = 100;
    private const int Attempts = 10;
    private static readonly TimeSpan s_leastAge = TimeSpan.FromHours(24);

    /// <summary>
    /// Changes a secret as <paramref name="decide"/> says, which is given the secret as it is and its open run, and commits the call's record
    /// with it. A null answer changes nothing.
    /// </summary>
    public async Task<Secret> Change(RecordedCall op, Secret seen, Func<Secret, RotationRun?, SecretChange?> decide, CancellationToken cancel)
    {
        SecretChange? change = null;
        var after = await ChangeBesideRun(seen, (secret, run) =>
        {
            change = decide(secret, run);
            if (run is not null && change is { AbandonOpenRun: true })
                change = change with { Also = [.. change.Also, Abandoned(op, secret, run)] };
            return change;
        }, cancel);
        op.IsRecorded = change is not null;
        return await replicas.Follow(after, op, op.Call.RequestId, cancel);
    }

    /// <summary>
    /// As <see cref="SecretStore.Change"/>, which nothing but this class calls: what changes here, the replicas take over before the call is
    /// answered.
    /// </summary>
    /// <param name="id">The portal's id of the secret.</param>
    /// <param name="requestId">For the records of the replicas.</param>
    /// <param name="decide">Says what changes.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<Secret?> Change(string id, string requestId, Func<Secret, SecretChange?> decide, CancellationToken cancel) =>
        await store.Change(id, decide, cancel) is { } after ? await replicas.Follow(after, op: null, requestId, cancel) : null;

    /// <summary>Stores a new secret, and its replicas with it; null, and nothing stored, where the region has that name already.</summary>
    public async Task<Secret?> Create(RecordedCall op, SecretChange change, CancellationToken cancel)
    {
        if (!await store.Create(change, cancel))
            return null;
        op.IsRecorded = true;
        return await replicas.Follow(change.After, op, op.Call.RequestId, cancel);
    }

    private AuditRecord Abandoned(RecordedCall op, Secret secret, RotationRun run)
    {
        var system = CallerArn.System("rotation", options.AccountId, secret.Arn.Region, op.Call.RequestId);
        return recorder.For(system, "secretsportal:RotationAbandoned", secret.Arn.ToString(), AuditOutcome.Succeeded, $"run {run.RunId}, by {op.Action}");
    }

    /// <summary>
    /// Runs begin and end together with AWSPENDING, so a run that was read still holds as long as AWSPENDING is where it was; otherwise
    /// all is read again.
    /// </summary>
    private async Task<Secret> ChangeBesideRun(Secret seen, Func<Secret, RotationRun?, SecretChange?> decide, CancellationToken cancel)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            var run = await rotations.FindOpen(seen.Id, cancel);
            var hasMoved = false;
            var pending = seen.Labels.VersionOf(StagingLabels.Pending);
            seen = await store.Change(seen.Id, secret =>
            {
                hasMoved = secret.Labels.VersionOf(StagingLabels.Pending) != pending;
                return hasMoved ? null : decide(secret, run);
            }, cancel) ?? throw SecretRules.NotFound();
            if (!hasMoved)
                return seen;
        }

        throw new PortalException(PortalError.Throttling, "The secret is being changed by others too often. Try again later.");
    }

    /// <summary>Adds a version, or gives its value to one that a rotation registered.</summary>
    public static IReadOnlyList<SecretVersion> WithVersion(Secret secret, SecretVersion version) =>
        secret.FindVersion(version.VersionId) is { } registered
            ? [.. secret.Versions.Select(v => v.VersionId == version.VersionId ? version with { CreatedAt = registered.CreatedAt } : v)]
            : [.. secret.Versions, version];

    /// <summary>
    /// The secret with a new time of change, without the versions that have outlived themselves: those without label and value, and of
    /// those without label the oldest beyond 100 versions, if they are older than a day.
    /// </summary>
    public Secret Touched(Secret after)
    {
        var at = clock.After(after.LastChangedAt);
        var labelled = after.Labels.ByLabel.Values.ToHashSet(StringComparer.Ordinal);
        var kept = after.Versions.Where(v => v.HasValue || labelled.Contains(v.VersionId)).ToList();
        var surplus = kept.Count - MostVersions;
        if (surplus > 0)
        {
            var outlived = kept.Where(v => !labelled.Contains(v.VersionId) && v.CreatedAt < at - s_leastAge)
                .Take(surplus).Select(v => v.VersionId).ToHashSet(StringComparer.Ordinal);
            kept.RemoveAll(v => outlived.Contains(v.VersionId));
        }

        return after with { LastChangedAt = at, Versions = kept };
    }

    /// <summary>The secret without what its open run has there: AWSPENDING on the run's version, and the copy that a function's test works with.</summary>
    public static Secret WithoutRun(Secret secret, RotationRun? run)
    {
        if (run is null)
            return secret;
        var tested = RotationStart.WithoutTest(secret, run);
        return tested.Labels.VersionOf(StagingLabels.Pending) == run.Token ? tested with { Labels = tested.Labels.Without(StagingLabels.Pending) } : tested;
    }
}
