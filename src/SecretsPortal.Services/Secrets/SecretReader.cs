using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Kms;
using SecretsPortal.Storage;

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

    /// <summary>What to order by.</summary>
    public SecretOrder OrderBy { get; init; }

    /// <summary>The newest, or the last name, first.</summary>
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
/// <param name="DefaultKeyId">The id of the region's default KMS key, which callers know by another name.</param>
public sealed record VersionPage(Secret Secret, IReadOnlyList<SecretVersion> Versions, string? NextToken, string DefaultKeyId);

/// <summary>The only road to plaintext: find, authorize, open, record before the value leaves.</summary>
public sealed class SecretReader
{
    private const int MostResults = 100;

    private readonly SecretStore _store;
    private readonly SecretFinder _finder;
    private readonly SecretCache _cache;
    private readonly AccessNotes _notes;
    private readonly SecretSealer _sealer;
    private readonly KeyRegistry _keys;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PageTokens _tokens;
    private readonly FillRandom _random;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;

    internal SecretReader(
        SecretStore store, SecretFinder finder, SecretCache cache, AccessNotes notes, SecretSealer sealer, KeyRegistry keys, Authorizer authorizer,
        AuditRecorder recorder, PageTokens tokens, FillRandom random, PortalOptions options, TimeProvider clock)
    {
        _store = store;
        _finder = finder;
        _cache = cache;
        _notes = notes;
        _sealer = sealer;
        _keys = keys;
        _authorizer = authorizer;
        _recorder = recorder;
        _tokens = tokens;
        _random = random;
        _options = options;
        _clock = clock;
    }

    /// <summary>
    /// GetSecretValue: by version id, by label, by both, or AWSCURRENT. <see cref="PortalError.ProofRequired"/> where a session of the portal's pages asks
    /// whose user has not proved lately who they are.
    /// </summary>
    public Task<RevealedValue> GetValue(CallContext call, string secretId, string? versionId, string? versionStage, CancellationToken cancel) =>
        GetValue(call, secretId, versionId, versionStage, purpose: null, isShown: true, cancel);

    /// <summary>As the public one, for a purpose that the record names.</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="secretId">Name or ARN.</param>
    /// <param name="versionId">Which version; null for that of the label.</param>
    /// <param name="versionStage">Which label; null for AWSCURRENT, or for none beside a version.</param>
    /// <param name="purpose">What the value is opened for, such as "by BatchGetSecretValue"; null for itself.</param>
    /// <param name="isShown">False where nothing of the value leaves, so that no new proof is asked for.</param>
    /// <param name="cancel">Ends the wait.</param>
    internal async Task<RevealedValue> GetValue(
        CallContext call, string secretId, string? versionId, string? versionStage, string? purpose, bool isShown, CancellationToken cancel)
    {
        var revealed = await _recorder.Recording(call, "secretsmanager:GetSecretValue", secretId, async op =>
        {
            if (versionId is not null)
                SecretRules.VersionId("versionId", versionId);
            if (versionStage is not null)
                SecretRules.Stage("versionStage", versionStage);
            op.Numbers = call.AsOf ?? await _cache.Now(cancel);
            op.AddCondition("VersionId", versionId);
            // What is read when nothing is said, so that a policy for AWSCURRENT speaks of it.
            op.AddCondition("VersionStage", versionStage ?? (versionId is null ? StagingLabels.Current : null));
            var secret = await _finder.Find(op, secretId, cancel);
            SecretRules.RefuseDeleted(secret);
            var version = Choose(secret, versionId, versionStage);
            op.Detail = purpose is null ? $"version {version.VersionId}" : $"version {version.VersionId}, {purpose}";
            if (isShown)
                ProofRule.Require(call, _options, _clock.GetUtcNow(), "the value is shown");
            var stored = await _cache.FindValue(secret.Id, version.VersionId, op.AsOf, cancel) ?? throw Missing(versionId, versionStage);
            return new RevealedValue(secret, version, await _sealer.Open(secret.Arn, stored, op.Numbers?.Access, cancel));
        }, cancel);
        _notes.Note(revealed.Secret, revealed.Version);
        return revealed;
    }

    /// <summary>DescribeSecret; a secret marked for deletion too.</summary>
    public Task<Secret> Describe(CallContext call, string secretId, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:DescribeSecret", secretId, async op => _notes.With(await _finder.Find(op, secretId, cancel)), cancel);

    /// <summary>ListSecrets. As with AWS the permission is for the whole list: the names of all secrets of the region.</summary>
    public Task<SecretPage> List(CallContext call, ListSecretsRequest request, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:ListSecrets", "*", async op =>
        {
            SecretRules.Filters(request.Filters);
            var limit = SecretRules.Range("maxResults", request.MaxResults ?? MostResults, 1, MostResults);
            await _authorizer.Require(op, "*", secret: null, cancel);
            return await FindPage(call, "secrets", request, limit, cancel);
        }, cancel);

    /// <summary>A page of what a checked and allowed request finds; its token is good for the same <paramref name="list"/> only.</summary>
    internal async Task<SecretPage> FindPage(CallContext call, string list, ListSecretsRequest request, int limit, CancellationToken cancel)
    {
        var scope = PageTokens.ScopeOf(list, call,
            [$"{request.IncludePlannedDeletion} {request.OrderBy} {request.Descending}", .. request.Filters.SelectMany(f => (string[])[$"{f.Values.Count}", f.Key, .. f.Values])]);
        var after = await _tokens.Read<SecretPageKey>(request.NextToken, scope, cancel);
        var found = await _store.List(new SecretQuery
        {
            Region = call.Region,
            Filters = request.Filters,
            IncludePlannedDeletion = request.IncludePlannedDeletion,
            OrderBy = request.OrderBy,
            Descending = request.Descending,
            // One more than the page holds tells whether another page follows.
            Limit = limit + 1,
            After = after,
        }, cancel);
        IReadOnlyList<Secret> secrets = [.. found.Take(limit)];
        var next = found.Count <= limit ? null : await _tokens.Write(SecretPageKey.Of(secrets[^1], request.OrderBy), scope, cancel);
        return new SecretPage(secrets, next);
    }

    /// <summary>ListSecretVersionIds; versions without labels only with <paramref name="includeDeprecated"/>.</summary>
    public Task<VersionPage> ListVersions(CallContext call, string secretId, bool includeDeprecated, int? maxResults, string? nextToken, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:ListSecretVersionIds", secretId, async op =>
        {
            var limit = SecretRules.Range("maxResults", maxResults ?? MostResults, 1, MostResults);
            var secret = _notes.With(await _finder.Find(op, secretId, cancel));
            var scope = PageTokens.ScopeOf("versions", call, secret.Id, $"{includeDeprecated}");
            var after = await _tokens.Read<VersionPosition>(nextToken, scope, cancel);
            var rest = secret.Versions
                .Where(v => includeDeprecated || secret.Labels.Of(v.VersionId).Count > 0)
                .OrderBy(v => v.CreatedAt).ThenBy(v => v.VersionId, StringComparer.Ordinal)
                .Where(v => after is null || v.CreatedAt > after.CreatedAt
                    || (v.CreatedAt == after.CreatedAt && string.CompareOrdinal(v.VersionId, after.VersionId) > 0))
                .ToList();
            IReadOnlyList<SecretVersion> page = [.. rest.Take(limit)];
            var next = rest.Count <= limit ? null : await _tokens.Write(new VersionPosition(page[^1].CreatedAt, page[^1].VersionId), scope, cancel);
            var defaultKey = await _keys.Resolve(null, call.Region, cancel);
            return new VersionPage(secret, page, next, defaultKey.KeyId);
        }, cancel);

    /// <summary>GetRandomPassword.</summary>
    public Task<SecretText> RandomPassword(CallContext call, RandomPasswordOptions options, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:GetRandomPassword", "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            return Core.Secrets.RandomPassword.Generate(options, _random);
        }, cancel);

    private static SecretVersion Choose(Secret secret, string? versionId, string? versionStage)
    {
        var chosen = versionId ?? secret.Labels.VersionOf(versionStage ?? StagingLabels.Current);
        var version = chosen is null ? null : secret.FindVersion(chosen);
        if (version is null)
            throw Missing(versionId, versionStage);
        if (versionId is not null && versionStage is not null && secret.Labels.VersionOf(versionStage) != versionId)
            throw new PortalException(PortalError.InvalidRequest, "You provided a VersionStage that is not associated to the provided VersionId.");
        return version;
    }

    private static PortalException Missing(string? versionId, string? versionStage) =>
        versionId is not null ? SecretRules.NoVersion(versionId) : SecretRules.NoStage(versionStage ?? StagingLabels.Current);

    private sealed record VersionPosition(DateTimeOffset CreatedAt, string VersionId);
}
