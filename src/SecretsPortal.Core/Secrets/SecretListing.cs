namespace SecretsPortal.Core.Secrets;

/// <summary>What people ask the list of secrets for: the parts are ANDed, the values of one part ORed but for words.</summary>
public sealed record SecretListing
{
    /// <summary>The region.</summary>
    public required string Region { get; init; }

    /// <summary>
    /// Words, each of which begins a word of the name, the description, a tag or the name of a member of the value, in any case. Words begin after
    /// <c>/_+=.@-</c>, after blanks and within camel case.
    /// </summary>
    public string Text { get; init; } = "";

    /// <summary>What the names begin with; empty for all.</summary>
    public string Folder { get; init; } = "";

    /// <summary>The kinds of the value that AWSCURRENT names; empty for all.</summary>
    public IReadOnlyList<SecretKind> Kinds { get; init; } = [];

    /// <summary>
    /// Tags: <c>key</c> or <c>key=value</c>, as written. Each key that is named is a part of its own, of whose values one suffices; a key by itself says
    /// nothing more where values of it are named as well.
    /// </summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>The id of the key under which the value lies that AWSCURRENT names; null for all.</summary>
    public string? KeyId { get; init; }

    /// <summary>How it is with them; empty for all that are not marked for deletion.</summary>
    public IReadOnlyList<SecretStatus> Statuses { get; init; } = [];

    /// <summary>True for the order of names, false for the newest first.</summary>
    public bool ByName { get; init; }

    /// <summary>The most secrets to give; at least 1.</summary>
    public int Limit { get; init; } = 100;

    /// <summary>Only what comes after this key, the last of the page before; null for the first page.</summary>
    public SecretPageKey? After { get; init; }
}

/// <summary>How it is with a secret: how its rotation is, and whether it is marked for deletion or a replica.</summary>
public enum SecretStatus
{
    /// <summary>No rotation is to run.</summary>
    Off,

    /// <summary>The last rotation succeeded, and the next one is not due.</summary>
    Healthy,

    /// <summary>A window has begun; its rotation begins shortly.</summary>
    Due,

    /// <summary>A rotation is under way.</summary>
    Rotating,

    /// <summary>An attempt failed; another follows by itself.</summary>
    Retrying,

    /// <summary>The last rotation was given up.</summary>
    Failed,

    /// <summary>A window has ended without a rotation that succeeded.</summary>
    Overdue,

    /// <summary>The target refuses the value that AWSCURRENT has.</summary>
    OutOfSync,

    /// <summary>Marked for deletion. All others are not.</summary>
    Deleted,

    /// <summary>A replica, whose rotation is its primary's.</summary>
    Replica,
}

/// <summary>What a listing finds.</summary>
/// <param name="Secrets">At most Limit, in the order that was asked for.</param>
/// <param name="Total">How many there are on all pages; null where that would have to be counted one by one.</param>
public sealed record ListedSecrets(IReadOnlyList<Secret> Secrets, long? Total);

/// <summary>A folder: what names have in common up to a <c>/</c>.</summary>
/// <param name="Path">From the beginning of the names, with the <c>/</c> at its end.</param>
/// <param name="Secrets">How many secrets are in it and below, those marked for deletion too; no more than <see cref="MostCounted"/> are counted.</param>
public sealed record SecretFolder(string Path, int Secrets)
{
    /// <summary>Where counting ends.</summary>
    public const int MostCounted = 1000;
}
