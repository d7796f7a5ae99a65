using System.Text.Json;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>
/// <c>secretsportal_access_key</c>: what a client signs with. The secret half is in no state: the portal puts it into a secret itself, or the
/// configuration gives it write-only.
/// </summary>
internal sealed class AccessKeyResource : AdminResource
{
    private static readonly Schema s_schema = new(0,
        "An access key of a client, of which each has two at most. The secret half never comes to Terraform: the portal puts both halves into the secret " +
        "that `store_in_secret` names, as JSON with the members `accessKeyId` and `secretAccessKey`. Or the configuration gives the secret half, write-only.",
    [
        new("client", Presence.Required, "The client's name.") { Type = TfType.Text, Local = true, ReplaceOnChange = true, Validators = [Validators.PortalName] },
        new("store_in_secret", Presence.Optional,
            "The name or ARN of the secret that the portal puts the new key into, as its AWSCURRENT version. This or `secret_access_key_wo`. Of an imported key " +
            "the secret half stays where it is, and nothing is put there.")
        {
            Type = TfType.Text, NotTold = true, IsSecret = true, ReplaceOnChange = true, IsBehaviour = true, Validators = [Validators.Id],
        },
        new("secret_access_key_wo", Presence.Optional, "The secret half, 40 to 256 printable ASCII characters, where it is kept elsewhere. Write-only. This or `store_in_secret`.")
        {
            Type = TfType.Text, Wire = "secretAccessKey", Sensitive = true, WriteOnly = true, ReplaceOnChange = true, Validators = [Validators.SecretLength(40, 256)],
        },
        new("secret_access_key_wo_version", Presence.Optional, "A number of your own; another one than before makes the key anew.")
        {
            Type = TfType.Number, Local = true, ReplaceOnChange = true, IsBehaviour = true, Validators = [Validators.WholeNumber(0, int.MaxValue, "It counts the secret halves.")],
        },
        AdminAttributes.Description,
        new("expires_at", Presence.Optional, "From then on it is refused, in RFC 3339; absent for never.") { Type = TfType.Text, IsTime = true, Validators = [Validators.Time] },
        AdminAttributes.Disabled,
        new("access_key_id", Presence.Computed, "The public half.") { Type = TfType.Text, KeptOnUpdate = true },
        new("stored_version_id", Presence.Computed, "The version of `store_in_secret` that holds the key.") { Type = TfType.Text, KeptOnUpdate = true, Local = true, IsBehaviour = true },
        AdminAttributes.CreatedAt,
        AdminAttributes.Id("`client/access_key_id`."),
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_access_key";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string ImportId => "`CLIENT/ACCESS_KEY_ID`";

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_secret" "orders_key" {
          name = "prod/orders/portal-access-key"
        }

        resource "secretsportal_access_key" "orders" {
          client          = secretsportal_client.orders.name
          store_in_secret = secretsportal_secret.orders_key.arn
        }
        """;

    /// <inheritdoc/>
    protected override string Collection => "/clients";

    /// <inheritdoc/>
    protected override string Key => "access_key_id";

    /// <inheritdoc/>
    public override void Validate(TfObject config, Diagnostics diagnostics)
    {
        if (config["store_in_secret"].IsNull && config["secret_access_key_wo"].IsNull)
            diagnostics.Error("No place for the secret half", "Set store_in_secret, or give the secret half in secret_access_key_wo.", AttributePath.Of("store_in_secret"));
        if (!config["store_in_secret"].IsNull && !config["secret_access_key_wo"].IsNull)
            diagnostics.Error("Two secret halves", "Set store_in_secret or secret_access_key_wo, not both.", AttributePath.Of("secret_access_key_wo"));
    }

    /// <inheritdoc/>
    public override void ModifyPlan(PlanDraft draft, ResourceCall call)
    {
        if (draft.Prior is null && draft.Planned["store_in_secret"].IsNull)
            draft.Set("stored_version_id", TfValue.Null);
        Imported.KeepInPlace(draft, call, "store_in_secret", "secret_access_key_wo_version");
    }

    /// <inheritdoc/>
    public override async Task<TfObject?> ReadAsync(ResourceCall call, TfObject state) =>
        await call.Portal.FindAdminAsync(PathOf(state.Text("client")!), call.Stop) is { } client && Find(client, state.Text(Key)!) is { } key ? StateOf(key, state) : null;

    /// <inheritdoc/>
    public override async Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config)
    {
        // What was unknown at the plan may have turned out to be null, or both may be set now.
        var diagnostics = new Diagnostics();
        Validate(config, diagnostics);
        if (diagnostics.Entries is [var (_, summary, detail, path), ..])
            throw new DiagnosticException(summary, detail, path);
        var body = BodyToCreate(planned, config);
        var answer = (await call.Portal.AdminAsync(HttpMethod.Post, PathOf(planned.Text("client")!) + "/access-keys", body, call.Stop))!.Value;
        var state = StateOf(answer.GetProperty("accessKey"), planned)
            .With("stored_version_id", TfValue.Of(answer.TryGetProperty("storedVersionId", out var stored) ? stored.GetString() : null));
        return await SettleAsync(call, state, planned, config);
    }

    /// <inheritdoc/>
    public override Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config)
    {
        Imported.Forget(call);
        return base.UpdateAsync(call, prior, planned, config);
    }

    /// <inheritdoc/>
    public override async Task<TfObject> ImportAsync(ResourceCall call, string id)
    {
        if (id.Split('/') is not [{ Length: > 0 } client, { Length: > 0 } key])
            throw new DiagnosticException("Invalid import id", "It must be the client's name and the access key's id with a slash between them: CLIENT/ACCESS_KEY_ID.");
        Imported.Note(call);
        return await ReadAsync(call, TfObject.Empty.With("client", TfValue.Of(client)).With(Key, TfValue.Of(key)))
            ?? throw new DiagnosticException($"There is no access key {id}", "The client does not exist, or has no such key.");
    }

    /// <inheritdoc/>
    protected override string PathOf(TfObject state) => $"{PathOf(state.Text("client")!)}/access-keys/{Uri.EscapeDataString(state.Text(Key)!)}";

    /// <inheritdoc/>
    protected override TfObject Complete(TfObject state, JsonElement answer) =>
        state.With("id", TfValue.Of($"{state.Text("client")}/{state.Text(Key)}"));

    private static JsonElement? Find(JsonElement client, string id)
    {
        foreach (var key in client.GetProperty("accessKeys").EnumerateArray())
        {
            if (key.GetProperty("accessKeyId").GetString() == id)
                return key;
        }

        return null;
    }
}
