using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_secret</c>, the data source: a secret's metadata, never its value.</summary>
internal sealed class SecretDataSource : DataSource
{
    /// <summary>What a secret's metadata looks like; the data source of many secrets has the same.</summary>
    public static readonly Schema Shape = new(0, "A secret's metadata. Its value is read by the ephemeral resource `secretsportal_secret_value`.",
    [
        new("id", Presence.Computed, "The ARN.") { Type = TfType.Text },
        new("name", Presence.OptionalComputed, "The name. This or `arn`.") { Type = TfType.Text, Validators = [Validators.Name] },
        new("arn", Presence.OptionalComputed, "The ARN. This or `name`.") { Type = TfType.Text, Validators = [Validators.Id] },
        new("description", Presence.Computed, "What the secret is for.") { Type = TfType.Text },
        new("kms_key_id", Presence.Computed, "The key that protects it; absent for the portal's default key.") { Type = TfType.Text },
        new("tags", Presence.Computed, "Its tags.") { Type = TfType.MapOf(TfType.Text) },
        new("replica_regions", Presence.Computed, "The other regions that hold a copy of it.") { Type = TfType.SetOf(TfType.Text) },
        new("current_version_id", Presence.Computed, "The version that carries AWSCURRENT; absent while there is no value.") { Type = TfType.Text },
        new("rotation_enabled", Presence.Computed, "Whether it is rotated on a schedule.") { Type = TfType.Flag },
        new("rotation_lambda_arn", Presence.Computed, "The rotation function, a built-in one too where the secret names it; absent where the value decides.") { Type = TfType.Text },
        new("rotation_rules", Presence.Computed, "The schedule; absent where there is none.")
        {
            Type = TfType.ObjectOf(
                KeyValuePair.Create("automatically_after_days", TfType.Number),
                KeyValuePair.Create("schedule_expression", TfType.Text),
                KeyValuePair.Create("duration", TfType.Text)),
        },
        new("next_rotation_date", Presence.Computed, "By when the next rotation is due, in RFC 3339.") { Type = TfType.Text },
        new("created_date", Presence.Computed, "When it was created, in RFC 3339.") { Type = TfType.Text },
        new("last_changed_date", Presence.Computed, "When it was last changed, in RFC 3339.") { Type = TfType.Text },
        new("last_rotated_date", Presence.Computed, "When it was last rotated, in RFC 3339.") { Type = TfType.Text },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secret";

    /// <inheritdoc/>
    public override Schema Schema => Shape;

    /// <inheritdoc/>
    public override string Example => """
        data "secretsportal_secret" "api" {
          name = "prod/api" # or arn
        }
        """;

    /// <inheritdoc/>
    public override void Validate(TfObject config, Diagnostics diagnostics)
    {
        if (config["name"].IsNull && config["arn"].IsNull)
            diagnostics.Error("No secret named", "Set name or arn.", AttributePath.Of("name"));
        if (config["name"].IsKnown && config["arn"].IsKnown)
            diagnostics.Error("Two secrets named", "Set name or arn, not both.", AttributePath.Of("arn"));
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ReadAsync(ResourceCall call, TfObject config)
    {
        var attribute = config["arn"].IsNull ? "name" : "arn";
        var id = config.Text(attribute)!;
        var secret = (await call.Portal.LookUpSecretAsync(id, call.Stop))?.Secret
            ?? throw new DiagnosticException($"There is no secret {id}", "Check the name or ARN, and the provider's region.", AttributePath.Of(attribute));
        if (secret.DeletedDate is not null)
            throw new DiagnosticException($"The secret {id} waits for its deletion", "Restore it first, or name another one.", AttributePath.Of(attribute));
        // A partial ARN finds the secret too; Terraform wants to read back what the configuration says.
        return StateOf(secret).With("arn", config["arn"].IsNull ? TfValue.Of(secret.Arn) : config["arn"]);
    }

    /// <summary>What is told of a secret.</summary>
    public static TfObject StateOf(DescribeSecretResponse secret) => TfObject.Empty
        .With("id", TfValue.Of(secret.Arn))
        .With("arn", TfValue.Of(secret.Arn))
        .With("name", TfValue.Of(secret.Name))
        .With("description", TfValue.Of(secret.Description))
        .With("kms_key_id", TfValue.Of(secret.KmsKeyId))
        .With("tags", TfValue.MapOf((secret.Tags ?? []).Select(t => KeyValuePair.Create(t.Key, t.Value))))
        .With("replica_regions", TfValue.SetOf((secret.ReplicationStatus ?? []).Select(r => r.Region)))
        .With("current_version_id", TfValue.Of((secret.VersionIdsToStages ?? secret.SecretVersionsToStages)?.FirstOrDefault(v => v.Value.Contains("AWSCURRENT")).Key))
        .With("rotation_enabled", TfValue.Of(secret.RotationEnabled ?? false))
        .With("rotation_lambda_arn", TfValue.Of(secret.RotationLambdaArn))
        .With("rotation_rules", secret.RotationRules is { } rules ? RulesOf(rules) : TfValue.Null)
        .With("next_rotation_date", TfValue.Of(WireTime.ToText(secret.NextRotationDate)))
        .With("created_date", TfValue.Of(WireTime.ToText(secret.CreatedDate)))
        .With("last_changed_date", TfValue.Of(WireTime.ToText(secret.LastChangedDate)))
        .With("last_rotated_date", TfValue.Of(WireTime.ToText(secret.LastRotatedDate)));

    private static TfObject RulesOf(WireRotationRules rules) => TfObject.Empty
        .With("automatically_after_days", TfValue.Of((decimal?)rules.AutomaticallyAfterDays))
        .With("schedule_expression", TfValue.Of(rules.ScheduleExpression))
        .With("duration", TfValue.Of(rules.Duration));
}
