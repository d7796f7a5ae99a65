using System.Globalization;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.TerraformProvider.Client;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary>The provider block, completed from the environment.</summary>
internal static class ProviderConfiguration
{
    private const string DefaultRegion = "us-east-1";

    // Where the file is named in the environment there is no block for Terraform to point at.
    private const string CaFileAdvice = "It is named by the provider's ca_file, or by SECRETSPORTAL_CA_FILE.";

    /// <summary>What the block looks like.</summary>
    public static readonly Schema Schema = new(0,
        "Where the portal is and how to sign in. Each attribute may come from the environment instead: SECRETSPORTAL_…, then AWS_….",
    [
        new("endpoint", Presence.Optional, "The portal's address, such as `https://secrets.example.com`. Or SECRETSPORTAL_ENDPOINT.")
        {
            Type = TfType.Text, Validators = [Endpoint],
        },
        new("region", Presence.Optional, "One of the portal's regions; default `us-east-1`. Or SECRETSPORTAL_REGION.")
        {
            Type = TfType.Text, Validators = [Validators.Length(1, 64)],
        },
        new("access_key", Presence.Optional, "The access key's id. Or SECRETSPORTAL_ACCESS_KEY_ID.")
        {
            Type = TfType.Text, Validators = [Validators.Length(1, 128)],
        },
        new("secret_key", Presence.Optional, "The access key's secret half. Or SECRETSPORTAL_SECRET_ACCESS_KEY, which keeps it out of files.")
        {
            Type = TfType.Text, Sensitive = true, Validators = [Validators.SecretLength(1, 1024)],
        },
        new("session_token", Presence.Optional, "Of temporary credentials. Or SECRETSPORTAL_SESSION_TOKEN.")
        {
            Type = TfType.Text, Sensitive = true,
        },
        new("ca_file", Presence.Optional, "A PEM file of certificate authorities that are trusted beside the machine's own. Or SECRETSPORTAL_CA_FILE.")
        {
            Type = TfType.Text, Validators = [Validators.Length(1, 4096)],
        },
        new("request_timeout", Presence.Optional, "How long one request may take: `30s`, `2m`. Default `60s`. Or SECRETSPORTAL_REQUEST_TIMEOUT.")
        {
            Type = TfType.Text, Validators = [Validators.Duration],
        },
        new("max_retries", Presence.Optional, "How often a request is repeated that was throttled or failed for a passing reason, 0 to 20. Default 4. Or SECRETSPORTAL_MAX_RETRIES.")
        {
            Type = TfType.Number, Validators = [Validators.WholeNumber(0, 20, "It counts repetitions.")],
        },
        new("default_tags", Presence.Optional, "Tags that each `secretsportal_secret` gets that does not say otherwise.")
        {
            IsBlock = true,
            Nested = [new("tags", Presence.Optional, "The tags.") { Type = TfType.MapOf(TfType.Text), Validators = [Validators.Tags] }],
        },
    ]);

    /// <summary>
    /// Completes the block. Credentials are taken from one place as a pair, never one half from each. Null where something is missing
    /// or wrong: then <paramref name="diagnostics"/> says what.
    /// </summary>
    public static ProviderSettings? Complete(TfObject config, Func<string, string?> environment, Diagnostics diagnostics)
    {
        string? Find(string attribute, params ReadOnlySpan<string> variables)
        {
            var value = config.Text(attribute);
            foreach (var variable in variables)
                value ??= NullIfEmpty(environment(variable));
            return value;
        }

        var endpoint = Find("endpoint", "SECRETSPORTAL_ENDPOINT", "AWS_ENDPOINT_URL_SECRETS_MANAGER", "AWS_ENDPOINT_URL");
        var region = Find("region", "SECRETSPORTAL_REGION", "AWS_REGION", "AWS_DEFAULT_REGION") ?? DefaultRegion;
        if (endpoint is null)
        {
            diagnostics.Error("No endpoint", "Set the provider's endpoint attribute, or SECRETSPORTAL_ENDPOINT, to the portal's address.",
                AttributePath.Of("endpoint"));
        }
        else if (config["endpoint"].IsNull)
        {
            Endpoint(TfValue.Of(endpoint), AttributePath.Of("endpoint"), diagnostics);
        }

        var credentials = Credentials(config, environment, diagnostics);
        var authorities = Authorities(Find("ca_file", "SECRETSPORTAL_CA_FILE"), diagnostics);
        var timeout = Find("request_timeout", "SECRETSPORTAL_REQUEST_TIMEOUT") ?? "60s";
        if (Timeouts.Parse(timeout) is not { } limit)
        {
            Validators.Duration(TfValue.Of(timeout), AttributePath.Of("request_timeout"), diagnostics);
            return null;
        }

        var retries = config.Number("max_retries")?.ToString(CultureInfo.InvariantCulture) ?? NullIfEmpty(environment("SECRETSPORTAL_MAX_RETRIES")) ?? "4";
        if (!int.TryParse(retries, NumberStyles.None, CultureInfo.InvariantCulture, out var most) || most > 20)
            diagnostics.Error("Invalid max_retries", "It must be a whole number from 0 to 20.", AttributePath.Of("max_retries"));
        return diagnostics.HasErrors || endpoint is null || credentials is null
            ? null
            : new ProviderSettings(new Uri(endpoint), region, credentials)
            {
                Authorities = authorities,
                RequestTimeout = limit,
                MaxRetries = most,
                DefaultTags = config.Object("default_tags")?.TextMap("tags") ?? new Dictionary<string, string>(),
            };
    }

    private static X509Certificate2Collection Authorities(string? file, Diagnostics diagnostics)
    {
        var authorities = new X509Certificate2Collection();
        if (file is null)
            return authorities;
        try
        {
            authorities.ImportFromPemFile(file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or CryptographicException)
        {
            diagnostics.Error("The certificate authorities cannot be read", $"{file}: {e.Message} {CaFileAdvice}", AttributePath.Of("ca_file"));
            return authorities;
        }

        if (authorities.Count == 0)
            diagnostics.Error("The file has no certificate", $"{file} must hold certificates in PEM: -----BEGIN CERTIFICATE-----. {CaFileAdvice}", AttributePath.Of("ca_file"));
        return authorities;
    }

    private static SigningCredentials? Credentials(TfObject config, Func<string, string?> environment, Diagnostics diagnostics)
    {
        // The secret half may stay in the environment while the id stands in the block, but only in our own variable.
        var own = Pair("SECRETSPORTAL", config.Text("access_key"), config.Text("secret_key"), config.Text("session_token"));
        var (id, secret, token) = own is (null, null, _) ? Pair("AWS", null, null, null) : own;
        if (id is null)
        {
            diagnostics.Error("No access key", "Set the provider's access_key attribute, or SECRETSPORTAL_ACCESS_KEY_ID.", AttributePath.Of("access_key"));
        }

        if (secret is null)
        {
            diagnostics.Error("No secret access key", "Set the provider's secret_key attribute, or SECRETSPORTAL_SECRET_ACCESS_KEY.",
                AttributePath.Of("secret_key"));
        }

        return id is null || secret is null ? null : new SigningCredentials(id, new SecretText(secret), token);

        (string? Id, string? Secret, string? Token) Pair(string prefix, string? id, string? secret, string? token) =>
            (id ?? NullIfEmpty(environment($"{prefix}_ACCESS_KEY_ID")),
                secret ?? NullIfEmpty(environment($"{prefix}_SECRET_ACCESS_KEY")),
                token ?? NullIfEmpty(environment($"{prefix}_SESSION_TOKEN")));
    }

    private static void Endpoint(TfValue value, AttributePath path, Diagnostics diagnostics)
    {
        if (value is not TfText text)
            return;
        if (!Uri.TryCreate(text.Value, UriKind.Absolute, out var uri)
            || (uri.Scheme != Uri.UriSchemeHttp && uri.Scheme != Uri.UriSchemeHttps)
            || uri.UserInfo.Length > 0 || uri.AbsolutePath != "/" || uri.Query.Length > 0 || uri.Fragment.Length > 0)
        {
            diagnostics.Error("Invalid endpoint",
                "It must be http:// or https:// with a host and an optional port, and nothing after it: https://secrets.example.com", path);
        }
        else if (uri.Scheme == Uri.UriSchemeHttp && !uri.IsLoopback)
        {
            diagnostics.Warning("Values travel unencrypted",
                $"The endpoint {uri.GetLeftPart(UriPartial.Authority)} is plain HTTP on another machine: everybody on the way can read the secrets. Use https.", path);
        }
    }

    private static string? NullIfEmpty(string? text) => string.IsNullOrEmpty(text) ? null : text;
}
