using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Web.Api.Operations;

internal sealed record DeleteSecretInput(string? SecretId, long? RecoveryWindowInDays, bool? ForceDeleteWithoutRecovery);

internal sealed record DeleteSecretOutput(string? ARN, string Name, DateTimeOffset DeletionDate);

/// <summary>Marks a secret for deletion, or deletes it at once.</summary>
internal static class DeleteSecret
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(DeleteSecret), AwsJson.Wire.DeleteSecretInput, Decode, Call, AwsJson.Wire.DeleteSecretOutput);

    private static DeleteSecretInput Decode(DeleteSecretInput input)
    {
        new Constraints().SecretId(input.SecretId).Done();
        return input;
    }

    private static async Task<DeleteSecretOutput> Call(ApiCall api, DeleteSecretInput input)
    {
        var secret = await api.Writer.Delete(
            api.Context, input.SecretId!, input.RecoveryWindowInDays, input.ForceDeleteWithoutRecovery ?? false, api.Cancel);
        // Forcing the deletion of a secret that is not there succeeds, and there is nothing to tell of it but what was asked.
        if (secret is not null)
            return new DeleteSecretOutput(secret.Arn.ToString(), secret.Name, secret.PurgeAt ?? api.Now);
        var asked = SecretId.Parse(input.SecretId!).Arn;
        return new DeleteSecretOutput(asked?.ToString(), asked?.NameBeforeSuffix ?? input.SecretId!, api.Now);
    }
}
