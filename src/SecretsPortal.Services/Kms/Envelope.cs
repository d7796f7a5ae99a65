using System.Security.Cryptography;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Keys;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Kms;

/// <summary>A sealed value, and the version of the KMS key that wraps its data key.</summary>
/// <param name="Bytes">The encoding of a <see cref="SealedValue"/>.</param>
/// <param name="KeyVersion">In the provider's words.</param>
internal sealed record SealedBytes(byte[] Bytes, string KeyVersion);

/// <summary>A sealed value that was read, and what its data key is found by: all that can be known without the key.</summary>
/// <param name="Value">The value.</param>
/// <param name="Context">What it belongs to.</param>
/// <param name="Wrap">The identity of its wrap.</param>
internal sealed record OpenableValue(SealedValue Value, EncryptionContext Context, WrapId Wrap)
{
    /// <summary>Reads a value; <see cref="PortalError.DecryptionFailure"/> where it is none.</summary>
    public static OpenableValue Read(byte[] sealedBytes, EncryptionContext context)
    {
        var value = SealedValue.Parse(sealedBytes);
        return new OpenableValue(value, context, WrapId.Of(value, context));
    }
}

/// <summary>Seals bytes under a data key of their own, which a KMS key wraps; both are bound to the same context.</summary>
internal sealed partial class Envelope(KeyRegistry keys, DataKeyCache cache, FillRandom random, ILogger<Envelope> log)
{
    /// <summary>
    /// Seals under <paramref name="key"/>; <see cref="PortalError.Unavailable"/> without the KMS, never a fallback, and
    /// <see cref="PortalError.EncryptionFailure"/> under a key that is disabled.
    /// </summary>
    public async Task<SealedBytes> Seal(ReadOnlyMemory<byte> plaintext, StoredKmsKey key, EncryptionContext context, CancellationToken cancel)
    {
        RefuseToSealUnder(key);
        var dataKey = new byte[AesGcmSealer.KeySize];
        try
        {
            random(dataKey);
            var wrapped = await keys.ProviderOf(key).Wrap(key.ProviderReference, dataKey, context.ForKms(), cancel);
            var value = AesGcmSealer.Seal(plaintext.Span, dataKey, wrapped.Bytes, key.KeyId, wrapped.KeyVersion, context, random);
            return new SealedBytes(value.ToBytes(), wrapped.KeyVersion);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    /// <summary>
    /// Opens; one and the same <see cref="PortalError.DecryptionFailure"/> where anything does not fit, and a clear one under a key that is
    /// disabled, also where its data key is cached.
    /// </summary>
    public ValueTask<byte[]> Open(byte[] sealedBytes, EncryptionContext context, CancellationToken cancel) =>
        Open(OpenableValue.Read(sealedBytes, context), asOf: null, cancel);

    /// <summary>As the other one, as of a number of <see cref="ChangeWatch.Access"/> that the request was given; null to ask for it.</summary>
    public async ValueTask<byte[]> Open(OpenableValue openable, long? asOf, CancellationToken cancel)
    {
        var key = await UsableKeyOf(openable.Value, asOf, cancel);
        return await cache.Open(openable, () => Unwrap(key, openable.Value, openable.Context, CancellationToken.None), cancel);
    }

    /// <summary>
    /// The same value with its data key wrapped under the current version of <paramref name="target"/>. The value is not opened. Fails as
    /// opening and sealing do.
    /// </summary>
    public async Task<SealedBytes> Rewrap(byte[] sealedBytes, EncryptionContext context, StoredKmsKey target, CancellationToken cancel)
    {
        RefuseToSealUnder(target);
        var value = SealedValue.Parse(sealedBytes);
        var dataKey = await Unwrap(await UsableKeyOf(value, asOf: null, cancel), value, context, cancel);
        try
        {
            var wrapped = await keys.ProviderOf(target).Wrap(target.ProviderReference, dataKey, context.ForKms(), cancel);
            var rewrapped = AesGcmSealer.Rewrap(value, dataKey, wrapped.Bytes, target.KeyId, wrapped.KeyVersion, context);
            return new SealedBytes(rewrapped.ToBytes(), wrapped.KeyVersion);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(dataKey);
        }
    }

    private async ValueTask<StoredKmsKey> UsableKeyOf(SealedValue value, long? asOf, CancellationToken cancel)
    {
        var key = await keys.Find(value.KeyId, asOf, cancel);
        return key.State == KmsKeyState.Enabled ? key : throw new PortalException(PortalError.DecryptionFailure,
            $"The stored value can't be decrypted: the KMS key {key.KeyId} that it lies under is {(key.State == KmsKeyState.Disabled ? "disabled. Enable it" : "pending deletion. Cancel the deletion and enable it")} to use the value.");
    }

    private static void RefuseToSealUnder(StoredKmsKey key)
    {
        if (key.State != KmsKeyState.Enabled)
            throw new PortalException(PortalError.EncryptionFailure,
                $"The value can't be encrypted: the KMS key {key.KeyId} is {(key.State == KmsKeyState.Disabled ? "disabled. Enable it" : "pending deletion. Cancel the deletion and enable it")}, or choose another key.");
    }

    /// <summary>The data key, once the wrap has been checked; the caller clears it.</summary>
    private async Task<byte[]> Unwrap(StoredKmsKey key, SealedValue value, EncryptionContext context, CancellationToken cancel)
    {
        byte[] dataKey;
        try
        {
            dataKey = await keys.ProviderOf(key).Unwrap(key.ProviderReference, new WrappedDataKey(value.WrappedKey, value.KeyVersion), context.ForKms(), cancel);
        }
        catch (PortalException refusal) when (refusal.Error == PortalError.DecryptionFailure)
        {
            // Which check failed is said in the log alone.
            LogRefused(refusal, key.KeyId, value.KeyVersion, context.Resource);
            throw AesGcmSealer.DecryptionFailure();
        }

        try
        {
            AesGcmSealer.CheckWrap(value, dataKey, context);
            return dataKey;
        }
        catch
        {
            CryptographicOperations.ZeroMemory(dataKey);
            throw;
        }
    }

    [LoggerMessage(EventId = 1401, Level = LogLevel.Warning, Message = "The KMS refused to unwrap a data key under {KeyId}, version {KeyVersion}, of {Resource}")]
    private partial void LogRefused(Exception fault, string keyId, string keyVersion, string resource);
}
