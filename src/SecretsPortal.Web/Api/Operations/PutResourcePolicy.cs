namespace SecretsPortal.Web.Api.Operations;

internal sealed record PutResourcePolicyInput(string? SecretId, string? ResourcePolicy, bool? BlockPublicPolicy);

internal sealed record PutResourcePolicyOutput(string ARN, string Name);

/// <summary>Hangs a resource policy on a secret.</summary>
internal static class PutResourcePolicy
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(PutResourcePolicy), AwsJson.Wire.PutResourcePolicyInput, Decode, Call, AwsJson.Wire.PutResourcePolicyOutput);

    private static PutResourcePolicyInput Decode(PutResourcePolicyInput input)
    {
        new Constraints().SecretId(input.SecretId).ResourcePolicy(input.ResourcePolicy).Done();
        return input;
    }

    private static async Task<PutResourcePolicyOutput> Call(ApiCall api, PutResourcePolicyInput input)
    {
        var secret = await api.Policies.Put(api.Context, input.SecretId!, input.ResourcePolicy!, input.BlockPublicPolicy ?? false, api.Cancel);
        return new PutResourcePolicyOutput(secret.Arn.ToString(), secret.Name);
    }
}
