namespace SecretsPortal.Web.Api.Operations;

internal sealed record ReplicateSecretToRegionsInput(string? SecretId, IReadOnlyList<WireReplicaRegion?>? AddReplicaRegions, bool? ForceOverwriteReplicaSecret);

internal sealed record ReplicateSecretToRegionsOutput(string ARN, IReadOnlyList<WireReplicationStatus> ReplicationStatus);

/// <summary>Replicates a secret to further regions.</summary>
internal static class ReplicateSecretToRegions
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(ReplicateSecretToRegions), AwsJson.Wire.ReplicateSecretToRegionsInput, Decode, Call, AwsJson.Wire.ReplicateSecretToRegionsOutput);

    private static ReplicateSecretToRegionsInput Decode(ReplicateSecretToRegionsInput input)
    {
        new Constraints().SecretId(input.SecretId).Required("addReplicaRegions", input.AddReplicaRegions).AddReplicaRegions(input.AddReplicaRegions).Done();
        return input;
    }

    private static async Task<ReplicateSecretToRegionsOutput> Call(ApiCall api, ReplicateSecretToRegionsInput input)
    {
        var secret = await api.Replicas.Replicate(
            api.Context, input.SecretId!, WireReplicaRegion.ToRegions(input.AddReplicaRegions), input.ForceOverwriteReplicaSecret ?? false, api.Cancel);
        return new ReplicateSecretToRegionsOutput(secret.Arn.ToString(), WireReplicationStatus.Of(secret));
    }
}
