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

    // The layout of the associated data has been the same since format version 1, so that a value of that version can be wrapped anew.
    private const byte AssociatedDataVersion = 1;

    /// <summary>
    /// Encrypts. The data key must be fresh; the nonce is drawn from <paramref name="random"/> (fills the span it is given).
    /// <see cref="PortalError.EncryptionFailure"/> for every failure.
    /// </summary>
    public static SealedValue Seal(
        ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> dataKey, byte[] wrappedKey, string keyId, string keyVersion,
        EncryptionContext context, FillRandom random)
    {
        if (dataKey.Length != KeySize || plaintext.Length > SealedValue.MaxCiphertextSize)
            throw EncryptionFailure();
        var value = new SealedValue
        {
            SealedUnder = keyId,
            KeyId = keyId,
            KeyVersion = keyVersion,
            WrappedKey = wrappedKey,
            WrapTag = [],
            Nonce = new byte[SealedValue.NonceSize],
            Ciphertext = new byte[plaintext.Length],
            Tag = new byte[SealedValue.TagSize],
        };
        try
        {
            var associatedData = context.AssociatedData(AssociatedDataVersion, keyId);
            value = value with { WrapTag = WrapTag.Of(value, dataKey, associatedData) };
            random(value.Nonce);
            using var cipher = new AesGcm(dataKey, SealedValue.TagSize);
            cipher.Encrypt(value.Nonce, plaintext, value.Ciphertext, value.Tag, associatedData);
            return value;
        }
        catch (Exception e) when (e is CryptographicException or EncoderFallbackException or InvalidOperationException)
        {
            throw EncryptionFailure(e);
        }
    }

    /// <summary>
    /// The same value with its data key wrapped anew, which must be the data key that it has. The value itself stays closed: nonce, ciphertext and
    /// tag are what they were. <see cref="PortalError.DecryptionFailure"/> where the present wrap does not fit.
    /// </summary>
    public static SealedValue Rewrap(
        SealedValue value, ReadOnlySpan<byte> dataKey, byte[] wrappedKey, string keyId, string keyVersion, EncryptionContext context)
    {
        CheckWrap(value, dataKey, context);
        var rewrapped = value with { KeyId = keyId, KeyVersion = keyVersion, WrappedKey = wrappedKey };
        try
        {
            return rewrapped with { WrapTag = WrapTag.Of(rewrapped, dataKey, AssociatedData(value, context)) };
        }
        catch (Exception e) when (e is EncoderFallbackException or InvalidOperationException)
        {
            throw EncryptionFailure(e);
        }
    }

    /// <summary>Decrypts; one <see cref="PortalError.DecryptionFailure"/> for every failure.</summary>
    public static byte[] Open(SealedValue value, ReadOnlySpan<byte> dataKey, EncryptionContext context)
    {
        CheckWrap(value, dataKey, context);
        return Open(value, dataKey, AssociatedData(value, context));
    }

    /// <summary>
    /// As <see cref="Open(SealedValue, ReadOnlySpan{byte}, EncryptionContext)"/>, with a cipher of the data key that is kept, for a wrap that
    /// <see cref="CheckWrap"/> has passed. An <see cref="AesGcm"/> serves one thread at a time.
    /// </summary>
    public static byte[] Open(SealedValue value, AesGcm cipher, EncryptionContext context) => Open(value, cipher, AssociatedData(value, context));

    /// <summary>
    /// Passes where key id, key version and wrapped data key are those that the data key was wrapped with, for this context. Values of format
    /// version 1 have nothing to check: there the associated data binds the key id. <see cref="PortalError.DecryptionFailure"/> otherwise.
    /// </summary>
    public static void CheckWrap(SealedValue value, ReadOnlySpan<byte> dataKey, EncryptionContext context)
    {
        if (dataKey.Length != KeySize || !value.HasValidSizes)
            throw DecryptionFailure();
        if (!value.IsFirstFormat && !CryptographicOperations.FixedTimeEquals(value.WrapTag, WrapTag.Of(value, dataKey, AssociatedData(value, context))))
            throw DecryptionFailure();
    }

    internal static byte[] Open(SealedValue value, ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> associatedData)
    {
        using var cipher = new AesGcm(dataKey, SealedValue.TagSize);
        return Open(value, cipher, associatedData);
    }

    private static byte[] Open(SealedValue value, AesGcm cipher, ReadOnlySpan<byte> associatedData)
    {
        if (!value.HasValidSizes)
            throw DecryptionFailure();
        var plaintext = new byte[value.Ciphertext.Length];
        try
        {
            cipher.Decrypt(value.Nonce, value.Ciphertext, value.Tag, plaintext, associatedData);
        }
        catch (CryptographicException)
        {
            CryptographicOperations.ZeroMemory(plaintext);
            throw DecryptionFailure();
        }

        return plaintext;
    }

    private static byte[] AssociatedData(SealedValue value, EncryptionContext context)
    {
        try
        {
            return context.AssociatedData(AssociatedDataVersion, value.SealedUnder);
        }
        catch (EncoderFallbackException)
        {
            throw DecryptionFailure();
        }
    }

    /// <summary>Always the same, with no cause inside: which check failed is of use only to whoever is trying.</summary>
    public static PortalException DecryptionFailure() =>
        new(PortalError.DecryptionFailure, "The stored value can't be decrypted: it was changed, or it belongs to another key, secret or version.");

    private static PortalException EncryptionFailure(Exception? inner = null) =>
        new(PortalError.EncryptionFailure, "The value can't be encrypted with the key that was given.", inner);
}

/// <summary>Fills a span with random bytes; injected so that a known answer can be tested.</summary>
public delegate void FillRandom(Span<byte> destination);
