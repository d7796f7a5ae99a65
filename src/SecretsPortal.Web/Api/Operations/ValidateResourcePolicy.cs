using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record ValidateResourcePolicyInput(string? SecretId, string? ResourcePolicy);

internal sealed record ValidateResourcePolicyOutput(bool PolicyValidationPassed, IReadOnlyList<WireValidationError> ValidationErrors);

internal sealed record WireValidationError(string CheckName, string ErrorMessage);

/// <summary>Says what speaks against a resource policy; nothing is changed.</summary>
internal static class ValidateResourcePolicy
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(ValidateResourcePolicy), AwsJson.Wire.ValidateResourcePolicyInput, Decode, Call, AwsJson.Wire.ValidateResourcePolicyOutput);

    private static ValidateResourcePolicyInput Decode(ValidateResourcePolicyInput input)
    {
        new Constraints().Length("secretId", input.SecretId, 1, SecretId.MaxLength).ResourcePolicy(input.ResourcePolicy).Done();
        return input;
    }

    private static async Task<ValidateResourcePolicyOutput> Call(ApiCall api, ValidateResourcePolicyInput input)
    {
        var findings = await api.Policies.Validate(api.Context, input.SecretId, input.ResourcePolicy!, api.Cancel);
        return new ValidateResourcePolicyOutput(findings.Count == 0, [.. findings.Select(f => new WireValidationError(f.Check, f.Message))]);
    }
}
