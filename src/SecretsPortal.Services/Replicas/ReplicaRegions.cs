using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Replicas;

/// <summary>A region to replicate to, as it was asked for.</summary>
/// <param name="Region">One that the portal serves, and not the secret's own.</param>
/// <param name="KmsKeyId">The id, ARN or alias of a key of that region; null for its default key.</param>
public sealed record ReplicaRegion(string Region, string? KmsKeyId);

/// <summary>Checks regions to replicate to before anything is touched.</summary>
internal sealed class ReplicaRegions(SecretStore store, KeyRegistry keys, Authorizer authorizer, PortalOptions options, TimeProvider clock)
{
    /// <summary>What policies may ask of a request that replicates.</summary>
    public static void AddConditions(RecordedCall op, IReadOnlyList<ReplicaRegion> asked, bool overwrites)
    {
        if (asked.Count > 0)
            op.Conditions["secretsmanager:AddReplicaRegions"] = [.. asked.Select(one => one.Region)];
        op.Conditions["secretsmanager:ForceOverwriteReplicaSecret"] = [overwrites ? "true" : "false"];
    }

    /// <summary>
    /// The replicas that were asked for, due at once; <see cref="PortalError.InvalidParameter"/> for a region that is not served, is the
    /// secret's own or is given twice, and for a key that is not registered there. A secret that a replica shall overwrite is found now,
    /// and the caller must be allowed to delete it.
    /// </summary>
    /// <param name="op">The call, which keeps the answer.</param>
    /// <param name="home">The region of the primary.</param>
    /// <param name="name">The primary's name.</param>
    /// <param name="asked">What was asked for.</param>
    /// <param name="overwrites">Whether secrets of the same name may be overwritten.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<IReadOnlyList<SecretReplica>> Check(
        RecordedCall op, string home, string name, IReadOnlyList<ReplicaRegion> asked, bool overwrites, CancellationToken cancel)
    {
        var regions = new HashSet<string>(StringComparer.Ordinal);
        foreach (var (region, _) in asked)
        {
            if (region == home)
                throw Invalid($"{region} is the secret's own region. Give another one");
            if (!options.Regions.Contains(region, StringComparer.Ordinal))
                throw Invalid($"{region} is not served");
            if (!regions.Add(region))
                throw Invalid($"{region} is given twice. Give each region once");
        }

        var chosen = new List<ReplicaRegion>();
        foreach (var one in asked)
            chosen.Add(one with { KmsKeyId = KeyRegistry.ChosenId(one.KmsKeyId, await keys.Resolve(one.KmsKeyId, one.Region, cancel)) });
        var replicas = new List<SecretReplica>();
        foreach (var (region, kmsKeyId) in chosen)
        {
            var overwritten = overwrites ? await Overwritten(op, region, name, cancel) : null;
            replicas.Add(new SecretReplica(region, kmsKeyId) { OverwritesId = overwritten?.Id, DueAt = clock.Now() });
        }

        return op.AskedReplicas = replicas;
    }

    /// <summary>What the record says of a request that replicates; empty where it does not.</summary>
    public static string Detail(IReadOnlyList<ReplicaRegion> asked, bool overwrites) =>
        asked.Count == 0 ? "" : $"to {string.Join(", ", asked.Select(one => one.Region))}{(overwrites ? ", overwriting" : "")}";

    /// <summary>The secret of the name that is there now, which the caller may delete. Replicas are never overwritten, so nobody is asked.</summary>
    private async Task<Secret?> Overwritten(RecordedCall op, string region, string name, CancellationToken cancel)
    {
        if (await store.Find(region, SecretId.Parse(name), cancel) is not { IsReplica: false } there)
            return null;
        await authorizer.RequireOf(op, "secretsmanager:DeleteSecret", there, cancel);
        return there;
    }

    private PortalException Invalid(string reason) => new(PortalError.InvalidParameter,
        $"Invalid replica region. {reason}. This portal serves: {string.Join(", ", options.Regions)}.");
}
