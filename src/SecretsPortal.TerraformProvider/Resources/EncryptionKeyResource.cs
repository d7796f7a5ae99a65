using System.Text.Json;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_encryption_key</c>: a KMS key that the portal knows.</summary>
internal sealed class EncryptionKeyResource : AdminResource
{
    private const int DefaultWindow = 30;

    private static readonly Schema s_schema = new(0,
        "A KMS key in the registry of the provider's region: a local one that is made, or one of a provider that is registered. Destroying it removes it " +
        "from the registry after a waiting time, and only where nothing uses it; the key itself stays with its provider.",
    [
        new("key_id", Presence.Computed, "The key's id, a UUID.") { Type = TfType.Text, KeptOnUpdate = true },
        AdminAttributes.Arn,
        new("key_provider", Presence.Required, "`local`, `azure-key-vault`, `pkcs11` or `aws-kms`, as far as the portal is configured for it.")
        {
            Type = TfType.Text, Wire = "provider", ReplaceOnChange = true, Validators = [Validators.OneOf("local", "azure-key-vault", "pkcs11", "aws-kms")],
        },
        new("reference", Presence.OptionalComputed, "What the provider calls the key, such as its name, label or ARN; absent for a local key, which is made.")
        {
            Type = TfType.Text, KeptOnUpdate = true, ReplaceOnChange = true, Validators = [Validators.Length(1, 1024)],
        },
        new("alias", Presence.Optional, "A name for it that begins with `alias/`. A destroyed key gives it up at once.") { Type = TfType.Text, Validators = [Alias] },
        AdminAttributes.Description,
        new("enabled", Presence.OptionalComputed, "Whether it serves. What lies under a disabled key stays closed. Default true.")
        {
            Type = TfType.Flag, Local = true, Default = TfValue.Of(true),
        },
        new("is_default", Presence.OptionalComputed, "True makes it the region's default key. It stays so until another one becomes it.")
        {
            Type = TfType.Flag, Local = true, KeptOnUpdate = true,
        },
        new("deletion_window_in_days", Presence.OptionalComputed, "How long a destroyed key can be taken back: 7 to 30 days. Default 30.")
        {
            Type = TfType.Number, Local = true, IsBehaviour = true, Default = TfValue.Of((decimal)DefaultWindow),
            Validators = [Validators.WholeNumber(7, 30, "It counts the days until the removal.")],
        },
        new("state", Presence.Computed, "`Enabled`, `Disabled` or `PendingDeletion`.") { Type = TfType.Text },
        AdminAttributes.CreatedAt,
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_encryption_key";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_encryption_key" "payments" {
          key_provider = "local"
          alias        = "alias/payments"
          description  = "Seals what belongs to payments"
        }
        """;

    /// <inheritdoc/>
    public override string ImportId => "its id, its alias or its ARN";

    /// <inheritdoc/>
    protected override string Collection => "/keys";

    /// <inheritdoc/>
    protected override string Key => "key_id";

    /// <inheritdoc/>
    protected override bool IsGone(JsonElement answer) => answer.GetProperty("state").GetString() == "PendingDeletion";

    /// <inheritdoc/>
    protected override TfObject Complete(TfObject state, JsonElement answer) => state
        .With("reference", TfValue.Of(answer.GetProperty("providerReference").GetString()))
        .With("enabled", TfValue.Of(answer.GetProperty("state").GetString() == "Enabled"))
        .With("is_default", TfValue.Of(answer.GetProperty("isDefault").GetBoolean()));

    /// <inheritdoc/>
    public override void ModifyPlan(PlanDraft draft, ResourceCall call)
    {
        if (draft.Prior?.Flag("is_default") == true && draft.Config.Flag("is_default") == false)
        {
            throw new DiagnosticException("A region has a default key at all times",
                "Make another key the default instead (is_default = true there), and leave the attribute out here.", AttributePath.Of("is_default"));
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config)
    {
        try
        {
            call.Begun = await base.CreateAsync(call, planned, config);
        }
        catch (PortalApiException e) when (e.IsTaken)
        {
            if (planned.Text("alias") is { } alias && await call.Portal.FindAdminAsync(PathOf(alias), call.Stop) is { } holder && IsGone(holder))
            {
                throw new DiagnosticException($"A key that waits for its deletion has {alias}",
                    $"Choose another alias; or take the deletion of {holder.GetProperty("keyId").GetString()} back (DELETE /api/v1/keys/{{id}}/deletion, or the portal's page of the " +
                    "key), and give it another alias, or import it.", AttributePath.Of("alias"));
            }

            var id = planned.Text("alias") ?? "KEY_ID";
            throw new DiagnosticException("The key exists already",
                $"{e.Message} A key is never taken over: bring it under Terraform with an import block (import {{ to = …  id = \"{id}\" }}), or choose another alias or reference.",
                AttributePath.Of(planned["alias"].IsNull ? "reference" : "alias"));
        }

        return await SettleAsync(call, call.Begun, planned);
    }

    /// <inheritdoc/>
    public override async Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config)
    {
        var changed = prior["alias"].Equals(planned["alias"]) && prior["description"].Equals(planned["description"])
            ? prior.With("deletion_window_in_days", planned["deletion_window_in_days"])
            : await base.UpdateAsync(call, prior, planned, config);
        return await SettleAsync(call, changed, planned);
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(ResourceCall call, TfObject state)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(new KeyDeletion { PendingWindowInDays = state.Number("deletion_window_in_days") ?? DefaultWindow }, WireJson.Default.KeyDeletion);
        try
        {
            // A key that waits for its removal keeps its alias, and the one that takes its place, now or in the same apply, shall have it. First the
            // alias: what fails then is tried again by the next destroy, while a key that waits is gone for Terraform.
            if (!state["alias"].IsNull)
                await base.UpdateAsync(call, state, state.With("alias", TfValue.Null), TfObject.Empty);
            await call.Portal.AdminAsync(HttpMethod.Post, PathOf(state) + "/deletion", body, call.Stop);
        }
        catch (PortalApiException e) when (e.IsNotFound || e.Message.Contains("pending deletion already", StringComparison.Ordinal))
        {
            // Somebody was faster.
        }
    }

    /// <summary>Makes the key serve or not, and the default, as planned.</summary>
    private async Task<TfObject> SettleAsync(ResourceCall call, TfObject state, TfObject planned)
    {
        if (planned.Flag("enabled") is { } enabled && enabled != state.Flag("enabled"))
            state = StateOf((await call.Portal.AdminAsync(HttpMethod.Post, PathOf(state) + (enabled ? "/enable" : "/disable"), body: null, call.Stop))!.Value, state);
        if (planned.Flag("is_default") == true && state.Flag("is_default") != true)
        {
            state = StateOf((await call.Portal.AdminAsync(HttpMethod.Put, PathOf(state) + "/default", body: null, call.Stop))!.Value, state);
            call.Portal.ForgetDefaultKeys();
        }

        return state;
    }

    private static void Alias(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is TfText text && (!text.Value.StartsWith("alias/", StringComparison.Ordinal) || text.Value.Length is < 7 or > 256
            || !text.Value.All(c => char.IsAsciiLetterOrDigit(c) || c is '/' or '_' or '-')))
            diagnostics.Error($"Invalid {path}", "An alias is alias/ and 1 to 250 ASCII letters, digits or /_- behind it.", path);
    }
}
