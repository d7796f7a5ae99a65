using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Core.Secrets;

/// <summary>A secret's metadata with its labels, tags, versions and rotation settings; never a value.</summary>
public sealed record Secret
{
    /// <summary>The portal's own identifier (32 hexadecimal digits, rising with creation time); never shown to callers.</summary>
    public required string Id { get; init; }

    /// <summary>The ARN, with its six-character suffix.</summary>
    public required SecretArn Arn { get; init; }

    /// <summary>The friendly name, unique in its region.</summary>
    public required string Name { get; init; }

    /// <summary>The description; null where there is none (an empty one is dropped).</summary>
    public string? Description { get; init; }

    /// <summary>The KMS key that was chosen; null for the default key <c>aws/secretsmanager</c>.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>When the secret was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When anything of the secret last changed; rises strictly.</summary>
    public required DateTimeOffset LastChangedAt { get; init; }

    /// <summary>The UTC day on which a value was last read; null if never.</summary>
    public DateOnly? LastAccessedOn { get; init; }

    /// <summary>When a rotation last finished; null if never.</summary>
    public DateTimeOffset? LastRotatedAt { get; init; }

    /// <summary>When the secret was marked for deletion; null where it is not.</summary>
    public DateTimeOffset? DeletedAt { get; init; }

    /// <summary>When a secret that is marked for deletion is purged; the API's DeletionDate.</summary>
    public DateTimeOffset? PurgeAt { get; init; }

    /// <summary>Tags in insertion order; null if the secret was never tagged, empty after the last one was removed.</summary>
    public IReadOnlyList<SecretTag>? Tags { get; init; }

    /// <summary>Rotation settings; null if rotation was never configured.</summary>
    public RotationSettings? Rotation { get; init; }

    /// <summary>Which version each staging label is attached to.</summary>
    public required StagingLabels Labels { get; init; }

    /// <summary>All versions, oldest first, those without labels included.</summary>
    public required IReadOnlyList<SecretVersion> Versions { get; init; }

    /// <summary>The kind of the value that AWSCURRENT names; null while there is none.</summary>
    public SecretKind? Kind => Labels.VersionOf(StagingLabels.Current) is { } current
        ? Versions.FirstOrDefault(v => v.VersionId == current)?.Kind
        : null;

    /// <summary>The version with this id, or null.</summary>
    public SecretVersion? FindVersion(string versionId) => Versions.FirstOrDefault(v => v.VersionId == versionId);
}

/// <summary>A key and a value that a secret is tagged with.</summary>
/// <param name="Key">1–128 characters.</param>
/// <param name="Value">0–256 characters.</param>
public sealed record SecretTag(string Key, string Value);

/// <summary>One version of a secret, without its value.</summary>
public sealed record SecretVersion
{
    /// <summary>32–64 characters; the ClientRequestToken of the call that made it.</summary>
    public required string VersionId { get; init; }

    /// <summary>When the version was created.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>The UTC day on which its value was last read; null if never.</summary>
    public DateOnly? LastAccessedOn { get; init; }

    /// <summary>The key its data key is wrapped with; null while it has no value, the default key's id under the default key.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>The value's kind; null while it has no value (a rotation registered the version first).</summary>
    public SecretKind? Kind { get; init; }

    /// <summary>
    /// Keyed fingerprint of the value, bound to ARN and version, to tell a repeated request from a different one
    /// without opening the value; null while it has no value.
    /// </summary>
    public byte[]? Fingerprint { get; init; }

    /// <summary>False for a version that a rotation registered and createSecret has not filled yet.</summary>
    public bool HasValue => Fingerprint is not null;
}
