using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Replicas;

/// <summary>Where secrets are replicated to: more regions, fewer, and replicas that become secrets of their own.</summary>
public sealed class ReplicaService
{
    private readonly SecretStore _store;
    private readonly ReplicaStore _replicas;
    private readonly SecretFinder _finder;
    private readonly SecretChanges _changes;
    private readonly ReplicaRegions _regions;
    private readonly ReplicaTarget _target;
    private readonly AuditRecorder _recorder;

    internal ReplicaService(
        SecretStore store, ReplicaStore replicas, SecretFinder finder, SecretChanges changes, ReplicaRegions regions, ReplicaTarget target, AuditRecorder recorder)
    {
        _store = store;
        _replicas = replicas;
        _finder = finder;
        _changes = changes;
        _regions = regions;
        _target = target;
        _recorder = recorder;
    }

    /// <summary>
    /// ReplicateSecretToRegions. A region that has its replica already is left as it is; one whose replica failed is tried again. Gives the
    /// primary with the status of all its replicas: a failure is told there and not thrown.
    /// </summary>
    public Task<Secret> Replicate(CallContext call, string secretId, IReadOnlyList<ReplicaRegion> regions, bool overwrites, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:ReplicateSecretToRegions", secretId, async op =>
        {
            ReplicaRegions.AddConditions(op, regions, overwrites);
            var secret = await _finder.Find(op, secretId, cancel);
            SecretRules.RefuseDeleted(secret);
            op.Detail = ReplicaRegions.Detail(regions, overwrites);
            var asked = await _regions.Check(op, secret.Arn.Region, secret.Name, regions, overwrites, cancel);
            return await _changes.Change(op, secret, (current, _) =>
            {
                SecretRules.RefuseDeleted(current);
                var replicas = WithAsked(current.Replicas, asked);
                return replicas.SequenceEqual(current.Replicas) ? null : new SecretChange(current with { Replicas = replicas }, _recorder.Success(op));
            }, cancel);
        }, cancel);

    /// <summary>RemoveRegionsFromReplication: the replicas are deleted at once. A region without replica is no error. Gives the primary with the remaining ones.</summary>
    public Task<Secret> RemoveRegions(CallContext call, string secretId, IReadOnlyList<string> regions, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:RemoveRegionsFromReplication", secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            SecretRules.RefuseDeleted(secret);
            op.Detail = $"from {string.Join(", ", regions)}";
            var leaving = regions.ToHashSet(StringComparer.Ordinal);
            var isChanged = false;
            var after = await _replicas.Change(secret.Id, leaving, (current, there) =>
            {
                IReadOnlyList<SecretReplica> rest = [.. current.Replicas.Where(replica => !leaving.Contains(replica.Region))];
                isChanged = rest.Count < current.Replicas.Count;
                IReadOnlyList<Secret> removed = [.. there.Where(one => ReplicaTarget.IsReplicaOf(one, current))];
                return !isChanged ? null : new ReplicationChange(rest)
                {
                    Removed = removed,
                    Records = [_recorder.Success(op), .. removed.Select(one =>
                        _target.Record("ReplicaRemoved", one.Arn, AuditOutcome.Succeeded, $"of {current.Arn}", call.RequestId))],
                };
            }, cancel) ?? throw SecretRules.NotFound();
            op.IsRecorded = isChanged;
            return after;
        }, cancel);

    /// <summary>StopReplicationToReplica: the replica that the call finds in its region becomes a secret of its own with all it has.</summary>
    public Task<Secret> Stop(CallContext call, string secretId, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:StopReplicationToReplica", secretId, async op =>
        {
            var replica = await _finder.Find(op, secretId, cancel);
            if (replica.PrimaryRegion is not { } primaryRegion)
                throw NoReplica(replica);
            op.Detail = $"from {primaryRegion}";
            var primary = await _store.Find(primaryRegion, SecretId.Parse(replica.Arn.InRegion(primaryRegion).ToString()), cancel) ?? throw SecretRules.NotFound();
            Secret? promoted = null;
            await _replicas.Change(primary.Id, [call.Region], (current, there) =>
            {
                var own = there.FirstOrDefault(one => one.Id == replica.Id) ?? throw SecretRules.NotFound();
                if (!own.IsReplica)
                    throw NoReplica(own);
                promoted = _changes.Touched(own with { PrimaryRegion = null });
                return new ReplicationChange([.. current.Replicas.Where(one => one.Region != call.Region)])
                {
                    Stored = [new SecretChange(promoted, _recorder.Success(op))],
                    Records = [_target.Record("ReplicaPromoted", own.Arn, AuditOutcome.Succeeded, $"no longer of {current.Arn}", call.RequestId)],
                };
            }, cancel);
            op.IsRecorded = promoted is not null;
            return promoted ?? throw SecretRules.NotFound();
        }, cancel);

    private static PortalException NoReplica(Secret secret) => new(PortalError.InvalidRequest,
        $"The secret {secret.Name} is not a replica in {secret.Arn.Region}. Call the operation in the region of the replica that is to become a secret of its own.");

    private static List<SecretReplica> WithAsked(IReadOnlyList<SecretReplica> known, IReadOnlyList<SecretReplica> asked)
    {
        var replicas = known.ToDictionary(replica => replica.Region, StringComparer.Ordinal);
        foreach (var one in asked)
        {
            if (!replicas.TryGetValue(one.Region, out var before) || before.Failure is not null)
                replicas[one.Region] = one;
            else if (one.KmsKeyId is not null && one.KmsKeyId != before.KmsKeyId)
                throw new PortalException(PortalError.InvalidParameter,
                    $"The secret is replicated to {one.Region} already, under another key. To change the key, call UpdateSecret with KmsKeyId in {one.Region}.");
        }

        return [.. replicas.Values.OrderBy(replica => replica.Region, StringComparer.Ordinal)];
    }
}
