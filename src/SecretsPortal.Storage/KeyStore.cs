using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Keys;

namespace SecretsPortal.Storage;

/// <summary>A KMS key that the portal may use.</summary>
public sealed record StoredKmsKey
{
    /// <summary>The key's id, a UUID in text; what sealed values name.</summary>
    public required string KeyId { get; init; }

    /// <summary>The region it belongs to.</summary>
    public required string Region { get; init; }

    /// <summary>True for the key of the region that is used where nobody names one, the one that goes by <c>aws/secretsmanager</c>.</summary>
    public bool IsDefault { get; init; }

    /// <summary>Its own alias without <c>alias/</c>, unique in the region; null where it has none.</summary>
    public string? Alias { get; init; }

    /// <summary>For people; null where there is none.</summary>
    public string? Description { get; init; }

    /// <summary>Which provider holds it, such as <c>local</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>What the provider calls it.</summary>
    public required string ProviderReference { get; init; }

    /// <summary>The version that wraps new data keys: of a local key what counts, of any other what its provider said last.</summary>
    public string CurrentVersion { get; init; } = "1";

    /// <summary>Whether it serves.</summary>
    public KmsKeyState State { get; init; }

    /// <summary>When it is removed; null unless it is pending deletion.</summary>
    public DateTimeOffset? DeletionAt { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>
/// The registry of KMS keys, each change of which raises the epoch of access; and the portal's own keys (for page tokens, fingerprints,
/// cookies), which are stored sealed.
/// </summary>
public sealed class KeyStore(Database database)
{
    private const string KeyColumns =
        "id, region, is_default, alias, description, provider, provider_reference, current_version, state, deletion_at, created_at";

    private static readonly Sql s_selectAll = Sql.Of($"SELECT {KeyColumns} FROM kms_key ORDER BY created_at, id");

    private static readonly Sql s_selectKeys = Sql.Of($"SELECT {KeyColumns} FROM kms_key WHERE region = @region ORDER BY created_at, id");

    private static readonly Sql s_selectKey = Sql.Of($"SELECT {KeyColumns} FROM kms_key WHERE id = @id");

    private static readonly Sql s_lockKey = Sql.Of($$"""SELECT {{KeyColumns}} FROM kms_key {for update} WHERE id = @id""");

    private static readonly Sql s_selectLocalVersion = Sql.Of(
        "SELECT current_version FROM kms_key WHERE provider = 'local' AND provider_reference = @providerReference ORDER BY created_at, id");

    private static readonly Sql s_insertKey = Sql.Of("""
        INSERT INTO kms_key (id, region, is_default, alias, description, provider, provider_reference, current_version, state, deletion_at, created_at)
        VALUES (@Id, @Region, @IsDefault, @Alias, @Description, @Provider, @ProviderReference, @CurrentVersion, @State, @DeletionAt, @CreatedAt)
        """);

    private static readonly Sql s_updateKey = Sql.Of("""
        UPDATE kms_key
        SET is_default = @IsDefault, alias = @Alias, description = @Description, current_version = @CurrentVersion, state = @State, deletion_at = @DeletionAt
        WHERE id = @Id
        """);

    private static readonly Sql s_clearDefault = Sql.Of("UPDATE kms_key SET is_default = 0 WHERE region = @region AND is_default = 1");

    private static readonly Sql s_deleteKey = Sql.Of("DELETE FROM kms_key WHERE id = @id AND state = 'PendingDeletion' AND deletion_at <= @now");

    private static readonly Sql s_selectPortalKeys = Sql.Of(
        "SELECT name, sealed FROM portal_key WHERE name >= @prefix AND name < @prefixEnd ORDER BY name");

    private static readonly Sql s_insertPortalKey = Sql.Of(
        "INSERT INTO portal_key (name, sealed, created_at) VALUES (@name, @sealed, @createdAt)");

    /// <summary>All keys of all regions.</summary>
    public Task<IReadOnlyList<StoredKmsKey>> FindAllKeys(CancellationToken cancel) => database.Read<IReadOnlyList<StoredKmsKey>>(
        async session => [.. (await session.Query<KeyRow>(s_selectAll)).Select(row => row.ToKey())], cancel);

    /// <summary>All keys of a region.</summary>
    public Task<IReadOnlyList<StoredKmsKey>> FindKeys(string region, CancellationToken cancel) => database.Read<IReadOnlyList<StoredKmsKey>>(
        async session => [.. (await session.Query<KeyRow>(s_selectKeys, new { region })).Select(row => row.ToKey())], cancel);

    /// <summary>One key by its id, whatever its region; null where there is none.</summary>
    public Task<StoredKmsKey?> FindKey(string keyId, CancellationToken cancel) => database.Read(
        async session => (await session.First<KeyRow>(s_selectKey, new { id = keyId })) is { } row && row.Id == keyId ? row.ToKey() : null, cancel);

    /// <summary>The version of a local key that wraps now; null where no local key has this reference.</summary>
    public Task<string?> FindLocalVersion(string providerReference, CancellationToken cancel) =>
        database.Read(session => session.First<string>(s_selectLocalVersion, new { providerReference }), cancel);

    /// <summary>Registers a key; false where the id, the alias in the region, or the region's default key exists already.</summary>
    public Task<bool> AddKey(StoredKmsKey key, CancellationToken cancel) => AddKey(key, audit: null, cancel);

    /// <summary>As the other one, with the record that commits with it.</summary>
    public Task<bool> AddKey(StoredKmsKey key, AuditRecord? audit, CancellationToken cancel)
    {
        Comparable.Check("A key's alias", key.Alias ?? "");
        return database.WriteUnlessTaken(
            async session =>
            {
                await session.Execute(s_insertKey, KeyRow.From(key));
                if (audit is not null)
                    await AuditStore.Insert(session, audit);
                await Epochs.Raise(session, Epochs.Access);
            },
            cancel);
    }

    /// <summary>
    /// Changes a key: reads it under a lock, asks <paramref name="decide"/> with what uses it, and writes what it says with its record and the jobs
    /// that begin with it. A null answer changes nothing; exceptions roll back and pass through. Where the key becomes its region's
    /// default, the former one is that no longer. False where there is no such key (any more); a taken alias is
    /// <see cref="Core.PortalError.ResourceExists"/>.
    /// </summary>
    public async Task<bool> Change(string keyId, Func<StoredKmsKey, KeyUses, Task<KmsKeyChange?>> decide, CancellationToken cancel)
    {
        var isThere = false;
        var isStored = await database.WriteUnlessTaken(
            async session =>
            {
                isThere = false;
                if (await session.First<KeyRow>(s_lockKey, new { id = keyId }) is not { } row || row.Id != keyId)
                    return;
                isThere = true;
                var before = row.ToKey();
                if (await decide(before, new KeyUses(session, before)) is { } change)
                    await Apply(session, before, change);
            },
            cancel);
        if (!isStored)
            throw new Core.PortalException(Core.PortalError.ResourceExists, "Another key of the region has this alias. Choose another one.");
        return isThere;
    }

    /// <summary>A page of what uses a key, each with the position after which the next page goes on; see <see cref="KeyUses"/>.</summary>
    public Task<IReadOnlyList<(KeyUse Use, string Position)>> FindUses(
        StoredKmsKey key, IReadOnlyList<string> names, (KeyUseKind Kind, string Position)? after, int limit, CancellationToken cancel) =>
        database.ReadTogether(session => new KeyUses(session, key).Page(names, after, limit), cancel);

    /// <summary>How much lies under each key of a region; keys that nothing lies under are left out.</summary>
    public Task<IReadOnlyList<KeyUseCount>> CountUses(string region, CancellationToken cancel) =>
        database.ReadTogether(session => SealedRows.CountByKey(session, region), cancel);

    private static async Task Apply(Session session, StoredKmsKey before, KmsKeyChange change)
    {
        if (change.IsRemoved)
            await session.Execute(s_deleteKey, new { id = before.KeyId, now = Stored.Time(change.Audit.At) });
        else
        {
            Comparable.Check("A key's alias", change.After.Alias ?? "");
            if (change.After.IsDefault && !before.IsDefault)
                await session.Execute(s_clearDefault, new { region = before.Region });
            await session.Execute(s_updateKey, KeyRow.From(change.After with { KeyId = before.KeyId }));
        }

        if (change.Rewrap is { } job)
            await RewrapStore.Insert(session, job);
        await AuditStore.Insert(session, change.Audit);
        await Epochs.Raise(session, Epochs.Access);
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

    private sealed record PortalKeyRow
    {
        public string Name { get; init; } = "";

        public byte[] Sealed { get; init; } = [];
    }

    private sealed record KeyRow
    {
        public string Id { get; init; } = "";

        public string Region { get; init; } = "";

        public long IsDefault { get; init; }

        public string? Alias { get; init; }

        public string? Description { get; init; }

        public string Provider { get; init; } = "";

        public string ProviderReference { get; init; } = "";

        public string CurrentVersion { get; init; } = "";

        public string State { get; init; } = "";

        public long? DeletionAt { get; init; }

        public long CreatedAt { get; init; }

        public static KeyRow From(StoredKmsKey key) => new()
        {
            Id = key.KeyId,
            Region = key.Region,
            IsDefault = key.IsDefault ? 1 : 0,
            Alias = key.Alias,
            Description = key.Description,
            Provider = key.Provider,
            ProviderReference = key.ProviderReference,
            CurrentVersion = key.CurrentVersion,
            State = key.State.ToString(),
            DeletionAt = Stored.Time(key.DeletionAt),
            CreatedAt = Stored.Time(key.CreatedAt),
        };

        public StoredKmsKey ToKey() => new()
        {
            KeyId = Id,
            Region = Region,
            IsDefault = IsDefault != 0,
            Alias = Alias,
            Description = Description,
            Provider = Provider,
            ProviderReference = ProviderReference,
            CurrentVersion = CurrentVersion,
            State = Stored.Member<KmsKeyState>(State),
            DeletionAt = Stored.Time(DeletionAt),
            CreatedAt = Stored.Time(CreatedAt),
        };
    }
}

/// <summary>A change of a key, decided from the key as it is inside the transaction.</summary>
/// <param name="After">The key as it shall be; id, region, provider and reference stay.</param>
/// <param name="Audit">The record that commits with it.</param>
public sealed record KmsKeyChange(StoredKmsKey After, AuditRecord Audit)
{
    /// <summary>True to remove the key from the registry, where it is pending deletion and due.</summary>
    public bool IsRemoved { get; init; }

    /// <summary>A re-wrapping that begins with the change.</summary>
    public RewrapJob? Rewrap { get; init; }
}
