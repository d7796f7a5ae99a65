namespace SecretsPortal.Storage;

/// <summary>A KMS key that the portal may use.</summary>
public sealed record StoredKmsKey
{
    /// <summary>The key's id, a UUID in text; what sealed values name.</summary>
    public required string KeyId { get; init; }

    /// <summary>The region it belongs to.</summary>
    public required string Region { get; init; }

    /// <summary>Its alias without <c>alias/</c>, unique in the region; null where it has none.</summary>
    public string? Alias { get; init; }

    /// <summary>Which provider holds it: <c>local</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>What the provider calls it.</summary>
    public required string ProviderReference { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>The registry of KMS keys, and the portal's own keys (for page tokens, fingerprints, cookies), which are stored sealed.</summary>
public sealed class KeyStore(Database database)
{
    /// <summary>All keys of a region.</summary>
    public Task<IReadOnlyList<StoredKmsKey>> FindKeys(string region, CancellationToken cancel) => throw new NotImplementedException(database.ToString());

    /// <summary>One key by its id, whatever its region; null where there is none.</summary>
    public Task<StoredKmsKey?> FindKey(string keyId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Registers a key; false where the id, or the alias in the region, exists already.</summary>
    public Task<bool> AddKey(StoredKmsKey key, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The portal's own keys whose names begin with <paramref name="prefix"/>: name and sealed bytes.</summary>
    public Task<IReadOnlyList<(string Name, byte[] Sealed)>> FindPortalKeys(string prefix, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Adds one of the portal's own keys; false where the name exists already (another node was first).</summary>
    public Task<bool> AddPortalKey(string name, byte[] sealedKey, DateTimeOffset now, CancellationToken cancel) => throw new NotImplementedException();
}
