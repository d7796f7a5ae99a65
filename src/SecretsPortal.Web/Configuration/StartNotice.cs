using SecretsPortal.Services;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Web.Configuration;

/// <summary>What the console shows at every start: where the portal is, where its data lies, and where the default key is.</summary>
internal static class StartNotice
{
    /// <summary>Writes the notice; nothing in it is secret (a connection string may be, and is not shown).</summary>
    public static void Write(TextWriter output, PortalOptions options, (string Provider, string Reference) defaultKey, string address)
    {
        var storage = (options.DatabaseProvider, options.ConnectionString) switch
        {
            ("SqlServer", _) => "SQL Server",
            (_, null) => $"SQLite in {options.DataDirectory}",
            _ => $"SQLite, as {SettingKeys.ConnectionString} says",
        };
        var keys = defaultKey.Provider switch
        {
            KmsProviders.Local => $"local KMS, the file {options.LocalKeyFile ?? Path.Combine(options.DataDirectory, "local-kms.key")}; back it up apart from the database",
            KmsProviders.Pkcs11 => $"PKCS#11, the key {defaultKey.Reference} of the token {options.Kms.Pkcs11?.TokenLabel}",
            KmsProviders.AzureKeyVault => $"Azure Key Vault, the key {defaultKey.Reference} of {options.Kms.AzureKeyVault?.VaultUri}",
            KmsProviders.AwsKms => $"AWS KMS, the key {defaultKey.Reference} in {options.Kms.AwsKms?.Region}",
            _ => $"{defaultKey.Provider}, the key {defaultKey.Reference}",
        };
        output.WriteLine($"Secrets Portal is at {address}");
        output.WriteLine($"  storage: {storage}");
        output.WriteLine($"  keys:    {keys}");
        output.Flush();
    }
}
