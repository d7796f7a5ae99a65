using System.Security.Cryptography;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Kms;

/// <summary>Seals bytes under a data key of their own, which a KMS key wraps; both are bound to the same context.</summary>
internal sealed class Envelope(KeyRegistry keys, FillRandom random)
{
    /// <summary>Seals under <paramref name="key"/>; <see cref="PortalError.Unavailable"/> without the KMS, never a fallback.</summary>
    public async Task<byte[]> Seal(ReadOnlyMemory<byte> plaintext, StoredKmsKey key, EncryptionContext context, CancellationToken cancel)
    {
        var dataKey = new byte[AesGcmSealer.KeySize];
        try
        {
            random(dataKey);
            var wrapped = await keys.ProviderOf(key).Wrap(key.ProviderReference, dataKey, context.ForKms(), cancel);
            return AesGcmSealer.Seal(plaintext.Span, dataKey, wrapped.Bytes, key.KeyId, context, random).ToBytes();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    /// <summary>Opens; <see cref="PortalError.DecryptionFailure"/> where anything does not fit.</summary>
    public async Task<byte[]> Open(byte[] sealedBytes, EncryptionContext context, CancellationToken cancel)
    {
        var value = SealedValue.Parse(sealedBytes);
        var key = await keys.Find(value.KeyId, cancel);
        var dataKey = await keys.ProviderOf(key).Unwrap(key.ProviderReference, new WrappedDataKey(value.WrappedKey, ""), context.ForKms(), cancel);
        try
        {
            return AesGcmSealer.Open(value, dataKey, context);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }
}
