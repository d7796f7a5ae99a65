namespace SecretsPortal.Web.Api.Operations;

internal sealed record GetResourcePolicyInput(string? SecretId);

internal sealed record GetResourcePolicyOutput(string ARN, string Name, string? ResourcePolicy);

/// <summary>Gives the resource policy of a secret as it was put.</summary>
internal static class GetResourcePolicy
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(GetResourcePolicy), AwsJson.Wire.GetResourcePolicyInput, Decode, Call, AwsJson.Wire.GetResourcePolicyOutput);

    private static string Decode(GetResourcePolicyInput input)
    {
        new Constraints().SecretId(input.SecretId).Done();
        return input.SecretId!;
    }

    private static async Task<GetResourcePolicyOutput> Call(ApiCall api, string secretId)
    {
        var secret = await api.Policies.Get(api.Context, secretId, api.Cancel);
        return new GetResourcePolicyOutput(secret.Arn.ToString(), secret.Name, secret.ResourcePolicy);
    }
}
