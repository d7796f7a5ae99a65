using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_temporary_credentials</c>: credentials of a client or user for a while.</summary>
internal sealed class TemporaryCredentialsEphemeralResource : EphemeralResource
{
    private static readonly string[] s_asked = ["lifetime_seconds", "session_policy"];

    private static readonly Schema s_schema = new(0,
        "Credentials of a client or user for a while, narrowed where that is asked for. Others in each run, stored nowhere; they end by themselves.",
    [
        new("client", Presence.Optional, "The client's name. This or `user`.") { Type = TfType.Text, Local = true, Validators = [Validators.PortalName] },
        new("user", Presence.Optional, "The user's name. This or `client`.") { Type = TfType.Text, Local = true, Validators = [Validators.PortalName] },
        new("lifetime_seconds", Presence.Optional, "15 minutes to 12 hours, in seconds. Default 3600.")
        {
            Type = TfType.Number, Validators = [Validators.WholeNumber(900, 43200, "It counts seconds.")],
        },
        new("session_policy", Presence.Optional, "An identity policy in IAM's JSON: only what it allows as well is allowed.") { Type = TfType.Text, Validators = [Validators.IdentityPolicy] },
        new("access_key_id", Presence.Computed, "The access key's id.") { Type = TfType.Text },
        new("secret_access_key", Presence.Computed, "The secret half.") { Type = TfType.Text, Sensitive = true },
        new("session_token", Presence.Computed, "Travels with each request.") { Type = TfType.Text, Sensitive = true },
        new("expires_at", Presence.Computed, "From then on they are refused, in RFC 3339.") { Type = TfType.Text },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_temporary_credentials";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override string Example => """
        ephemeral "secretsportal_temporary_credentials" "orders" {
          client           = "orders"
          lifetime_seconds = 900
        }
        """;

    /// <inheritdoc/>
    public override void Validate(TfObject config, Diagnostics diagnostics)
    {
        if (config["client"].IsNull == config["user"].IsNull && !config["client"].IsUnknown && !config["user"].IsUnknown)
            diagnostics.Error("Whose credentials?", "Set client or user.", AttributePath.Of("client"));
    }

    /// <inheritdoc/>
    public override async Task<TfObject> OpenAsync(ResourceCall call, TfObject config)
    {
        var (holder, name) = config.Text("client") is { } client ? ("client", client) : ("user", config.Text("user")!);
        var asked = config["lifetime_seconds"].IsNull ? config.With("lifetime_seconds", TfValue.Of(3600m)) : config;
        var body = AdminJson.Write(s_schema.Attributes.Where(a => s_asked.Contains(a.Name)), asked, asked);
        try
        {
            var answer = await call.Portal.AdminAsync(HttpMethod.Post, $"/{holder}s/{Uri.EscapeDataString(name)}/temporary-credentials", body, call.Stop);
            var issued = AdminJson.Read(s_schema.Attributes.Where(a => a.Presence == Presence.Computed), answer!.Value, config);
            return issued.Members.Aggregate(config, (o, m) => o.With(m.Key, m.Value));
        }
        catch (PortalApiException e)
        {
            throw e.For($"Issuing temporary credentials of {name}", AttributePath.Of(holder));
        }
    }
}
