namespace SecretsPortal.Core.Crypto;

/// <summary>AES-256-GCM with a data key that encrypts exactly once.</summary>
public static class AesGcmSealer
{
    /// <summary>Bytes of a data key.</summary>
    public const int KeySize = 32;

    /// <summary>Encrypts. The data key must be fresh; the nonce is drawn from <paramref name="random"/> (fills the span it is given).</summary>
    public static SealedValue Seal(
        ReadOnlySpan<byte> plaintext, ReadOnlySpan<byte> dataKey, byte[] wrappedKey, string keyId,
        EncryptionContext context, FillRandom random) => throw new NotImplementedException();

    /// <summary>Decrypts; one <see cref="PortalError.DecryptionFailure"/> for every failure.</summary>
    public static byte[] Open(SealedValue value, ReadOnlySpan<byte> dataKey, EncryptionContext context) => throw new NotImplementedException();
}

/// <summary>Fills a span with random bytes; injected so that a known answer can be tested.</summary>
public delegate void FillRandom(Span<byte> destination);
