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
    /// <summary>The context a KMS is given: SecretARN and SecretVersionId.</summary>
    public IReadOnlyDictionary<string, string> ForKms() => throw new NotImplementedException();

    /// <summary>Associated data: format version, account, resource, version and key id, each length-prefixed.</summary>
    public byte[] AssociatedData(byte formatVersion, string keyId) => throw new NotImplementedException();
}
