using System.Text.Json;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_rotation_function</c>: a rotation function of one's own.</summary>
internal sealed class RotationFunctionResource : AdminResource
{
    private static readonly string[] s_kinds = ["process", "endpoint", "webhook"];

    private static readonly Schema s_schema = new(0,
        "A rotation function: a program on the portal's machine, a function that AWS Lambda's Invoke reaches, or a webhook. Exactly one of `process`, " +
        "`endpoint` and `webhook` is set; another kind is another function.",
    [
        new("name", Presence.Required, "1 to 64 ASCII letters, digits, hyphens or underscores. Another name is another function.")
        {
            Type = TfType.Text, ReplaceOnChange = true, Validators = [Validators.PortalName],
        },
        new("kind", Presence.Computed, "`Process`, `Endpoint` or `Webhook`.") { Type = TfType.Text, KeptOnUpdate = true },
        AdminAttributes.Description,
        new("allowed_secrets", Presence.Optional, "Names of the secrets that it may be used for, in which `*` stands for anything and `?` for one character; none permits nothing.")
        {
            Type = TfType.SetOf(TfType.Text),
        },
        new("timeout_seconds", Presence.OptionalComputed, "How long one event may take, 1 to 900. Default 30.")
        {
            Type = TfType.Number, Default = TfValue.Of(30m), Validators = [Validators.WholeNumber(1, 900, "It counts seconds.")],
        },
        AdminAttributes.Disabled with { ChangesOnly = false },
        new("process", Presence.Optional, "A program that the portal starts on its own machine.")
        {
            Nested =
            [
                new("runtime", Presence.Required, "`Python3`, `NodeJs` or `Program`.") { Type = TfType.Text, Validators = [Validators.OneOf("Python3", "NodeJs", "Program")] },
                new("folder", Presence.Required, "Its folder below the one that `Portal:Functions:Directory` names.") { Type = TfType.Text, Validators = [Validators.Length(1, 512)] },
                new("handler", Presence.Optional, "`MODULE.FUNCTION` of Python3 and NodeJs.") { Type = TfType.Text, Validators = [Validators.Length(1, 256)] },
                new("command", Presence.Optional, "Of a Program: its file in the folder, and arguments.") { Type = TfType.ListOf(TfType.Text) },
                new("variables", Presence.Optional, "Variables of its environment. They are stored in the clear: a secret belongs into a secret.") { Type = TfType.MapOf(TfType.Text) },
                new("memory_mib", Presence.OptionalComputed, "The most memory of each of its processes, 64 to 10,240. Default 256.")
                {
                    Type = TfType.Number, Wire = "memoryMiB", Default = TfValue.Of(256m), Validators = [Validators.WholeNumber(64, 10240, "It counts MiB.")],
                },
            ],
        },
        new("endpoint", Presence.Optional, "The Invoke operation of AWS Lambda, or of what speaks like it.")
        {
            Nested =
            [
                new("url", Presence.Required, "The address that `/2015-03-31/functions/NAME/invocations` follows.") { Type = TfType.Text, Validators = [Validators.Length(1, 2048)] },
                new("remote_name", Presence.OptionalComputed, "What the function is called there; its own name where it is absent.") { Type = TfType.Text, Validators = [Validators.Length(1, 170)] },
                new("region", Presence.Required, "The region that requests are signed for.") { Type = TfType.Text, Validators = [Validators.Length(1, 64)] },
                new("access_key_id", Presence.Required, "The access key that signs them.") { Type = TfType.Text, Validators = [Validators.Length(16, 128)] },
                new("secret_access_key_wo", Presence.Optional, "Its secret half, write-only. It is sent when the function is made, and again with each change of `secret_access_key_wo_version`.")
                {
                    Type = TfType.Text, Wire = "secretAccessKey", Sensitive = true, WriteOnly = true, Validators = [Validators.SecretLength(16, 256)],
                },
                new("secret_access_key_wo_version", Presence.Optional, "A number of your own; another one than before sends the secret half again.") { Type = TfType.Number, Local = true },
            ],
        },
        new("webhook", Presence.Optional, "An HTTPS POST, signed as Standard Webhooks says.")
        {
            Nested =
            [
                new("url", Presence.Required, "Where to post.") { Type = TfType.Text, Validators = [Validators.Length(1, 2048)] },
            ],
        },
        new("signing_key_secret", Presence.Optional,
            "Of a webhook: the name or ARN of the secret that its signing key is put into when the function is made. The portal tells the key once, and it is in no state.")
        {
            Type = TfType.Text, Local = true, IsSecret = true, ReplaceOnChange = true, IsBehaviour = true, Validators = [Validators.Id],
        },
        AdminAttributes.Arn,
        AdminAttributes.CreatedAt,
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_rotation_function";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        resource "secretsportal_rotation_function" "orders" {
          name            = "rotate-orders"
          allowed_secrets = ["prod/orders/*"]

          process = {
            runtime   = "Python3"
            folder    = "orders"
            handler   = "lambda_function.lambda_handler"
            variables = { PASSWORD_LENGTH = "40" }
          }
        }
        """;

    /// <inheritdoc/>
    protected override string Collection => "/functions";

    /// <inheritdoc/>
    public override void Validate(TfObject config, Diagnostics diagnostics)
    {
        var set = s_kinds.Where(k => !config[k].IsNull).ToList();
        if (set.Count == 0)
            diagnostics.Error("No kind", "Set process, endpoint or webhook.", AttributePath.Of("name"));
        if (set.Count > 1)
            diagnostics.Error("Two kinds", "Set one of process, endpoint and webhook.", AttributePath.Of(set[1]));
        if (!config["signing_key_secret"].IsNull && config["webhook"].IsNull)
            diagnostics.Error("No signing key", "Only a webhook has a signing key.", AttributePath.Of("signing_key_secret"));
        if (config.Object("endpoint") is { } endpoint && endpoint["secret_access_key_wo"].IsNull != endpoint["secret_access_key_wo_version"].IsNull)
        {
            diagnostics.Error("The secret half and its number belong together",
                "Terraform does not store secret_access_key_wo and cannot see it change: set secret_access_key_wo_version with it.", AttributePath.Of("endpoint").Then("secret_access_key_wo"));
        }
    }

    /// <inheritdoc/>
    public override void ModifyPlan(PlanDraft draft, ResourceCall call)
    {
        if (s_kinds.FirstOrDefault(k => !draft.Planned[k].IsNull) is { } kind)
            draft.Set("kind", TfValue.Of(KindOf(kind)));
        if (draft.Prior is { } prior && !prior["kind"].Equals(draft.Planned["kind"]))
            draft.Replace(s_kinds.First(k => !draft.Planned[k].IsNull));
        if (draft.Planned.Object("endpoint") is { } endpoint && endpoint["remote_name"].IsUnknown && draft.Planned["name"].IsKnown)
            draft.Set("endpoint", endpoint.With("remote_name", draft.Planned["name"]));
        Imported.KeepInPlace(draft, call, "signing_key_secret");
        if ((draft.Prior is null || draft.ReplaceFor.Count > 0) && !draft.Planned["webhook"].IsNull && draft.Planned["signing_key_secret"].IsNull)
        {
            call.Diagnostics.Warning("The webhook's signing key is not kept",
                "The portal tells it once, when the function is made, and nothing of it is in the state: without signing_key_secret nobody can check the webhook's " +
                "signatures.", AttributePath.Of("webhook"));
        }
    }

    /// <inheritdoc/>
    public override async Task<TfObject> CreateAsync(ResourceCall call, TfObject planned, TfObject config)
    {
        var body = BodyToCreate(planned, config, s_kind);
        JsonElement answer;
        try
        {
            answer = (await call.Portal.AdminAsync(HttpMethod.Post, Collection, body, call.Stop))!.Value;
        }
        catch (PortalApiException e) when (e.IsTaken)
        {
            throw new DiagnosticException($"A rotation function {planned.Text("name")} exists already",
                "Bring it under Terraform with an import block, or choose another name.", AttributePath.Of("name"));
        }

        var state = StateOf(answer.GetProperty("function"), planned);
        call.Begun = state;
        if (planned.Text("signing_key_secret") is { } secret && answer.TryGetProperty("signingKey", out var key))
        {
            await call.Portal.PutSecretValueAsync(
                new PutSecretValueRequest { SecretId = secret, ClientRequestToken = call.Portal.NewToken(), SecretString = key.GetString()! }, call.Stop);
        }

        return state;
    }

    /// <inheritdoc/>
    public override Task<TfObject> UpdateAsync(ResourceCall call, TfObject prior, TfObject planned, TfObject config)
    {
        Imported.Forget(call);
        // The secret half goes out only where its number says so: what is left out stays as it is.
        if (config.Object("endpoint") is { } endpoint
            && prior.Object("endpoint") is { } before && before["secret_access_key_wo_version"].Equals(endpoint["secret_access_key_wo_version"]))
            config = config.With("endpoint", endpoint.With("secret_access_key_wo", TfValue.Null));
        return base.UpdateAsync(call, prior, planned, config);
    }

    /// <inheritdoc/>
    public override Task<TfObject> ImportAsync(ResourceCall call, string id)
    {
        Imported.Note(call);
        return base.ImportAsync(call, id);
    }

    // In a body the kind is said; in a configuration it follows from what is set.
    private static readonly SchemaAttribute s_kind = new("kind", Presence.Optional, "") { Type = TfType.Text };

    private static string KindOf(string attribute) => char.ToUpperInvariant(attribute[0]) + attribute[1..];
}
