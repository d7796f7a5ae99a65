using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record DescribeSecretInput(string? SecretId);

internal sealed record DescribeSecretOutput : WireSecret
{
    public DescribeSecretOutput(Secret secret)
        : base(secret)
    {
        VersionIdsToStages = WireShapes.Stages(secret);
        ReplicationStatus = WireReplicationStatus.OrNone(secret);
    }

    public IReadOnlyDictionary<string, IReadOnlyList<string>>? VersionIdsToStages { get; }
    public IReadOnlyList<WireReplicationStatus>? ReplicationStatus { get; }
}

/// <summary>Tells all of a secret but its values.</summary>
internal static class DescribeSecret
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(DescribeSecret), AwsJson.Wire.DescribeSecretInput, Decode, Call, AwsJson.Wire.DescribeSecretOutput);

    private static string Decode(DescribeSecretInput input)
    {
        new Constraints().SecretId(input.SecretId).Done();
        return input.SecretId!;
    }

    private static async Task<DescribeSecretOutput> Call(ApiCall api, string secretId) =>
        new(await api.Reader.Describe(api.Context, secretId, api.Cancel));
}
