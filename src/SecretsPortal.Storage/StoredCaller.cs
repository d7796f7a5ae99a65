using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>A portal user, a client or a rotation function as stored.</summary>
public sealed record StoredCaller
{
    /// <summary>32 hexadecimal digits; never given to another caller, unlike the name.</summary>
    public required string Id { get; init; }

    /// <summary>Whom it stands for.</summary>
    public required CallerKind Kind { get; init; }

    /// <summary>Unique among its kind, by ordinal; it never changes.</summary>
    public required string Name { get; init; }

    /// <summary>What it is there for; at most 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>A user's name for people; at most 256 characters.</summary>
    public string? DisplayName { get; init; }

    /// <summary>A user's e-mail address; at most 320 characters.</summary>
    public string? Email { get; init; }

    /// <summary>The identity provider that vouches for the user; null for local users and all others.</summary>
    public string? Issuer { get; init; }

    /// <summary>What the identity provider calls the user; unique beside <see cref="Issuer"/>.</summary>
    public string? Subject { get; init; }

    /// <summary>The password's hash with its parameters; only local users have one.</summary>
    public string? PasswordHash { get; init; }

    /// <summary>When the password was set; null for one of a first start.</summary>
    public DateTimeOffset? PasswordChangedAt { get; init; }

    /// <summary>The password was given by somebody else: it opens nothing but the way to a new one.</summary>
    public bool MustChangePassword { get; init; }

    /// <summary>A disabled caller is refused everywhere.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>Sessions that began under another number have ended.</summary>
    public long SessionEpoch { get; init; }

    /// <summary>When the user last signed in.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>The second factor's secret, sealed; null without one.</summary>
    public byte[]? TotpSealed { get; init; }

    /// <summary>From then on the second factor is asked for; null while it is being set up.</summary>
    public DateTimeOffset? TotpConfirmedAt { get; init; }

    /// <summary>The last time step whose code was taken.</summary>
    public long? TotpLastStep { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Rises with each change by an administrator.</summary>
    public long Revision { get; init; }

    /// <summary>No hash.</summary>
    public override string ToString() => $"{nameof(StoredCaller)} {{ {Id}, {Kind}, {Name} }}";
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

    /// <summary>What it is there for; at most 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>A disabled key is refused.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>The first instant at which it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it last signed a request, to a minute; null for never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>The region of that request.</summary>
    public string? LastUsedRegion { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }
}

/// <summary>A policy document under its name.</summary>
/// <param name="Name">Unique, by ordinal; it never changes.</param>
/// <param name="Document">IAM's JSON.</param>
public sealed record StoredPolicy(string Name, string Document)
{
    /// <summary>What it is there for; at most 2,048 characters.</summary>
    public string? Description { get; init; }

    /// <summary>It comes with the portal and nobody changes it.</summary>
    public bool IsManaged { get; init; }

    /// <summary>When it was made.</summary>
    public DateTimeOffset CreatedAt { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>When it was last changed.</summary>
    public DateTimeOffset UpdatedAt { get; init; } = DateTimeOffset.UnixEpoch;

    /// <summary>Rises with each change.</summary>
    public long Revision { get; init; }
}

/// <summary>A policy that speaks for a caller.</summary>
/// <param name="Name">The policy's name.</param>
/// <param name="Document">IAM's JSON.</param>
/// <param name="Group">The group through which the caller has it; null where it is attached to the caller itself.</param>
public sealed record EffectivePolicy(string Name, string Document, string? Group);

/// <summary>All that is stored of what a caller may, read together.</summary>
/// <param name="Policies">Attached ones first, then those of each group; the same policy once for each way it comes.</param>
/// <param name="Groups">The groups' names, in order.</param>
/// <param name="Tags">In their order.</param>
public sealed record CallerAccess(IReadOnlyList<EffectivePolicy> Policies, IReadOnlyList<string> Groups, IReadOnlyList<CallerTag> Tags);
