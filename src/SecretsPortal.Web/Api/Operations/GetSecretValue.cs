using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record GetSecretValueInput(string? SecretId, string? VersionId, string? VersionStage);

internal sealed record GetSecretValueOutput
{
    public required string ARN { get; init; }
    public required string Name { get; init; }
    public required string VersionId { get; init; }
    public SecretText? SecretString { get; init; }
    public byte[]? SecretBinary { get; init; }
    public IReadOnlyList<string>? VersionStages { get; init; }
    public DateTimeOffset CreatedDate { get; init; }

    public static GetSecretValueOutput From(RevealedValue revealed) => new()
    {
        ARN = revealed.Secret.Arn.ToString(),
        Name = revealed.Secret.Name,
        VersionId = revealed.Version.VersionId,
        SecretString = revealed.Value.IsText ? new SecretText(revealed.Value.Text) : null,
        SecretBinary = revealed.Value.IsText ? null : revealed.Value.Bytes.ToArray(),
        VersionStages = WireShapes.Stages(revealed.Secret, revealed.Version.VersionId),
        CreatedDate = revealed.Version.CreatedAt,
    };
}

/// <summary>Gives a value to a caller that may have it.</summary>
internal static class GetSecretValue
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(GetSecretValue), AwsJson.Wire.GetSecretValueInput, Decode, Call, AwsJson.Wire.GetSecretValueOutput);

    private static GetSecretValueInput Decode(GetSecretValueInput input)
    {
        new Constraints().SecretId(input.SecretId).Token("versionId", input.VersionId).Label("versionStage", input.VersionStage).Done();
        return input;
    }

    private static async Task<GetSecretValueOutput> Call(ApiCall api, GetSecretValueInput input) => GetSecretValueOutput.From(
        await api.Reader.GetValue(api.Context, input.SecretId!, input.VersionId, input.VersionStage, api.Cancel));
}
