using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>A portal user or a client as stored.</summary>
public sealed record StoredCaller
{
    /// <summary>32 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>User or client.</summary>
    public required CallerKind Kind { get; init; }

    /// <summary>Unique among its kind, by ordinal.</summary>
    public required string Name { get; init; }

    /// <summary>The password's hash with its parameters; null for clients.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>A disabled caller is refused everywhere.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>An access key as stored.</summary>
public sealed record StoredAccessKey
{
    /// <summary>Such as <c>AKIA…</c>, 16–128 characters.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>Whose it is.</summary>
    public required string CallerId { get; init; }

    /// <summary>The secret half, sealed.</summary>
    public required byte[] SealedSecret { get; init; }

    /// <summary>A disabled key is refused.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A policy document under its name.</summary>
/// <param name="Name">Unique, by ordinal.</param>
/// <param name="Document">IAM's JSON.</param>
public sealed record StoredPolicy(string Name, string Document);

/// <summary>Callers, their access keys and their policies.</summary>
public sealed class CallerStore(Database database)
{
    private const string CallerColumns = "c.id, c.kind, c.name, c.password_hash, c.is_disabled, c.created_at";

    private static readonly Sql s_count = Sql.Of("SELECT COUNT(*) FROM caller");

    private static readonly Sql s_selectByName = Sql.Of($"SELECT {CallerColumns} FROM caller c WHERE c.kind = @kind AND c.name = @name");

    private static readonly Sql s_selectById = Sql.Of($"SELECT {CallerColumns} FROM caller c WHERE c.id = @id");

    private static readonly Sql s_selectByKey = Sql.Of($"""
        SELECT {CallerColumns}, k.access_key_id, k.sealed_secret, k.is_disabled AS key_is_disabled, k.created_at AS key_created_at
        FROM access_key k JOIN caller c ON c.id = k.caller_id
        WHERE k.access_key_id = @accessKeyId
        """);

    private static readonly Sql s_selectPolicies = Sql.Of("""
        SELECT p.name, p.document
        FROM caller_policy a JOIN policy p ON p.name = a.policy_name
        WHERE a.caller_id = @callerId
        ORDER BY p.name
        """);

    private static readonly Sql s_insertCaller = Sql.Of("""
        INSERT INTO caller (id, kind, name, password_hash, is_disabled, created_at)
        VALUES (@id, @kind, @name, @passwordHash, @isDisabled, @createdAt)
        """);

    private static readonly Sql s_insertKey = Sql.Of("""
        INSERT INTO access_key (access_key_id, caller_id, sealed_secret, is_disabled, created_at)
        VALUES (@accessKeyId, @callerId, @sealedSecret, @isDisabled, @createdAt)
        """);

    private static readonly Sql s_insertPolicy = Sql.Of("INSERT INTO policy (name, document) VALUES (@name, @document)");

    private static readonly Sql s_attach = Sql.Of("INSERT INTO caller_policy (caller_id, policy_name) VALUES (@callerId, @policyName)");

    /// <summary>True where there is no caller at all: a first start.</summary>
    public Task<bool> IsEmpty(CancellationToken cancel) => database.Read(async session => await session.Number(s_count) == 0, cancel);

    /// <summary>Finds by kind and name; null where there is none.</summary>
    public Task<StoredCaller?> Find(CallerKind kind, string name, CancellationToken cancel) => database.Read(
        async session => await session.First<CallerRow>(s_selectByName, new { kind = kind.ToString(), name }) is { } row && row.Name == name
            ? row.ToCaller()
            : null,
        cancel);

    /// <summary>Finds by id; null where there is none.</summary>
    public Task<StoredCaller?> FindById(string id, CancellationToken cancel) => database.Read(
        async session => await session.First<CallerRow>(s_selectById, new { id }) is { } row && row.Id == id ? row.ToCaller() : null, cancel);

    /// <summary>Finds an access key with its caller; null where there is none.</summary>
    public Task<(StoredAccessKey Key, StoredCaller Caller)?> FindAccessKey(string accessKeyId, CancellationToken cancel) =>
        database.Read<(StoredAccessKey Key, StoredCaller Caller)?>(
            async session => await session.First<KeyRow>(s_selectByKey, new { accessKeyId }) is { } row && row.AccessKeyId == accessKeyId
                ? (row.ToKey(), row.ToCaller())
                : null,
            cancel);

    /// <summary>The policies attached to a caller, by name.</summary>
    public Task<IReadOnlyList<StoredPolicy>> FindPolicies(string callerId, CancellationToken cancel) => database.Read<IReadOnlyList<StoredPolicy>>(
        async session => [.. (await session.Query<PolicyRow>(s_selectPolicies, new { callerId })).Select(row => new StoredPolicy(row.Name, row.Document))],
        cancel);

    /// <summary>Adds callers, keys, policies and attachments in one transaction with the record; false, and nothing added, where a name or key exists already.</summary>
    public Task<bool> Add(CallerAddition addition, AuditRecord audit, CancellationToken cancel)
    {
        foreach (var name in addition.Callers.Select(c => c.Name).Concat(addition.Policies.Select(p => p.Name)))
            Comparable.Check("A name", name);
        foreach (var key in addition.AccessKeys)
            Comparable.Check("An access key's id", key.AccessKeyId);
        return database.WriteUnlessTaken(session => Insert(session, addition, audit), cancel);
    }

    private static async Task Insert(Session session, CallerAddition addition, AuditRecord audit)
    {
        foreach (var caller in addition.Callers)
            await session.Execute(s_insertCaller, new
            {
                id = caller.Id,
                kind = caller.Kind.ToString(),
                name = caller.Name,
                passwordHash = caller.PasswordHash,
                isDisabled = caller.IsDisabled ? 1L : 0L,
                createdAt = Stored.Time(caller.CreatedAt),
            });
        foreach (var key in addition.AccessKeys)
            await session.Execute(s_insertKey, new
            {
                accessKeyId = key.AccessKeyId,
                callerId = key.CallerId,
                sealedSecret = key.SealedSecret,
                isDisabled = key.IsDisabled ? 1L : 0L,
                createdAt = Stored.Time(key.CreatedAt),
            });
        foreach (var policy in addition.Policies)
            await session.Execute(s_insertPolicy, new { name = policy.Name, document = policy.Document });
        foreach (var (callerId, policyName) in addition.Attachments)
            await session.Execute(s_attach, new { callerId, policyName });
        await Epochs.Raise(session, Epochs.Access);
        await AuditStore.Insert(session, audit);
    }

    private record CallerRow
    {
        public string Id { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Name { get; init; } = "";

        public string? PasswordHash { get; init; }

        public long IsDisabled { get; init; }

        public long CreatedAt { get; init; }

        public StoredCaller ToCaller() => new()
        {
            Id = Id,
            Kind = Stored.Member<CallerKind>(Kind),
            Name = Name,
            PasswordHash = PasswordHash,
            IsDisabled = IsDisabled != 0,
            CreatedAt = Stored.Time(CreatedAt),
        };
    }

    private sealed record KeyRow : CallerRow
    {
        public string AccessKeyId { get; init; } = "";

        public byte[] SealedSecret { get; init; } = [];

        public long KeyIsDisabled { get; init; }

        public long KeyCreatedAt { get; init; }

        public StoredAccessKey ToKey() => new()
        {
            AccessKeyId = AccessKeyId,
            CallerId = Id,
            SealedSecret = SealedSecret,
            IsDisabled = KeyIsDisabled != 0,
            CreatedAt = Stored.Time(KeyCreatedAt),
        };
    }

    private sealed record PolicyRow
    {
        public string Name { get; init; } = "";

        public string Document { get; init; } = "";
    }
}

/// <summary>What <see cref="CallerStore.Add"/> adds together.</summary>
public sealed record CallerAddition
{
    /// <summary>New callers.</summary>
    public IReadOnlyList<StoredCaller> Callers { get; init; } = [];

    /// <summary>New access keys.</summary>
    public IReadOnlyList<StoredAccessKey> AccessKeys { get; init; } = [];

    /// <summary>New policies.</summary>
    public IReadOnlyList<StoredPolicy> Policies { get; init; } = [];

    /// <summary>Caller id and policy name of each attachment.</summary>
    public IReadOnlyList<(string CallerId, string PolicyName)> Attachments { get; init; } = [];
}
