using System.Security.Cryptography;
using System.Text;

namespace SecretsPortal.Core.Crypto;

/// <summary>AES-256-GCM with a data key that encrypts exactly once.</summary>
/// <remarks>
/// NIST SP 800-38D with a 96-bit nonce and a 128-bit tag. Key 32 bytes; at most 65,536 bytes of plaintext, far below the mode's 64 GiB. One
/// encryption per key is far below the 2^32 that a random nonce bears, so a repeated (key, nonce) pair is out of reach even for a
/// poor random source. The caller owns the key's bytes and clears them.
/// </remarks>
public static class AesGcmSealer
{
    /// <summary>Bytes of a data key.</summary>
    public const int KeySize = 32;

    /// <summary>
    /// Encrypts. The data key must be fresh; the nonce is drawn from <paramref name="random"/> (fills the span it is given).
    /// <see cref="PortalError.EncryptionFailure"/> for every failure.
    /// </summary>
    public static SealedValue Seal(
        ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> dataKey, byte[] wrappedKey, string keyId,
        EncryptionContext context, FillRandom random)
    {
        if (dataKey.Length != KeySize || plaintext.Length > SealedValue.MaxCiphertextSize
            || keyId.Length == 0 || wrappedKey.Length is 0 or > SealedValue.MaxWrappedKeySize)
            throw EncryptionFailure();
        var nonce = new byte[SealedValue.NonceSize];
        var ciphertext = new byte[plaintext.Length];
        var tag = new byte[SealedValue.TagSize];
        try
        {
            if (EncryptionContext.StrictUtf8.GetByteCount(keyId) > SealedValue.MaxKeyIdSize)
                throw EncryptionFailure();
            random(nonce);
            using var aes = new AesGcm(dataKey, SealedValue.TagSize);
            aes.Encrypt(nonce, plaintext, ciphertext, tag, context.AssociatedData(SealedValue.FormatVersion, keyId));
        }
        catch (Exception e) when (e is CryptographicException or EncoderFallbackException)
        {
            throw EncryptionFailure(e);
        }

        return new SealedValue { KeyId = keyId, WrappedKey = wrappedKey, Nonce = nonce, Ciphertext = ciphertext, Tag = tag };
    }

    /// <summary>Decrypts; one <see cref="PortalError.DecryptionFailure"/> for every failure.</summary>
    public static byte[] Open(SealedValue value, ReadOnlySpan<byte> dataKey, EncryptionContext context)
    {
        byte[] associatedData;
        try
        {
            associatedData = context.AssociatedData(SealedValue.FormatVersion, value.KeyId);
        }
        catch (EncoderFallbackException)
        {
            throw DecryptionFailure();
        }

        return Open(value, dataKey, associatedData);
    }

    internal static byte[] Open(SealedValue value, ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> associatedData)
    {
        if (dataKey.Length != KeySize || !value.HasValidSizes)
            throw DecryptionFailure();
        var plaintext = new byte[value.Ciphertext.Length];
        try
        {
            using var aes = new AesGcm(dataKey, SealedValue.TagSize);
            aes.Decrypt(value.Nonce, value.Ciphertext, value.Tag, plaintext, associatedData);
        }
        catch (CryptographicException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            throw DecryptionFailure();
        }

        return plaintext;
    }

    /// <summary>Always the same, with no cause inside: which check failed is of use only to whoever is trying.</summary>
    internal static PortalException DecryptionFailure() =>
        new(PortalError.DecryptionFailure, "The stored value can't be decrypted: it was changed, or it belongs to another key, secret or version.");

    private static PortalException EncryptionFailure(Exception? inner = null) =>
        new(PortalError.EncryptionFailure, "The value can't be encrypted with the key that was given.", inner);
}

/// <summary>Fills a span with random bytes; injected so that a known answer can be tested.</summary>
public delegate void FillRandom(Span<byte> destination);
