using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.TerraformProvider.Schemas;
using SecretsPortal.TerraformProvider.Values;

namespace SecretsPortal.TerraformProvider.Resources;

/// <summary><c>secretsportal_random_password</c>: another password in each run, stored nowhere.</summary>
internal sealed class RandomPasswordEphemeralResource : EphemeralResource
{
    private static readonly Schema s_schema = new(0,
        "A random password, made on this machine by the rules of the portal's GetRandomPassword. It is another one in each run and stored nowhere: put it into a write-only attribute.",
    [
        new("length", Presence.Optional, "1 to 4096. Default 32.") { Type = TfType.Number, Validators = [Validators.WholeNumber(1, RandomPassword.MaxLength, "It counts characters.")] },
        new("exclude_characters", Presence.Optional, "Characters never to use.") { Type = TfType.Text, Validators = [Validators.Length(0, 4096)] },
        new("exclude_numbers", Presence.Optional, "No digits.") { Type = TfType.Flag },
        new("exclude_punctuation", Presence.Optional, "No punctuation.") { Type = TfType.Flag },
        new("exclude_uppercase", Presence.Optional, "No upper-case letters.") { Type = TfType.Flag },
        new("exclude_lowercase", Presence.Optional, "No lower-case letters.") { Type = TfType.Flag },
        new("include_space", Presence.Optional, "The space may be used.") { Type = TfType.Flag },
        new("require_each_included_type", Presence.Optional, "At least one character of each type that is not excluded. Default true.") { Type = TfType.Flag },
        new("random_password", Presence.Computed, "The password.") { Type = TfType.Text, Sensitive = true },
    ]);

    /// <inheritdoc/>
    public override string TypeName => "secretsportal_random_password";

    /// <inheritdoc/>
    public override Schema Schema => s_schema;

    /// <inheritdoc/>
    public override bool NeedsPortal => false;

    /// <inheritdoc/>
    public override string Example => """
        ephemeral "secretsportal_random_password" "seed" {
          length              = 40
          exclude_punctuation = true
        }

        resource "secretsportal_secret_version" "seeded" {
          secret_id        = secretsportal_secret.api.id
          secret_string_wo = ephemeral.secretsportal_random_password.seed.random_password
          seed_once        = true # the first password stays until a rotation makes another one
        }
        """;

    /// <inheritdoc/>
    public override Task<TfObject> OpenAsync(ResourceCall call, TfObject config)
    {
        var options = new RandomPasswordOptions
        {
            Length = config.Number("length") ?? 32,
            ExcludeCharacters = config.Text("exclude_characters") ?? "",
            ExcludeNumbers = config.Flag("exclude_numbers") ?? false,
            ExcludePunctuation = config.Flag("exclude_punctuation") ?? false,
            ExcludeUppercase = config.Flag("exclude_uppercase") ?? false,
            ExcludeLowercase = config.Flag("exclude_lowercase") ?? false,
            IncludeSpace = config.Flag("include_space") ?? false,
            RequireEachIncludedType = config.Flag("require_each_included_type") ?? true,
        };
        try
        {
            return Task.FromResult(config.With("random_password", TfValue.Of(RandomPassword.Generate(options, RandomNumberGenerator.Fill).Reveal())));
        }
        catch (PortalException e)
        {
            throw new DiagnosticException("No password can be made", e.Message, AttributePath.Of(config["length"].IsNull ? "exclude_characters" : "length"));
        }
    }
}
