using System.Data.Common;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Storage;

/// <summary>A sealed value as it lies in a version's row.</summary>
/// <param name="VersionId">The version.</param>
/// <param name="Sealed">The bytes of a SealedValue.</param>
/// <param name="IsText">True for SecretString.</param>
public sealed record SealedVersion(string VersionId, byte[] Sealed, bool IsText)
{
    /// <summary>The version of the KMS key that wraps its data key; of use where it is written.</summary>
    public string KeyVersion { get; init; } = "";
}

/// <summary>
/// The whole change of one secret, decided from the secret as it is inside the transaction. The store writes the difference
/// between before and after: row, labels, tags, rotation settings, added, filled and removed versions.
/// </summary>
/// <param name="After">The secret as it shall be; Versions lists those that stay and those that are new.</param>
/// <param name="Audit">The record that commits with it.</param>
public sealed record SecretChange(Secret After, AuditRecord Audit)
{
    /// <summary>Further records that commit with it, after <see cref="Audit"/>: of what the change brings about beside what was asked for.</summary>
    public IReadOnlyList<AuditRecord> Also { get; init; } = [];

    /// <summary>Values to write: of new versions, of versions that had none, or re-encrypted ones.</summary>
    public IReadOnlyList<SealedVersion> Values { get; init; } = [];

    /// <summary>A run to register; InvalidRequest, and nothing changed, where another one is open.</summary>
    public RotationRun? StartRun { get; init; }

    /// <summary>The run that this change is a step of; InvalidRequest, and nothing changed, if its fencing token is no longer valid.</summary>
    public RotationRunLease? HeldRun { get; init; }

    /// <summary>The run that ends with this change; InvalidRequest, and nothing changed, if its fencing token is no longer valid.</summary>
    public RotationRunEnd? EndRun { get; init; }

    /// <summary>Re-wrappings that begin with the change: of older versions that stay behind under another key.</summary>
    public IReadOnlyList<RewrapJob> Rewraps { get; init; } = [];

    /// <summary>An access key that the value is of: both are there afterwards, or neither.</summary>
    public DeliveredKey? AccessKey { get; init; }

    /// <summary>True to end the secret's open run, whoever holds it, as Abandoned.</summary>
    public bool AbandonOpenRun { get; init; }
}

/// <summary>An access key that begins with a change of a secret.</summary>
/// <param name="Key">The key.</param>
/// <param name="Most">How many its client may have.</param>
/// <param name="Audit">Committed with it.</param>
/// <param name="Refusal">What is thrown, and nothing changed, where it can't be added.</param>
public sealed record DeliveredKey(StoredAccessKey Key, int Most, AuditRecord Audit, Func<KeyAddition, Exception> Refusal);

/// <summary>A run and the fencing token of the lease under which it changes its secret.</summary>
/// <param name="RunId">Which run.</param>
/// <param name="Fence">From the claim.</param>
public sealed record RotationRunLease(string RunId, long Fence);

/// <summary>How a run ends.</summary>
/// <param name="RunId">Which run.</param>
/// <param name="Fence">The fencing token of the lease that ends it.</param>
/// <param name="State">Succeeded, Failed or Abandoned.</param>
/// <param name="Message">For people; null where there is nothing to say.</param>
public sealed record RotationRunEnd(string RunId, long Fence, RotationRunState State, string? Message)
{
    /// <summary>The steps that were done and are not stored yet.</summary>
    public IReadOnlyList<RotationStepRecord> Steps { get; init; } = [];
}

/// <summary>The day on which a version was read.</summary>
/// <param name="SecretId">The portal's id of the secret.</param>
/// <param name="VersionId">The version.</param>
/// <param name="Day">In UTC.</param>
public sealed record AccessNote(string SecretId, string VersionId, DateOnly Day);

/// <summary>What tells whether a secret is still as it was read.</summary>
/// <param name="LastChangedAt">Rises with each change of its content; see <see cref="SecretStore.Change"/>. Microseconds.</param>
/// <param name="LastAccessedOn">The day of the last read, as it is stored.</param>
/// <param name="VersionDays">The sum of its versions' days of access, each of which can only rise.</param>
/// <param name="Replicas">How many it has. What they are like changes without the secret.</param>
public sealed record SecretMark(long LastChangedAt, long? LastAccessedOn, long VersionDays, long Replicas)
{
    /// <summary>The mark of a secret that was read.</summary>
    public static SecretMark Of(Secret secret) => new(
        Stored.Time(secret.LastChangedAt), Stored.Day(secret.LastAccessedOn), secret.Versions.Sum(v => Stored.Day(v.LastAccessedOn) ?? 0), secret.Replicas.Count);
}

/// <summary>Secrets with their labels, tags and versions.</summary>
public sealed class SecretStore(Database database)
{
    private static readonly Sql s_selectIdByArn = Sql.Of("SELECT id FROM secret WHERE region = @region AND arn = @arn");

    private static readonly Sql s_selectIdByName = Sql.Of("SELECT id FROM secret WHERE region = @region AND name = @name");

    private static readonly Sql s_selectMark = Sql.Of("""
        SELECT last_changed_at, last_accessed_on,
          (SELECT COUNT(*) FROM secret_replica WHERE secret_id = @id) AS replicas,
          (SELECT SUM(COALESCE(last_accessed_on, 0)) FROM secret_version WHERE secret_id = @id) AS version_days
        FROM secret WHERE id = @id
        """);

    private static readonly Sql s_selectValue = Sql.Of("""
        SELECT version_id, sealed, is_text FROM secret_version
        WHERE secret_id = @id AND version_id = @versionId AND sealed IS NOT NULL
        """);

    private static readonly Sql s_lock = Sql.Of("SELECT id FROM secret {for update} WHERE id = @id");

    private static readonly Sql s_noteSecret = Sql.Of("""
        UPDATE secret SET last_accessed_on = @day
        WHERE id = @id AND (last_accessed_on IS NULL OR last_accessed_on < @day)
        """);

    private static readonly Sql s_noteVersion = Sql.Of("""
        UPDATE secret_version SET last_accessed_on = @day
        WHERE secret_id = @id AND version_id = @versionId AND (last_accessed_on IS NULL OR last_accessed_on < @day)
        """);

    private static readonly Sql s_selectPurgeable = Sql.Of("""
        SELECT id FROM secret WHERE purge_at <= @now
        ORDER BY purge_at, id
        {limit}
        """);

    private static readonly Sql s_delete = Sql.Of("""
        DELETE FROM secret WHERE id = @id AND (@dueAt IS NULL OR purge_at <= @dueAt)
          AND NOT EXISTS (SELECT secret_id FROM secret_replica WHERE secret_id = @id)
        """);

    // A backslash may hide any character of a JSON string.
    private static readonly Sql s_selectPoliciesWith = Sql.PerDialect(
        sqlite: @"SELECT resource_policy FROM secret WHERE resource_policy IS NOT NULL AND (instr(resource_policy, @text) > 0 OR instr(resource_policy, '\') > 0)",
        sqlServer: @"SELECT resource_policy FROM secret WHERE resource_policy IS NOT NULL AND (CHARINDEX(@text, resource_policy) > 0 OR CHARINDEX(N'\', resource_policy) > 0)");

    /// <summary>The resource policies of all regions whose JSON may hold a text; some that do not are among them.</summary>
    public Task<IReadOnlyList<string>> FindPoliciesWith(string text, CancellationToken cancel) =>
        database.Read(session => session.Query<string>(s_selectPoliciesWith, new { text }), cancel);

    /// <summary>Finds by name, ARN or partial ARN; deleted ones too. Null where there is none.</summary>
    public async ValueTask<Secret?> Find(string region, SecretId id, CancellationToken cancel)
    {
        var found = database.Provider == DatabaseProvider.Sqlite
            ? database.ReadPrepared(Find, (region, id))
            : await database.ReadTogether(session => Find(session, region, id), cancel);
        return found is null || id.Arn is null || found.Arn.Account == id.Arn.Account ? found : null;
    }

    private static Secret? Find(PreparedReads reads, (string Region, SecretId Id) asked)
    {
        reads.Begin();
        foreach (var (sql, parameter, key) in WaysTo(asked.Region, asked.Id))
        {
            if (reads.Text(sql, ("@region", asked.Region), (parameter, key)) is { } id)
                return SecretRows.Load(reads, id);
        }

        return null;
    }

    private static async Task<Secret?> Find(Session session, string region, SecretId id)
    {
        foreach (var (sql, _, key) in WaysTo(region, id))
        {
            if (await session.First<string>(sql, new { region, arn = key, name = key }) is { } found)
                return await SecretRows.Load(session, found);
        }

        return null;
    }

    private static IReadOnlyList<(Sql Sql, string Parameter, string Key)> WaysTo(string region, SecretId id) => id.Arn switch
    {
        null => [(s_selectIdByName, "@name", id.Name)],
        // What ends like a full ARN is read as one, as AWS does, so that it never means another secret.
        { HasSuffix: true } arn => [(s_selectIdByArn, "@arn", arn.ToString())],
        var arn when arn.Region != region => [(s_selectIdByArn, "@arn", arn.ToString())],
        // An ARN without a suffix.
        var arn => [(s_selectIdByArn, "@arn", arn.ToString()), (s_selectIdByName, "@name", id.Name)],
    };

    /// <summary>
    /// What tells cheaply whether a secret that was read is still as it was; null where it is gone. Equal marks say so of everything but the
    /// state of its replicas.
    /// </summary>
    public async ValueTask<SecretMark?> FindMark(string id, CancellationToken cancel) =>
        (database.Provider == DatabaseProvider.Sqlite
            ? database.ReadPrepared(static (reads, id) => reads.First<MarkRow>(s_selectMark, ("@id", id)), id)
            : await database.Read(session => session.First<MarkRow>(s_selectMark, new { id }), cancel))?.ToMark();

    /// <summary>Finds by the portal's id.</summary>
    public async Task<Secret?> FindById(string id, CancellationToken cancel) => database.Provider == DatabaseProvider.Sqlite
        ? database.ReadPrepared(
            static (reads, id) =>
            {
                reads.Begin();
                return SecretRows.Load(reads, id);
            },
            id)
        : await database.ReadTogether(session => SecretRows.Load(session, id), cancel);

    /// <summary>The sealed value of a version; null where it has none.</summary>
    public async ValueTask<SealedVersion?> FindValue(string id, string versionId, CancellationToken cancel)
    {
        var row = database.Provider == DatabaseProvider.Sqlite
            ? database.ReadPrepared(
                static (reads, asked) => reads.First<ValueRow>(s_selectValue, ("@id", asked.id), ("@versionId", asked.versionId)), (id, versionId))
            : await database.Read(session => session.First<ValueRow>(s_selectValue, new { id, versionId }), cancel);
        return row is not null && row.VersionId == versionId ? new SealedVersion(row.VersionId, row.Sealed, row.IsText != 0) : null;
    }

    /// <summary>A page in the query's order. At most Limit secrets.</summary>
    public Task<IReadOnlyList<Secret>> List(SecretQuery query, CancellationToken cancel) => database.ReadTogether(
        async session => await SecretRows.Load(session, await SecretSearch.FindIds(session, query)), cancel);

    /// <summary>Stores a new secret with its values; false, and nothing stored, where the region has that name already.</summary>
    public async Task<bool> Create(SecretChange change, CancellationToken cancel)
    {
        var secret = change.After;
        try
        {
            return await database.Write(
                async session =>
                {
                    await SecretChanges.Insert(session, change);
                    return true;
                },
                cancel);
        }
        catch (DbException fault) when (Dialect.IsUniqueViolation(fault))
        {
            var isTaken = await database.Read(
                async session => await session.First<string>(s_selectIdByName, new { region = secret.Arn.Region, name = secret.Name }) is not null,
                cancel);
            if (isTaken)
                return false;
            throw;
        }
    }

    /// <summary>
    /// Changes a secret: reads it under a lock, asks <paramref name="decide"/>, and writes what it says, in one transaction.
    /// A null answer changes nothing. Exceptions of <paramref name="decide"/> roll back and pass through; it may be asked more than once.
    /// LastChangedAt rises by at least a microsecond where anything but the days of access and the list of replicas changes. Gives the secret as it is
    /// afterwards; null where it does not exist any more.
    /// </summary>
    public Task<Secret?> Change(string id, Func<Secret, SecretChange?> decide, CancellationToken cancel) => database.Write(
        async session =>
        {
            if (await session.First<string>(s_lock, new { id }) is null || await SecretRows.Load(session, id) is not { } before)
                return null;
            if (decide(before) is not { } change)
                return before;
            await SecretChanges.Apply(session, before, change);
            return await SecretRows.Load(session, id);
        },
        cancel);

    /// <summary>Notes the days of reads, on secrets and versions, in one transaction; a day that is noted already is not written again.</summary>
    public Task NoteAccess(IReadOnlyCollection<AccessNote> notes, CancellationToken cancel) => database.Write(
        async session =>
        {
            var written = 0;
            foreach (var note in notes)
            {
                var parameters = new { id = note.SecretId, versionId = note.VersionId, day = Stored.Day(note.Day) };
                written += await session.Execute(s_noteSecret, parameters) + await session.Execute(s_noteVersion, parameters);
            }

            return written;
        },
        cancel);

    /// <summary>Ids of secrets whose recovery window has ended.</summary>
    public Task<IReadOnlyList<string>> FindPurgeable(DateTimeOffset now, int limit, CancellationToken cancel) =>
        database.Read(session => session.Query<string>(s_selectPurgeable, new { now = Stored.Time(now), limit = (long)limit }), cancel);

    /// <summary>
    /// Removes a secret for good, in the transaction of its record. With <paramref name="dueAt"/>, only if its recovery window has
    /// ended by then. False where it was not there (or not due), and where it has replicas: those go first.
    /// </summary>
    public Task<bool> Remove(string id, DateTimeOffset? dueAt, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            if (await SecretRows.Load(session, id) is not { } secret || await session.Execute(s_delete, new { id, dueAt = Stored.Time(dueAt) }) == 0)
                return false;
            await ReplicaStore.NameFreed(session, secret, audit.At);
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    private sealed record MarkRow
    {
        public long LastChangedAt { get; init; }

        public long? LastAccessedOn { get; init; }

        public long Replicas { get; init; }

        public long? VersionDays { get; init; }

        public SecretMark ToMark() => new(LastChangedAt, LastAccessedOn, VersionDays ?? 0, Replicas);
    }

    private sealed record ValueRow
    {
        public string VersionId { get; init; } = "";

        public byte[] Sealed { get; init; } = [];

        public long IsText { get; init; }
    }
}
