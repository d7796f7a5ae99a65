using System.Collections.Immutable;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>The copies of a secret in other regions: the attribute <c>replicas</c>.</summary>
internal static class SecretReplicas
{
    /// <summary>The replicas that the attribute names.</summary>
    public static List<ReplicaRegion> Of(TfValue replicas) => replicas is TfObject map
        ? [.. map.Members.Select(r => new ReplicaRegion { Region = r.Key, KmsKeyId = (r.Value as TfObject)?.Text("kms_key_id") })]
        : [];

    /// <summary>The attribute as the portal tells it, with the words that are known where they say the same.</summary>
    public static async Task<TfValue> ReadAsync(DescribeSecretResponse secret, TfObject known, ResourceCall call)
    {
        if (secret.ReplicationStatus is not { Count: > 0 } replicas)
            return TfValue.Null;
        var declared = Of(known["replicas"]);
        var values = ImmutableSortedDictionary.CreateBuilder<string, TfValue>(StringComparer.Ordinal);
        foreach (var replica in replicas)
        {
            var key = await SecretKey.FindAsync(replica.KmsKeyId, declared.Find(d => d.Region == replica.Region)?.KmsKeyId, replica.Region, call);
            values[replica.Region] = TfObject.Empty.With("kms_key_id", TfValue.Of(key));
        }

        return new TfObject(values.ToImmutable());
    }

    /// <summary>Removes and adds replicas until there are those that are planned.</summary>
    public static async Task UpdateAsync(ResourceCall call, string arn, TfValue before, TfObject planned)
    {
        var (held, wanted) = (Of(before), Of(planned["replicas"]));
        // Another key is another replica: the old one goes first.
        var removed = held.Where(h => !wanted.Exists(w => w.Region == h.Region && w.KmsKeyId == h.KmsKeyId)).Select(h => h.Region).ToList();
        if (removed.Count > 0)
            await call.Portal.RemoveReplicasAsync(new RemoveReplicasRequest { SecretId = arn, RemoveReplicaRegions = removed }, call.Stop);
        var added = wanted.Where(w => !held.Exists(h => h.Region == w.Region) || removed.Contains(w.Region)).ToList();
        if (added.Count > 0)
        {
            await call.Portal.ReplicateSecretAsync(
                new ReplicateSecretRequest
                {
                    SecretId = arn, AddReplicaRegions = added, ForceOverwriteReplicaSecret = planned.Flag("force_overwrite_replica_secret") ?? false,
                },
                call.Stop);
        }
    }
}
