using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record UpdateSecretInput
{
    public string? SecretId { get; init; }
    public string? ClientRequestToken { get; init; }
    public string? Description { get; init; }
    public string? KmsKeyId { get; init; }
    public SecretText? SecretString { get; init; }
    public byte[]? SecretBinary { get; init; }
    public string? Type { get; init; }
}

internal sealed record UpdateSecretOutput(string ARN, string Name, string? VersionId);

/// <summary>Changes a secret's description, key or value.</summary>
internal static class UpdateSecret
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(UpdateSecret), AwsJson.Wire.UpdateSecretInput, Decode, Call, AwsJson.Wire.UpdateSecretOutput);

    private static UpdateSecretRequest Decode(UpdateSecretInput input)
    {
        new Constraints()
            .SecretId(input.SecretId)
            .Token("clientRequestToken", input.ClientRequestToken)
            .Length("description", input.Description, 0, 2048)
            .KmsKeyId("kmsKeyId", input.KmsKeyId)
            .Length("type", input.Type, 0, 256)
            .Value(input.SecretString, input.SecretBinary)
            .Done();
        return new UpdateSecretRequest
        {
            SecretId = input.SecretId!,
            ClientRequestToken = input.ClientRequestToken,
            Description = input.Description,
            KmsKeyId = input.KmsKeyId,
            PartnerType = input.Type,
            Value = WireShapes.Value(input.SecretString, input.SecretBinary),
        };
    }

    private static async Task<UpdateSecretOutput> Call(ApiCall api, UpdateSecretRequest request)
    {
        var written = await api.Writer.Update(api.Context, request, api.Cancel);
        return new UpdateSecretOutput(written.Secret.Arn.ToString(), written.Secret.Name, written.VersionId);
    }
}
