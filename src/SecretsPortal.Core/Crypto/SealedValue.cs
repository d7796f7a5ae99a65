using System.Buffers.Binary;
using System.Text;

namespace SecretsPortal.Core.Crypto;

/// <summary>A ciphertext that describes itself: which key wraps its data key, the wrapped data key, nonce, ciphertext, tag.</summary>
/// <remarks>
/// The encoding, lengths big-endian. The first six lines are the wrap, which a re-wrapping replaces; the others stay as they were sealed.
/// <code>
/// 1 byte   format version (2)
/// 2 bytes  s, 1–2,048            s bytes  id of the key that the value was sealed under, UTF-8
/// 2 bytes  n, 1–2,048            n bytes  id of the key that wraps the data key now, UTF-8
/// 2 bytes  v, 1–256              v bytes  version of that key, in its provider's words, UTF-8
/// 2 bytes  w, 1–8,192            w bytes  wrapped data key
/// 32 bytes wrap tag: HMAC-SHA256 over the lines above and what the value belongs to; see <see cref="WrapTag"/>
/// 12 bytes nonce
/// 4 bytes  c, 0–65,536           c bytes  ciphertext
/// 16 bytes tag
/// </code>
/// Format version 1, which is read but not written any more, has the second id alone, and neither version nor wrap tag:
/// <code>
/// 1 byte   format version (1)
/// 2 bytes  n, 1–2,048            n bytes  key id, UTF-8
/// 2 bytes  w, 1–8,192            w bytes  wrapped data key
/// then nonce, ciphertext and tag as above
/// </code>
/// </remarks>
public sealed record SealedValue
{
    /// <summary>The format version that is written.</summary>
    public const byte FormatVersion = 2;

    /// <summary>Bytes of the nonce.</summary>
    public const int NonceSize = 12;

    /// <summary>Bytes of the tag.</summary>
    public const int TagSize = 16;

    /// <summary>Bytes of the wrap tag.</summary>
    public const int WrapTagSize = 32;

    /// <summary>The longest key id, in bytes of UTF-8.</summary>
    public const int MaxKeyIdSize = 2048;

    /// <summary>The longest key version, in bytes of UTF-8.</summary>
    public const int MaxKeyVersionSize = 256;

    /// <summary>The longest wrapped data key, in bytes; AWS KMS gives at most 6,144, RSA-4096 gives 512.</summary>
    public const int MaxWrappedKeySize = 8192;

    /// <summary>The longest ciphertext, in bytes: that of the longest value.</summary>
    public const int MaxCiphertextSize = Secrets.SecretValue.MaxBytes;

    private const byte FirstFormatVersion = 1;

    /// <summary>The KMS key that the value was sealed under; bound into the ciphertext, so it stays when the data key is wrapped anew.</summary>
    public required string SealedUnder { get; init; }

    /// <summary>The KMS key that wraps the data key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The version of <see cref="KeyId"/> that wrapped the data key; empty in format version 1.</summary>
    public required string KeyVersion { get; init; }

    /// <summary>The data key as the KMS wrapped it.</summary>
    public required byte[] WrappedKey { get; init; }

    /// <summary>32 bytes; empty in format version 1.</summary>
    public required byte[] WrapTag { get; init; }

    /// <summary>12 bytes.</summary>
    public required byte[] Nonce { get; init; }

    /// <summary>As long as the plaintext.</summary>
    public required byte[] Ciphertext { get; init; }

    /// <summary>16 bytes.</summary>
    public required byte[] Tag { get; init; }

    /// <summary>True where it was read from format version 1, which has no wrap tag.</summary>
    public bool IsFirstFormat => WrapTag.Length == 0;

    /// <summary>Reads a valid encoding; <see cref="PortalError.DecryptionFailure"/> for anything else, trailing bytes included.</summary>
    public static SealedValue Parse(ReadOnlySpan<byte> bytes)
    {
        var format = Take(ref bytes, 1)[0];
        if (format is not (FirstFormatVersion or FormatVersion))
            throw AesGcmSealer.DecryptionFailure();
        var isFirst = format == FirstFormatVersion;
        var sealedUnder = isFirst ? [] : TakePart(ref bytes, MaxKeyIdSize);
        var keyId = TakePart(ref bytes, MaxKeyIdSize);
        var keyVersion = isFirst ? [] : TakePart(ref bytes, MaxKeyVersionSize);
        var wrappedKey = TakePart(ref bytes, MaxWrappedKeySize);
        var wrapTag = isFirst ? [] : Take(ref bytes, WrapTagSize);
        var nonce = Take(ref bytes, NonceSize);
        var ciphertext = Take(ref bytes, Length(BinaryPrimitives.ReadUInt32BigEndian(Take(ref bytes, 4)), 0, MaxCiphertextSize));
        var tag = Take(ref bytes, TagSize);
        if (!bytes.IsEmpty)
            throw AesGcmSealer.DecryptionFailure();
        return new SealedValue
        {
            SealedUnder = Decode(isFirst ? keyId : sealedUnder),
            KeyId = Decode(keyId),
            KeyVersion = Decode(keyVersion),
            WrappedKey = wrappedKey.ToArray(),
            WrapTag = wrapTag.ToArray(),
            Nonce = nonce.ToArray(),
            Ciphertext = ciphertext.ToArray(),
            Tag = tag.ToArray(),
        };
    }

    /// <summary>The one encoding in the format version that is written.</summary>
    /// <exception cref="InvalidOperationException">A part has a length that <see cref="Parse"/> would refuse.</exception>
    public byte[] ToBytes()
    {
        if (WrapTag.Length != WrapTagSize || !HasValidSizes)
            throw new InvalidOperationException("A part of the sealed value is too short or too long.");
        var wrap = WrapBytes();
        var bytes = new byte[wrap.Length + WrapTagSize + NonceSize + 4 + Ciphertext.Length + TagSize];
        var rest = bytes.AsSpan();
        Put(ref rest, 0, wrap);
        Put(ref rest, 0, WrapTag);
        Put(ref rest, 0, Nonce);
        BinaryPrimitives.WriteUInt32BigEndian(rest, (uint)Ciphertext.Length);
        Put(ref rest, 4, Ciphertext);
        Put(ref rest, 0, Tag);
        return bytes;
    }

    /// <summary>The encoding up to the wrapped data key: what the wrap tag speaks of.</summary>
    /// <exception cref="InvalidOperationException">A part has a length that <see cref="Parse"/> would refuse.</exception>
    internal byte[] WrapBytes()
    {
        var sealedUnder = EncryptionContext.StrictUtf8.GetBytes(SealedUnder);
        var keyId = EncryptionContext.StrictUtf8.GetBytes(KeyId);
        var keyVersion = EncryptionContext.StrictUtf8.GetBytes(KeyVersion);
        if (sealedUnder.Length is 0 or > MaxKeyIdSize || keyId.Length is 0 or > MaxKeyIdSize
            || keyVersion.Length is 0 or > MaxKeyVersionSize || WrappedKey.Length is 0 or > MaxWrappedKeySize)
            throw new InvalidOperationException("A part of the sealed value is too short or too long.");
        var bytes = new byte[1 + 2 + sealedUnder.Length + 2 + keyId.Length + 2 + keyVersion.Length + 2 + WrappedKey.Length];
        bytes[0] = FormatVersion;
        var rest = bytes.AsSpan(1);
        foreach (var part in (ReadOnlySpan<byte[]>)[sealedUnder, keyId, keyVersion, WrappedKey])
        {
            BinaryPrimitives.WriteUInt16BigEndian(rest, (ushort)part.Length);
            Put(ref rest, 2, part);
        }

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

    private static ReadOnlySpan<byte> TakePart(ref ReadOnlySpan<byte> bytes, int max) =>
        Take(ref bytes, Length(BinaryPrimitives.ReadUInt16BigEndian(Take(ref bytes, 2)), 1, max));

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
