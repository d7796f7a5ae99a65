using SecretsPortal.Core.Keys;

namespace SecretsPortal.Storage;

/// <summary>What uses a KMS key, as the transaction sees it.</summary>
public sealed class KeyUses
{
    private static readonly RewrapStage[] s_ofPortal = [RewrapStage.AccessKey, RewrapStage.PortalKey, RewrapStage.SecondFactor, RewrapStage.RotationFunction];

    private static readonly SqlByIds s_selectSecrets = SqlByIds.Of("""
        SELECT s.id, s.arn FROM secret s
        WHERE s.region = @region AND s.kms_key_id IN ({ids}) AND s.id > @afterId
        ORDER BY s.id
        {limit}
        """);

    private static readonly SqlByIds s_selectReplicas = SqlByIds.Of("""
        SELECT r.secret_id AS id, p.arn FROM secret_replica r JOIN secret p ON p.id = r.secret_id
        WHERE r.region = @region AND r.kms_key_id IN ({ids}) AND r.secret_id > @afterId
        ORDER BY r.secret_id
        {limit}
        """);

    private readonly Session _session;
    private readonly StoredKmsKey _key;

    internal KeyUses(Session session, StoredKmsKey key)
    {
        _session = session;
        _key = key;
    }

    /// <summary>The first thing that uses the key; null where nothing does.</summary>
    /// <param name="names">What callers may call the key by.</param>
    public async Task<KeyUse?> Any(IReadOnlyList<string> names) => (await Page(names, after: null, limit: 1)).Select(found => found.Use).FirstOrDefault();

    /// <summary>True where something lies under the key that the portal itself needs: access keys, its own keys, second factors, keys of rotation functions.</summary>
    public async Task<bool> IsOfPortal()
    {
        foreach (var stage in s_ofPortal)
            if ((await SealedRows.Find(_session, stage, _key.KeyId, exceptVersion: null, secretId: null, "", 1)).Count > 0)
                return true;
        return false;
    }

    /// <summary>True where a secret or a replica that is still to be made names the key by one of <paramref name="names"/>.</summary>
    public async Task<bool> IsNamed(IReadOnlyList<string> names) =>
        names.Count > 0 && ((await Named(s_selectSecrets, names, "", 1)).Count > 0 || (await Named(s_selectReplicas, names, "", 1)).Count > 0);

    /// <summary>True where a re-wrapping from or to the key is open.</summary>
    public Task<bool> HasOpenRewrap() => RewrapStore.HasOpen(_session, _key.KeyId);

    /// <summary>A page of what uses the key, by kind and then by key, each with the position after which the next page goes on.</summary>
    /// <param name="names">What callers may call the key by.</param>
    /// <param name="after">Kind and position of the last one of the page before; null for the first page.</param>
    /// <param name="limit">The most that are given.</param>
    internal async Task<IReadOnlyList<(KeyUse Use, string Position)>> Page(IReadOnlyList<string> names, (KeyUseKind Kind, string Position)? after, int limit)
    {
        var found = new List<(KeyUse, string)>();
        foreach (var kind in Enum.GetValues<KeyUseKind>().Where(kind => after is null || kind >= after.Value.Kind))
        {
            var position = after is { } last && last.Kind == kind ? last.Position : "";
            found.AddRange(await Of(kind, names, position, limit - found.Count));
            if (found.Count >= limit)
                break;
        }

        return found;
    }

    private async Task<IEnumerable<(KeyUse Use, string Position)>> Of(KeyUseKind kind, IReadOnlyList<string> names, string position, int limit) => kind switch
    {
        KeyUseKind.Secret => (await Named(s_selectSecrets, names, position, limit)).Select(row => (new KeyUse(kind, row.Arn, null), row.Id)),
        KeyUseKind.Replica => (await Named(s_selectReplicas, names, position, limit)).Select(row => (new KeyUse(kind, row.Arn, _key.Region), row.Id)),
        KeyUseKind.SecretVersion => (await Sealed(RewrapStage.SecretVersion, position, limit)).Select(row => (new KeyUse(kind, row.Arn, row.VersionId), row.Position)),
        KeyUseKind.AccessKey => (await Sealed(RewrapStage.AccessKey, position, limit)).Select(row => (new KeyUse(kind, row.Id, null), row.Position)),
        KeyUseKind.PortalKey => (await Sealed(RewrapStage.PortalKey, position, limit)).Select(row => (new KeyUse(kind, row.Id, null), row.Position)),
        KeyUseKind.RotationFunction => (await Sealed(RewrapStage.RotationFunction, position, limit)).Select(row => (new KeyUse(kind, row.Id, null), row.Position)),
        _ => (await Sealed(RewrapStage.SecondFactor, position, limit)).Select(row => (new KeyUse(kind, row.Id, null), row.Position)),
    };

    private Task<IReadOnlyList<SealedRow>> Sealed(RewrapStage stage, string position, int limit) =>
        SealedRows.Find(_session, stage, _key.KeyId, exceptVersion: null, secretId: null, position, limit);

    private Task<IReadOnlyList<NamedRow>> Named(SqlByIds statement, IReadOnlyList<string> names, string position, int limit)
    {
        var (sql, parameters) = statement.With(names);
        parameters["region"] = _key.Region;
        parameters["afterId"] = position;
        parameters["limit"] = (long)limit;
        return _session.Query<NamedRow>(sql, parameters);
    }

    private sealed record NamedRow
    {
        public string Id { get; init; } = "";

        public string Arn { get; init; } = "";
    }
}
