using System.Buffers.Binary;
using System.Text;

namespace SecretsPortal.Core.Crypto;

/// <summary>
/// What a sealed value belongs to. It is bound into the ciphertext as associated data and into the wrapped key as the KMS's
/// encryption context, so neither opens anywhere else.
/// </summary>
/// <param name="Account">The portal's account.</param>
/// <param name="Resource">The secret's ARN, or <c>access-key/ID</c>, <c>portal-key/NAME</c>.</param>
/// <param name="Version">The version id; empty where the resource has no versions.</param>
public sealed record EncryptionContext(string Account, string Resource, string Version)
{
    /// <summary>Refuses lone surrogates: replaced ones would make two different contexts the same bytes.</summary>
    internal static readonly UTF8Encoding StrictUtf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The context a KMS is given: SecretARN and, where there is a version, SecretVersionId.</summary>
    public IReadOnlyDictionary<string, string> ForKms()
    {
        var context = new Dictionary<string, string>(StringComparer.Ordinal) { ["SecretARN"] = Resource };
        if (Version.Length > 0)
            context["SecretVersionId"] = Version;
        return context;
    }

    /// <summary>
    /// Associated data: the version of this layout in one byte, then account, resource, version and key id, each as UTF-8 behind its length
    /// in four bytes, big-endian. The lengths keep two contexts apart that read the same when joined.
    /// </summary>
    /// <exception cref="ArgumentException">A part has a lone surrogate.</exception>
    public byte[] AssociatedData(byte layoutVersion, string keyId)
    {
        ReadOnlySpan<string> parts = [Account, Resource, Version, keyId];
        var size = 1;
        foreach (var part in parts)
            size += sizeof(int) + StrictUtf8.GetByteCount(part);
        var data = new byte[size];
        data[0] = layoutVersion;
        var rest = data.AsSpan(1);
        foreach (var part in parts)
        {
            var length = StrictUtf8.GetBytes(part, rest[sizeof(int)..]);
            BinaryPrimitives.WriteInt32BigEndian(rest, length);
            rest = rest[(sizeof(int) + length)..];
        }

        return data;
    }
}
