using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>A secret's first value, which Terraform gives where there is none: whatever is there already counts as given.</summary>
internal static class VersionSeed
{
    /// <summary>Puts the value where the secret has none, and otherwise follows the one that it has.</summary>
    public static async Task<TfObject> PutOrAdoptAsync(ResourceCall call, TfObject planned, TfObject config)
    {
        var secretId = planned.Text("secret_id")!;
        var found = await call.Portal.LookUpSecretAsync(secretId, call.Stop, []);
        if (found is not null && HolderOf(found, StagingLabels.Current) is { } versionId)
            return await AdoptAsync(call, planned, found, versionId);
        var token = Token(found?.Secret?.Arn ?? secretId);
        try
        {
            return await VersionValue.PutAsync(call, planned, config, token);
        }
        catch (PortalApiException e) when (e.IsTaken)
        {
            // Another apply had the same thought at the same moment, and was faster.
            if (await call.Portal.LookUpSecretAsync(secretId, call.Stop, []) is { } seeded)
                return await AdoptAsync(call, planned, seeded, HolderOf(seeded, StagingLabels.Current) ?? token);
            throw;
        }
    }

    /// <summary>
    /// The same for everybody who seeds the secret, and a version's token is its id: of two seeds at once the portal takes the first and refuses the
    /// other. A secret that is deleted and made anew has another ARN.
    /// </summary>
    private static string Token(string arn) => new Guid(SHA256.HashData(Encoding.UTF8.GetBytes($"seed_once of {arn}")).AsSpan(0, 16)).ToString();

    private static string? HolderOf(SecretLookUp found, string label) => found.Secret?.VersionIdsToStages?.FirstOrDefault(v => v.Value.Contains(label)).Key;

    private static async Task<TfObject> AdoptAsync(ResourceCall call, TfObject planned, SecretLookUp found, string versionId)
    {
        ValueDrift.Remember(call.Private, found, versionId, fields: null);
        var held = planned
            .With("id", TfValue.Of(planned.Text("secret_id") + VersionValue.IdSeparator + versionId))
            .With("arn", TfValue.Of(found.Secret!.Arn))
            .With("version_id", TfValue.Of(versionId))
            .With("version_stages", TfValue.SetOf(found.Secret.VersionIdsToStages?.GetValueOrDefault(versionId) ?? []));
        if (planned["version_stages"].IsUnknown)
            return held;
        var adopted = held.With("version_stages", planned["version_stages"]);
        await VersionLabels.MoveAsync(call, held, adopted);
        return adopted;
    }
}
