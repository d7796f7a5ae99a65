using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>Seals and opens what requests to functions elsewhere are signed with.</summary>
internal sealed class FunctionKeys(Envelope envelope, KeyRegistry keys, FillRandom random, PortalOptions options)
{
    /// <summary>Seals under the home region's default key.</summary>
    public async Task<byte[]> Seal(string callerId, SecretText key, CancellationToken cancel) =>
        (await envelope.Seal(Encoding.UTF8.GetBytes(key.Reveal()), await keys.Resolve(null, options.Region, cancel), ContextOf(callerId), cancel)).Bytes;

    /// <summary>Opens; null where the function has none.</summary>
    public async Task<SecretText?> Open(StoredFunction function, CancellationToken cancel)
    {
        if (function.SealedKey is null)
            return null;
        var bytes = await envelope.Open(function.SealedKey, ContextOf(function.Caller.Id), cancel);
        try
        {
            return new SecretText(Encoding.UTF8.GetString(bytes));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>A new key for a webhook.</summary>
    public SecretText NewWebhookKey()
    {
        var bytes = new byte[Webhook.KeySize];
        random(bytes);
        var key = new SecretText(Webhook.KeyPrefix + Convert.ToBase64String(bytes));
        CryptographicOperations.ZeroMemory(bytes);
        return key;
    }

    private EncryptionContext ContextOf(string callerId) => SealedContexts.OfFunction(options, callerId);
}
