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
    private const string KeyColumns = "id, region, alias, provider, provider_reference, created_at";

    private static readonly Sql s_selectKeys = Sql.Of($"SELECT {KeyColumns} FROM kms_key WHERE region = @region ORDER BY created_at, id");

    private static readonly Sql s_selectKey = Sql.Of($"SELECT {KeyColumns} FROM kms_key WHERE id = @id");

    private static readonly Sql s_insertKey = Sql.Of("""
        INSERT INTO kms_key (id, region, alias, provider, provider_reference, created_at)
        VALUES (@id, @region, @alias, @provider, @providerReference, @createdAt)
        """);

    private static readonly Sql s_selectPortalKeys = Sql.Of(
        "SELECT name, sealed FROM portal_key WHERE name >= @prefix AND name < @prefixEnd ORDER BY name");

    private static readonly Sql s_insertPortalKey = Sql.Of(
        "INSERT INTO portal_key (name, sealed, created_at) VALUES (@name, @sealed, @createdAt)");

    /// <summary>All keys of a region.</summary>
    public Task<IReadOnlyList<StoredKmsKey>> FindKeys(string region, CancellationToken cancel) => database.Read<IReadOnlyList<StoredKmsKey>>(
        async session => [.. (await session.Query<KeyRow>(s_selectKeys, new { region })).Select(row => row.ToKey())], cancel);

    /// <summary>One key by its id, whatever its region; null where there is none.</summary>
    public Task<StoredKmsKey?> FindKey(string keyId, CancellationToken cancel) => database.Read(
        async session => (await session.First<KeyRow>(s_selectKey, new { id = keyId })) is { } row && row.Id == keyId ? row.ToKey() : null, cancel);

    /// <summary>Registers a key; false where the id, or the alias in the region, exists already.</summary>
    public Task<bool> AddKey(StoredKmsKey key, CancellationToken cancel)
    {
        Comparable.Check("A key's alias", key.Alias ?? "");
        return database.WriteUnlessTaken(
            session => session.Execute(s_insertKey, new
            {
                id = key.KeyId,
                region = key.Region,
                alias = key.Alias,
                provider = key.Provider,
                providerReference = key.ProviderReference,
                createdAt = Stored.Time(key.CreatedAt),
            }),
            cancel);
    }

    /// <summary>The portal's own keys whose names begin with <paramref name="prefix"/>: name and sealed bytes.</summary>
    public Task<IReadOnlyList<(string Name, byte[] Sealed)>> FindPortalKeys(string prefix, CancellationToken cancel) =>
        database.Read<IReadOnlyList<(string Name, byte[] Sealed)>>(
            async session =>
            {
                var rows = await session.Query<PortalKeyRow>(s_selectPortalKeys, new { prefix, prefixEnd = Comparable.PrefixEnd(prefix) });
                return [.. rows.Select(row => (row.Name, row.Sealed))];
            },
            cancel);

    /// <summary>Adds one of the portal's own keys; false where the name exists already (another node was first).</summary>
    public Task<bool> AddPortalKey(string name, byte[] sealedKey, DateTimeOffset now, CancellationToken cancel)
    {
        Comparable.Check("A portal key's name", name);
        return database.WriteUnlessTaken(
            session => session.Execute(s_insertPortalKey, new { name, @sealed = sealedKey, createdAt = Stored.Time(now) }), cancel);
    }

    private sealed record KeyRow
    {
        public string Id { get; init; } = "";

        public string Region { get; init; } = "";

        public string? Alias { get; init; }

        public string Provider { get; init; } = "";

        public string ProviderReference { get; init; } = "";

        public long CreatedAt { get; init; }

        public StoredKmsKey ToKey() => new()
        {
            KeyId = Id,
            Region = Region,
            Alias = Alias,
            Provider = Provider,
            ProviderReference = ProviderReference,
            CreatedAt = Stored.Time(CreatedAt),
        };
    }

    private sealed record PortalKeyRow
    {
        public string Name { get; init; } = "";

        public byte[] Sealed { get; init; } = [];
    }
}
