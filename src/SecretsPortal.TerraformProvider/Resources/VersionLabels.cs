using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>The staging labels of a version that are the user's own; the portal moves the others by itself.</summary>
internal static class VersionLabels
{
    /// <summary>Whether a label is the user's own and not one that the portal moves by itself.</summary>
    public static bool IsOwn(string label) => !label.StartsWith("AWS", StringComparison.Ordinal);

    /// <summary>Those of the labels that are the user's own.</summary>
    public static HashSet<string> Own(TfSequence labels) => labels.Texts().Where(IsOwn).ToHashSet(StringComparer.Ordinal);

    /// <summary>Takes the user's own labels off the version, or brings them to it from whichever one has them, until it carries those that are planned.</summary>
    public static async Task MoveAsync(ResourceCall call, TfObject prior, TfObject planned)
    {
        var (portal, stop) = (call.Portal, call.Stop);
        if (prior["version_stages"] is not TfSequence held || planned["version_stages"] is not TfSequence wanted)
            return;
        var (secretId, versionId) = (prior.Text("secret_id")!, prior.Text("version_id")!);
        var (before, after) = (Own(held), Own(wanted));
        if (before.SetEquals(after))
            return;
        foreach (var label in before.Except(after))
        {
            await portal.UpdateSecretVersionStageAsync(
                new UpdateSecretVersionStageRequest { SecretId = secretId, VersionStage = label, RemoveFromVersionId = versionId }, stop);
        }

        var versions = (await portal.DescribeSecretAsync(secretId, stop)).VersionIdsToStages ?? [];
        foreach (var label in after.Except(before))
        {
            var holder = versions.FirstOrDefault(v => v.Value.Contains(label)).Key;
            await portal.UpdateSecretVersionStageAsync(
                new UpdateSecretVersionStageRequest
                {
                    SecretId = secretId, VersionStage = label, MoveToVersionId = versionId, RemoveFromVersionId = holder,
                },
                stop);
        }
    }
}
