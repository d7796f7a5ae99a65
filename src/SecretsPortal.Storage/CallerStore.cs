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
    /// <summary>True where there is no caller at all: a first start.</summary>
    public Task<bool> IsEmpty(CancellationToken cancel) => throw new NotImplementedException(database.ToString());

    /// <summary>Finds by kind and name; null where there is none.</summary>
    public Task<StoredCaller?> Find(CallerKind kind, string name, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Finds by id; null where there is none.</summary>
    public Task<StoredCaller?> FindById(string id, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Finds an access key with its caller; null where there is none.</summary>
    public Task<(StoredAccessKey Key, StoredCaller Caller)?> FindAccessKey(string accessKeyId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>The policies attached to a caller, by name.</summary>
    public Task<IReadOnlyList<StoredPolicy>> FindPolicies(string callerId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Adds callers, keys, policies and attachments in one transaction with the record; false, and nothing added, where a name or key exists already.</summary>
    public Task<bool> Add(CallerAddition addition, AuditRecord audit, CancellationToken cancel) => throw new NotImplementedException();
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
