using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>A value sealed for one version: the version's metadata, and what its row holds.</summary>
internal sealed record SealedContent(SecretVersion Version, SealedVersion Stored)
{
    /// <summary>Which server the value names; see <see cref="TargetKeys"/>. Null where it names none.</summary>
    public string? TargetKey { get; init; }
}

/// <summary>Seals values for the version they belong to, and opens them again; the only class that holds both key and ciphertext of a value.</summary>
internal sealed class SecretSealer(Envelope envelope, PortalKeys portalKeys, TargetKeys targets, PortalOptions options, TimeProvider clock)
{
    /// <summary>Seals a value for a version of a secret under a key.</summary>
    public async Task<SealedContent> Seal(SecretArn arn, string versionId, SecretValue value, StoredKmsKey key, CancellationToken cancel)
    {
        var plaintext = value.Bytes.ToArray();
        try
        {
            var stored = await envelope.Seal(plaintext, key, ContextOf(arn, versionId), cancel);
            var version = new SecretVersion
            {
                VersionId = versionId,
                CreatedAt = clock.Now(),
                KmsKeyId = key.KeyId,
                Kind = SecretContent.Of(value).Kind,
                FieldNames = FieldNames.Of(value),
                ValueMarks = ValueMarks.Of(await portalKeys.Get(PortalKeys.ValueMarks, cancel), arn, value),
                Fingerprint = Fingerprint(await portalKeys.Get(PortalKeys.Fingerprint, cancel), arn, versionId, value),
            };
            return new SealedContent(version, new SealedVersion(versionId, stored.Bytes, value.IsText) { KeyVersion = stored.KeyVersion })
            {
                TargetKey = await targets.Of(value, function: null, cancel),
            };
        }
        finally
        {
            CryptographicOperations.ZeroMemory(plaintext);
        }
    }

    /// <summary>Opens a version's value.</summary>
    public async Task<SecretValue> Open(SecretArn arn, SealedVersion stored, CancellationToken cancel) =>
        SecretValue.FromBytes(await envelope.Open(stored.Sealed, ContextOf(arn, stored.VersionId), cancel), stored.IsText);

    /// <summary>Opens a version's value that is kept in memory.</summary>
    /// <param name="arn">Its secret's.</param>
    /// <param name="kept">What is kept of it.</param>
    /// <param name="asOf">A number of <see cref="ChangeWatch.Access"/> that the request was given; null to ask for it.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async ValueTask<SecretValue> Open(SecretArn arn, KeptValue kept, long? asOf, CancellationToken cancel)
    {
        if (kept.Openable is not { } openable || openable.Context.Resource != arn.ToString())
            kept.Openable = openable = OpenableValue.Read(kept.Stored.Sealed, ContextOf(arn, kept.Stored.VersionId));
        return SecretValue.FromBytes(await envelope.Open(openable, asOf, cancel), kept.Stored.IsText);
    }

    /// <summary>HMAC-SHA256 over ARN, version id, string or binary, and value, each behind its length.</summary>
    private static byte[] Fingerprint(byte[] key, SecretArn arn, string versionId, SecretValue value)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Append(hmac, Encoding.UTF8.GetBytes(arn.ToString()));
        Append(hmac, Encoding.UTF8.GetBytes(versionId));
        Append(hmac, value.IsText ? "string"u8 : "binary"u8);
        Append(hmac, value.Bytes);
        return hmac.GetHashAndReset();
    }

    private static void Append(IncrementalHash hmac, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hmac.AppendData(length);
        hmac.AppendData(part);
    }

    private EncryptionContext ContextOf(SecretArn arn, string versionId) => SealedContexts.OfVersion(options, arn, versionId);
}
