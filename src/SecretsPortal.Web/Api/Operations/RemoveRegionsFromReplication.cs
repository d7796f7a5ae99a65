namespace SecretsPortal.Web.Api.Operations;

internal sealed record RemoveRegionsFromReplicationInput(string? SecretId, IReadOnlyList<string?>? RemoveReplicaRegions);

internal sealed record RemoveRegionsFromReplicationOutput(string ARN, IReadOnlyList<WireReplicationStatus> ReplicationStatus);

/// <summary>Deletes replicas of a secret.</summary>
internal static class RemoveRegionsFromReplication
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(RemoveRegionsFromReplication), AwsJson.Wire.RemoveRegionsFromReplicationInput, Decode, Call, AwsJson.Wire.RemoveRegionsFromReplicationOutput);

    private static RemoveRegionsFromReplicationInput Decode(RemoveRegionsFromReplicationInput input)
    {
        var constraints = new Constraints();
        constraints
            .SecretId(input.SecretId)
            .Required("removeReplicaRegions", input.RemoveReplicaRegions)
            .List("removeReplicaRegions", input.RemoveReplicaRegions, 1, int.MaxValue, (member, region) => constraints.Region(member, region))
            .Done();
        return input;
    }

    private static async Task<RemoveRegionsFromReplicationOutput> Call(ApiCall api, RemoveRegionsFromReplicationInput input)
    {
        var secret = await api.Replicas.RemoveRegions(api.Context, input.SecretId!, [.. input.RemoveReplicaRegions!.Select(region => region!)], api.Cancel);
        return new RemoveRegionsFromReplicationOutput(secret.Arn.ToString(), WireReplicationStatus.Of(secret));
    }
}
