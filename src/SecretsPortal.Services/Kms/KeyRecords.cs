using SecretsPortal.Core.Keys;

namespace SecretsPortal.Services.Kms;

/// <summary>A registered KMS key.</summary>
public sealed record KeyDetail
{
    /// <summary>A UUID.</summary>
    public required string KeyId { get; init; }

    /// <summary>Such as <c>arn:aws:kms:us-east-1:000000000000:key/ID</c>.</summary>
    public required string Arn { get; init; }

    /// <summary>The region that it serves.</summary>
    public required string Region { get; init; }

    /// <summary>True for the key that is used where nobody names one, the one that goes by <c>alias/aws/secretsmanager</c>.</summary>
    public required bool IsDefault { get; init; }

    /// <summary>Its own alias with <c>alias/</c> before it; null where it has none.</summary>
    public required string? Alias { get; init; }

    /// <summary>For people; null where there is none.</summary>
    public required string? Description { get; init; }

    /// <summary><c>local</c>, <c>azure-key-vault</c>, <c>pkcs11</c> or <c>aws-kms</c>.</summary>
    public required string Provider { get; init; }

    /// <summary>What the provider calls it.</summary>
    public required string ProviderReference { get; init; }

    /// <summary>The version that wraps new data keys, as far as the portal knows.</summary>
    public required string CurrentVersion { get; init; }

    /// <summary>Whether it serves.</summary>
    public required KmsKeyState State { get; init; }

    /// <summary>When it is removed from the registry; null unless it is pending deletion.</summary>
    public required DateTimeOffset? DeletionAt { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A page of a region's keys.</summary>
/// <param name="Keys">In the order in which they were registered.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record KeyPage(IReadOnlyList<KeyDetail> Keys, string? NextToken);

/// <summary>What lies under a key, and how the key is.</summary>
/// <param name="Uses">How much lies under it.</param>
/// <param name="AskedAt">When its provider was asked last whether it serves; null for a key that is not enabled, which is not asked.</param>
/// <param name="Trouble">What keeps it from serving; null where nothing does, or where it was not asked.</param>
public sealed record KeyStanding(KeyUseCount Uses, DateTimeOffset? AskedAt, string? Trouble);

/// <summary>A page of what uses a key.</summary>
/// <param name="Uses">By kind, then by name.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record KeyUsePage(IReadOnlyList<KeyUse> Uses, string? NextToken);

/// <summary>A page of re-wrappings.</summary>
/// <param name="Jobs">Newest first.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record RewrapPage(IReadOnlyList<RewrapJob> Jobs, string? NextToken);

/// <summary>What registering a key is asked for.</summary>
public sealed record CreateKeyRequest
{
    /// <summary>A configured provider.</summary>
    public required string Provider { get; init; }

    /// <summary>What the provider calls the key; null for a new local key, which needs no name.</summary>
    public string? Reference { get; init; }

    /// <summary>1–250 letters, digits or <c>/_-</c>, with or without <c>alias/</c>; null for none.</summary>
    public string? Alias { get; init; }

    /// <summary>At most 2,048 characters; null for none.</summary>
    public string? Description { get; init; }
}

/// <summary>What changing a key is asked for; members that are null stay as they are.</summary>
public sealed record UpdateKeyRequest
{
    /// <summary>The new alias; an empty one takes it away.</summary>
    public string? Alias { get; init; }

    /// <summary>The new description; an empty one takes it away.</summary>
    public string? Description { get; init; }

    /// <summary>True to make it the region's default key.</summary>
    public bool BecomesDefault { get; init; }

    /// <summary>The key as its editor saw it: <see cref="Core.PortalError.PreconditionNotMet"/> where alias or description has changed since. Null to overwrite.</summary>
    public KeyDetail? Seen { get; init; }
}
