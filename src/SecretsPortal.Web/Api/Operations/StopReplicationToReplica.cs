namespace SecretsPortal.Web.Api.Operations;

internal sealed record StopReplicationToReplicaInput(string? SecretId);

internal sealed record StopReplicationToReplicaOutput(string ARN);

/// <summary>Makes a replica a secret of its own. Called in the replica's region.</summary>
internal static class StopReplicationToReplica
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(StopReplicationToReplica), AwsJson.Wire.StopReplicationToReplicaInput, Decode, Call, AwsJson.Wire.StopReplicationToReplicaOutput);

    private static string Decode(StopReplicationToReplicaInput input)
    {
        new Constraints().SecretId(input.SecretId).Done();
        return input.SecretId!;
    }

    private static async Task<StopReplicationToReplicaOutput> Call(ApiCall api, string secretId)
    {
        var secret = await api.Replicas.Stop(api.Context, secretId, api.Cancel);
        return new StopReplicationToReplicaOutput(secret.Arn.ToString());
    }
}
