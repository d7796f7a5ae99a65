using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record CreateSecretInput
{
    public string? Name { get; init; }
    public string? ClientRequestToken { get; init; }
    public string? Description { get; init; }
    public string? KmsKeyId { get; init; }
    public SecretText? SecretString { get; init; }
    public byte[]? SecretBinary { get; init; }
    public IReadOnlyList<WireTag?>? Tags { get; init; }
    public IReadOnlyList<WireReplicaRegion?>? AddReplicaRegions { get; init; }
    public bool? ForceOverwriteReplicaSecret { get; init; }
    public string? Type { get; init; }
}

internal sealed record CreateSecretOutput(string ARN, string Name, string? VersionId, IReadOnlyList<WireReplicationStatus>? ReplicationStatus);

/// <summary>Makes a secret, with or without a first value.</summary>
internal static class CreateSecret
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(CreateSecret), AwsJson.Wire.CreateSecretInput, Decode, Call, AwsJson.Wire.CreateSecretOutput);

    private static CreateSecretRequest Decode(CreateSecretInput input)
    {
        new Constraints()
            .Required("name", input.Name).Length("name", input.Name, 1, SecretName.MaxLength)
            .Token("clientRequestToken", input.ClientRequestToken)
            .Length("description", input.Description, 0, 2048)
            .KmsKeyId("kmsKeyId", input.KmsKeyId)
            .Length("type", input.Type, 0, 256)
            .Value(input.SecretString, input.SecretBinary)
            .Tags(input.Tags)
            .AddReplicaRegions(input.AddReplicaRegions)
            .Done();
        return new CreateSecretRequest
        {
            Name = input.Name!,
            ClientRequestToken = input.ClientRequestToken,
            Description = input.Description,
            KmsKeyId = input.KmsKeyId,
            PartnerType = input.Type,
            Value = WireShapes.Value(input.SecretString, input.SecretBinary),
            Tags = WireTag.ToTags(input.Tags),
            ReplicaRegions = WireReplicaRegion.ToRegions(input.AddReplicaRegions),
            OverwritesReplicas = input.ForceOverwriteReplicaSecret ?? false,
        };
    }

    private static async Task<CreateSecretOutput> Call(ApiCall api, CreateSecretRequest request)
    {
        var written = await api.Writer.Create(api.Context, request, api.Cancel);
        return new CreateSecretOutput(written.Secret.Arn.ToString(), written.Secret.Name, written.VersionId, WireReplicationStatus.OrNone(written.Secret));
    }
}
