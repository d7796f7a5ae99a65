using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>A recovery code as stored.</summary>
/// <param name="Position">Which of the user's codes.</param>
/// <param name="Hash">Its hash.</param>
/// <param name="UsedAt">When it was used; null as long as it is good.</param>
public sealed record StoredRecoveryCode(int Position, string Hash, DateTimeOffset? UsedAt);

/// <summary>Second factors of users, and the recovery codes that stand in for them. <see cref="StoredCaller"/> shows how they are.</summary>
public sealed class SecondFactorStore(Database database)
{
    private static readonly Sql s_begin = Sql.Of("""
        UPDATE caller SET totp_sealed = @totpSealed, totp_last_step = NULL
        WHERE id = @id AND kind = 'User' AND totp_confirmed_at IS NULL
        """);

    private static readonly Sql s_confirm = Sql.Of("""
        UPDATE caller SET totp_confirmed_at = @at, totp_last_step = @timeStep, session_epoch = session_epoch + 1
        WHERE id = @id AND totp_sealed = @totpSealed AND totp_confirmed_at IS NULL
        """);

    private static readonly Sql s_remove = Sql.Of("""
        UPDATE caller SET totp_sealed = NULL, totp_confirmed_at = NULL, totp_last_step = NULL, session_epoch = session_epoch + 1
        WHERE id = @id AND totp_sealed IS NOT NULL
        """);

    private static readonly Sql s_takeStep = Sql.Of("""
        UPDATE caller SET totp_last_step = @timeStep
        WHERE id = @id AND totp_confirmed_at IS NOT NULL AND (totp_last_step IS NULL OR totp_last_step < @timeStep)
        """);

    private static readonly Sql s_selectCodes = Sql.Of(
        "SELECT position, code_hash, used_at FROM recovery_code WHERE caller_id = @id ORDER BY position");

    private static readonly Sql s_useCode = Sql.Of(
        "UPDATE recovery_code SET used_at = @at WHERE caller_id = @id AND position = @position AND code_hash = @hash AND used_at IS NULL");

    private static readonly Sql s_insertCode = Sql.Of(
        "INSERT INTO recovery_code (caller_id, position, code_hash, used_at) VALUES (@id, @position, @hash, NULL)");

    private static readonly Sql s_deleteCodes = Sql.Of("DELETE FROM recovery_code WHERE caller_id = @id");

    /// <summary>Stores a secret that is not asked for until it is confirmed; false where the user has a confirmed one, or is not there.</summary>
    public Task<bool> Begin(string id, byte[] totpSealed, CancellationToken cancel) =>
        database.Write(async session => await session.Execute(s_begin, new { id, totpSealed }) == 1, cancel);

    /// <summary>
    /// Confirms that secret with the time step of its first code, stores the recovery codes and ends the user's other sessions; false where it
    /// is not the one that was begun last, or is confirmed already.
    /// </summary>
    public Task<bool> Confirm(
        string id, byte[] totpSealed, long step, IReadOnlyList<string> codeHashes, DateTimeOffset at, string? keptSessionId, AuditRecord audit,
        CancellationToken cancel) => AccessChanges.Write(
        database, rule: null,
        async session =>
        {
            if (await session.Execute(s_confirm, new { id, totpSealed, timeStep = step, at = Stored.Time(at) }) == 0)
                return false;
            await SessionStore.Keep(session, id, keptSessionId);
            await WriteCodes(session, id, codeHashes);
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>Removes the second factor with its recovery codes and ends the user's other sessions; false where there is none.</summary>
    public Task<bool> Remove(string id, string? keptSessionId, AuditRecord audit, CancellationToken cancel) => AccessChanges.Write(
        database, rule: null,
        async session =>
        {
            if (await session.Execute(s_remove, new { id }) == 0)
                return false;
            await SessionStore.Keep(session, id, keptSessionId);
            await session.Execute(s_deleteCodes, new { id });
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>Takes a code's time step; false where its code, or a later one, was taken already.</summary>
    public Task<bool> TakeStep(string id, long step, CancellationToken cancel) =>
        database.Write(async session => await session.Execute(s_takeStep, new { id, timeStep = step }) == 1, cancel);

    /// <summary>A user's recovery codes, used ones too.</summary>
    public Task<IReadOnlyList<StoredRecoveryCode>> FindCodes(string id, CancellationToken cancel) => database.Read<IReadOnlyList<StoredRecoveryCode>>(
        async session => [.. (await session.Query<CodeRow>(s_selectCodes, new { id }))
            .Select(row => new StoredRecoveryCode((int)row.Position, row.CodeHash, Stored.Time(row.UsedAt)))],
        cancel);

    /// <summary>Uses a recovery code up; false where it was used already, or replaced.</summary>
    public Task<bool> UseCode(string id, StoredRecoveryCode code, DateTimeOffset at, CancellationToken cancel) => database.Write(
        async session => await session.Execute(s_useCode, new { id, position = (long)code.Position, hash = code.Hash, at = Stored.Time(at) }) == 1, cancel);

    /// <summary>Puts new recovery codes in place of all former ones.</summary>
    public Task ReplaceCodes(string id, IReadOnlyList<string> codeHashes, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            await WriteCodes(session, id, codeHashes);
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    private static async Task WriteCodes(Session session, string id, IReadOnlyList<string> codeHashes)
    {
        await session.Execute(s_deleteCodes, new { id });
        foreach (var (position, hash) in codeHashes.Index())
            await session.Execute(s_insertCode, new { id, position = (long)position, hash });
    }

    private sealed record CodeRow
    {
        public long Position { get; init; }

        public string CodeHash { get; init; } = "";

        public long? UsedAt { get; init; }
    }
}
