using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record RotateSecretInput
{
    public string? SecretId { get; init; }
    public string? ClientRequestToken { get; init; }
    public string? RotationLambdaARN { get; init; }
    public WireRotationRules? RotationRules { get; init; }
    public bool? RotateImmediately { get; init; }
    public IReadOnlyList<WireExternalItem?>? ExternalSecretRotationMetadata { get; init; }
    public string? ExternalSecretRotationRoleArn { get; init; }
}

internal sealed record RotateSecretOutput(string ARN, string Name, string? VersionId);

/// <summary>Stores how a secret is rotated, and rotates it now unless told otherwise.</summary>
internal static class RotateSecret
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(RotateSecret), AwsJson.Wire.RotateSecretInput, Decode, Call, AwsJson.Wire.RotateSecretOutput);

    private static RotateSecretRequest Decode(RotateSecretInput input)
    {
        var rules = input.RotationRules;
        new Constraints()
            .SecretId(input.SecretId)
            .Token("clientRequestToken", input.ClientRequestToken)
            .Length("rotationLambdaARN", input.RotationLambdaARN, 0, 2048)
            .RotationRules(rules)
            .ExternalItems("externalSecretRotationMetadata", input.ExternalSecretRotationMetadata)
            .Length("externalSecretRotationRoleArn", input.ExternalSecretRotationRoleArn, 20, 2048)
            .Done();
        return new RotateSecretRequest
        {
            SecretId = input.SecretId!,
            ClientRequestToken = input.ClientRequestToken,
            RotationLambdaArn = string.IsNullOrEmpty(input.RotationLambdaARN) ? null : input.RotationLambdaARN,
            Schedule = rules is null or { AutomaticallyAfterDays: null, Duration: null, ScheduleExpression: null }
                ? null
                : RotationSchedule.Parse(rules.ScheduleExpression, (int?)rules.AutomaticallyAfterDays, rules.Duration),
            ExternalMetadata = WireExternalItem.ToItems(input.ExternalSecretRotationMetadata),
            ExternalRoleArn = input.ExternalSecretRotationRoleArn,
            RotateImmediately = input.RotateImmediately ?? true,
        };
    }

    private static async Task<RotateSecretOutput> Call(ApiCall api, RotateSecretRequest request)
    {
        var written = await api.Rotation.Rotate(api.Context, request, api.Cancel);
        return new RotateSecretOutput(written.Secret.Arn.ToString(), written.Secret.Name, written.VersionId);
    }
}
