using System.Text.Json;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_secret</c>: a secret's identity and metadata, without its value.</summary>
internal sealed class SecretResource : ManagedResource
{
    private const int DefaultRecoveryWindow = 30;

    private const string Fail = "fail";

    private const string Restore = "restore";

    private const string Replace = "replace";

    private static readonly Schema s_schema = new(1, "A secret: its name, description, key and tags. Its value is a `secretsportal_secret_version`.",
    [
        new("id", Presence.Computed, "The ARN.") { Type = TfType.Text, KeptOnUpdate = true },
        new("arn", Presence.Computed, "The ARN.") { Type = TfType.Text, KeptOnUpdate = true },
        new("name", Presence.Required, "The name. Another name is another secret.")
        {
            Type = TfType.Text, ReplaceOnChange = true, Validators = [Validators.Name],
        },
        new("description", Presence.Optional, "What the secret is for; up to 2,048 characters.")
        {
            Type = TfType.Text, Validators = [Validators.Length(0, 2048)],
        },
        new("kms_key_id", Presence.Optional, "The key that protects the value; the portal's default key where absent.")
        {
            Type = TfType.Text, Validators = [Validators.Length(1, 2048)],
        },
        new("recovery_window_in_days", Presence.OptionalComputed,
            "How long a destroyed secret can still be restored: 7 to 30 days, or 0 to delete it at once and for good. Default 30.")
        {
            Type = TfType.Number, IsBehaviour = true, Default = TfValue.Of((decimal)DefaultRecoveryWindow), Validators = [RecoveryWindow],
        },
        new("on_name_conflict", Presence.OptionalComputed,
            "What a creation does where the name is taken by a secret that waits for its deletion: `fail`, `restore` (it is taken back with its values and brought into " +
            "line), or `replace` (it is deleted for good and made anew). Default `fail`. A secret that is in use is never taken over: import it.")
        {
            Type = TfType.Text, IsBehaviour = true, Default = TfValue.Of(Fail), Validators = [Validators.OneOf(Fail, Restore, Replace)],
        },
        new("replicas", Presence.OptionalComputed,
            "Other regions that hold a copy of it, by their names. Where it is left out, they stay as they are; `{}` removes them.")
        {
            KeptOnUpdate = true,
            Nesting = Nesting.Map,
            Nested = [new("kms_key_id", Presence.Optional, "The key that protects the copy; the region's default key where absent.") { Type = TfType.Text }],
        },
        new("force_overwrite_replica_secret", Presence.OptionalComputed, "Whether a replica may take the place of a secret of the same name there. Default false.")
        {
            Type = TfType.Flag, IsBehaviour = true, Default = TfValue.Of(false),
        },
        new("tags", Presence.Optional, "Tags, at most 50. They go before those of the provider's `default_tags`.")
        {
            Type = TfType.MapOf(TfType.Text), Validators = [Validators.Tags],
        },
        new("tags_all", Presence.Computed, "All tags, those of the provider's `default_tags` included.") { Type = TfType.MapOf(TfType.Text) },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secret";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string ImportId => "the secret's name or ARN";

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_secret" "api" {
          name                    = "prod/api"
          description             = "The API's token"
          recovery_window_in_days = 30
          on_name_conflict        = "restore"
          tags                    = { team = "platform" }
        }
        """;

    /// <inheritdoc/>
    public override void ModifyPlan(PlanDraft draft, ResourceCall call)
    {
        if (draft.Prior is null && draft.Planned["replicas"].IsUnknown && draft.Config["replicas"].IsNull)
            draft.Set("replicas", TfValue.Null);
        var tags = draft.Planned["tags"];
        draft.Set("tags_all", call.DefaultTags is { } defaults && tags.IsWhollyKnown
            ? TfValue.MapOf(SecretTagging.Merge(defaults, draft.Planned.TextMap("tags")))
            : TfValue.Unknown);
    }

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(ResourceCall call, TfObject state)
    {
        // A secret that waits for its deletion is gone for Terraform: it can neither be read nor changed.
        return (await call.Portal.LookUpSecretAsync(state.Text("arn")!, call.Stop))?.Secret is { DeletedDate: null } secret ? await StateOfAsync(secret, state, call) : null;
    }

    /// <inheritdoc/>
    public override async Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config)
    {
        var name = planned.Text("name")!;
        var tags = SecretTagging.Of(planned, call);
        var request = new CreateSecretRequest
        {
            Name = name,
            ClientRequestToken = call.Portal.NewToken(),
            Description = planned.Text("description"),
            KmsKeyId = planned.Text("kms_key_id"),
            Tags = SecretTagging.ToWire(tags),
            AddReplicaRegions = SecretReplicas.Of(planned["replicas"]) is { Count: > 0 } replicas ? replicas : null,
            ForceOverwriteReplicaSecret = planned.Flag("force_overwrite_replica_secret") == true ? true : null,
        };
        try
        {
            var created = await call.Portal.CreateSecretAsync(request, call.Stop);
            return Made(planned, created.Arn, tags);
        }
        catch (PortalApiException e) when (e.IsScheduledForDeletion)
        {
            switch (planned.Text("on_name_conflict"))
            {
                case Restore:
                    return await RestoreAsync(call, planned, name, tags);
                case Replace:
                    // By its ARN, and only as long as it waits: meanwhile another one may have come under the name.
                    if (await call.Portal.FindSecretAsync(name, call.Stop) is { DeletedDate: not null } waiting)
                        await call.Portal.DeleteSecretAsync(new DeleteSecretRequest { SecretId = waiting.Arn, ForceDeleteWithoutRecovery = true }, call.Stop);
                    return Made(planned, (await call.Portal.CreateSecretAsync(request, call.Stop)).Arn, tags);
            }

            throw new DiagnosticException($"The name {name} is taken by a secret that waits for its deletion",
                "Set on_name_conflict = \"restore\" to take it back, or \"replace\" to delete it for good and make it anew; or choose another name. By hand: " +
                $"aws secretsmanager restore-secret --secret-id {name}, then an import block.", AttributePath.Of("name"));
        }
        catch (PortalApiException e) when (e.IsTaken)
        {
            if (await FindInterruptedAsync(call, planned, name) is { } interrupted)
            {
                Interrupted.Warn(call, $"The secret {name}");
                return interrupted;
            }

            throw new DiagnosticException($"A secret named {name} exists already",
                "Bring it under Terraform with an import block (import { to = …  id = \"" + name + "\" }), or choose another name.",
                AttributePath.Of("name"));
        }
        catch (PortalApiException e) when (e.Code.StartsWith("Encryption", StringComparison.Ordinal) || e.Code.StartsWith("Kms", StringComparison.Ordinal))
        {
            throw e.For($"Creating secret {name}", AttributePath.Of("kms_key_id"));
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config)
    {
        var arn = prior.Text("arn")!;
        var description = planned.Text("description") ?? "";
        var key = planned.Text("kms_key_id") ?? SecretKey.Default;
        var describes = description != (prior.Text("description") ?? "");
        var rekeys = key != (prior.Text("kms_key_id") ?? SecretKey.Default);
        if (describes || rekeys)
        {
            await call.Portal.UpdateSecretAsync(
                new UpdateSecretRequest
                {
                    SecretId = arn,
                    ClientRequestToken = call.Portal.NewToken(),
                    Description = describes ? description : null,
                    KmsKeyId = rekeys ? key : null,
                },
                call.Stop);
        }

        var tags = SecretTagging.Of(planned, call);
        await SecretTagging.UpdateAsync(call.Portal, arn, prior["tags_all"].IsKnown ? prior.TextMap("tags_all") : prior.TextMap("tags"), tags, call.Stop);
        await SecretReplicas.UpdateAsync(call, arn, prior["replicas"], planned);
        return Made(planned, arn, tags);
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(ResourceCall call, TfObject state)
    {
        var window = state.Number("recovery_window_in_days") ?? DefaultRecoveryWindow;
        var arn = state.Text("arn")!;
        try
        {
            // A secret with replicas is not deleted: those go first.
            if (SecretReplicas.Of(state["replicas"]) is { Count: > 0 } replicas)
                await call.Portal.RemoveReplicasAsync(new RemoveReplicasRequest { SecretId = arn, RemoveReplicaRegions = [.. replicas.Select(r => r.Region)] }, call.Stop);
            await call.Portal.DeleteSecretAsync(
                new DeleteSecretRequest
                {
                    SecretId = arn,
                    RecoveryWindowInDays = window == 0 ? null : window,
                    ForceDeleteWithoutRecovery = window == 0 ? true : null,
                },
                call.Stop);
        }
        catch (PortalApiException e) when (e.IsNotFound || e.IsScheduledForDeletion)
        {
            // Somebody was faster.
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(ResourceCall call, string id)
    {
        var secret = await call.Portal.DescribeSecretAsync(id, call.Stop);
        if (secret.DeletedDate is not null)
            throw new DiagnosticException($"The secret {id} waits for its deletion", "Restore it first, then import it.");
        return await StateOfAsync(secret, Behaviour(TfObject.Empty), call);
    }

    /// <inheritdoc/>
    public override TfObject? MoveFrom(string typeName, JsonElement state) => typeName == "aws_secretsmanager_secret"
        ? Behaviour(TfObject.Empty)
            // The ARN was another account's; the next refresh finds the secret by its name and writes the portal's.
            .With("id", TfValue.Of(ForeignState.Text(state, "name")))
            .With("arn", TfValue.Of(ForeignState.Text(state, "name")))
            .With("name", TfValue.Of(ForeignState.Text(state, "name")))
            .With("description", TfValue.Of(ForeignState.Text(state, "description")))
            .With("tags", ForeignState.Texts(state, "tags"))
        : null;

    /// <summary>The secret of this name, where it is just made, without a value, and as it is planned.</summary>
    private static async Task<TfObject?> FindInterruptedAsync(ResourceCall call, TfObject planned, string name)
    {
        if (await call.Portal.FindSecretAsync(name, call.Stop) is not { DeletedDate: null, VersionIdsToStages: null or { Count: 0 }, CreatedDate: { } created } secret
            || !Interrupted.IsLately(call, DateTimeOffset.UnixEpoch.AddSeconds(created)))
            return null;
        var state = await StateOfAsync(secret, planned, call);
        string[] compared = ["description", "kms_key_id", "replicas", "tags", "tags_all"];
        return compared.All(a => planned[a].IsUnknown || planned[a].Equals(state[a])) ? state : null;
    }

    private static TfObject Behaviour(TfObject state) =>
        s_schema.Attributes.Where(a => a.Default is not null).Aggregate(state, (o, a) => o.With(a.Name, a.Default!));

    private static TfObject Made(TfObject planned, string arn, Dictionary<string, string> tags) =>
        planned.With("id", TfValue.Of(arn)).With("arn", TfValue.Of(arn)).With("tags_all", TfValue.MapOf(tags));

    private static async Task<TfObject> RestoreAsync(ResourceCall call, TfObject planned, string name, Dictionary<string, string> tags)
    {
        await call.Portal.RestoreSecretAsync(name, call.Stop);
        var found = await call.Portal.DescribeSecretAsync(name, call.Stop);
        try
        {
            await call.Portal.UpdateSecretAsync(
                new UpdateSecretRequest
                {
                    SecretId = found.Arn,
                    ClientRequestToken = call.Portal.NewToken(),
                    Description = planned.Text("description") ?? "",
                    KmsKeyId = planned.Text("kms_key_id") ?? SecretKey.Default,
                },
                call.Stop);
            await SecretTagging.UpdateAsync(call.Portal, found.Arn, (found.Tags ?? []).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal), tags, call.Stop);
            await SecretReplicas.UpdateAsync(call, found.Arn, await SecretReplicas.ReadAsync(found, planned, call), planned);
        }
        catch (PortalApiException)
        {
            await DeleteAgainAsync(call, found.Arn);
            throw;
        }

        return Made(planned, found.Arn, tags);
    }

    /// <summary>
    /// What was taken back and could not be brought into line waits again: as a resource begun and tainted, Terraform would delete it with
    /// all its values, at once where the recovery window is 0.
    /// </summary>
    private static async Task DeleteAgainAsync(ResourceCall call, string arn)
    {
        try
        {
            await call.Portal.DeleteSecretAsync(new DeleteSecretRequest { SecretId = arn, RecoveryWindowInDays = DefaultRecoveryWindow }, call.Stop);
        }
        catch (PortalApiException e)
        {
            call.Diagnostics.Warning($"The secret {arn} is restored and not under Terraform",
                $"It could neither be brought into line nor be deleted again ({e.Code}: {e.Message}). Import it, or schedule its deletion by hand.", AttributePath.Of("on_name_conflict"));
        }
    }

    private static void RecoveryWindow(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is TfNumber number && number.Value != 0 && (!decimal.IsInteger(number.Value) || number.Value is < 7 or > 30))
            diagnostics.Error($"Invalid {path}", "It must be a whole number of days from 7 to 30, or 0 to delete the secret at once.", path);
    }

    /// <summary>
    /// The portal leaves out what is empty or default. Where <paramref name="known"/> says the same in other words, its words stay, or
    /// each plan would want to change nothing into nothing.
    /// </summary>
    private static async Task<TfObject> StateOfAsync(DescribeSecretResponse secret, TfObject known, ResourceCall call)
    {
        var all = (secret.Tags ?? []).ToDictionary(t => t.Key, t => t.Value, StringComparer.Ordinal);
        // A tag that the provider's default gives is no tag of the resource, unless that says the same.
        var declared = known.TextMap("tags");
        var own = all.Where(t => declared.ContainsKey(t.Key) || call.DefaultTags?.GetValueOrDefault(t.Key) != t.Value).ToList();
        return known
            .With("id", TfValue.Of(secret.Arn))
            .With("arn", TfValue.Of(secret.Arn))
            .With("name", TfValue.Of(secret.Name))
            .With("description", secret.Description is null && known.Text("description") == "" ? TfValue.Of("") : TfValue.Of(secret.Description))
            .With("kms_key_id", TfValue.Of(await SecretKey.FindAsync(secret.KmsKeyId, known.Text("kms_key_id"), region: null, call)))
            .With("replicas", secret.ReplicationStatus is null or { Count: 0 } && known["replicas"] is TfObject { Members.Count: 0 } ? known["replicas"] : await SecretReplicas.ReadAsync(secret, known, call))
            .With("tags", own.Count == 0 && known["tags"] is not TfObject { Members.Count: 0 } ? TfValue.Null : TfValue.MapOf(own))
            .With("tags_all", TfValue.MapOf(all));
    }
}
