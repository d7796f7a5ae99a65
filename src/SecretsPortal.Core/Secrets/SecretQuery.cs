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

    /// <summary>True for newest first.</summary>
    public bool Descending { get; init; }

    /// <summary>The most secrets to give; at least 1.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Only what comes after this key, the last of the page before; null for the first page.</summary>
    public SecretPageKey? After { get; init; }
}

/// <summary>One filter: the key's values are ORed, a leading <c>!</c> negates.</summary>
/// <param name="Key"><c>name</c>, <c>description</c>, <c>tag-key</c>, <c>tag-value</c> or <c>all</c>.</param>
/// <param name="Values">1–10 values of at most 512 characters.</param>
public sealed record SecretFilter(string Key, IReadOnlyList<string> Values);

/// <summary>Where a page ended.</summary>
/// <param name="CreatedAt">Of the page's last secret.</param>
/// <param name="Id">Of the page's last secret.</param>
public sealed record SecretPageKey(DateTimeOffset CreatedAt, string Id);
