namespace SecretsPortal.Web.Api.Operations;

internal sealed record RestoreSecretInput(string? SecretId);

internal sealed record RestoreSecretOutput(string ARN, string Name);

/// <summary>Takes back a deletion whose recovery window has not ended.</summary>
internal static class RestoreSecret
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(RestoreSecret), AwsJson.Wire.RestoreSecretInput, Decode, Call, AwsJson.Wire.RestoreSecretOutput);

    private static string Decode(RestoreSecretInput input)
    {
        new Constraints().SecretId(input.SecretId).Done();
        return input.SecretId!;
    }

    private static async Task<RestoreSecretOutput> Call(ApiCall api, string secretId)
    {
        var secret = await api.Writer.Restore(api.Context, secretId, api.Cancel);
        return new RestoreSecretOutput(secret.Arn.ToString(), secret.Name);
    }
}
