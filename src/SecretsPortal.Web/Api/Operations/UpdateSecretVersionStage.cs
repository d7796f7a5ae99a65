namespace SecretsPortal.Web.Api.Operations;

internal sealed record UpdateSecretVersionStageInput(string? SecretId, string? VersionStage, string? RemoveFromVersionId, string? MoveToVersionId);

internal sealed record UpdateSecretVersionStageOutput(string ARN, string Name);

/// <summary>Moves, adds or removes one staging label.</summary>
internal static class UpdateSecretVersionStage
{
    public static readonly Operation Operation = Api.Operation.Of(
        nameof(UpdateSecretVersionStage), AwsJson.Wire.UpdateSecretVersionStageInput, Decode, Call, AwsJson.Wire.UpdateSecretVersionStageOutput);

    private static UpdateSecretVersionStageInput Decode(UpdateSecretVersionStageInput input)
    {
        new Constraints()
            .SecretId(input.SecretId)
            .Required("versionStage", input.VersionStage).Label("versionStage", input.VersionStage)
            .Token("removeFromVersionId", input.RemoveFromVersionId)
            .Token("moveToVersionId", input.MoveToVersionId)
            .Done();
        return input;
    }

    private static async Task<UpdateSecretVersionStageOutput> Call(ApiCall api, UpdateSecretVersionStageInput input)
    {
        var secret = await api.Writer.UpdateVersionStage(
            api.Context, input.SecretId!, input.VersionStage!, input.MoveToVersionId, input.RemoveFromVersionId, api.Cancel);
        return new UpdateSecretVersionStageOutput(secret.Arn.ToString(), secret.Name);
    }
}
