using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Replicas;

/// <summary>
/// Brings one replica to what its primary holds. Here the replica lives in this portal's own database; a client for replicas in another
/// portal would stand in this class's place: it is given the primary, asks for the values that the replica lacks, and nobody else
/// knows where a replica lies.
/// </summary>
internal sealed class ReplicaTarget(
    SecretStore store, ReplicaStore replicas, RotationStore rotations, SecretSealer sealer, KeyRegistry keys, AuditRecorder recorder,
    PortalOptions options, TimeProvider clock)
{
    private const int Attempts = 10;

    /// <summary>True for the replica of this primary, and not just any secret of its name.</summary>
    public static bool IsReplicaOf(Secret secret, Secret primary) =>
        secret.PrimaryRegion == primary.Arn.Region && secret.Arn == primary.Arn.InRegion(secret.Arn.Region);

    /// <summary>
    /// Makes or updates the replica in a region, where it is due, and gives the primary as it is afterwards; null where it does not exist
    /// any more. Values are sealed before the transaction, which then checks that primary and replica are still those that were copied;
    /// otherwise all is done again. So it may run on several nodes at once, and beside any change.
    /// </summary>
    /// <param name="primary">The primary as it was read.</param>
    /// <param name="region">The replica's region.</param>
    /// <param name="op">The call on which the replica is brought up to date; null for the portal's own doing.</param>
    /// <param name="requestId">For the records.</param>
    /// <param name="reveal">Opens a value of the primary; null where it is gone by now.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<Secret?> Apply(
        Secret primary, string region, RecordedCall? op, string requestId, Func<Secret, SecretVersion, CancellationToken, Task<SecretValue?>> reveal,
        CancellationToken cancel)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            if (Listed(primary, region) is not { DueAt: not null } listed)
                return primary;
            var there = await store.Find(region, SecretId.Parse(primary.Name), cancel);
            // Begins with a change of the secret, so one that is not seen here is seen below.
            var isRotating = there is not null && there.Id == listed.OverwritesId && await rotations.FindOpen(there.Id, cancel) is not null;
            var isInTheWay = there is not null && InTheWay(there, primary, listed, isRotating) is not null;
            var contents = isInTheWay ? [] : await SealLacking(primary, there, listed, reveal, cancel);
            var hasMoved = false;
            var after = await replicas.Change(primary.Id, [region], (current, found) =>
            {
                if (Listed(current, region) is not { DueAt: not null } asked)
                    return null;
                var now = found.SingleOrDefault();
                hasMoved = current.LastChangedAt != primary.LastChangedAt || asked.KmsKeyId != listed.KmsKeyId || asked.OverwritesId != listed.OverwritesId
                    || now?.Id != there?.Id || now?.LastChangedAt != there?.LastChangedAt
                    // A list of replicas changes without a time of change, and with it what may be overwritten.
                    || isInTheWay != (now is not null && InTheWay(now, current, asked, isRotating) is not null);
                return hasMoved ? null : Decide(current, asked, now, isRotating, contents, op, requestId);
            }, cancel);
            if (after is null || !hasMoved)
                return after;
            primary = after;
        }

        throw new PortalException(PortalError.Unavailable, "The secret is being changed by others too often. The portal tries again.");
    }

    /// <summary>The record of what the portal did to a replica.</summary>
    public AuditRecord Record(string action, SecretArn arn, AuditOutcome outcome, string detail, string requestId) => recorder.For(
        CallerArn.System("replication", options.AccountId, arn.Region, requestId), $"secretsportal:{action}", arn.ToString(), outcome, detail);

    /// <summary>A primary's list with one replica as it is now.</summary>
    public static IReadOnlyList<SecretReplica> With(Secret primary, SecretReplica changed) =>
        [.. primary.Replicas.Select(replica => replica.Region == changed.Region ? changed : replica)];

    /// <summary>The replica of a region in the primary's list; null where it is not replicated there.</summary>
    public static SecretReplica? Listed(Secret primary, string region) => primary.Replicas.FirstOrDefault(replica => replica.Region == region);

    private ReplicationChange Decide(
        Secret primary, SecretReplica listed, Secret? there, bool isRotating, IReadOnlyList<SealedContent> contents, RecordedCall? op, string requestId)
    {
        if (there is not null && InTheWay(there, primary, listed, isRotating) is { } failure)
        {
            var failed = Record("ReplicaFailed", primary.Arn.InRegion(listed.Region), AuditOutcome.Failed, failure, requestId);
            return new ReplicationChange(With(primary, listed with { OverwritesId = null, DueAt = SecretReplica.WhenFreed, Failure = failure })) { Records = [failed] };
        }

        var own = there is not null && IsReplicaOf(there, primary) ? there : null;
        var overwritten = own is null ? there : null;
        var inSync = new ReplicationChange(With(primary, listed with { OverwritesId = null, DueAt = null, Attempts = 0, Failure = null }));
        var after = Followed(primary, own ?? New(primary, listed), contents);
        if (own is not null && HasSameContent(own, after) && contents.Count == 0)
            return inSync;
        var detail = $"of {primary.Arn}{(contents.Count == 0 ? "" : $", values of {string.Join(", ", contents.Select(c => c.Version.VersionId))}")}";
        var record = Record(own is null ? "ReplicaCreated" : "ReplicaUpdated", after.Arn, AuditOutcome.Succeeded, detail, requestId);
        return inSync with
        {
            Removed = overwritten is null ? [] : [overwritten],
            Records = overwritten is null ? [] : [Overwritten(overwritten, primary, op, requestId)],
            Stored = [new SecretChange(after, record) { Values = [.. contents.Select(c => c.Stored)] }],
        };
    }

    /// <summary>The caller's doing where the call is the one that asked for it; the portal's where it comes later.</summary>
    private AuditRecord Overwritten(Secret overwritten, Secret primary, RecordedCall? op, string requestId)
    {
        var detail = $"by the replica of {primary.Arn}, as ForceOverwriteReplicaSecret asked for";
        return op is not null && op.AskedReplicas.Any(asked => asked.OverwritesId == overwritten.Id)
            ? recorder.For(op.Call, "secretsportal:SecretOverwritten", overwritten.Arn.ToString(), AuditOutcome.Succeeded, detail)
            : Record("SecretOverwritten", overwritten.Arn, AuditOutcome.Succeeded, detail, requestId);
    }

    /// <summary>Why a secret of the same name keeps the replica from being made; null where it does not.</summary>
    private static string? InTheWay(Secret there, Secret primary, SecretReplica listed, bool isRotating)
    {
        if (IsReplicaOf(there, primary))
            return null;
        var exists = $"Replication failed: Secret name {there.Name} already exists in region {listed.Region}.";
        if (there.IsReplica)
            return $"{exists} It is a replica of the secret in {there.PrimaryRegion} and is not overwritten.";
        if (there.Id != listed.OverwritesId)
            return exists;
        if (there.Replicas.Count > 0)
            return $"{exists} It has replicas of its own and is not overwritten.";
        return isRotating ? $"{exists} Its rotation is under way and it is not overwritten." : null;
    }

    private async Task<IReadOnlyList<SealedContent>> SealLacking(
        Secret primary, Secret? there, SecretReplica listed, Func<Secret, SecretVersion, CancellationToken, Task<SecretValue?>> reveal, CancellationToken cancel)
    {
        var own = there is not null && IsReplicaOf(there, primary) ? there : null;
        var contents = new List<SealedContent>();
        foreach (var version in primary.Versions.Where(v => v.HasValue && (own is null || Same(own, v) is not { HasValue: true })))
        {
            if (await reveal(primary, version, cancel) is not { } value)
                continue;
            var key = await keys.Resolve(listed.KmsKeyId, listed.Region, cancel);
            var content = await sealer.Seal(primary.Arn.InRegion(listed.Region), version.VersionId, value, key, cancel);
            contents.Add(content with { Version = content.Version with { CreatedAt = version.CreatedAt } });
        }

        return contents;
    }

    private Secret New(Secret primary, SecretReplica listed)
    {
        var now = clock.Now();
        return new Secret
        {
            Id = Guid.CreateVersion7(now).ToString("N"),
            Arn = primary.Arn.InRegion(listed.Region),
            Name = primary.Name,
            KmsKeyId = listed.KmsKeyId,
            CreatedAt = now,
            LastChangedAt = now,
            PrimaryRegion = primary.Arn.Region,
            Labels = StagingLabels.None,
            Versions = [],
        };
    }

    /// <summary>The replica with all that it takes from its primary: not the rotation settings, not the days of access, not the key.</summary>
    private Secret Followed(Secret primary, Secret replica, IReadOnlyList<SealedContent> contents) => replica with
    {
        Description = primary.Description,
        Tags = primary.Tags,
        ResourcePolicy = primary.ResourcePolicy,
        PartnerType = primary.PartnerType,
        Labels = primary.Labels,
        Versions = [.. primary.Versions.Select(version =>
            contents.FirstOrDefault(c => c.Version.VersionId == version.VersionId)?.Version
            ?? Same(replica, version)
            ?? new SecretVersion { VersionId = version.VersionId, CreatedAt = version.CreatedAt })],
        LastChangedAt = clock.After(replica.LastChangedAt),
    };

    /// <summary>A replica's own row of a version. An id may have been used before, by a version that its primary removed since; times tell them apart.</summary>
    private static SecretVersion? Same(Secret replica, SecretVersion version) =>
        replica.FindVersion(version.VersionId) is { } known && known.CreatedAt == version.CreatedAt ? known : null;

    private static bool HasSameContent(Secret before, Secret after) =>
        before.Description == after.Description && before.ResourcePolicy == after.ResourcePolicy && before.PartnerType == after.PartnerType
        && before.Tags is null == after.Tags is null && (before.Tags ?? []).SequenceEqual(after.Tags ?? [])
        && before.Labels.ByLabel.SequenceEqual(after.Labels.ByLabel)
        && before.Versions.Select(v => (v.VersionId, v.CreatedAt)).SequenceEqual(after.Versions.Select(v => (v.VersionId, v.CreatedAt)));
}
