using System.Security.Cryptography;

namespace SecretsPortal.Core.Crypto;

/// <summary>
/// Ties the wrap of a data key (key id, version, wrapped bytes) to the data key within it and to what the value belongs to, whether or not the
/// KMS binds a context. Whoever holds the data key can make it without opening the value, so a data key can be wrapped anew.
/// </summary>
/// <remarks>
/// HMAC-SHA256 (FIPS 198-1) over the associated data of the value and then the encoding up to the wrapped data key. Its key is expanded
/// from the data key by HKDF (RFC 5869), so that the data key itself serves AES-GCM alone.
/// </remarks>
internal static class WrapTag
{
    /// <summary>The tag of a value's wrap.</summary>
    /// <exception cref="InvalidOperationException">A part of the wrap has a length that cannot be stored.</exception>
    public static byte[] Of(SealedValue value, ReadOnlySpan<byte> dataKey, ReadOnlySpan<byte> associatedData)
    {
        Span<byte> key = stackalloc byte[SealedValue.WrapTagSize];
        try
        {
            HKDF.Expand(HashAlgorithmName.SHA256, dataKey, key, "secrets-portal/wrap-tag/1"u8);
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
            hmac.AppendData(associatedData);
            hmac.AppendData(value.WrapBytes());
            return hmac.GetHashAndReset();
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }
}
