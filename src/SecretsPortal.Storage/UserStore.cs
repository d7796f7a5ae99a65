using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>A new password.</summary>
/// <param name="Hash">Its hash with its parameters.</param>
/// <param name="ChangedAt">Now.</param>
/// <param name="MustChange">True for one that somebody else has set.</param>
/// <param name="KeptSessionId">The session that goes on; all others of the user end. Null ends all.</param>
public sealed record PasswordChange(string Hash, DateTimeOffset ChangedAt, bool MustChange, string? KeptSessionId);

/// <summary>Changes of portal users. <see cref="CallerStore"/> finds them.</summary>
public sealed class UserStore(Database database)
{
    private static readonly Sql s_setPassword = Sql.Of("""
        UPDATE caller
        SET password_hash = @hash, password_changed_at = @changedAt, must_change_password = @mustChange, session_epoch = session_epoch + 1
        WHERE id = @id AND kind = 'User' AND issuer IS NULL
        """);

    private static readonly Sql s_rehash = Sql.Of("UPDATE caller SET password_hash = @hash WHERE id = @id AND password_hash = @former");

    private static readonly Sql s_endSessions = Sql.Of("UPDATE caller SET session_epoch = session_epoch + 1 WHERE id = @id AND kind = 'User'");

    private static readonly Sql s_noteSeen = Sql.Of("UPDATE caller SET last_seen_at = @at WHERE id = @id");

    /// <summary>The users who keep a rule.</summary>
    public Task<IReadOnlyList<StoredCaller>> FindAdministrators(AdministratorRule rule, CancellationToken cancel) => database.ReadTogether<IReadOnlyList<StoredCaller>>(
        async session => await AccessChanges.Administrators(session, rule).ToListAsync(cancel), cancel);

    /// <summary>Adds a user with tags and groups; false, and nothing added, where the name, one that differs in case alone, or the issuer's subject exists already.</summary>
    public Task<bool> Add(StoredCaller user, IReadOnlyList<CallerTag> tags, IReadOnlyCollection<string> groupIds, AuditRecord audit, CancellationToken cancel)
    {
        Comparable.Check("A name", user.Name);
        Comparable.Check("An issuer", user.Issuer ?? "");
        Comparable.Check("A subject", user.Subject ?? "");
        return AccessChanges.Add(
            database, session => CallerChanges.IsTaken(session, CallerKind.User, user.Name),
            async session =>
            {
                await CallerChanges.Insert(session, user, tags);
                foreach (var groupId in groupIds)
                    await GroupStore.InsertMember(session, groupId, user.Id);
            },
            audit, cancel);
    }

    /// <summary>
    /// Changes a user: reads it under a lock, asks <paramref name="decide"/>, and writes what it says; a null answer changes nothing. Exceptions
    /// of <paramref name="decide"/> roll back and pass through; it may be asked more than once. The second factor and the time of the last
    /// sign-in have methods of their own. Gives the user as it is afterwards; null where there is none.
    /// </summary>
    public Task<StoredCaller?> Change(string id, Func<StoredCaller, CallerChange?> decide, AdministratorRule? rule, CancellationToken cancel) =>
        CallerChanges.Change(database, CallerKind.User, id, decide, rule, cancel);

    /// <summary>Removes a user with its sessions, memberships and attachments; false where there is none.</summary>
    public Task<bool> Delete(string id, AuditRecord audit, AdministratorRule? rule, CancellationToken cancel) =>
        CallerChanges.Delete(database, CallerKind.User, id, audit, rule, cancel);

    /// <summary>Sets the password of a local user and ends sessions; false where there is no such user.</summary>
    public Task<bool> SetPassword(string id, PasswordChange change, AuditRecord audit, CancellationToken cancel) => AccessChanges.Write(
        database, rule: null,
        async session =>
        {
            var changed = await session.Execute(s_setPassword, new
            {
                id, hash = change.Hash, changedAt = Stored.Time(change.ChangedAt), mustChange = change.MustChange ? 1L : 0L,
            });
            if (changed == 0)
                return false;
            await SessionStore.Keep(session, id, change.KeptSessionId);
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>Stores the same password hashed anew, under stronger parameters; nothing where it was changed meanwhile.</summary>
    public Task Rehash(string id, string former, string hash, CancellationToken cancel) =>
        database.Write(session => session.Execute(s_rehash, new { id, former, hash }), cancel);

    /// <summary>Ends all sessions of a user but one; false where there is no such user.</summary>
    /// <param name="id">Whose.</param>
    /// <param name="keptSessionId">The session that goes on; null ends all.</param>
    /// <param name="audit">Committed with it.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<bool> EndSessions(string id, string? keptSessionId, AuditRecord audit, CancellationToken cancel) => AccessChanges.Write(
        database, rule: null,
        async session =>
        {
            if (await session.Execute(s_endSessions, new { id }) == 0)
                return false;
            await SessionStore.Keep(session, id, keptSessionId);
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>Notes a sign-in.</summary>
    public Task NoteSeen(string id, DateTimeOffset at, CancellationToken cancel) =>
        database.Write(session => session.Execute(s_noteSeen, new { id, at = Stored.Time(at) }), cancel);
}
