using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Secrets;

/// <summary>A value on its way to the caller.</summary>
/// <param name="Secret">Its secret.</param>
/// <param name="Version">Its version.</param>
/// <param name="Value">The plaintext; prints as <c>***</c>.</param>
public sealed record RevealedValue(Secret Secret, SecretVersion Version, SecretValue Value);

/// <summary>What ListSecrets is asked for; checked by the service.</summary>
public sealed record ListSecretsRequest
{
    /// <summary>At most 10.</summary>
    public IReadOnlyList<SecretFilter> Filters { get; init; } = [];

    /// <summary>Lists secrets marked for deletion too.</summary>
    public bool IncludePlannedDeletion { get; init; }

    /// <summary>Newest first.</summary>
    public bool Descending { get; init; }

    /// <summary>1–100; 100 by default.</summary>
    public int? MaxResults { get; init; }

    /// <summary>From the page before.</summary>
    public string? NextToken { get; init; }
}

/// <summary>A page of secrets.</summary>
/// <param name="Secrets">At most MaxResults.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record SecretPage(IReadOnlyList<Secret> Secrets, string? NextToken);

/// <summary>A page of one secret's versions.</summary>
/// <param name="Secret">The secret.</param>
/// <param name="Versions">At most MaxResults.</param>
/// <param name="NextToken">Null on the last page.</param>
public sealed record VersionPage(Secret Secret, IReadOnlyList<SecretVersion> Versions, string? NextToken);

/// <summary>The only road to plaintext: find, authorize, record, open.</summary>
public sealed class SecretReader
{
    /// <summary>GetSecretValue: by version id, by label, by both, or AWSCURRENT.</summary>
    public Task<RevealedValue> GetValue(CallContext call, string secretId, string? versionId, string? versionStage, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>DescribeSecret; a secret marked for deletion too.</summary>
    public Task<Secret> Describe(CallContext call, string secretId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>ListSecrets: those that the caller may list.</summary>
    public Task<SecretPage> List(CallContext call, ListSecretsRequest request, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>ListSecretVersionIds; versions without labels only with <paramref name="includeDeprecated"/>.</summary>
    public Task<VersionPage> ListVersions(CallContext call, string secretId, bool includeDeprecated, int? maxResults, string? nextToken, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>GetRandomPassword.</summary>
    public Task<SecretText> RandomPassword(CallContext call, RandomPasswordOptions options, CancellationToken cancel) => throw new NotImplementedException();
}
