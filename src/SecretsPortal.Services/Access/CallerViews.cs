using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>A user in a list.</summary>
public sealed record UserSummary
{
    /// <summary>The portal's id, never given to another caller.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The ARN that policies name.</summary>
    public required string Arn { get; init; }

    /// <summary>The name for people.</summary>
    public string? DisplayName { get; init; }

    /// <summary>The e-mail address.</summary>
    public string? Email { get; init; }

    /// <summary>The identity provider that the user signs in at; null for a local user.</summary>
    public string? Issuer { get; init; }

    /// <summary>Refused everywhere.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>A second factor is asked for.</summary>
    public bool HasSecondFactor { get; init; }

    /// <summary>The password was given by somebody else and has not been changed yet.</summary>
    public bool MustChangePassword { get; init; }

    /// <summary>When the user last signed in; null for never.</summary>
    public DateTimeOffset? LastSeenAt { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    internal static UserSummary Of(StoredCaller user, string arn) => new()
    {
        Id = user.Id,
        Name = user.Name,
        Arn = arn,
        DisplayName = user.DisplayName,
        Email = user.Email,
        Issuer = user.Issuer,
        IsDisabled = user.IsDisabled,
        HasSecondFactor = user.TotpConfirmedAt is not null,
        MustChangePassword = user.MustChangePassword,
        LastSeenAt = user.LastSeenAt,
        CreatedAt = user.CreatedAt,
    };
}

/// <summary>A user.</summary>
public sealed record UserDetail
{
    /// <summary>As in a list.</summary>
    public required UserSummary User { get; init; }

    /// <summary>What it is there for.</summary>
    public string? Description { get; init; }

    /// <summary>What the identity provider calls the user; null for a local user.</summary>
    public string? Subject { get; init; }

    /// <summary>When the password was set.</summary>
    public DateTimeOffset? PasswordChangedAt { get; init; }

    /// <summary>Since when a second factor is asked for.</summary>
    public DateTimeOffset? SecondFactorSince { get; init; }

    /// <summary>The condition keys <c>aws:PrincipalTag/…</c>.</summary>
    public required IReadOnlyList<CallerTag> Tags { get; init; }

    /// <summary>The names of its groups.</summary>
    public required IReadOnlyList<string> Groups { get; init; }

    /// <summary>The names of the policies that are attached to it itself.</summary>
    public required IReadOnlyList<string> Policies { get; init; }

    /// <summary>To be given with a change, so that nobody else's is undone.</summary>
    public long Revision { get; init; }

    internal static UserDetail Of(StoredCaller user, string arn, CallerParts parts) => new()
    {
        User = UserSummary.Of(user, arn),
        Description = user.Description,
        Subject = user.Subject,
        PasswordChangedAt = user.PasswordChangedAt,
        SecondFactorSince = user.TotpConfirmedAt,
        Tags = parts.Tags,
        Groups = parts.Groups,
        Policies = parts.Policies,
        Revision = user.Revision,
    };
}

/// <summary>A page of users.</summary>
/// <param name="Users">By name.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record UserPage(IReadOnlyList<UserSummary> Users, string? NextToken);

/// <summary>A user that was added.</summary>
/// <param name="User">The user.</param>
/// <param name="Password">The password that was made for it, to be handed over now; null where it was given, or there is none.</param>
public sealed record NewUser(UserDetail User, SecretText? Password);

/// <summary>A client in a list.</summary>
public sealed record ClientSummary
{
    /// <summary>The portal's id, never given to another caller.</summary>
    public required string Id { get; init; }

    /// <summary>The name.</summary>
    public required string Name { get; init; }

    /// <summary>The ARN that policies name.</summary>
    public required string Arn { get; init; }

    /// <summary>What it is there for.</summary>
    public string? Description { get; init; }

    /// <summary>Refused everywhere.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Its access keys, the oldest first.</summary>
    public required IReadOnlyList<AccessKeySummary> AccessKeys { get; init; }

    internal static ClientSummary Of(StoredCaller client, string arn, IEnumerable<StoredAccessKey> keys) => new()
    {
        Id = client.Id,
        Name = client.Name,
        Arn = arn,
        Description = client.Description,
        IsDisabled = client.IsDisabled,
        CreatedAt = client.CreatedAt,
        AccessKeys = [.. keys.Where(key => key.CallerId == client.Id).Select(AccessKeySummary.Of)],
    };
}

/// <summary>A client.</summary>
/// <param name="Client">As in a list.</param>
/// <param name="Tags">The condition keys <c>aws:PrincipalTag/…</c>.</param>
/// <param name="Groups">The names of its groups.</param>
/// <param name="Policies">The names of the policies that are attached to it itself.</param>
/// <param name="Revision">To be given with a change, so that nobody else's is undone.</param>
public sealed record ClientDetail(
    ClientSummary Client, IReadOnlyList<CallerTag> Tags, IReadOnlyList<string> Groups, IReadOnlyList<string> Policies, long Revision);

/// <summary>A page of clients.</summary>
/// <param name="Clients">By name.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record ClientPage(IReadOnlyList<ClientSummary> Clients, string? NextToken);

/// <summary>An access key without its secret half.</summary>
public sealed record AccessKeySummary
{
    /// <summary>Its id.</summary>
    public required string AccessKeyId { get; init; }

    /// <summary>What it is there for.</summary>
    public string? Description { get; init; }

    /// <summary>Refused.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>From then on it is refused; null for never.</summary>
    public DateTimeOffset? ExpiresAt { get; init; }

    /// <summary>When it last signed a request, to a minute; null for never.</summary>
    public DateTimeOffset? LastUsedAt { get; init; }

    /// <summary>The region of that request.</summary>
    public string? LastUsedRegion { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    internal static AccessKeySummary Of(StoredAccessKey key) => new()
    {
        AccessKeyId = key.AccessKeyId,
        Description = key.Description,
        IsDisabled = key.IsDisabled,
        ExpiresAt = key.ExpiresAt,
        LastUsedAt = key.LastUsedAt,
        LastUsedRegion = key.LastUsedRegion,
        CreatedAt = key.CreatedAt,
    };
}

/// <summary>An access key that was added.</summary>
/// <param name="Key">The key.</param>
/// <param name="SecretAccessKey">The secret half that was made for it, to be handed over now; null where it was given.</param>
public sealed record NewAccessKey(AccessKeySummary Key, SecretText? SecretAccessKey);
