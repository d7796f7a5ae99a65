using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage;

/// <summary>How a caller shall be afterwards, with the record of the change.</summary>
/// <param name="After">The caller; its id, kind and name stay.</param>
/// <param name="Audit">Committed with it.</param>
public sealed record CallerChange(StoredCaller After, AuditRecord Audit)
{
    /// <summary>The tags that it shall have; null leaves them.</summary>
    public IReadOnlyList<CallerTag>? Tags { get; init; }
}

/// <summary>What must not get lost: somebody who can set things right.</summary>
/// <param name="PolicyName">The policy that an administrator has, attached or through a group.</param>
/// <param name="IsEffective">True for a user who can use it: whatever else speaks for them does not take it away again.</param>
public sealed record AdministratorRule(string PolicyName, Func<StoredCaller, CallerAccess, bool> IsEffective);

/// <summary>Changes of who may what, one after the other, in a transaction each.</summary>
internal static class AccessChanges
{
    // Users who can sign in: a password or an identity provider, and not disabled.
    private static readonly Sql s_selectAdministrators = Sql.Of($"""
        SELECT {CallerRow.Columns} FROM caller c
        WHERE c.kind = 'User' AND c.is_disabled = 0 AND (c.password_hash IS NOT NULL OR c.issuer IS NOT NULL)
          AND c.id IN (
            SELECT a.caller_id FROM caller_policy a WHERE a.policy_name = @policyName
            UNION
            SELECT m.caller_id FROM group_policy g JOIN group_member m ON m.group_id = g.group_id WHERE g.policy_name = @policyName)
        ORDER BY c.created_at, c.id
        """);

    /// <summary>
    /// Runs a change under the lock that all of them share. With a rule, one that takes away the last administrator is rolled back:
    /// <see cref="PortalError.InvalidRequest"/>. Where there was none before, every change is let through, or none could set it right.
    /// </summary>
    public static Task<T> Write<T>(Database database, AdministratorRule? rule, Func<Session, Task<T>> change, CancellationToken cancel) => database.Write(
        async session =>
        {
            await Epochs.Raise(session, Epochs.Access);
            var isHeld = rule is not null && await HasAdministrator(session, rule);
            var result = await change(session);
            return !isHeld || await HasAdministrator(session, rule!)
                ? result
                : throw new PortalException(PortalError.InvalidRequest,
                    $"Nobody could administer the portal afterwards: at least one user who is not disabled must have the policy {rule!.PolicyName}, and no other policy may take it away. Give it to somebody else first.");
        },
        cancel);

    /// <summary>Adds something under a name, with its record; false, and nothing added, where the name is taken or a key of the rows exists already.</summary>
    public static async Task<bool> Add(Database database, Func<Session, Task<bool>> isTaken, Func<Session, Task> insert, AuditRecord audit, CancellationToken cancel)
    {
        var isAlike = false;
        var isAdded = await database.WriteUnlessTaken(
            async session =>
            {
                await Epochs.Raise(session, Epochs.Access);
                isAlike = await isTaken(session);
                if (isAlike)
                    return;
                await insert(session);
                await AuditStore.Insert(session, audit);
            },
            cancel);
        return isAdded && !isAlike;
    }

    /// <summary>Who keeps a rule, one after the other.</summary>
    public static async IAsyncEnumerable<StoredCaller> Administrators(Session session, AdministratorRule rule)
    {
        foreach (var row in await session.Query<CallerRow>(s_selectAdministrators, new { policyName = rule.PolicyName }))
        {
            if (rule.IsEffective(row.ToCaller(), await CallerStore.FindAccess(session, row.Id)))
                yield return row.ToCaller();
        }
    }

    private static ValueTask<bool> HasAdministrator(Session session, AdministratorRule rule) => Administrators(session, rule).AnyAsync();
}

/// <summary>Writes callers within a transaction that a store has begun.</summary>
internal static class CallerChanges
{
    // Parameters in capitals are the properties of a row that is written as a whole.
    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO caller (id, kind, name, description, display_name, email, issuer, subject, password_hash, password_changed_at,
          must_change_password, is_disabled, session_epoch, last_seen_at, totp_sealed, totp_confirmed_at, totp_last_step, created_at, revision)
        VALUES (@Id, @Kind, @Name, @Description, @DisplayName, @Email, @Issuer, @Subject, @PasswordHash, @PasswordChangedAt,
          @MustChangePassword, @IsDisabled, @SessionEpoch, @LastSeenAt, @TotpSealed, @TotpConfirmedAt, @TotpLastStep, @CreatedAt, @Revision)
        """);

    private static readonly Sql s_insertKey = Sql.Of("""
        INSERT INTO access_key (access_key_id, caller_id, sealed_secret, description, is_disabled, expires_at, last_used_at, last_used_region, created_at)
        VALUES (@AccessKeyId, @CallerId, @SealedSecret, @Description, @IsDisabled, @ExpiresAt, @LastUsedAt, @LastUsedRegion, @CreatedAt)
        """);

    private static readonly Sql s_lock = Sql.Of($"SELECT {CallerRow.Columns} FROM caller c {"{for update}"} WHERE c.id = @id");

    private static readonly Sql s_update = Sql.Of("""
        UPDATE caller
        SET description = @Description, display_name = @DisplayName, email = @Email, issuer = @Issuer, subject = @Subject,
          password_hash = @PasswordHash, password_changed_at = @PasswordChangedAt, must_change_password = @MustChangePassword,
          is_disabled = @IsDisabled, session_epoch = @SessionEpoch, revision = @Revision
        WHERE id = @Id
        """);

    private static readonly Sql s_delete = Sql.Of("DELETE FROM caller WHERE id = @id");

    private static readonly Sql s_countAlike = Sql.Of("SELECT COUNT(*) FROM caller WHERE kind = @kind AND UPPER(name) = UPPER(@name)");

    private static readonly Sql s_insertTag = Sql.Of(
        "INSERT INTO caller_tag (caller_id, position, tag_key, tag_value) VALUES (@callerId, @position, @tagKey, @tagValue)");

    private static readonly Sql s_deleteTags = Sql.Of("DELETE FROM caller_tag WHERE caller_id = @callerId");

    /// <summary>
    /// Reads a caller under a lock, asks <paramref name="decide"/>, and writes what it says; a null answer changes nothing. Gives the caller as it
    /// is afterwards; null where there is none of this id and kind.
    /// </summary>
    public static Task<StoredCaller?> Change(
        Database database, CallerKind kind, string id, Func<StoredCaller, CallerChange?> decide, AdministratorRule? rule, CancellationToken cancel) =>
        AccessChanges.Write(
            database, rule,
            async session =>
            {
                if (await Load(session, kind, id) is not { } before)
                    return null;
                if (decide(before) is not { } change)
                    return before;
                var after = change.After with { Revision = before.Revision + 1 };
                await Update(session, before, after);
                if (change.Tags is { } tags)
                    await WriteTags(session, id, tags);
                await AuditStore.Insert(session, change.Audit);
                return after;
            },
            cancel);

    /// <summary>Removes a caller with all that is its own, its keys and sessions too; false where there is none of this id and kind.</summary>
    public static Task<bool> Delete(
        Database database, CallerKind kind, string id, AuditRecord audit, AdministratorRule? rule, CancellationToken cancel) => AccessChanges.Write(
        database, rule,
        async session =>
        {
            if (await Load(session, kind, id) is null)
                return false;
            await Remove(session, id);
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>True where a caller of the kind has the name, or one that differs from it in case alone: people would take one for the other.</summary>
    public static async Task<bool> IsTaken(Session session, CallerKind kind, string name) =>
        await session.Number(s_countAlike, new { kind = kind.ToString(), name }) > 0;

    /// <summary>Adds a caller.</summary>
    public static async Task Insert(Session session, StoredCaller caller, IReadOnlyList<CallerTag> tags)
    {
        await session.Execute(s_insert, CallerRow.From(caller));
        await WriteTags(session, caller.Id, tags);
    }

    /// <summary>Writes what may differ of a caller.</summary>
    public static Task Update(Session session, StoredCaller before, StoredCaller after) =>
        after.Id == before.Id && after.Kind == before.Kind && after.Name == before.Name
            ? session.Execute(s_update, CallerRow.From(after))
            : throw new ArgumentException("A caller keeps its id, kind and name.", nameof(after));

    /// <summary>Removes a caller with all that is its own.</summary>
    public static Task Remove(Session session, string id) => session.Execute(s_delete, new { id });

    /// <summary>Adds an access key.</summary>
    public static Task InsertKey(Session session, StoredAccessKey key) => session.Execute(s_insertKey, AccessKeyRow.From(key));

    /// <summary>The caller of this kind under a lock; null where there is none.</summary>
    public static async Task<StoredCaller?> Load(Session session, CallerKind kind, string id) =>
        await session.First<CallerRow>(s_lock, new { id }) is { } row && row.Id == id && row.ToCaller() is var caller && caller.Kind == kind ? caller : null;

    private static async Task WriteTags(Session session, string callerId, IReadOnlyList<CallerTag> tags)
    {
        await session.Execute(s_deleteTags, new { callerId });
        foreach (var (position, tag) in tags.Index())
            await session.Execute(s_insertTag, new { callerId, position = (long)position, tagKey = tag.Key, tagValue = tag.Value });
    }
}
