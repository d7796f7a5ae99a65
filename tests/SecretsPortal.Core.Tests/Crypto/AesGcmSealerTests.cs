using System.Security.Cryptography;
using CsCheck;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Core.Tests.Crypto;

public sealed class AesGcmSealerTests
{
    private static readonly byte[] s_key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly EncryptionContext s_context = new("000000000000", "arn:aws:secretsmanager:us-east-1:000000000000:secret:a-123456", new string('v', 32));

    [Theory]
    [InlineData("aes-256-gcm.json", 4, 0)]
    [InlineData("aes-256-gcm-nist.json", 750, 191)]
    [InlineData("aes-256-gcm-wycheproof.json", 66, 27)]
    public void Published_vectors_open_or_are_refused(string file, int cases, int invalid)
    {
        var vectors = VectorFile.Read(file).GetProperty("cases").EnumerateArray().ToList();
        foreach (var vector in vectors)
        {
            var value = Sealed() with { Nonce = vector.Hex("nonce"), Ciphertext = vector.Hex("ciphertext"), Tag = vector.Hex("tag") };
            var (key, associatedData) = (vector.Hex("key"), vector.Hex("associatedData"));

            if (vector.Flag("valid", absent: true))
                Assert.Equal(vector.Hex("plaintext"), AesGcmSealer.Open(value, key, associatedData));
            else
                Failed(() => AesGcmSealer.Open(value, key, associatedData));
        }

        Assert.Equal((cases, invalid), (vectors.Count, vectors.Count(v => !v.Flag("valid", absent: true))));
    }

    [Fact]
    public void Known_answers_of_the_first_format_still_open_and_wrap_anew()
    {
        foreach (var vector in VectorFile.Read("sealed-value-v1.json").GetProperty("cases").EnumerateArray())
        {
            var (context, dataKey) = (ContextOf(vector), vector.Hex("dataKey"));

            var value = SealedValue.Parse(vector.Hex("sealed"));

            Assert.True(value.IsFirstFormat);
            Assert.Equal((vector.Text("keyId"), vector.Text("keyId"), ""), (value.KeyId, value.SealedUnder, value.KeyVersion));
            Assert.Equal(vector.Text("associatedData"), Convert.ToHexStringLower(context.AssociatedData(1, vector.Text("keyId"))));
            Assert.Equal(vector.Hex("plaintext"), AesGcmSealer.Open(value, dataKey, context));
            var rewrapped = SealedValue.Parse(AesGcmSealer.Rewrap(value, dataKey, [7], "another", "3", context).ToBytes());
            Assert.Equal(("another", "3", value.KeyId), (rewrapped.KeyId, rewrapped.KeyVersion, rewrapped.SealedUnder));
            Assert.Equal(vector.Hex("plaintext"), AesGcmSealer.Open(rewrapped, dataKey, context));
        }
    }

    [Fact]
    public void Known_answers_hold()
    {
        foreach (var vector in VectorFile.Read("sealed-value-v2.json").GetProperty("cases").EnumerateArray())
        {
            var (context, dataKey) = (ContextOf(vector), vector.Hex("dataKey"));

            var value = AesGcmSealer.Seal(vector.Hex("plaintext"), dataKey, vector.Hex("wrappedKey"), vector.Text("keyId"), vector.Text("keyVersion"),
                context, span => vector.Hex("nonce").CopyTo(span));
            var again = vector.GetProperty("rewrapped");
            var rewrapped = AesGcmSealer.Rewrap(value, dataKey, again.Hex("wrappedKey"), again.Text("keyId"), again.Text("keyVersion"), context);

            Assert.Equal(vector.Text("associatedData"), Convert.ToHexStringLower(context.AssociatedData(1, vector.Text("keyId"))));
            Assert.Equal(vector.Text("sealed"), Convert.ToHexStringLower(value.ToBytes()));
            Assert.Equal(again.Text("sealed"), Convert.ToHexStringLower(rewrapped.ToBytes()));
            Assert.Equal(vector.Hex("plaintext"), AesGcmSealer.Open(SealedValue.Parse(vector.Hex("sealed")), dataKey, context));
            Assert.Equal(vector.Hex("plaintext"), AesGcmSealer.Open(SealedValue.Parse(again.Hex("sealed")), dataKey, context));
        }
    }

    [Fact]
    public void Wrapping_anew_leaves_the_value_alone_and_refuses_another_data_key()
    {
        var value = Sealed();
        var rewrapped = AesGcmSealer.Rewrap(value, s_key, [9, 9], "key-2", "v7", s_context);

        Assert.Equal((value.Nonce, value.Ciphertext, value.Tag, value.SealedUnder), (rewrapped.Nonce, rewrapped.Ciphertext, rewrapped.Tag, rewrapped.SealedUnder));
        Assert.Equal("a password"u8, AesGcmSealer.Open(SealedValue.Parse(rewrapped.ToBytes()), s_key, s_context));
        Failed(() => AesGcmSealer.Rewrap(value, new byte[32], [9], "key-2", "v7", s_context));
        Failed(() => AesGcmSealer.Rewrap(value, s_key, [9], "key-2", "v7", s_context with { Version = "w" }));
        // The wrap of one time beside the tag of another.
        Failed(() => AesGcmSealer.Open(rewrapped with { WrapTag = value.WrapTag }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(rewrapped with { KeyVersion = value.KeyVersion }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(rewrapped with { KeyId = value.KeyId }, s_key, s_context));
        Assert.Equal(PortalError.EncryptionFailure, Assert.Throws<PortalException>(() => AesGcmSealer.Rewrap(value, s_key, [], "k", "1", s_context)).Error);
    }

    [Fact]
    public void Every_changed_byte_of_the_first_format_is_found()
    {
        var vector = VectorFile.Read("sealed-value-v1.json").GetProperty("cases").EnumerateArray().First();
        var bytes = vector.Hex("sealed");
        for (var i = 0; i < bytes.Length; i++)
        {
            var changed = bytes.ToArray();
            changed[i] ^= 0x40;
            Failed(() =>
            {
                var value = SealedValue.Parse(changed);
                // As a KMS that gives another data key for another wrapped key.
                AesGcmSealer.Open(value, value.WrappedKey.AsSpan().SequenceEqual(vector.Hex("wrappedKey")) ? vector.Hex("dataKey") : new byte[32], ContextOf(vector));
            });
        }
    }

    [Fact]
    public void Any_value_comes_back()
    {
        Gen.Select(Gen.Byte.Array[0, 300], Gen.Byte.Array[32], Gen.Byte.Array[1, 80], Gen.String[Gen.Char.AlphaNumeric, 1, 40]).Sample((plaintext, key, wrapped, keyId) =>
        {
            var bytes = AesGcmSealer.Seal(plaintext, key, wrapped, keyId, "1", s_context, RandomNumberGenerator.Fill).ToBytes();
            var read = SealedValue.Parse(bytes);
            return read.KeyId == keyId && read.WrappedKey.AsSpan().SequenceEqual(wrapped)
                && AesGcmSealer.Open(read, key, s_context).AsSpan().SequenceEqual(plaintext)
                && read.ToBytes().AsSpan().SequenceEqual(bytes);
        });
    }

    [Fact]
    public void The_longest_value_comes_back_and_a_longer_one_is_refused()
    {
        var longest = new byte[65_536];
        var value = AesGcmSealer.Seal(longest, s_key, [1], "k", "1", s_context, RandomNumberGenerator.Fill);

        Assert.Equal(longest, AesGcmSealer.Open(SealedValue.Parse(value.ToBytes()), s_key, s_context));
        Assert.Equal(PortalError.EncryptionFailure, Assert.Throws<PortalException>(() =>
            AesGcmSealer.Seal(new byte[65_537], s_key, [1], "k", "1", s_context, RandomNumberGenerator.Fill)).Error);
    }

    [Fact]
    public void Every_changed_byte_is_found()
    {
        var bytes = Sealed().ToBytes();
        for (var i = 0; i < bytes.Length; i++)
        {
            foreach (var change in (byte[])[0x01, 0x80, 0xff])
            {
                var changed = bytes.ToArray();
                changed[i] ^= change;
                Failed(() =>
                {
                    var value = SealedValue.Parse(changed);
                    AesGcmSealer.Open(value, Unwrap(value.WrappedKey), s_context);
                });
            }
        }
    }

    [Fact]
    public void Every_cut_and_every_trailing_byte_is_found()
    {
        var bytes = Sealed().ToBytes();
        for (var length = 0; length < bytes.Length; length++)
            Failed(() => SealedValue.Parse(bytes.AsSpan(0, length)));
        Failed(() => SealedValue.Parse([.. bytes, 0]));
    }

    [Fact]
    public void A_value_opens_nowhere_else()
    {
        var value = Sealed();
        Failed(() => AesGcmSealer.Open(value, s_key, s_context with { Account = "000000000001" }));
        Failed(() => AesGcmSealer.Open(value, s_key, s_context with { Resource = s_context.Resource + "x" }));
        Failed(() => AesGcmSealer.Open(value, s_key, s_context with { Version = new string('w', 32) }));
        Failed(() => AesGcmSealer.Open(value with { KeyId = "local/2" }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(value with { KeyVersion = "2" }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(value with { SealedUnder = "local/2" }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(value with { WrappedKey = [1] }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(value with { Nonce = Sealed(2).Nonce }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(value with { Tag = Sealed(2).Tag }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(value with { Tag = value.Tag[..12] }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(value with { Nonce = [] }, s_key, s_context));
        Failed(() => AesGcmSealer.Open(value, s_key.AsSpan(0, 16), s_context));
        Failed(() => AesGcmSealer.Open(value, s_key, s_context with { Resource = "\ud800" }));
    }

    [Fact]
    public void Parts_that_join_to_the_same_text_are_different_contexts() =>
        Assert.NotEqual(
            new EncryptionContext("a", "bc", "").AssociatedData(1, "k"),
            new EncryptionContext("ab", "c", "").AssociatedData(1, "k"));

    [Fact]
    public void The_KMS_is_told_secret_and_version()
    {
        Assert.Equal(new Dictionary<string, string> { ["SecretARN"] = s_context.Resource, ["SecretVersionId"] = s_context.Version }, s_context.ForKms());
        Assert.Equal(new Dictionary<string, string> { ["SecretARN"] = "access-key/A" }, new EncryptionContext("a", "access-key/A", "").ForKms());
    }

    [Theory]
    [InlineData("00" + "0001" + "6b" + "0001" + "00" + Nonce + "00000000" + Tag, "no format version")]
    [InlineData("03" + Wrap + WrapTag + Nonce + "00000000" + Tag, "another format version")]
    [InlineData("02" + "0000" + "0001" + "6b" + "0001" + "31" + "0001" + "00" + WrapTag + Nonce + "00000000" + Tag, "no key that it was sealed under")]
    [InlineData("02" + "0001" + "6b" + "0000" + "0001" + "31" + "0001" + "00" + WrapTag + Nonce + "00000000" + Tag, "no key that wraps")]
    [InlineData("02" + "0001" + "6b" + "0001" + "6b" + "0000" + "0001" + "00" + WrapTag + Nonce + "00000000" + Tag, "no version of the key")]
    [InlineData("02" + "0001" + "6b" + "0001" + "6b" + "0101" + "00", "a version past the cap")]
    [InlineData("02" + "0001" + "6b" + "0001" + "6b" + "0001" + "ff" + "0001" + "00" + WrapTag + Nonce + "00000000" + Tag, "a version that is not UTF-8")]
    [InlineData("02" + Wrap + Nonce + "00000000" + Tag, "no wrap tag")]
    [InlineData("01" + "0000" + "0001" + "00" + Nonce + "00000000" + Tag, "no key id")]
    [InlineData("01" + "0001" + "ff" + "0001" + "00" + Nonce + "00000000" + Tag, "a key id that is not UTF-8")]
    [InlineData("01" + "0001" + "6b" + "0000" + Nonce + "00000000" + Tag, "no wrapped key")]
    [InlineData("01" + "0001" + "6b" + "0001" + "00" + Nonce + "80000000" + Tag, "a length past the end and the sign bit")]
    [InlineData("01" + "0001" + "6b" + "0001" + "00" + Nonce + "00010001" + Tag, "a length past the cap")]
    [InlineData("", "nothing")]
    public void The_parser_refuses(string hex, string what)
    {
        Assert.NotEmpty(what);
        Failed(() => SealedValue.Parse(Convert.FromHexString(hex)));
    }

    [Fact]
    public void Parts_past_their_caps_are_not_sealed()
    {
        foreach (var seal in (Func<SealedValue>[])[
            () => AesGcmSealer.Seal([], s_key.AsSpan(0, 16), [1], "k", "1", s_context, RandomNumberGenerator.Fill),
            () => AesGcmSealer.Seal([], s_key, [], "k", "1", s_context, RandomNumberGenerator.Fill),
            () => AesGcmSealer.Seal([], s_key, new byte[8193], "k", "1", s_context, RandomNumberGenerator.Fill),
            () => AesGcmSealer.Seal([], s_key, [1], "", "1", s_context, RandomNumberGenerator.Fill),
            () => AesGcmSealer.Seal([], s_key, [1], new string('k', 2049), "1", s_context, RandomNumberGenerator.Fill),
            () => AesGcmSealer.Seal([], s_key, [1], "\ud800", "1", s_context, RandomNumberGenerator.Fill),
            () => AesGcmSealer.Seal([], s_key, [1], "k", "", s_context, RandomNumberGenerator.Fill),
            () => AesGcmSealer.Seal([], s_key, [1], "k", new string('v', 257), s_context, RandomNumberGenerator.Fill)])
        {
            Assert.Equal(PortalError.EncryptionFailure, Assert.Throws<PortalException>(seal).Error);
        }

        Assert.Throws<InvalidOperationException>(() => (Sealed() with { Tag = [] }).ToBytes());
        Assert.Throws<InvalidOperationException>(() => (Sealed() with { KeyId = "" }).ToBytes());
    }

    private const string Nonce = "000000000000000000000000";
    private const string Tag = "00000000000000000000000000000000";
    private const string WrapTag = Tag + Tag;
    private const string Wrap = "0001" + "6b" + "0001" + "6b" + "0001" + "31" + "0001" + "00";

    private static SealedValue Sealed(byte nonce = 1) =>
        AesGcmSealer.Seal("a password"u8, s_key, Unwrap(s_key), "local/1", "1", s_context, span => span.Fill(nonce));

    private static EncryptionContext ContextOf(System.Text.Json.JsonElement vector) => new(vector.Text("account"), vector.Text("resource"), vector.Text("version"));

    /// <summary>Stands in for a KMS in that a changed wrapped key gives another data key; its own inverse.</summary>
    private static byte[] Unwrap(byte[] wrapped) => [.. wrapped.Select(b => (byte)(b ^ 0x5a))];

    private static void Failed(Action open)
    {
        var failed = Assert.Throws<PortalException>(open);
        Assert.Equal(PortalError.DecryptionFailure, failed.Error);
        Assert.Null(failed.InnerException);
        Assert.Equal("The stored value can't be decrypted: it was changed, or it belongs to another key, secret or version.", failed.Message);
    }
}
