using SecretsPortal.Core.Keys;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The portal's words for KMS keys and their re-wrappings.</summary>
internal static class KeyWords
{
    /// <summary>What a key is called: its alias, else that of the default, else its id.</summary>
    public static string NameOf(KeyDetail key) => key.Alias ?? (key.IsDefault ? "alias/aws/secretsmanager" : key.KeyId);

    /// <summary>A provider.</summary>
    public static string OfProvider(string provider) => provider switch
    {
        KmsProviders.Local => KeysText.ProviderLocal,
        KmsProviders.AzureKeyVault => "Azure Key Vault",
        KmsProviders.Pkcs11 => "PKCS#11",
        KmsProviders.AwsKms => "AWS KMS",
        _ => provider,
    };

    /// <summary>Whether a key serves.</summary>
    public static string Of(KmsKeyState state) => state switch
    {
        KmsKeyState.Enabled => KeysText.StateEnabled,
        KmsKeyState.Disabled => KeysText.StateDisabled,
        _ => KeysText.StateLeaving,
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
        KeyUseKind.SecretVersion => KeysText.UseVersion,
        KeyUseKind.Secret => KeysText.UseSecret,
        KeyUseKind.Replica => KeysText.UseReplica,
        KeyUseKind.AccessKey => KeysText.UseAccessKey,
        KeyUseKind.PortalKey => KeysText.UsePortalKey,
        KeyUseKind.RotationFunction => KeysText.UseFunction,
        _ => KeysText.UseSecondFactor,
    };

    /// <summary>How much lies under a key.</summary>
    public static string Of(KeyUseCount uses)
    {
        List<string> parts = [];
        if (uses.Secrets > 0)
            parts.Add(uses.Secrets == 1 ? KeysText.UsedBySecret : Words.Fill(KeysText.UsedBySecrets, uses.Secrets));
        if (uses.OfPortal > 0)
            parts.Add(KeysText.UsedByPortal);
        return parts.Count > 0 ? string.Join(", ", parts) : KeysText.UsedByNone;
    }

    /// <summary>Where a re-wrapping stands.</summary>
    public static string Of(RewrapState state) => state switch
    {
        RewrapState.Queued => KeysText.RewrapQueued,
        RewrapState.Running => KeysText.RewrapRunning,
        RewrapState.Paused => KeysText.RewrapPaused,
        RewrapState.Succeeded => KeysText.RewrapSucceeded,
        RewrapState.Failed => KeysText.RewrapFailed,
        _ => KeysText.RewrapCancelled,
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
