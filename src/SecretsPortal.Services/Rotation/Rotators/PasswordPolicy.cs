using System.Globalization;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// What new passwords of a secret look like: the settings that its rotation was given (keys as the parameters of GetRandomPassword, in any case),
/// over what its rotator would take.
/// </summary>
internal sealed class PasswordPolicy
{
    private readonly Dictionary<string, string> _settings;

    /// <summary>The policy of some settings; a final <see cref="RotationException"/> where a key is there twice. Keys of no meaning here are left alone.</summary>
    public PasswordPolicy(IReadOnlyList<ExternalRotationItem> settings)
    {
        _settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var item in settings)
            if (!_settings.TryAdd(item.Key, item.Value))
                throw Fault(item.Key, "is there twice");
    }

    /// <summary>The setting <c>field</c>: the member of the secret's JSON that is generated; null where it is missing.</summary>
    public string? Field => _settings.GetValueOrDefault("field");

    /// <summary>
    /// A new password. <paramref name="rules"/> has what holds without settings; its excluded characters hold in any case. A final
    /// <see cref="RotationException"/> where a setting can't be understood or leaves no password.
    /// </summary>
    public SecretText Generate(RandomPasswordOptions rules, int shortest, int longest, FillRandom random)
    {
        var length = Number("passwordLength", rules.Length);
        if (length < shortest || length > longest)
            throw Fault("passwordLength", string.Create(CultureInfo.InvariantCulture, $"must be from {shortest} to {longest}"));
        var options = new RandomPasswordOptions
        {
            Length = length,
            ExcludeCharacters = rules.ExcludeCharacters + _settings.GetValueOrDefault("excludeCharacters"),
            ExcludeNumbers = Flag("excludeNumbers", rules.ExcludeNumbers),
            ExcludePunctuation = Flag("excludePunctuation", rules.ExcludePunctuation),
            ExcludeUppercase = Flag("excludeUppercase", rules.ExcludeUppercase),
            ExcludeLowercase = Flag("excludeLowercase", rules.ExcludeLowercase),
            IncludeSpace = Flag("includeSpace", rules.IncludeSpace),
            RequireEachIncludedType = Flag("requireEachIncludedType", rules.RequireEachIncludedType),
        };
        try
        {
            return RandomPassword.Generate(options, random);
        }
        catch (PortalException fault)
        {
            throw new RotationException($"The rotation's settings allow no password. {fault.Message} Correct them with RotateSecret.", isFinal: true) { Concerns = PreflightCheck.Json };
        }
    }

    private long Number(string key, long otherwise) => _settings.GetValueOrDefault(key) is not { } text ? otherwise
        : long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number
        : throw Fault(key, "must be a number");

    private bool Flag(string key, bool otherwise) => _settings.GetValueOrDefault(key) is not { } text ? otherwise
        : bool.TryParse(text, out var flag) ? flag
        : throw Fault(key, "must be true or false");

    private static RotationException Fault(string key, string what) =>
        new($"The rotation's setting \"{key}\" {what}. Correct it with RotateSecret (ExternalSecretRotationMetadata), then rotate again.", isFinal: true) { Concerns = PreflightCheck.Json };
}
