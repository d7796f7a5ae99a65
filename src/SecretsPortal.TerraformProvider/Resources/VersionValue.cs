using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>Puts a value into a secret, whole or by its members, and tells what the state is to say of the version that it became.</summary>
internal static class VersionValue
{
    /// <summary>The id of a resource: its secret and its version with this between them.</summary>
    public const string IdSeparator = "|";

    /// <summary>Puts what is configured, under the token where it is a whole value, and remembers its fingerprints.</summary>
    public static async Task<TfObject> PutAsync(ResourceCall call, TfObject planned, TfObject config, string token)
    {
        var secretId = planned.Text("secret_id")!;
        var stages = planned.Texts("version_stages");
        var (arn, versionId, labels) = config["secret_fields_wo"] is TfObject
            ? await MergeAsync(call, secretId, config)
            : await PutWholeAsync(call, secretId, stages, ValueOf(planned, config), token);
        var state = planned
            .With("id", TfValue.Of(secretId + IdSeparator + versionId))
            .With("arn", TfValue.Of(arn))
            .With("version_id", TfValue.Of(versionId))
            .With("version_stages", TfValue.SetOf(stages ?? labels))
            .With("owned_fields", config["secret_fields_wo"] is TfObject fields ? TfValue.SetOf(fields.Members.Keys) : TfValue.Null);
        try
        {
            if (await call.Portal.LookUpSecretAsync(secretId, call.Stop, state.Texts("owned_fields") ?? []) is { } found)
                ValueDrift.Remember(call.Private, found, versionId, state.Texts("owned_fields"));
        }
        catch (PortalApiException)
        {
            // The value is put; what the next refresh finds is remembered then.
            call.Private[ValueDrift.CurrentVersion] = null;
        }

        return state;
    }

    /// <summary>Whether the version that the state names holds the configured value already; false, too, where the caller may not read it.</summary>
    public static async Task<bool> HoldsAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config)
    {
        try
        {
            var stored = await call.Portal.GetSecretValueAsync(
                new GetSecretValueRequest { SecretId = prior.Text("secret_id")!, VersionId = prior.Text("version_id") }, call.Stop);
            return string.Equals(stored.SecretString, ValueOf(planned, config), StringComparison.Ordinal);
        }
        catch (PortalApiException e) when (e.IsNotFound || e.Code == "AccessDeniedException")
        {
            // Who may not read may still write: then the value is put, as for a version that is not imported.
            return false;
        }
    }

    /// <summary>The imported version holds the configured value already: nothing to put, only to remember.</summary>
    public static TfObject Adopt(TfObject prior, TfObject planned) => planned
        .With("id", prior["id"])
        .With("arn", prior["arn"])
        .With("version_id", prior["version_id"])
        .With("version_stages", planned["version_stages"].IsUnknown ? prior["version_stages"] : planned["version_stages"]);

    private static async Task<(string Arn, string VersionId, IReadOnlyList<string> Labels)> PutWholeAsync(
        ResourceCall call, string secretId, IReadOnlyList<string>? stages, string value, string token)
    {
        try
        {
            var put = await call.Portal.PutSecretValueAsync(
                new PutSecretValueRequest { SecretId = secretId, ClientRequestToken = token, SecretString = value, VersionStages = stages }, call.Stop);
            return (put.Arn, put.VersionId!, put.VersionStages ?? []);
        }
        catch (PortalApiException e) when (e.IsNotFound || e.IsScheduledForDeletion)
        {
            throw e.For($"Putting a value into {secretId}", AttributePath.Of("secret_id"));
        }
    }

    private static async Task<(string Arn, string VersionId, IReadOnlyList<string> Labels)> MergeAsync(ResourceCall call, string secretId, TfObject config)
    {
        try
        {
            var merged = await call.Portal.MergeFieldsAsync(secretId, config.TextMap("secret_fields_wo"), call.Stop);
            return (merged.Arn, merged.VersionId, [StagingLabels.Current]);
        }
        catch (PortalApiException e)
        {
            throw e.For($"Putting members into {secretId}", AttributePath.Of(e.IsNotFound || e.IsScheduledForDeletion ? "secret_id" : "secret_fields_wo"));
        }
    }

    private static string ValueOf(TfObject planned, TfObject config) =>
        planned.Text("secret_string") ?? config.Text("secret_string_wo")
        ?? throw new DiagnosticException("No value", "secret_string_wo turned out to be null at apply: give it a value.",
            AttributePath.Of("secret_string_wo"));
}
