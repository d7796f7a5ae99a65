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
    private const string IdSeparator = "|";

    private static readonly Schema s_schema = new(0,
        "A value of a secret. It is put when this resource is created, and again when `secret_string` or `secret_string_wo_version` " +
        "changes; a rotation in between is not undone. Destroying it removes it from the state and takes its own labels off: the portal " +
        "keeps the value as long as the secret.",
    [
        new("id", Presence.Computed, "`secret_id|version_id`.") { Type = TfType.Text, KeptOnUpdate = true },
        new("arn", Presence.Computed, "The secret's ARN.") { Type = TfType.Text, KeptOnUpdate = true },
        new("secret_id", Presence.Required, "The secret's ARN or name.")
        {
            Type = TfType.Text, ReplaceOnChange = true, Validators = [Validators.Id],
        },
        new("secret_string", Presence.Optional,
            "The value. It stands in the state in the clear: prefer `secret_string_wo`. Exactly one of the two is set.")
        {
            Type = TfType.Text, Sensitive = true, Validators = [Validators.Length(1, 65536)],
        },
        new("secret_string_wo", Presence.Optional,
            "The value, write-only: it stands in neither plan nor state. Terraform cannot see it change, so raise `secret_string_wo_version` with it.")
        {
            Type = TfType.Text, Sensitive = true, WriteOnly = true, Validators = [Validators.Length(1, 65536)],
        },
        new("secret_string_wo_version", Presence.Optional, "A number of your own; another one than before puts `secret_string_wo` again.")
        {
            Type = TfType.Number, Validators = [Validators.WholeNumber(0, int.MaxValue, "It counts the values.")],
        },
        new("version_stages", Presence.OptionalComputed,
            "The staging labels that the new version gets; AWSCURRENT where absent. The labels AWSCURRENT, AWSPREVIOUS and AWSPENDING are " +
            "moved on by rotations and later values, and that is not undone; others are held in place.")
        {
            Type = TfType.SetOf(TfType.Text), KeptOnUpdate = true, Validators = [Validators.Labels],
        },
        new("version_id", Presence.Computed, "The version that Terraform put.") { Type = TfType.Text, KeptOnUpdate = true },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secret_version";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override void Validate(TfObject config, Diagnostics diagnostics)
    {
        var (inState, writeOnly, counter) = (config["secret_string"], config["secret_string_wo"], config["secret_string_wo_version"]);
        if (inState.IsNull && writeOnly.IsNull)
        {
            diagnostics.Error("No value", "Set secret_string_wo (with secret_string_wo_version), or secret_string.",
                AttributePath.Of("secret_string_wo"));
        }

        if (inState.IsKnown && writeOnly.IsKnown)
            diagnostics.Error("Two values", "Set secret_string_wo or secret_string, not both.", AttributePath.Of("secret_string"));
        if (!writeOnly.IsNull && counter.IsNull)
        {
            diagnostics.Error("No secret_string_wo_version",
                "Terraform does not store secret_string_wo and cannot see it change: set secret_string_wo_version, and raise it with each new value.",
                AttributePath.Of("secret_string_wo"));
        }

        if (writeOnly.IsNull && !counter.IsNull)
        {
            diagnostics.Error("No secret_string_wo", "secret_string_wo_version counts the values of secret_string_wo: set both or none.",
                AttributePath.Of("secret_string_wo_version"));
        }
    }

    /// <inheritdoc/>
    public override void ModifyPlan(PlanDraft draft)
    {
        if (draft.Prior is not { } prior)
            return;
        if (PutsValue(prior, draft.Planned))
        {
            draft.Set("id", TfValue.Unknown);
            draft.Set("version_id", TfValue.Unknown);
            if (draft.Config["version_stages"].IsNull)
                draft.Set("version_stages", TfValue.Unknown);
        }
        else if (draft.Planned["version_stages"] is TfSequence planned && prior["version_stages"] is TfSequence held
            && OwnLabels(planned).SetEquals(OwnLabels(held)))
        {
            draft.Set("version_stages", held);
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(PortalClient portal, TfObject state, CancellationToken stop)
    {
        var secret = await portal.FindSecretAsync(state.Text("secret_id")!, stop);
        // A secret of the same name without any value is a new one. Any other value, though, was put there by a rotation or by hand,
        // and our version may long be without labels or removed: that is not for us to overwrite.
        if (secret is not { DeletedDate: null, VersionIdsToStages.Count: > 0 })
            return null;
        var labels = secret.VersionIdsToStages.GetValueOrDefault(state.Text("version_id")!, []);
        return state.With("arn", TfValue.Of(secret.Arn)).With("version_stages", TfValue.SetOf(labels));
    }

    /// <inheritdoc/>
    public override Task<TfObject> CreateAsync(PortalClient portal, TfObject planned, TfObject config, CancellationToken stop) =>
        PutAsync(portal, planned, config, stop);

    /// <inheritdoc/>
    public override async Task<TfObject> UpdateAsync(
        PortalClient portal, TfObject prior, TfObject planned, TfObject config, CancellationToken stop)
    {
        if (PutsValue(prior, planned))
        {
            return WasImported(prior) && await HoldsAsync(portal, prior, ValueOf(planned, config), stop)
                ? Adopt(prior, planned)
                : await PutAsync(portal, planned, config, stop);
        }

        await MoveLabelsAsync(portal, prior, planned, stop);
        return planned;
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(PortalClient portal, TfObject state, CancellationToken stop)
    {
        var (secretId, versionId) = (state.Text("secret_id")!, state.Text("version_id")!);
        if (await portal.FindSecretAsync(secretId, stop) is not { DeletedDate: null, VersionIdsToStages: { } versions })
            return;
        foreach (var label in versions.GetValueOrDefault(versionId, []).Where(IsOwn))
        {
            await portal.UpdateSecretVersionStageAsync(
                new UpdateSecretVersionStageRequest { SecretId = secretId, VersionStage = label, RemoveFromVersionId = versionId }, stop);
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(PortalClient portal, string id, CancellationToken stop)
    {
        if (id.Split(IdSeparator) is not [{ Length: > 0 } secretId, { Length: > 0 } versionId])
        {
            throw new DiagnosticException("Invalid import id",
                "The id of a secret version is its secret's ARN or name and its version id with a bar between them: secret_id|version_id.");
        }

        var secret = await portal.DescribeSecretAsync(secretId, stop);
        return secret.VersionIdsToStages?.GetValueOrDefault(versionId) is { } labels
            ? TfObject.Empty
                .With("id", TfValue.Of(id))
                .With("arn", TfValue.Of(secret.Arn))
                .With("secret_id", TfValue.Of(secretId))
                .With("version_id", TfValue.Of(versionId))
                .With("version_stages", TfValue.SetOf(labels))
            : throw new DiagnosticException($"The secret {secretId} has no version {versionId} with a staging label",
                "aws secretsmanager list-secret-version-ids shows the versions there are.");
    }

    private static bool PutsValue(TfObject prior, TfObject planned) =>
        !prior["secret_string"].Equals(planned["secret_string"])
        || !prior["secret_string_wo_version"].Equals(planned["secret_string_wo_version"]);

    private static string ValueOf(TfObject planned, TfObject config) =>
        planned.Text("secret_string") ?? config.Text("secret_string_wo")
        ?? throw new DiagnosticException("No value", "secret_string_wo turned out to be null at apply: give it a value.",
            AttributePath.Of("secret_string_wo"));

    private static async Task<TfObject> PutAsync(PortalClient portal, TfObject planned, TfObject config, CancellationToken stop)
    {
        var secretId = planned.Text("secret_id")!;
        var stages = planned.Texts("version_stages");
        var put = await portal.PutSecretValueAsync(
            new PutSecretValueRequest
            {
                SecretId = secretId,
                ClientRequestToken = portal.NewToken(),
                SecretString = ValueOf(planned, config),
                VersionStages = stages,
            },
            stop);
        return planned
            .With("id", TfValue.Of(secretId + IdSeparator + put.VersionId))
            .With("arn", TfValue.Of(put.Arn))
            .With("version_id", TfValue.Of(put.VersionId))
            .With("version_stages", TfValue.SetOf(stages ?? put.VersionStages ?? []));
    }

    /// <summary>An import brings no value along, so neither of the two traces of one is in the state.</summary>
    private static bool WasImported(TfObject prior) => prior["secret_string"].IsNull && prior["secret_string_wo_version"].IsNull;

    private static async Task<bool> HoldsAsync(PortalClient portal, TfObject prior, string value, CancellationToken stop)
    {
        try
        {
            var stored = await portal.GetSecretValueAsync(
                new GetSecretValueRequest { SecretId = prior.Text("secret_id")!, VersionId = prior.Text("version_id") }, stop);
            return string.Equals(stored.SecretString, value, StringComparison.Ordinal);
        }
        catch (PortalApiException e) when (e.IsNotFound || e.Code == "AccessDeniedException")
        {
            // Who may not read may still write: then the value is put, as for a version that is not imported.
            return false;
        }
    }

    /// <summary>The imported version holds the configured value already: nothing to put, only to remember.</summary>
    private static TfObject Adopt(TfObject prior, TfObject planned) => planned
        .With("id", prior["id"])
        .With("arn", prior["arn"])
        .With("version_id", prior["version_id"])
        .With("version_stages", planned["version_stages"].IsUnknown ? prior["version_stages"] : planned["version_stages"]);

    private static async Task MoveLabelsAsync(PortalClient portal, TfObject prior, TfObject planned, CancellationToken stop)
    {
        if (prior["version_stages"] is not TfSequence held || planned["version_stages"] is not TfSequence wanted)
            return;
        var (secretId, versionId) = (prior.Text("secret_id")!, prior.Text("version_id")!);
        var (before, after) = (OwnLabels(held), OwnLabels(wanted));
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

    private static HashSet<string> OwnLabels(TfSequence labels) => labels.Texts().Where(IsOwn).ToHashSet(StringComparer.Ordinal);

    /// <summary>Whether a label is the user's own and not one that the portal moves by itself.</summary>
    private static bool IsOwn(string label) => !label.StartsWith("AWS", StringComparison.Ordinal);
}
