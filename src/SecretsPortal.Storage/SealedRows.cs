using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Keys;

namespace SecretsPortal.Storage;

/// <summary>A sealed row whose data key may be wrapped anew.</summary>
/// <param name="Stage">Which table it is of.</param>
/// <param name="Id">The secret's id in the portal, the access key's id, the portal key's name, the user's id, or that of the function's caller.</param>
/// <param name="VersionId">The version's id; empty elsewhere.</param>
/// <param name="Arn">The secret's ARN; empty elsewhere.</param>
/// <param name="Sealed">The bytes of a SealedValue.</param>
public sealed record SealedRow(RewrapStage Stage, string Id, string VersionId, string Arn, byte[] Sealed)
{
    /// <summary>Where it stands in the order of its table.</summary>
    public string Position => VersionId.Length == 0 ? Id : $"{Id} {VersionId}";
}

/// <summary>
/// The rows under a KMS key, table by table, each in the order of its key. Versions say in columns what wraps them; the other tables are
/// short, and there the sealed values say it.
/// </summary>
internal static class SealedRows
{
    private const int Chunk = 500;

    // The index on the key holds all that chooses, so rows that need nothing are not read.
    private static readonly Sql s_selectVersions = Sql.Of("""
        SELECT v.secret_id AS id, v.version_id, s.arn, v.sealed
        FROM secret_version v JOIN secret s ON s.id = v.secret_id
        WHERE v.kms_key_id = @keyId AND v.secret_id >= @afterId AND (v.secret_id > @afterId OR v.version_id > @afterVersionId)
          AND (@keyVersion IS NULL OR v.kms_key_version <> @keyVersion)
        ORDER BY v.secret_id, v.version_id
        {limit}
        """);

    private static readonly Sql s_selectVersionsOf = Sql.Of("""
        SELECT v.secret_id AS id, v.version_id, s.arn, v.sealed
        FROM secret_version v JOIN secret s ON s.id = v.secret_id
        WHERE v.secret_id = @secretId AND v.kms_key_id = @keyId AND v.version_id > @afterVersionId
          AND (@keyVersion IS NULL OR v.kms_key_version <> @keyVersion)
        ORDER BY v.version_id
        {limit}
        """);

    private static readonly Sql s_countVersions = Sql.Of("""
        SELECT COUNT(*) FROM secret_version
        WHERE kms_key_id = @keyId AND (@keyVersion IS NULL OR kms_key_version <> @keyVersion) AND (@secretId IS NULL OR secret_id = @secretId)
        """);

    // The index holds all of it, so no version is read.
    private static readonly Sql s_countByKey = Sql.Of("""
        SELECT v.kms_key_id AS key_id, COUNT(DISTINCT v.secret_id) AS secrets, COUNT(*) AS versions
        FROM secret_version v
        WHERE v.kms_key_id IN (SELECT k.id FROM kms_key k WHERE k.region = @region)
        GROUP BY v.kms_key_id
        """);

    private static readonly Sql s_selectAccessKeys = Sql.Of("""
        SELECT access_key_id AS id, sealed_secret AS sealed FROM access_key WHERE access_key_id > @afterId
        ORDER BY access_key_id
        {limit}
        """);

    private static readonly Sql s_selectPortalKeys = Sql.Of("""
        SELECT name AS id, sealed FROM portal_key WHERE name > @afterId
        ORDER BY name
        {limit}
        """);

    private static readonly Sql s_selectSecondFactors = Sql.Of("""
        SELECT id, totp_sealed AS sealed FROM caller WHERE totp_sealed IS NOT NULL AND id > @afterId
        ORDER BY id
        {limit}
        """);

    private static readonly Sql s_selectFunctions = Sql.Of("""
        SELECT caller_id AS id, sealed_key AS sealed FROM rotation_function WHERE sealed_key IS NOT NULL AND caller_id > @afterId
        ORDER BY caller_id
        {limit}
        """);

    private static readonly Sql s_updateVersion = Sql.Of("""
        UPDATE secret_version SET sealed = @sealed, kms_key_id = @keyId, kms_key_version = @keyVersion
        WHERE secret_id = @id AND version_id = @versionId AND sealed = @was
        """);

    private static readonly Sql s_updateAccessKey = Sql.Of(
        "UPDATE access_key SET sealed_secret = @sealed WHERE access_key_id = @id AND sealed_secret = @was");

    private static readonly Sql s_updatePortalKey = Sql.Of("UPDATE portal_key SET sealed = @sealed WHERE name = @id AND sealed = @was");

    private static readonly Sql s_updateSecondFactor = Sql.Of("UPDATE caller SET totp_sealed = @sealed WHERE id = @id AND totp_sealed = @was");

    private static readonly Sql s_updateFunction = Sql.Of(
        "UPDATE rotation_function SET sealed_key = @sealed WHERE caller_id = @id AND sealed_key = @was");

    /// <summary>The next rows of a stage under a key, after a position; those already of <paramref name="exceptVersion"/> left out.</summary>
    public static async Task<IReadOnlyList<SealedRow>> Find(
        Session session, RewrapStage stage, string keyId, string? exceptVersion, string? secretId, string position, int limit)
    {
        if (stage != RewrapStage.SecretVersion)
            return await FindByHeader(session, stage, keyId, exceptVersion, position, limit);
        var (afterId, afterVersionId) = position.IndexOf(' ', StringComparison.Ordinal) is var cut and >= 0 ? (position[..cut], position[(cut + 1)..]) : (position, "");
        var rows = await session.Query<Row>(secretId is null ? s_selectVersions : s_selectVersionsOf, new
        {
            keyId, keyVersion = exceptVersion, secretId, afterId, afterVersionId, limit = (long)limit,
        });
        return [.. rows.Select(row => new SealedRow(stage, row.Id, row.VersionId, row.Arn, row.Sealed))];
    }

    /// <summary>How many rows of all stages are to be wrapped anew.</summary>
    public static async Task<long> Count(Session session, string keyId, string? exceptVersion, string? secretId)
    {
        var count = await session.Number(s_countVersions, new { keyId, keyVersion = exceptVersion, secretId });
        foreach (var stage in secretId is null ? (RewrapStage[])[RewrapStage.AccessKey, RewrapStage.PortalKey, RewrapStage.SecondFactor, RewrapStage.RotationFunction] : [])
            count += (await FindByHeader(session, stage, keyId, exceptVersion, position: "", int.MaxValue)).Count;
        return count;
    }

    /// <summary>How much lies under each key: versions of a region's keys, and what the portal itself has under keys of any region. Keys that nothing lies under are left out.</summary>
    public static async Task<IReadOnlyList<KeyUseCount>> CountByKey(Session session, string region)
    {
        var counts = (await session.Query<CountRow>(s_countByKey, new { region })).ToDictionary(row => row.KeyId, row => new KeyUseCount(row.KeyId, row.Secrets, row.Versions, 0), StringComparer.Ordinal);
        foreach (var statement in (Sql[])[s_selectAccessKeys, s_selectPortalKeys, s_selectSecondFactors, s_selectFunctions])
        {
            await foreach (var row in All(session, statement))
            {
                if (Header(row.Sealed) is { } value)
                    counts[value.KeyId] = counts.GetValueOrDefault(value.KeyId) is { } count ? count with { OfPortal = count.OfPortal + 1 } : new KeyUseCount(value.KeyId, 0, 0, 1);
            }
        }

        return [.. counts.Values];
    }

    /// <summary>Writes a row's new wrap where its sealed value is still the one that was read; false where a change of its own was first.</summary>
    public static async Task<bool> Replace(Session session, SealedRow row, byte[] rewrapped, string keyId, string keyVersion) =>
        await session.Execute(
            row.Stage switch
            {
                RewrapStage.SecretVersion => s_updateVersion,
                RewrapStage.AccessKey => s_updateAccessKey,
                RewrapStage.PortalKey => s_updatePortalKey,
                RewrapStage.SecondFactor => s_updateSecondFactor,
                _ => s_updateFunction,
            },
            new { id = row.Id, versionId = row.VersionId, was = row.Sealed, @sealed = rewrapped, keyId, keyVersion }) > 0;

    private static async Task<IReadOnlyList<SealedRow>> FindByHeader(
        Session session, RewrapStage stage, string keyId, string? exceptVersion, string position, int limit)
    {
        var statement = stage switch
        {
            RewrapStage.AccessKey => s_selectAccessKeys,
            RewrapStage.PortalKey => s_selectPortalKeys,
            RewrapStage.SecondFactor => s_selectSecondFactors,
            _ => s_selectFunctions,
        };
        var found = new List<SealedRow>();
        if (limit == 0)
            return found;
        await foreach (var row in All(session, statement, position))
        {
            if (Header(row.Sealed) is not { } value || value.KeyId != keyId || value.KeyVersion == exceptVersion)
                continue;
            found.Add(new SealedRow(stage, row.Id, "", "", row.Sealed));
            if (found.Count == limit)
                break;
        }

        return found;
    }

    private static async IAsyncEnumerable<Row> All(Session session, Sql statement, string position = "")
    {
        while (true)
        {
            var rows = await session.Query<Row>(statement, new { afterId = position, limit = (long)Chunk });
            foreach (var row in rows)
                yield return row;
            if (rows.Count < Chunk)
                yield break;
            position = rows[^1].Id;
        }
    }

    // What can't be read lies under no key.
    private static SealedValue? Header(byte[] sealedBytes)
    {
        try
        {
            return SealedValue.Parse(sealedBytes);
        }
        catch (PortalException)
        {
            return null;
        }
    }

    private sealed record Row
    {
        public string Id { get; init; } = "";

        public string VersionId { get; init; } = "";

        public string Arn { get; init; } = "";

        public byte[] Sealed { get; init; } = [];
    }

    private sealed record CountRow
    {
        public string KeyId { get; init; } = "";

        public long Secrets { get; init; }

        public long Versions { get; init; }
    }
}
