namespace SecretsPortal.Services.Kms;

/// <summary>Which KMS providers the portal may use, already validated by the host; the local one is always there.</summary>
public sealed record KmsOptions
{
    /// <summary>The provider of the default keys that are registered in a new database.</summary>
    public string Provider { get; init; } = KmsProviders.Local;

    /// <summary>What that provider calls the default key; null for the local one, which derives it.</summary>
    public string? KeyReference { get; init; }

    /// <summary>How long one call to a KMS may take.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>A PKCS#11 token; null where none is configured.</summary>
    public Pkcs11Options? Pkcs11 { get; init; }

    /// <summary>An Azure Key Vault or Managed HSM; null where none is configured.</summary>
    public AzureKeyVaultOptions? AzureKeyVault { get; init; }

    /// <summary>AWS KMS; null where it is not configured.</summary>
    public AwsKmsOptions? AwsKms { get; init; }
}

/// <summary>The providers' names: in the configuration and in the registry of keys.</summary>
public static class KmsProviders
{
    /// <summary>A key file on this machine.</summary>
    public const string Local = "local";

    /// <summary>A token behind a PKCS#11 module.</summary>
    public const string Pkcs11 = "pkcs11";

    /// <summary>Azure Key Vault, or Azure Key Vault Managed HSM.</summary>
    public const string AzureKeyVault = "azure-key-vault";

    /// <summary>AWS Key Management Service.</summary>
    public const string AwsKms = "aws-kms";

    /// <summary>All of them.</summary>
    public static IReadOnlyList<string> All { get; } = [Local, AzureKeyVault, Pkcs11, AwsKms];
}

/// <summary>Where the token is.</summary>
/// <param name="ModulePath">The PKCS#11 module: an absolute path of a shared library.</param>
/// <param name="TokenLabel">The token's label.</param>
/// <param name="PinFile">A file with the user's PIN; read at each login, so that a new PIN needs no restart.</param>
public sealed record Pkcs11Options(string ModulePath, string TokenLabel, string PinFile);

/// <summary>Where the vault is.</summary>
/// <param name="VaultUri">Such as <c>https://NAME.vault.azure.net</c>; https alone.</param>
public sealed record AzureKeyVaultOptions(Uri VaultUri);

/// <summary>Where AWS KMS is.</summary>
/// <param name="Region">The region of the keys.</param>
/// <param name="EndpointUrl">Another address than the region's own (a VPC endpoint, say); https alone.</param>
public sealed record AwsKmsOptions(string Region, Uri? EndpointUrl);
