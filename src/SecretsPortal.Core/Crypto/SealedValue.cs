namespace SecretsPortal.Core.Crypto;

/// <summary>A ciphertext that describes itself: format version, key id, wrapped data key, nonce, ciphertext, tag.</summary>
public sealed record SealedValue
{
    /// <summary>The only format version so far.</summary>
    public const byte FormatVersion = 1;

    /// <summary>The KMS key that wraps the data key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The data key as the KMS wrapped it.</summary>
    public required byte[] WrappedKey { get; init; }

    /// <summary>12 bytes.</summary>
    public required byte[] Nonce { get; init; }

    /// <summary>As long as the plaintext.</summary>
    public required byte[] Ciphertext { get; init; }

    /// <summary>16 bytes.</summary>
    public required byte[] Tag { get; init; }

    /// <summary>Reads the one valid encoding; <see cref="PortalError.DecryptionFailure"/> for anything else, trailing bytes included.</summary>
    public static SealedValue Parse(ReadOnlySpan<byte> bytes) => throw new NotImplementedException();

    /// <summary>The one encoding.</summary>
    public byte[] ToBytes() => throw new NotImplementedException();
}
