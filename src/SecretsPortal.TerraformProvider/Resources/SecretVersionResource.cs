using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>
/// <c>secretsportal_secret_version</c>: a value that Terraform puts into a secret. It follows the version that it put and no other,
/// so a rotation that moves AWSCURRENT on is no drift, and the next apply leaves the rotated value alone.
/// </summary>
internal sealed class SecretVersionResource : ManagedResource
{
    private const string Keep = "keep";

    private const string Warn = "warn";

    private const string Overwrite = "overwrite";

    private static readonly Schema s_schema = new(1,
        "A value of a secret. It is put when this resource is created, and again when `secret_string`, `secret_string_wo_version` or " +
        "`secret_fields_wo_version` changes; a rotation in between is not undone. Destroying it removes it from the state and takes its own labels off: the portal " +
        "keeps the value as long as the secret.",
    [
        new("id", Presence.Computed, "`secret_id|version_id`.") { Type = TfType.Text, KeptOnUpdate = true },
        new("arn", Presence.Computed, "The secret's ARN.") { Type = TfType.Text, KeptOnUpdate = true },
        new("secret_id", Presence.Required, "The secret's ARN or name.")
        {
            Type = TfType.Text, IsSecret = true, ReplaceOnChange = true, Validators = [Validators.Id],
        },
        new("secret_string", Presence.Optional,
            "The value. It stands in the state in the clear: prefer `secret_string_wo`. Exactly one of this, `secret_string_wo` and `secret_fields_wo` is set.")
        {
            Type = TfType.Text, Sensitive = true, IsBehaviour = true, Validators = [Validators.SecretLength(1, 65536)],
        },
        new("secret_string_wo", Presence.Optional,
            "The value, write-only: it stands in neither plan nor state. Terraform cannot see it change, so raise `secret_string_wo_version` with it.")
        {
            Type = TfType.Text, Sensitive = true, WriteOnly = true, Validators = [Validators.SecretLength(1, 65536)],
        },
        new("secret_string_wo_version", Presence.Optional, "A number of your own; another one than before puts `secret_string_wo` again.")
        {
            Type = TfType.Number, IsBehaviour = true, Validators = [Validators.WholeNumber(0, int.MaxValue, "It counts the values.")],
        },
        new("secret_fields_wo", Presence.Optional,
            "Single members of a value that is a JSON object, write-only: these are Terraform's, the others stay as they are. The portal puts them into the " +
            "current value without showing it.")
        {
            Type = TfType.MapOf(TfType.Text), Sensitive = true, WriteOnly = true, Validators = [Fields],
        },
        new("secret_fields_wo_version", Presence.Optional, "A number of your own; another one than before puts `secret_fields_wo` again.")
        {
            Type = TfType.Number, IsBehaviour = true, Validators = [Validators.WholeNumber(0, int.MaxValue, "It counts the values.")],
        },
        new("seed_once", Presence.OptionalComputed,
            "True: Terraform gives the secret its first value where it has none, and leaves every later one alone, also where the configuration changes. Default false.")
        {
            Type = TfType.Flag, IsBehaviour = true, Default = TfValue.Of(false),
        },
        new("on_value_drift", Presence.OptionalComputed,
            "What a plan does where the current value is another one than Terraform put, by a rotation or by hand: `keep`, `warn`, or `overwrite` (the value is put again). " +
            "Told by fingerprints, without reading a value. Default `keep`.")
        {
            Type = TfType.Text, IsBehaviour = true, Default = TfValue.Of(Keep), Validators = [Validators.OneOf(Keep, Warn, Overwrite)],
        },
        new("version_stages", Presence.OptionalComputed,
            "The staging labels that the new version gets; AWSCURRENT where absent. The labels AWSCURRENT, AWSPREVIOUS and AWSPENDING are " +
            "moved on by rotations and later values, and that is not undone; others are held in place.")
        {
            Type = TfType.SetOf(TfType.Text), KeptOnUpdate = true, Validators = [Validators.Labels],
        },
        new("version_id", Presence.Computed, "The version that Terraform put.") { Type = TfType.Text, KeptOnUpdate = true },
        new("owned_fields", Presence.Computed, "The names of the members of `secret_fields_wo`.") { Type = TfType.SetOf(TfType.Text), KeptOnUpdate = true, IsBehaviour = true },
        new("value_drifted", Presence.Computed, "Whether the current value is another one than Terraform put; of `secret_fields_wo` alone where that is set.")
        {
            Type = TfType.Flag, KeptOnUpdate = true, IsBehaviour = true,
        },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secret_version";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string ImportId => "`SECRET|VERSION_ID`";

    /// <inheritdoc/>
    public override string Example => """
        variable "token" {
          type      = string
          ephemeral = true
        }

        resource "secretsportal_secret_version" "api" {
          secret_id                = secretsportal_secret.api.id
          secret_string_wo         = jsonencode({ token = var.token })
          secret_string_wo_version = 1 # raise it to put another value
        }
        """;

    /// <inheritdoc/>
    public override void Validate(TfObject config, Diagnostics diagnostics)
    {
        var (inState, writeOnly, fields) = (config["secret_string"], config["secret_string_wo"], config["secret_fields_wo"]);
        var seeds = config.Flag("seed_once") == true;
        if (inState.IsNull && writeOnly.IsNull && fields.IsNull)
        {
            diagnostics.Error("No value", "Set secret_string_wo (with secret_string_wo_version), secret_fields_wo, or secret_string.",
                AttributePath.Of("secret_string_wo"));
        }

        if (inState.IsKnown && writeOnly.IsKnown)
            diagnostics.Error("Two values", "Set secret_string_wo or secret_string, not both.", AttributePath.Of("secret_string"));
        if (fields.IsKnown && (inState.IsKnown || writeOnly.IsKnown))
            diagnostics.Error("Two values", "Set secret_fields_wo or a whole value, not both.", AttributePath.Of("secret_fields_wo"));
        if (fields.IsKnown && config["version_stages"].IsKnown)
        {
            diagnostics.Error("Members are of the current value",
                "The portal puts secret_fields_wo into the current value, and the new version becomes AWSCURRENT: leave version_stages out.", AttributePath.Of("version_stages"));
        }

        if (seeds && inState.IsKnown)
        {
            diagnostics.Error("A seed in the state",
                "The state would hold secret_string where the secret keeps another value: set secret_string_wo with seed_once.", AttributePath.Of("secret_string"));
        }

        CheckNumber(config, "secret_string_wo", seeds, diagnostics);
        CheckNumber(config, "secret_fields_wo", seeds, diagnostics);
        if (seeds && fields.IsKnown)
            diagnostics.Error("Fields are no seed", "secret_fields_wo holds single members in place; seed_once gives a secret its first value and goes with a whole one.", AttributePath.Of("seed_once"));
        if (seeds && config.Text("on_value_drift") == Overwrite)
            diagnostics.Error("Once is not always", "seed_once leaves later values alone; on_value_drift = \"overwrite\" does not. Set one of the two.", AttributePath.Of("on_value_drift"));
    }

    /// <inheritdoc/>
    public override void ModifyPlan(PlanDraft draft, ResourceCall call)
    {
        var fields = draft.Config["secret_fields_wo"];
        draft.Set("owned_fields", fields is TfObject map ? TfValue.SetOf(map.Members.Keys) : fields);
        if (draft.Prior is not { } prior)
        {
            draft.Set("value_drifted", TfValue.Of(false));
            return;
        }

        var overwrites = prior.Flag("value_drifted") == true && draft.Planned.Text("on_value_drift") == Overwrite;
        if (prior.Flag("value_drifted") == true && draft.Planned.Text("on_value_drift") == Warn)
        {
            call.Diagnostics.Warning($"The value of {prior.Text("secret_id")} was changed elsewhere",
                $"Terraform put version {prior.Text("version_id")}; the current one is {call.Private[ValueDrift.CurrentVersion]} and its value is another one. " +
                "It is left alone; on_value_drift = \"overwrite\" would put Terraform's again.", AttributePath.Of("on_value_drift"));
        }

        if (PutsValue(prior, draft.Planned) || overwrites)
        {
            draft.Set("id", TfValue.Unknown);
            draft.Set("version_id", TfValue.Unknown);
            draft.Set("value_drifted", TfValue.Of(false));
            if (draft.Config["version_stages"].IsNull)
                draft.Set("version_stages", TfValue.Unknown);
        }
        else if (draft.Planned["version_stages"] is TfSequence planned && prior["version_stages"] is TfSequence held
            && VersionLabels.Own(planned).SetEquals(VersionLabels.Own(held)))
        {
            draft.Set("version_stages", held);
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(ResourceCall call, TfObject state)
    {
        var found = await call.Portal.LookUpSecretAsync(state.Text("secret_id")!, call.Stop, state.Texts("owned_fields") ?? []);
        // A secret of the same name without any value is a new one. Any other value, though, was put there by a rotation or by hand,
        // and our version may long be without labels or removed: that is not for us to overwrite.
        if (found?.Secret is not { DeletedDate: null, VersionIdsToStages.Count: > 0 } secret)
            return null;
        var labels = secret.VersionIdsToStages.GetValueOrDefault(state.Text("version_id")!, []);
        if (found.Fingerprints is null && state.Texts("owned_fields") is { Count: > 0 } && call.Portal.IsFirstToTell("no fingerprints"))
        {
            call.Diagnostics.Warning("Changed members are not noticed",
                "The caller may not see the fingerprints by which the portal tells that a member of secret_fields_wo was changed elsewhere: value_drifted stays " +
                "false for those. A policy has to allow secretsportal:GetSecretFingerprints.", AttributePath.Of("secret_fields_wo"));
        }

        return state
            .With("arn", TfValue.Of(secret.Arn))
            .With("version_stages", TfValue.SetOf(labels))
            .With("value_drifted", TfValue.Of(ValueDrift.Find(call.Private, found, state.Text("version_id")!, state.Texts("owned_fields"))));
    }

    /// <inheritdoc/>
    public override Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config) => planned.Flag("seed_once") == true
        ? VersionSeed.PutOrAdoptAsync(call, planned, config)
        : VersionValue.PutAsync(call, planned, config, call.Portal.NewToken());

    /// <inheritdoc/>
    public override async Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config)
    {
        if (planned["version_id"].IsUnknown)
        {
            var isImported = Imported.Is(call) && planned["owned_fields"].IsNull && CarriesCurrent(prior, planned);
            Imported.Forget(call);
            if (!isImported || !await VersionValue.HoldsAsync(call, prior, planned, config))
                return await VersionValue.PutAsync(call, planned, config, call.Portal.NewToken());
            var adopted = VersionValue.Adopt(prior, planned);
            await VersionLabels.MoveAsync(call, prior, adopted);
            return adopted;
        }

        await VersionLabels.MoveAsync(call, prior, planned);
        return planned;
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(ResourceCall call, TfObject state)
    {
        var (portal, stop) = (call.Portal, call.Stop);
        var (secretId, versionId) = (state.Text("secret_id")!, state.Text("version_id")!);
        if (await portal.FindSecretAsync(secretId, stop) is not { DeletedDate: null, VersionIdsToStages: { } versions })
            return;
        foreach (var label in versions.GetValueOrDefault(versionId, []).Where(VersionLabels.IsOwn))
        {
            await portal.UpdateSecretVersionStageAsync(
                new UpdateSecretVersionStageRequest { SecretId = secretId, VersionStage = label, RemoveFromVersionId = versionId }, stop);
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(ResourceCall call, string id)
    {
        if (id.Split(VersionValue.IdSeparator) is not [{ Length: > 0 } secretId, { Length: > 0 } versionId])
        {
            throw new DiagnosticException("Invalid import id",
                "The id of a secret version is its secret's ARN or name and its version id with a bar between them: secret_id|version_id.");
        }

        var secret = await call.Portal.DescribeSecretAsync(secretId, call.Stop);
        if (secret.DeletedDate is not null)
            throw new DiagnosticException($"The secret {secretId} waits for its deletion", "Restore it first, then import its version.");
        Imported.Note(call);
        return secret.VersionIdsToStages?.GetValueOrDefault(versionId) is { } labels
            ? TfObject.Empty
                .With("id", TfValue.Of(id))
                .With("arn", TfValue.Of(secret.Arn))
                .With("secret_id", TfValue.Of(secretId))
                .With("version_id", TfValue.Of(versionId))
                .With("version_stages", TfValue.SetOf(labels))
                .With("seed_once", TfValue.Of(false))
                .With("on_value_drift", TfValue.Of(Keep))
                .With("value_drifted", TfValue.Of(false))
            : throw new DiagnosticException($"The secret {secretId} has no version {versionId} with a staging label",
                "aws secretsmanager list-secret-version-ids shows the versions there are.");
    }

    /// <inheritdoc/>
    public override TfObject? MoveFrom(string typeName, JsonElement state) => typeName == "aws_secretsmanager_secret_version"
        ? TfObject.Empty
            .With("id", TfValue.Of(ForeignState.SecretId(state, "secret_id") + VersionValue.IdSeparator + ForeignState.Text(state, "version_id")))
            .With("secret_id", TfValue.Of(ForeignState.SecretId(state, "secret_id")))
            .With("secret_string", TfValue.Of(ForeignState.Text(state, "secret_string") is { Length: > 0 } value ? value : null))
            .With("secret_string_wo_version", state.TryGetProperty("secret_string_wo_version", out var number) && number.ValueKind == JsonValueKind.Number
                ? TfValue.Of(number.GetDecimal())
                : TfValue.Null)
            .With("version_id", TfValue.Of(ForeignState.Text(state, "version_id")))
            .With("seed_once", TfValue.Of(false))
            .With("on_value_drift", TfValue.Of(Keep))
            .With("value_drifted", TfValue.Of(false))
        : null;

    private static void CheckNumber(TfObject config, string attribute, bool seeds, Diagnostics diagnostics)
    {
        var (value, number) = (config[attribute], config[$"{attribute}_version"]);
        if (!value.IsNull && number.IsNull && !seeds)
        {
            diagnostics.Error($"No {attribute}_version",
                $"Terraform does not store {attribute} and cannot see it change: set {attribute}_version, and raise it with each new value.", AttributePath.Of(attribute));
        }

        if (value.IsNull && !number.IsNull)
            diagnostics.Error($"No {attribute}", $"{attribute}_version counts the values of {attribute}: set both or none.", AttributePath.Of($"{attribute}_version"));
    }

    private static void Fields(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is TfObject { Members.Count: 0 or > 50 })
            diagnostics.Error($"Invalid {path}", "Name 1 to 50 members.", path);
        if (value is TfObject map && map.Members.Values.Any(v => v.IsNull))
            diagnostics.Error($"Invalid {path}", "A member's value must not be null; leave the member out instead.", path);
    }

    private static bool PutsValue(TfObject prior, TfObject planned) => planned.Flag("seed_once") != true
        && (!prior["secret_string"].Equals(planned["secret_string"])
            || !prior["secret_string_wo_version"].Equals(planned["secret_string_wo_version"])
            || !prior["secret_fields_wo_version"].Equals(planned["secret_fields_wo_version"])
            || !prior["owned_fields"].Equals(planned["owned_fields"]));

    /// <summary>Whether a value that becomes the current one is so already: one that was moved on from has to be put again.</summary>
    private static bool CarriesCurrent(TfObject prior, TfObject planned) =>
        planned.Texts("version_stages")?.Contains(StagingLabels.Current) == false || prior.Texts("version_stages")?.Contains(StagingLabels.Current) == true;
}
