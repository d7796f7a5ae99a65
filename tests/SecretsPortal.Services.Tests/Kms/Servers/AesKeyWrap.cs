using System.Buffers.Binary;
using System.Security.Cryptography;

namespace SecretsPortal.Services.Tests.Kms.Servers;

/// <summary>AES key wrap as RFC 3394 has it, in its indexed form; .NET brings only the padded one.</summary>
internal static class AesKeyWrap
{
    private const int Half = 8;
    private const ulong Initial = 0xA6A6A6A6A6A6A6A6;

    public static byte[] Wrap(byte[] key, byte[] plaintext)
    {
        using var aes = Aes.Create();
        aes.Key = key;
        var n = plaintext.Length / Half;
        var wrapped = new byte[plaintext.Length + Half];
        plaintext.CopyTo(wrapped, Half);
        var a = Initial;
        var block = new byte[16];
        for (var t = 1; t <= 6 * n; t++)
        {
            var r = wrapped.AsSpan(Half + (t - 1) % n * Half, Half);
            BinaryPrimitives.WriteUInt64BigEndian(block, a);
            r.CopyTo(block.AsSpan(Half));
            var result = aes.EncryptEcb(block, PaddingMode.None);
            a = BinaryPrimitives.ReadUInt64BigEndian(result) ^ (ulong)t;
            result.AsSpan(Half).CopyTo(r);
        }

        BinaryPrimitives.WriteUInt64BigEndian(wrapped, a);
        return wrapped;
    }

    public static byte[] Unwrap(byte[] key, byte[] wrapped)
    {
        if (wrapped.Length < 24 || wrapped.Length % Half != 0)
            throw new CryptographicException("Not a wrapped key.");
        using var aes = Aes.Create();
        aes.Key = key;
        var n = wrapped.Length / Half - 1;
        var plaintext = wrapped[Half..];
        var a = BinaryPrimitives.ReadUInt64BigEndian(wrapped);
        var block = new byte[16];
        for (var t = 6 * n; t >= 1; t--)
        {
            var r = plaintext.AsSpan((t - 1) % n * Half, Half);
            BinaryPrimitives.WriteUInt64BigEndian(block, a ^ (ulong)t);
            r.CopyTo(block.AsSpan(Half));
            var result = aes.DecryptEcb(block, PaddingMode.None);
            a = BinaryPrimitives.ReadUInt64BigEndian(result);
            result.AsSpan(Half).CopyTo(r);
        }

        return a == Initial ? plaintext : throw new CryptographicException("The integrity check of the wrapped key failed.");
    }
}

public sealed class AesKeyWrapTests
{
    /// <summary>RFC 3394, section 4.6: 256 bits of key data under a key of 256 bits.</summary>
    [Fact]
    public void The_server_of_the_tests_wraps_as_the_standard_says()
    {
        var key = Convert.FromHexString("000102030405060708090A0B0C0D0E0F101112131415161718191A1B1C1D1E1F");
        var data = Convert.FromHexString("00112233445566778899AABBCCDDEEFF000102030405060708090A0B0C0D0E0F");

        var wrapped = AesKeyWrap.Wrap(key, data);

        Assert.Equal("28C9F404C4B810F4CBCCB35CFB87F8263F5786E2D80ED326CBC7F0E71A99F43BFB988B9B7A02DD21", Convert.ToHexString(wrapped));
        Assert.Equal(data, AesKeyWrap.Unwrap(key, wrapped));
    }
}
