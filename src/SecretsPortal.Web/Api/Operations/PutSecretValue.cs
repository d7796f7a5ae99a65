using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record PutSecretValueInput
{
    public string? SecretId { get; init; }
    public string? ClientRequestToken { get; init; }
    public SecretText? SecretString { get; init; }
    public byte[]? SecretBinary { get; init; }
    public IReadOnlyList<string?>? VersionStages { get; init; }
    public SecretText? RotationToken { get; init; }
}

internal sealed record PutSecretValueOutput(string ARN, string Name, string? VersionId, IReadOnlyList<string>? VersionStages);

/// <summary>Stores a new value as a new version.</summary>
internal static class PutSecretValue
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(PutSecretValue), AwsJson.Wire.PutSecretValueInput, Decode, Call, AwsJson.Wire.PutSecretValueOutput);

    private static PutSecretValueRequest Decode(PutSecretValueInput input)
    {
        var constraints = new Constraints();
        constraints
            .SecretId(input.SecretId)
            .Token("clientRequestToken", input.ClientRequestToken)
            .Value(input.SecretString, input.SecretBinary)
            .List("versionStages", input.VersionStages, 1, StagingLabels.MaxLabels, (member, stage) => constraints.Label(member, stage))
            .RotationToken(input.RotationToken)
            .Done();
        return new PutSecretValueRequest(
            input.SecretId!, input.ClientRequestToken, WireShapes.Value(input.SecretString, input.SecretBinary),
            input.VersionStages is null ? null : [.. input.VersionStages.Select(stage => stage!)])
        {
            RotationToken = input.RotationToken,
        };
    }

    private static async Task<PutSecretValueOutput> Call(ApiCall api, PutSecretValueRequest request)
    {
        var written = await api.Writer.PutValue(api.Context, request, api.Cancel);
        return new PutSecretValueOutput(
            written.Secret.Arn.ToString(), written.Secret.Name, written.VersionId,
            written.VersionId is { } version ? WireShapes.Stages(written.Secret, version) : null);
    }
}
