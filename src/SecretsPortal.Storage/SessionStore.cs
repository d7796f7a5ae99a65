using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>A session of the portal as stored.</summary>
public sealed record StoredPortalSession
{
    /// <summary>At most 64 characters. What a cookie holds should not be this itself but what this is made from.</summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string CallerId { get; init; }

    /// <summary>The user's number under which it began; it has ended where the user has another one by now.</summary>
    public required long SessionEpoch { get; init; }

    /// <summary>When the user signed in.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When the user last proved who they are: by the sign-in, or again since.</summary>
    public required DateTimeOffset ProvedAt { get; init; }

    /// <summary>When it was last used.</summary>
    public required DateTimeOffset LastSeenAt { get; init; }

    /// <summary>When it was ended; null while it goes on, as far as this row knows.</summary>
    public DateTimeOffset? EndedAt { get; init; }

    /// <summary>Where the user signed in from; at most 128 characters.</summary>
    public required string SourceAddress { get; init; }

    /// <summary>What the browser calls itself; cut at 512 characters.</summary>
    public string? UserAgent { get; init; }
}

/// <summary>Sessions of the portal, the same on all nodes. They are not part of the access epoch, only what ends all of a user at once is: read them at each use.</summary>
public sealed class SessionStore(Database database)
{
    private const string Columns = "s.id, s.caller_id, s.session_epoch, s.created_at, s.proved_at, s.last_seen_at, s.ended_at, s.source_address, s.user_agent";

    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO portal_session (id, caller_id, session_epoch, created_at, proved_at, last_seen_at, ended_at, source_address, user_agent)
        VALUES (@id, @callerId, @sessionEpoch, @createdAt, @provedAt, @lastSeenAt, NULL, @sourceAddress, @userAgent)
        """);

    private static readonly Sql s_select = Sql.Of($"""
        SELECT {Columns} FROM portal_session s WHERE s.id = @id;
        SELECT {CallerRow.Columns} FROM portal_session s JOIN caller c ON c.id = s.caller_id WHERE s.id = @id
        """);

    private static readonly Sql s_selectOpen = Sql.Of($"""
        SELECT {Columns} FROM portal_session s JOIN caller c ON c.id = s.caller_id AND c.session_epoch = s.session_epoch
        WHERE s.caller_id = @callerId AND s.ended_at IS NULL AND s.created_at > @since
        ORDER BY s.created_at DESC
        """);

    private static readonly Sql s_touch = Sql.Of("UPDATE portal_session SET last_seen_at = @at WHERE id = @id AND ended_at IS NULL AND last_seen_at < @at");

    private static readonly Sql s_prove = Sql.Of("UPDATE portal_session SET proved_at = @at WHERE id = @id AND caller_id = @callerId AND ended_at IS NULL");

    private static readonly Sql s_end = Sql.Of("UPDATE portal_session SET ended_at = @at WHERE id = @id AND caller_id = @callerId AND ended_at IS NULL");

    private static readonly Sql s_keep = Sql.Of("""
        UPDATE portal_session SET session_epoch = (SELECT c.session_epoch FROM caller c WHERE c.id = @callerId)
        WHERE id = @id AND caller_id = @callerId
        """);

    private static readonly Sql s_purge = Sql.Of("DELETE FROM portal_session WHERE created_at < @before");

    /// <summary>Begins a session; false where the user is gone, is disabled, or has another session number by now.</summary>
    public Task<bool> Add(StoredPortalSession portalSession, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            var user = await CallerStore.FindById(session, portalSession.CallerId);
            if (user is not { IsDisabled: false } || user.SessionEpoch != portalSession.SessionEpoch)
                return false;
            await session.Execute(s_insert, new
            {
                id = portalSession.Id,
                callerId = portalSession.CallerId,
                sessionEpoch = portalSession.SessionEpoch,
                createdAt = Stored.Time(portalSession.CreatedAt),
                provedAt = Stored.Time(portalSession.ProvedAt),
                lastSeenAt = Stored.Time(portalSession.LastSeenAt),
                sourceAddress = Stored.Clip(portalSession.SourceAddress, 128),
                userAgent = portalSession.UserAgent is { } agent ? Stored.Clip(agent, 512) : null,
            });
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    /// <summary>A session with its user, whether it has ended or not; null where there is none.</summary>
    public Task<(StoredPortalSession Session, StoredCaller User)?> Find(string id, CancellationToken cancel) => database.Read(
        session => session.QueryAll<(StoredPortalSession Session, StoredCaller User)?>(s_select, new { id }, async grid =>
        {
            var row = await grid.ReadFirstOrDefaultAsync<SessionRow>();
            var user = await grid.ReadFirstOrDefaultAsync<CallerRow>();
            return row?.Id == id && user is not null ? (row.ToSession(), user.ToCaller()) : null;
        }),
        cancel);

    /// <summary>A user's sessions that began after <paramref name="since"/> and have not been ended, the newest first.</summary>
    public Task<IReadOnlyList<StoredPortalSession>> FindOpen(string callerId, DateTimeOffset since, CancellationToken cancel) =>
        database.Read<IReadOnlyList<StoredPortalSession>>(
            async session => [.. (await session.Query<SessionRow>(s_selectOpen, new { callerId, since = Stored.Time(since) })).Select(row => row.ToSession())],
            cancel);

    /// <summary>Notes a use.</summary>
    public Task Touch(string id, DateTimeOffset at, CancellationToken cancel) =>
        database.Write(session => session.Execute(s_touch, new { id, at = Stored.Time(at) }), cancel);

    /// <summary>Notes that a user has proved again who they are; false where the session is not theirs or has ended.</summary>
    public Task<bool> Prove(string id, string callerId, DateTimeOffset at, AuditRecord audit, CancellationToken cancel) => Change(s_prove, id, callerId, at, audit, cancel);

    /// <summary>Ends one session of a user; false where it is not theirs or has ended before.</summary>
    public Task<bool> End(string id, string callerId, DateTimeOffset at, AuditRecord audit, CancellationToken cancel) => Change(s_end, id, callerId, at, audit, cancel);

    /// <summary>Forgets sessions that began before <paramref name="before"/>; gives their number.</summary>
    public Task<int> Purge(DateTimeOffset before, CancellationToken cancel) =>
        database.Write(session => session.Execute(s_purge, new { before = Stored.Time(before) }), cancel);

    /// <summary>Lets one session go on under the number that its user has got in this transaction; none for null.</summary>
    internal static async Task Keep(Session session, string callerId, string? id)
    {
        if (id is not null)
            await session.Execute(s_keep, new { callerId, id });
    }

    private Task<bool> Change(Sql statement, string id, string callerId, DateTimeOffset at, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            if (await session.Execute(statement, new { id, callerId, at = Stored.Time(at) }) == 0)
                return false;
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    private sealed record SessionRow
    {
        public string Id { get; init; } = "";

        public string CallerId { get; init; } = "";

        public long SessionEpoch { get; init; }

        public long CreatedAt { get; init; }

        public long ProvedAt { get; init; }

        public long LastSeenAt { get; init; }

        public long? EndedAt { get; init; }

        public string SourceAddress { get; init; } = "";

        public string? UserAgent { get; init; }

        public StoredPortalSession ToSession() => new()
        {
            Id = Id,
            CallerId = CallerId,
            SessionEpoch = SessionEpoch,
            CreatedAt = Stored.Time(CreatedAt),
            ProvedAt = Stored.Time(ProvedAt),
            LastSeenAt = Stored.Time(LastSeenAt),
            EndedAt = Stored.Time(EndedAt),
            SourceAddress = SourceAddress,
            UserAgent = UserAgent,
        };
    }
}
