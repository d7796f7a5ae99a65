using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_secret_value</c>: a secret's value, for providers' configurations and write-only attributes.</summary>
internal sealed class SecretValueEphemeralResource : EphemeralResource
{
    private static readonly Schema s_schema = new(0, "A secret's value, read in each run and stored in neither plan nor state.",
    [
        new("secret_id", Presence.Required, "The secret's ARN or name.") { Type = TfType.Text, Validators = [Validators.Id] },
        new("version_id", Presence.OptionalComputed, "The version; the one that carries `version_stage` where absent.")
        {
            Type = TfType.Text, Validators = [Validators.Length(32, 64)],
        },
        new("version_stage", Presence.Optional, "The staging label; AWSCURRENT where neither it nor `version_id` is set.")
        {
            Type = TfType.Text, Validators = [Validators.Length(1, 256)],
        },
        new("arn", Presence.Computed, "The secret's ARN.") { Type = TfType.Text },
        new("name", Presence.Computed, "The secret's name.") { Type = TfType.Text },
        new("secret_string", Presence.Computed, "The value, where it is text.") { Type = TfType.Text, Sensitive = true },
        new("secret_binary", Presence.Computed, "The value in base64, where it is bytes.") { Type = TfType.Text, Sensitive = true },
        new("version_stages", Presence.Computed, "The version's staging labels.") { Type = TfType.SetOf(TfType.Text) },
        new("created_date", Presence.Computed, "When the version was created, in RFC 3339.") { Type = TfType.Text },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secret_value";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        ephemeral "secretsportal_secret_value" "api" {
          secret_id = "prod/api" # version_id or version_stage select another version than the current one
        }

        locals {
          api_token = jsondecode(ephemeral.secretsportal_secret_value.api.secret_string).token
        }
        """;

    /// <inheritdoc/>
    public override async Task<TfObject> OpenAsync(ResourceCall call, TfObject config)
    {
        var id = config.Text("secret_id")!;
        try
        {
            var value = await call.Portal.GetSecretValueAsync(
                new GetSecretValueRequest { SecretId = id, VersionId = config.Text("version_id"), VersionStage = config.Text("version_stage") }, call.Stop);
            return config
                .With("version_id", TfValue.Of(value.VersionId))
                .With("arn", TfValue.Of(value.Arn))
                .With("name", TfValue.Of(value.Name))
                .With("secret_string", TfValue.Of(value.SecretString))
                .With("secret_binary", TfValue.Of(value.SecretBinary))
                .With("version_stages", TfValue.SetOf(value.VersionStages ?? []))
                .With("created_date", TfValue.Of(WireTime.ToText(value.CreatedDate)));
        }
        catch (PortalApiException e) when (e.IsNotFound || e.IsScheduledForDeletion)
        {
            throw e.For($"Reading the value of {id}", AttributePath.Of("secret_id"));
        }
    }
}
