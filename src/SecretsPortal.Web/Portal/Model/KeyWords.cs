using SecretsPortal.Core.Keys;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for KMS keys and their re-wrappings.</summary>
internal static class KeyWords
{
    /// <summary>What a key is called: its alias, else that of the default, else its id.</summary>
    public static string NameOf(KeyDetail key) => key.Alias ?? (key.IsDefault ? "alias/aws/secretsmanager" : key.KeyId);

    /// <summary>A provider.</summary>
    public static string OfProvider(string provider) => provider switch
    {
        KmsProviders.Local => "Local key file",
        KmsProviders.AzureKeyVault => "Azure Key Vault",
        KmsProviders.Pkcs11 => "PKCS#11",
        KmsProviders.AwsKms => "AWS KMS",
        _ => provider,
    };

    /// <summary>Whether a key serves.</summary>
    public static string Of(KmsKeyState state) => state switch
    {
        KmsKeyState.Enabled => "Enabled",
        KmsKeyState.Disabled => "Disabled",
        _ => "To be removed",
    };

    /// <summary>How a state is coloured.</summary>
    public static string ToneOf(KmsKeyState state) => state switch
    {
        KmsKeyState.Enabled => "good",
        KmsKeyState.Disabled => "bad",
        _ => "warn",
    };

    /// <summary>What uses a key.</summary>
    public static string Of(KeyUseKind kind) => kind switch
    {
        KeyUseKind.SecretVersion => "Version",
        KeyUseKind.Secret => "Secret that names it",
        KeyUseKind.Replica => "Replica to be made",
        KeyUseKind.AccessKey => "Access key",
        KeyUseKind.PortalKey => "The portal's own",
        _ => "Second factor",
    };

    /// <summary>Where a re-wrapping stands.</summary>
    public static string Of(RewrapState state) => state switch
    {
        RewrapState.Queued => "Waiting for a worker",
        RewrapState.Running => "Running",
        RewrapState.Paused => "Paused",
        RewrapState.Succeeded => "Done",
        RewrapState.Failed => "Ended with faults",
        _ => "Given up",
    };

    /// <summary>How that is coloured.</summary>
    public static string ToneOf(RewrapState state) => state switch
    {
        RewrapState.Succeeded => "good",
        RewrapState.Failed => "bad",
        RewrapState.Paused => "warn",
        RewrapState.Cancelled => "",
        _ => "live",
    };
}
