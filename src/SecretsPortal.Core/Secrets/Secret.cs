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

    /// <summary>The resource policy that hangs on the secret, as it was put, at most 20,480 characters; null where there is none.</summary>
    public string? ResourcePolicy { get; init; }

    /// <summary>The API's Type: the partner that holds the secret outside; null for a secret of one's own.</summary>
    public string? PartnerType { get; init; }

    /// <summary>For a replica, the region of the primary that it follows; null for a secret that follows none.</summary>
    public string? PrimaryRegion { get; init; }

    /// <summary>Where this secret is replicated to, by ordinal order of the regions; empty for a replica.</summary>
    public IReadOnlyList<SecretReplica> Replicas { get; init; } = [];

    /// <summary>Which version each staging label is attached to.</summary>
    public required StagingLabels Labels { get; init; }

    /// <summary>All versions, oldest first, those without labels included.</summary>
    public required IReadOnlyList<SecretVersion> Versions { get; init; }

    /// <summary>The kind of the value that AWSCURRENT names; null while there is none.</summary>
    public SecretKind? Kind => Labels.VersionOf(StagingLabels.Current) is { } current
        ? Versions.FirstOrDefault(v => v.VersionId == current)?.Kind
        : null;

    /// <summary>The names of the members of the value that AWSCURRENT names; empty where it is no JSON object, or they are not known.</summary>
    public IReadOnlyList<string> FieldNames => Labels.VersionOf(StagingLabels.Current) is { } current
        ? FindVersion(current)?.FieldNames ?? []
        : [];

    /// <summary>The API's PrimaryRegion: the region of the primary, on it and on its replicas; null for a secret without replicas.</summary>
    public string? ReplicatedFrom => PrimaryRegion ?? (Replicas.Count > 0 ? Arn.Region : null);

    /// <summary>True for a replica, which only follows its primary.</summary>
    public bool IsReplica => PrimaryRegion is not null;

    /// <summary>The version with this id, or null.</summary>
    public SecretVersion? FindVersion(string versionId) => Versions.FirstOrDefault(v => v.VersionId == versionId);
}

/// <summary>A key and a value that a secret is tagged with.</summary>
/// <param name="Key">1–128 characters.</param>
/// <param name="Value">0–256 characters.</param>
public sealed record SecretTag(string Key, string Value);

/// <summary>A region that a primary secret is replicated to, and how far the replica there has followed.</summary>
/// <param name="Region">The replica's region.</param>
/// <param name="KmsKeyId">The replica's key, of its own region; null for that region's default key.</param>
public sealed record SecretReplica(string Region, string? KmsKeyId)
{
    /// <summary>
    /// When a replica is due that a secret of the same name is in the way of: not before somebody asks again or that secret is removed.
    /// </summary>
    public static readonly DateTimeOffset WhenFreed = new(9999, 12, 31, 0, 0, 0, TimeSpan.Zero);

    /// <summary>
    /// The portal's id of the secret of the same name that the replica may overwrite: the one that was there when that was asked for and
    /// allowed. Null where nothing may be overwritten.
    /// </summary>
    public string? OverwritesId { get; init; }

    /// <summary>When the replica is next brought up to date; null while it is in sync.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>How often in a row bringing it up to date has failed.</summary>
    public int Attempts { get; init; }

    /// <summary>Why it failed last, for people; null where it has not.</summary>
    public string? Failure { get; init; }

    /// <summary>The UTC day on which a value of the replica was last read; null if never.</summary>
    public DateOnly? LastAccessedOn { get; init; }

    /// <summary>In sync, failed, or on its way.</summary>
    public ReplicaStatus Status => DueAt is null ? ReplicaStatus.InSync : Failure is null ? ReplicaStatus.InProgress : ReplicaStatus.Failed;
}

/// <summary>How far a replica has followed; the names are the API's.</summary>
public enum ReplicaStatus
{
    /// <summary>It will be brought up to date.</summary>
    InProgress,

    /// <summary>It holds what its primary holds.</summary>
    InSync,

    /// <summary>It could not be brought up to date; the portal tries again.</summary>
    Failed,
}

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

    /// <summary>
    /// The names of its members, where the value is a JSON object; see <see cref="Secrets.FieldNames"/>. Null for any other value, and for a version
    /// that was written before they were kept.
    /// </summary>
    public IReadOnlyList<string>? FieldNames { get; init; }

    /// <summary>
    /// Keyed fingerprints of the value and of its members, bound to the secret: equal in two versions where the values are. Null while it has no
    /// value, and for a version that was written before they were kept.
    /// </summary>
    public byte[]? ValueMarks { get; init; }

    /// <summary>False for a version that a rotation registered and createSecret has not filled yet.</summary>
    public bool HasValue => Fingerprint is not null;
}
