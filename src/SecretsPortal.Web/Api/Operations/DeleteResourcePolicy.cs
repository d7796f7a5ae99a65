namespace SecretsPortal.Web.Api.Operations;

internal sealed record DeleteResourcePolicyInput(string? SecretId);

internal sealed record DeleteResourcePolicyOutput(string ARN, string Name);

/// <summary>Takes the resource policy off a secret.</summary>
internal static class DeleteResourcePolicy
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(DeleteResourcePolicy), AwsJson.Wire.DeleteResourcePolicyInput, Decode, Call, AwsJson.Wire.DeleteResourcePolicyOutput);

    private static string Decode(DeleteResourcePolicyInput input)
    {
        new Constraints().SecretId(input.SecretId).Done();
        return input.SecretId!;
    }

    private static async Task<DeleteResourcePolicyOutput> Call(ApiCall api, string secretId)
    {
        var secret = await api.Policies.Delete(api.Context, secretId, api.Cancel);
        return new DeleteResourcePolicyOutput(secret.Arn.ToString(), secret.Name);
    }
}
