using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>A row of <c>caller</c>.</summary>
internal record CallerRow
{
    /// <summary>Its columns, of the table under the name <c>c</c>.</summary>
    public const string Columns = """
        c.id, c.kind, c.name, c.description, c.display_name, c.email, c.issuer, c.subject, c.password_hash, c.password_changed_at,
          c.must_change_password, c.is_disabled, c.session_epoch, c.last_seen_at, c.totp_sealed, c.totp_confirmed_at, c.totp_last_step,
          c.created_at, c.revision
        """;

    public string Id { get; init; } = "";

    public string Kind { get; init; } = "";

    public string Name { get; init; } = "";

    public string? Description { get; init; }

    public string? DisplayName { get; init; }

    public string? Email { get; init; }

    public string? Issuer { get; init; }

    public string? Subject { get; init; }

    public string? PasswordHash { get; init; }

    public long? PasswordChangedAt { get; init; }

    public long MustChangePassword { get; init; }

    public long IsDisabled { get; init; }

    public long SessionEpoch { get; init; }

    public long? LastSeenAt { get; init; }

    public byte[]? TotpSealed { get; init; }

    public long? TotpConfirmedAt { get; init; }

    public long? TotpLastStep { get; init; }

    public long CreatedAt { get; init; }

    public long Revision { get; init; }

    public static CallerRow From(StoredCaller caller) => new()
    {
        Id = caller.Id,
        Kind = caller.Kind.ToString(),
        Name = caller.Name,
        Description = caller.Description,
        DisplayName = caller.DisplayName,
        Email = caller.Email,
        Issuer = caller.Issuer,
        Subject = caller.Subject,
        PasswordHash = caller.PasswordHash,
        PasswordChangedAt = Stored.Time(caller.PasswordChangedAt),
        MustChangePassword = caller.MustChangePassword ? 1 : 0,
        IsDisabled = caller.IsDisabled ? 1 : 0,
        SessionEpoch = caller.SessionEpoch,
        LastSeenAt = Stored.Time(caller.LastSeenAt),
        TotpSealed = caller.TotpSealed,
        TotpConfirmedAt = Stored.Time(caller.TotpConfirmedAt),
        TotpLastStep = caller.TotpLastStep,
        CreatedAt = Stored.Time(caller.CreatedAt),
        Revision = caller.Revision,
    };

    public StoredCaller ToCaller() => new()
    {
        Id = Id,
        Kind = Stored.Member<CallerKind>(Kind),
        Name = Name,
        Description = Description,
        DisplayName = DisplayName,
        Email = Email,
        Issuer = Issuer,
        Subject = Subject,
        PasswordHash = PasswordHash,
        PasswordChangedAt = Stored.Time(PasswordChangedAt),
        MustChangePassword = MustChangePassword != 0,
        IsDisabled = IsDisabled != 0,
        SessionEpoch = SessionEpoch,
        LastSeenAt = Stored.Time(LastSeenAt),
        TotpSealed = TotpSealed,
        TotpConfirmedAt = Stored.Time(TotpConfirmedAt),
        TotpLastStep = TotpLastStep,
        CreatedAt = Stored.Time(CreatedAt),
        Revision = Revision,
    };
}

/// <summary>A row of <c>access_key</c>.</summary>
internal sealed record AccessKeyRow
{
    /// <summary>Its columns, of the table under the name <c>k</c>.</summary>
    public const string Columns =
        "k.access_key_id, k.caller_id, k.sealed_secret, k.description, k.is_disabled, k.expires_at, k.last_used_at, k.last_used_region, k.created_at";

    public string AccessKeyId { get; init; } = "";

    public string CallerId { get; init; } = "";

    public byte[] SealedSecret { get; init; } = [];

    public string? Description { get; init; }

    public long IsDisabled { get; init; }

    public long? ExpiresAt { get; init; }

    public long? LastUsedAt { get; init; }

    public string? LastUsedRegion { get; init; }

    public long CreatedAt { get; init; }

    public static AccessKeyRow From(StoredAccessKey key) => new()
    {
        AccessKeyId = key.AccessKeyId,
        CallerId = key.CallerId,
        SealedSecret = key.SealedSecret,
        Description = key.Description,
        IsDisabled = key.IsDisabled ? 1 : 0,
        ExpiresAt = Stored.Time(key.ExpiresAt),
        LastUsedAt = Stored.Time(key.LastUsedAt),
        LastUsedRegion = key.LastUsedRegion,
        CreatedAt = Stored.Time(key.CreatedAt),
    };

    public StoredAccessKey ToKey() => new()
    {
        AccessKeyId = AccessKeyId,
        CallerId = CallerId,
        SealedSecret = SealedSecret,
        Description = Description,
        IsDisabled = IsDisabled != 0,
        ExpiresAt = Stored.Time(ExpiresAt),
        LastUsedAt = Stored.Time(LastUsedAt),
        LastUsedRegion = LastUsedRegion,
        CreatedAt = Stored.Time(CreatedAt),
    };
}
