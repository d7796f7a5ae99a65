using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_secret</c>: a secret's identity and metadata, without its value.</summary>
internal sealed class SecretResource : ManagedResource
{
    private const string DefaultKeyAlias = "alias/aws/secretsmanager";

    private const int DefaultRecoveryWindow = 30;

    private static readonly Schema s_schema = new(0, "A secret: its name, description, key and tags. Its value is a `secretsportal_secret_version`.",
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
            Type = TfType.Number, Default = TfValue.Of((decimal)DefaultRecoveryWindow), Validators = [RecoveryWindow],
        },
        new("tags", Presence.Optional, "Tags, at most 50.") { Type = TfType.MapOf(TfType.Text), Validators = [Validators.Tags] },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_secret";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(PortalClient portal, TfObject state, CancellationToken stop)
    {
        // A secret that waits for its deletion is gone for Terraform: it can neither be read nor changed.
        return await portal.FindSecretAsync(state.Text("arn")!, stop) is { DeletedDate: null } secret ? StateOf(secret, state) : null;
    }

    /// <inheritdoc/>
    public override async Task<TfObject> CreateAsync(PortalClient portal, TfObject planned, TfObject config, CancellationToken stop)
    {
        var name = planned.Text("name")!;
        try
        {
            var created = await portal.CreateSecretAsync(
                new CreateSecretRequest
                {
                    Name = name,
                    ClientRequestToken = portal.NewToken(),
                    Description = planned.Text("description"),
                    KmsKeyId = planned.Text("kms_key_id"),
                    Tags = ToWire(planned.TextMap("tags")),
                },
                stop);
            return planned.With("id", TfValue.Of(created.Arn)).With("arn", TfValue.Of(created.Arn));
        }
        catch (PortalApiException e) when (e.IsScheduledForDeletion)
        {
            throw new DiagnosticException($"The name {name} is taken by a secret that waits for its deletion",
                $"Restore it (aws secretsmanager restore-secret --secret-id {name}, or in the portal) and bring it under Terraform with " +
                "an import block, delete it for good (aws secretsmanager delete-secret --force-delete-without-recovery), or choose another name.", AttributePath.Of("name"));
        }
        catch (PortalApiException e) when (e.Code == "ResourceExistsException")
        {
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
    public override async Task<TfObject> UpdateAsync(
        PortalClient portal, TfObject prior, TfObject planned, TfObject config, CancellationToken stop)
    {
        var arn = prior.Text("arn")!;
        var description = planned.Text("description") ?? "";
        var key = planned.Text("kms_key_id") ?? DefaultKeyAlias;
        var describes = description != (prior.Text("description") ?? "");
        var rekeys = key != (prior.Text("kms_key_id") ?? DefaultKeyAlias);
        if (describes || rekeys)
        {
            await portal.UpdateSecretAsync(
                new UpdateSecretRequest
                {
                    SecretId = arn,
                    ClientRequestToken = portal.NewToken(),
                    Description = describes ? description : null,
                    KmsKeyId = rekeys ? key : null,
                },
                stop);
        }

        await UpdateTagsAsync(portal, arn, prior.TextMap("tags"), planned.TextMap("tags"), stop);
        return planned;
    }

    /// <inheritdoc/>
    public override async Task DeleteAsync(PortalClient portal, TfObject state, CancellationToken stop)
    {
        var window = state.Number("recovery_window_in_days") ?? DefaultRecoveryWindow;
        try
        {
            await portal.DeleteSecretAsync(
                new DeleteSecretRequest
                {
                    SecretId = state.Text("arn")!,
                    RecoveryWindowInDays = window == 0 ? null : window,
                    ForceDeleteWithoutRecovery = window == 0 ? true : null,
                },
                stop);
        }
        catch (PortalApiException e) when (e.IsNotFound || e.IsScheduledForDeletion)
        {
            // Somebody was faster.
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(PortalClient portal, string id, CancellationToken stop)
    {
        var secret = await portal.DescribeSecretAsync(id, stop);
        if (secret.DeletedDate is not null)
            throw new DiagnosticException($"The secret {id} waits for its deletion", "Restore it first, then import it.");
        return StateOf(secret, TfObject.Empty.With("recovery_window_in_days", TfValue.Of((decimal)DefaultRecoveryWindow)));
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
    private static TfObject StateOf(DescribeSecretResponse secret, TfObject known)
    {
        var tags = secret.Tags ?? [];
        return known
            .With("id", TfValue.Of(secret.Arn))
            .With("arn", TfValue.Of(secret.Arn))
            .With("name", TfValue.Of(secret.Name))
            .With("description", secret.Description is null && known.Text("description") == "" ? TfValue.Of("") : TfValue.Of(secret.Description))
            .With("kms_key_id", secret.KmsKeyId is null && known.Text("kms_key_id") == DefaultKeyAlias
                ? TfValue.Of(DefaultKeyAlias)
                : TfValue.Of(secret.KmsKeyId))
            .With("tags", tags.Count == 0 && known["tags"] is not TfObject { Members.Count: 0 }
                ? TfValue.Null
                : TfValue.MapOf(tags.Select(t => KeyValuePair.Create(t.Key, t.Value))));
    }

    private static async Task UpdateTagsAsync(
        PortalClient portal, string arn, IReadOnlyDictionary<string, string> before, IReadOnlyDictionary<string, string> after, CancellationToken stop)
    {
        var removed = before.Keys.Where(k => !after.ContainsKey(k)).ToList();
        if (removed.Count > 0)
            await portal.UntagResourceAsync(new UntagResourceRequest { SecretId = arn, TagKeys = removed }, stop);
        var set = after.Where(t => before.GetValueOrDefault(t.Key) != t.Value).ToDictionary(StringComparer.Ordinal);
        if (ToWire(set) is { } tags)
            await portal.TagResourceAsync(new TagResourceRequest { SecretId = arn, Tags = tags }, stop);
    }

    private static List<SecretTag>? ToWire(IReadOnlyDictionary<string, string> tags) =>
        tags.Count == 0 ? null : [.. tags.Select(t => new SecretTag { Key = t.Key, Value = t.Value })];
}
