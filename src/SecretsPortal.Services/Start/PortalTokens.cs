using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Services.Start;

/// <summary>
/// Tokens that a caller keeps for the portal: a format version, a nonce, and AES-256-GCM under one of the portal's own keys, in base64url. They can
/// be neither read nor forged, nor used for another thing than the one they are bound to.
/// </summary>
/// <remarks>Nonces are random, which bears 2^32 tokens under one key (NIST SP 800-38D).</remarks>
internal sealed class PortalTokens(PortalKeys keys, FillRandom random)
{
    private const byte FormatVersion = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;

    /// <summary>Seals.</summary>
    /// <param name="keyName">One of the names of <see cref="PortalKeys"/>.</param>
    /// <param name="plaintext">What the token holds.</param>
    /// <param name="boundTo">Must be given again, equal, to open it.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<string> Seal(string keyName, byte[] plaintext, byte[] boundTo, CancellationToken cancel)
    {
        var key = await keys.Get(keyName, cancel);
        var token = new byte[1 + NonceSize + plaintext.Length + TagSize];
        token[0] = FormatVersion;
        random(token.AsSpan(1, NonceSize));
        using var gcm = new AesGcm(key, TagSize);
        gcm.Encrypt(token.AsSpan(1, NonceSize), plaintext, token.AsSpan(1 + NonceSize, plaintext.Length), token.AsSpan(token.Length - TagSize), boundTo);
        return Base64Url.EncodeToString(token);
    }

    /// <summary>What <see cref="Seal"/> was given; null for anything that it did not make for this key and purpose.</summary>
    public async Task<byte[]?> Open(string keyName, string token, int longest, byte[] boundTo, CancellationToken cancel)
    {
        if (token.Length == 0 || token.Length > longest || !Base64Url.IsValid(token))
            return null;
        var bytes = Base64Url.DecodeFromUtf8(Encoding.ASCII.GetBytes(token));
        if (bytes.Length < 1 + NonceSize + TagSize || bytes[0] != FormatVersion)
            return null;
        var key = await keys.Get(keyName, cancel);
        var plaintext = new byte[bytes.Length - 1 - NonceSize - TagSize];
        try
        {
            using var gcm = new AesGcm(key, TagSize);
            gcm.Decrypt(bytes.AsSpan(1, NonceSize), bytes.AsSpan(1 + NonceSize, plaintext.Length), bytes.AsSpan(bytes.Length - TagSize), plaintext, boundTo);
            return plaintext;
        }
        catch (CryptographicException)
        {
            return null;
        }
    }
}
