using System.Buffers.Binary;
using System.Text;

namespace SecretsPortal.Core.Crypto;

/// <summary>A ciphertext that describes itself: format version, key id, wrapped data key, nonce, ciphertext, tag.</summary>
/// <remarks>
/// The encoding, lengths big-endian:
/// <code>
/// 1 byte   format version (1)
/// 2 bytes  n, 1–2,048            n bytes  key id, UTF-8
/// 2 bytes  w, 1–8,192            w bytes  wrapped data key
/// 12 bytes nonce
/// 4 bytes  c, 0–65,536           c bytes  ciphertext
/// 16 bytes tag
/// </code>
/// </remarks>
public sealed record SealedValue
{
    /// <summary>The only format version so far.</summary>
    public const byte FormatVersion = 1;

    /// <summary>Bytes of the nonce.</summary>
    public const int NonceSize = 12;

    /// <summary>Bytes of the tag.</summary>
    public const int TagSize = 16;

    /// <summary>The longest key id, in bytes of UTF-8.</summary>
    public const int MaxKeyIdSize = 2048;

    /// <summary>The longest wrapped data key, in bytes; AWS KMS gives at most 6,144, RSA-4096 gives 512.</summary>
    public const int MaxWrappedKeySize = 8192;

    /// <summary>The longest ciphertext, in bytes: that of the longest value.</summary>
    public const int MaxCiphertextSize = Secrets.SecretValue.MaxBytes;

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
    public static SealedValue Parse(ReadOnlySpan<byte> bytes)
    {
        if (Take(ref bytes, 1)[0] != FormatVersion)
            throw AesGcmSealer.DecryptionFailure();
        var keyId = Take(ref bytes, Length(BinaryPrimitives.ReadUInt16BigEndian(Take(ref bytes, 2)), 1, MaxKeyIdSize));
        var wrappedKey = Take(ref bytes, Length(BinaryPrimitives.ReadUInt16BigEndian(Take(ref bytes, 2)), 1, MaxWrappedKeySize));
        var nonce = Take(ref bytes, NonceSize);
        var ciphertext = Take(ref bytes, Length(BinaryPrimitives.ReadUInt32BigEndian(Take(ref bytes, 4)), 0, MaxCiphertextSize));
        var tag = Take(ref bytes, TagSize);
        if (!bytes.IsEmpty)
            throw AesGcmSealer.DecryptionFailure();
        return new SealedValue
        {
            KeyId = Decode(keyId),
            WrappedKey = wrappedKey.ToArray(),
            Nonce = nonce.ToArray(),
            Ciphertext = ciphertext.ToArray(),
            Tag = tag.ToArray(),
        };
    }

    /// <summary>The one encoding.</summary>
    /// <exception cref="InvalidOperationException">A part has a length that <see cref="Parse"/> would refuse.</exception>
    public byte[] ToBytes()
    {
        var keyId = EncryptionContext.StrictUtf8.GetBytes(KeyId);
        if (keyId.Length is 0 or > MaxKeyIdSize || WrappedKey.Length is 0 or > MaxWrappedKeySize || !HasValidSizes)
            throw new InvalidOperationException("A part of the sealed value is too short or too long.");
        var bytes = new byte[1 + 2 + keyId.Length + 2 + WrappedKey.Length + NonceSize + 4 + Ciphertext.Length + TagSize];
        bytes[0] = FormatVersion;
        var rest = bytes.AsSpan(1);
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)keyId.Length);
        Put(ref rest, 2, keyId);
        BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)WrappedKey.Length);
        Put(ref rest, 2, WrappedKey);
        Put(ref rest, 0, Nonce);
        BinaryPrimitives.WriteUInt32BigEndian(rest, (uint)Ciphertext.Length);
        Put(ref rest, 4, Ciphertext);
        Put(ref rest, 0, Tag);
        return bytes;
    }

    /// <summary>True where nonce, ciphertext and tag have the lengths of the format.</summary>
    internal bool HasValidSizes => Nonce.Length == NonceSize && Tag.Length == TagSize && Ciphertext.Length <= MaxCiphertextSize;

    private static ReadOnlySpan<byte> Take(ref ReadOnlySpan<byte> bytes, int count)
    {
        if (bytes.Length < count)
            throw AesGcmSealer.DecryptionFailure();
        var taken = bytes[..count];
        bytes = bytes[count..];
        return taken;
    }

    private static int Length(uint stated, int min, int max) =>
        stated >= min && stated <= max ? (int)stated : throw AesGcmSealer.DecryptionFailure();

    private static string Decode(ReadOnlySpan<byte> utf8)
    {
        try
        {
            return EncryptionContext.StrictUtf8.GetString(utf8);
        }
        catch (DecoderFallbackException)
        {
            throw AesGcmSealer.DecryptionFailure();
        }
    }

    private static void Put(ref Span<byte> rest, int after, byte[] part)
    {
        part.CopyTo(rest[after..]);
        rest = rest[(after + part.Length)..];
    }
}
