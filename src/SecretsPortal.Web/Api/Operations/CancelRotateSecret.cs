namespace SecretsPortal.Web.Api.Operations;

internal sealed record CancelRotateSecretInput(string? SecretId);

internal sealed record CancelRotateSecretOutput(string ARN, string Name, string? VersionId);

/// <summary>Stops a secret's schedule and abandons an open rotation.</summary>
internal static class CancelRotateSecret
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(CancelRotateSecret), AwsJson.Wire.CancelRotateSecretInput, Decode, Call, AwsJson.Wire.CancelRotateSecretOutput);

    private static string Decode(CancelRotateSecretInput input)
    {
        new Constraints().SecretId(input.SecretId).Done();
        return input.SecretId!;
    }

    private static async Task<CancelRotateSecretOutput> Call(ApiCall api, string secretId)
    {
        var written = await api.Rotation.Cancel(api.Context, secretId, api.Cancel);
        return new CancelRotateSecretOutput(written.Secret.Arn.ToString(), written.Secret.Name, written.VersionId);
    }
}
