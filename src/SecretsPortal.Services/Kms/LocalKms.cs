using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// The embedded KMS. Each key is derived from the file's master key by HKDF-SHA256 (RFC 5869) with its reference as info; data keys are
/// wrapped by AES-256-GCM (NIST SP 800-38D) with the encryption context as associated data. Each version of a key is derived by itself, with its
/// number in the info, so a new version needs no new file; which one counts stands in the registry of keys.
/// </summary>
/// <remarks>
/// Wrapped key: format version (1 byte), nonce (12), ciphertext (32), tag (16). Nonces are random: a key may wrap 2^32 data keys before the
/// chance of a repeated nonce passes 2^-32.
/// </remarks>
/// <param name="options">Where the key file lies.</param>
/// <param name="random">Draws nonces.</param>
/// <param name="versionOf">The current version of a key by its reference, from the registry; null for a key that is not there yet, which has its first.</param>
internal sealed class LocalKms(PortalOptions options, FillRandom random, Func<string, CancellationToken, Task<string?>>? versionOf = null) : IKms, IDisposable
{
    /// <summary>The version that every local key begins with.</summary>
    public const string FirstVersion = "1";

    private const byte FormatVersion = 1;
    private const int NonceSize = 12;
    private const int TagSize = 16;
    private const int WrappedSize = 1 + NonceSize + AesGcmSealer.KeySize + TagSize;

    private byte[]? _masterKey;

    /// <inheritdoc/>
    public string Provider => KmsProviders.Local;

    /// <summary>Where the master key lies.</summary>
    public string KeyFile => options.LocalKeyFile ?? Path.Combine(options.DataDirectory, "local-kms.key");

    /// <summary>
    /// Reads the key file, once. With <paramref name="mayCreate"/> (a database that holds nothing sealed yet) a missing file is made.
    /// Throws <see cref="LocalKeyFileException"/>.
    /// </summary>
    public void Open(bool mayCreate)
    {
        if (mayCreate && !File.Exists(KeyFile))
            LocalKeyFile.Create(KeyFile);
        _masterKey = LocalKeyFile.Read(KeyFile);
    }

    /// <inheritdoc/>
    public async Task<WrappedDataKey> Wrap(
        string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        var version = await CurrentVersion(keyReference, cancel);
        return new WrappedDataKey(Wrap(keyReference, version, dataKey.Span, context), version);
    }

    private byte[] Wrap(string keyReference, string version, ReadOnlySpan<byte> dataKey, IReadOnlyDictionary<string, string> context)
    {
        if (dataKey.Length != AesGcmSealer.KeySize)
            throw new ArgumentException("A data key has 32 bytes.", nameof(dataKey));
        var wrapped = new byte[WrappedSize];
        wrapped[0] = FormatVersion;
        var nonce = wrapped.AsSpan(1, NonceSize);
        random(nonce);
        var key = DeriveKey(keyReference, version);
        try
        {
            using var gcm = new AesGcm(key, TagSize);
            gcm.Encrypt(nonce, dataKey, wrapped.AsSpan(1 + NonceSize, AesGcmSealer.KeySize), wrapped.AsSpan(WrappedSize - TagSize), KmsContext.AssociatedData([FormatVersion], context));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }

        return wrapped;
    }

    /// <inheritdoc/>
    public Task<byte[]> Unwrap(
        string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        var bytes = wrapped.Bytes.AsSpan();
        var version = wrapped.KeyVersion.Length == 0 ? FirstVersion : wrapped.KeyVersion;
        if (bytes.Length != WrappedSize || bytes[0] != FormatVersion || !IsVersion(version))
            throw KmsFaults.Refused();
        var dataKey = new byte[AesGcmSealer.KeySize];
        var key = DeriveKey(keyReference, version);
        try
        {
            using var gcm = new AesGcm(key, TagSize);
            gcm.Decrypt(bytes.Slice(1, NonceSize), bytes.Slice(1 + NonceSize, AesGcmSealer.KeySize), bytes[(WrappedSize - TagSize)..], dataKey, KmsContext.AssociatedData([FormatVersion], context));
        }
        catch (CryptographicException fault)
        {
            throw KmsFaults.Refused(fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }

        return Task.FromResult(dataKey);
    }

    /// <inheritdoc/>
    public async Task<string> CurrentVersion(string keyReference, CancellationToken cancel) =>
        versionOf is null ? FirstVersion : await versionOf(keyReference, cancel) ?? FirstVersion;

    /// <summary>The version after <paramref name="version"/>.</summary>
    public static string VersionAfter(string version) => (int.Parse(version, CultureInfo.InvariantCulture) + 1).ToString(CultureInfo.InvariantCulture);

    /// <inheritdoc/>
    public Task Check(string keyReference, CancellationToken cancel)
    {
        CryptographicOperations.ZeroMemory(DeriveKey(keyReference, FirstVersion));
        return Task.CompletedTask;
    }

    /// <summary>Clears the master key.</summary>
    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_masterKey);
        _masterKey = null;
    }

    private byte[] DeriveKey(string keyReference, string version)
    {
        var master = _masterKey ?? throw new PortalException(PortalError.Unavailable, "The local KMS has not been opened.");
        var info = version == FirstVersion ? $"secrets-portal/local-kms/1/{keyReference}" : $"secrets-portal/local-kms/2/{version}/{keyReference}";
        return HKDF.DeriveKey(HashAlgorithmName.SHA256, master, AesGcmSealer.KeySize, info: Encoding.UTF8.GetBytes(info));
    }

    /// <summary>A whole number from 1 on as it is written: no sign, no zero before it.</summary>
    private static bool IsVersion(string text) => text.Length is > 0 and <= 9 && text[0] != '0' && text.All(char.IsAsciiDigit);
}
