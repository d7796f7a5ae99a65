using SecretsPortal.Services.Kms;

namespace SecretsPortal.Web.Configuration;

/// <summary>
/// Reads and checks the <c>Portal:Kms</c> section. A provider counts as configured where one of its settings is set, or where it is to hold the default
/// key; then it needs all that it can't do without. Several may be configured.
/// </summary>
internal static class KmsConfiguration
{
    private const int LongestReference = 512;

    /// <summary>The options; faults are added to those that <paramref name="settings"/> collects.</summary>
    public static KmsOptions Read(SettingReader settings)
    {
        var provider = settings.OneOf(SettingKeys.KmsProvider, [.. KmsProviders.All]) ?? KmsProviders.Local;
        return new KmsOptions
        {
            Provider = provider,
            KeyReference = KeyReference(settings, provider),
            Timeout = TimeSpan.FromSeconds(settings.Number(SettingKeys.KmsTimeout, 1, 60) ?? 5),
            Pkcs11 = Pkcs11(settings, provider == KmsProviders.Pkcs11),
            AzureKeyVault = AzureKeyVault(settings, provider == KmsProviders.AzureKeyVault),
            AwsKms = AwsKms(settings, provider == KmsProviders.AwsKms),
        };
    }

    private static string? KeyReference(SettingReader settings, string provider)
    {
        if (provider != KmsProviders.Local)
            return settings.Required(SettingKeys.KmsKeyReference, $"{SettingKeys.KmsProvider} = {provider} needs it: what the provider calls the default key", LongestReference);
        if (settings.IsSet(SettingKeys.KmsKeyReference))
            settings.Fault($"{SettingKeys.KmsKeyReference} is set, and {SettingKeys.KmsProvider} = {KmsProviders.Local} has no use for it; name the provider of that key, or remove it.");
        return null;
    }

    private static Pkcs11Options? Pkcs11(SettingReader settings, bool isNeeded)
    {
        if (!isNeeded && !settings.IsAnySet(SettingKeys.Pkcs11ModulePath, SettingKeys.Pkcs11TokenLabel, SettingKeys.Pkcs11PinFile))
            return null;
        var module = settings.ExistingFile(SettingKeys.Pkcs11ModulePath, "the PKCS#11 module of the token, such as /usr/lib/softhsm/libsofthsm2.so");
        // CK_TOKEN_INFO has 32 bytes for it.
        var label = settings.Required(SettingKeys.Pkcs11TokenLabel, "the label of the PKCS#11 token", 32);
        var pinFile = settings.PrivateFile(SettingKeys.Pkcs11PinFile, "a file that holds the PIN of the token's user");
        return module is null || label is null || pinFile is null ? null : new Pkcs11Options(module, label, pinFile);
    }

    private static AzureKeyVaultOptions? AzureKeyVault(SettingReader settings, bool isNeeded)
    {
        if (!isNeeded && !settings.IsSet(SettingKeys.KeyVaultUri))
            return null;
        return settings.Required(SettingKeys.KeyVaultUri, "the address of the vault, such as https://NAME.vault.azure.net", LongestReference) is not null
            && settings.HttpsAddress(SettingKeys.KeyVaultUri, "https://NAME.vault.azure.net") is { } vault
            ? new AzureKeyVaultOptions(vault)
            : null;
    }

    private static AwsKmsOptions? AwsKms(SettingReader settings, bool isNeeded)
    {
        if (!isNeeded && !settings.IsAnySet(SettingKeys.AwsKmsRegion, SettingKeys.AwsKmsEndpoint))
            return null;
        var endpoint = settings.HttpsAddress(SettingKeys.AwsKmsEndpoint, "https://kms.us-east-1.amazonaws.com");
        return settings.Required(SettingKeys.AwsKmsRegion, "the AWS region of the keys, such as us-east-1", LongestReference) is not null
            && settings.Region(SettingKeys.AwsKmsRegion) is { } region
            ? new AwsKmsOptions(region, endpoint)
            : null;
    }
}
