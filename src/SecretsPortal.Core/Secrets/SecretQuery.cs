namespace SecretsPortal.Core.Secrets;

/// <summary>Which secrets to list.</summary>
public sealed record SecretQuery
{
    /// <summary>The region.</summary>
    public required string Region { get; init; }

    /// <summary>ANDed filters as ListSecrets defines them.</summary>
    public IReadOnlyList<SecretFilter> Filters { get; init; } = [];

    /// <summary>True to list the secrets that are marked for deletion too.</summary>
    public bool IncludePlannedDeletion { get; init; }

    /// <summary>What the secrets are ordered by; those that are equal in it by their ids.</summary>
    public SecretOrder OrderBy { get; init; }

    /// <summary>True for the newest, or the last name, first.</summary>
    public bool Descending { get; init; }

    /// <summary>The most secrets to give; at least 1.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Only what comes after this key, the last of the page before; null for the first page.</summary>
    public SecretPageKey? After { get; init; }
}

/// <summary>One filter: the key's values are ORed, a leading <c>!</c> negates.</summary>
/// <param name="Key"><c>name</c>, <c>description</c>, <c>tag-key</c>, <c>tag-value</c>, <c>primary-region</c>, <c>owning-service</c> or <c>all</c>.</param>
/// <param name="Values">1–10 values of at most 512 characters.</param>
public sealed record SecretFilter(string Key, IReadOnlyList<string> Values);

/// <summary>What secrets can be ordered by.</summary>
public enum SecretOrder
{
    /// <summary>When they were created.</summary>
    Created,

    /// <summary>The day on which a value was last read; those that never were come first.</summary>
    LastAccessed,

    /// <summary>When anything of them last changed.</summary>
    LastChanged,

    /// <summary>Their names, by ordinal.</summary>
    Name,
}

/// <summary>Where a page ended.</summary>
/// <param name="At">When the page's last secret was created or changed, whichever the order is by; null where it is by something else.</param>
/// <param name="On">The day of the last secret's last access, where the order is by that; null where there was none.</param>
/// <param name="Name">The last secret's name, where the order is by that.</param>
/// <param name="Id">The last secret's id.</param>
public sealed record SecretPageKey(DateTimeOffset? At, DateOnly? On, string? Name, string Id)
{
    /// <summary>The place of a secret in an order.</summary>
    public static SecretPageKey Of(Secret secret, SecretOrder order) => order switch
    {
        SecretOrder.Created => new(secret.CreatedAt, null, null, secret.Id),
        SecretOrder.LastChanged => new(secret.LastChangedAt, null, null, secret.Id),
        SecretOrder.LastAccessed => new(null, secret.LastAccessedOn, null, secret.Id),
        _ => new(null, null, secret.Name, secret.Id),
    };
}
