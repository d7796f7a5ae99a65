using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Storage;

/// <summary>A channel as it is stored.</summary>
public sealed record StoredChannel
{
    /// <summary>32 hexadecimal digits.</summary>
    public required string Id { get; init; }

    /// <summary>Unique.</summary>
    public required string Name { get; init; }

    /// <summary>How it reaches somebody.</summary>
    public required NotificationChannelKind Kind { get; init; }

    /// <summary>What it is told.</summary>
    public required IReadOnlyList<RotationEvent> Events { get; init; }

    /// <summary>True where nothing is left for it.</summary>
    public bool IsDisabled { get; init; }

    /// <summary>JSON of what may be read.</summary>
    public required string Settings { get; init; }

    /// <summary>Sealed: what may not. Null where there is nothing of that sort.</summary>
    public string? Sealed { get; init; }

    /// <summary>When it was made.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it was changed last.</summary>
    public required DateTimeOffset UpdatedAt { get; init; }

    /// <summary>How often in a row it could not be reached.</summary>
    public int Attempts { get; init; }

    /// <summary>When it is tried next; while a node sends, until when it has it.</summary>
    public DateTimeOffset DueAt { get; init; }

    /// <summary>When something was sent last; null where nothing was.</summary>
    public DateTimeOffset? LastSentAt { get; init; }

    /// <summary>Why it could not be reached; null where it could, or was not tried.</summary>
    public string? Failure { get; init; }

    /// <summary>How many notices wait.</summary>
    public long Pending { get; init; }
}

/// <summary>A notice that waits.</summary>
/// <param name="Id">Rises with time; stays the same however often it is tried.</param>
/// <param name="Notice">What to tell.</param>
public sealed record PendingNotice(string Id, RotationNotice Notice);

/// <summary>Channels of notifications, and what waits to be told over them.</summary>
public sealed class NotificationStore(Database database)
{
    private const string Columns = """
        c.id, c.name, c.kind, c.events, c.is_disabled, c.settings, c.sealed, c.created_at, c.updated_at, c.attempts, c.due_at, c.last_sent_at, c.failure,
          (SELECT COUNT(*) FROM notification n WHERE n.channel_id = c.id) AS pending
        FROM notification_channel c
        """;

    private static readonly Sql s_list = Sql.Of($"SELECT {Columns} ORDER BY c.name");

    private static readonly Sql s_find = Sql.Of($"SELECT {Columns} WHERE c.name = @name");

    private static readonly Sql s_selectDue = Sql.Of($"""
        SELECT {Columns}
        WHERE c.is_disabled = 0 AND c.due_at <= @now AND EXISTS (SELECT n.id FROM notification n WHERE n.channel_id = c.id)
        """);

    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO notification_channel (id, name, kind, events, is_disabled, settings, sealed, created_at, updated_at, attempts, due_at)
        VALUES (@id, @name, @kind, @events, @isDisabled, @settings, @sealedText, @createdAt, @updatedAt, 0, @createdAt)
        """);

    private static readonly Sql s_update = Sql.Of("""
        UPDATE notification_channel
        SET kind = @kind, events = @events, is_disabled = @isDisabled, settings = @settings, sealed = @sealedText, updated_at = @updatedAt, attempts = 0,
          due_at = @updatedAt, failure = NULL
        WHERE id = @id AND updated_at = @seenAt
        """);

    private static readonly Sql s_delete = Sql.Of("DELETE FROM notification_channel WHERE id = @id");

    private static readonly Sql s_take = Sql.Of("UPDATE notification_channel SET due_at = @dueAt WHERE id = @id AND due_at = @fromAt");

    private static readonly Sql s_selectPending = Sql.Of("""
        SELECT id, event, secret_arn, secret_name, region, detail, occurred_at FROM notification WHERE channel_id = @channelId
        ORDER BY id
        {limit}
        """);

    private static readonly Sql s_deleteSent = Sql.Of("DELETE FROM notification WHERE channel_id = @channelId AND id = @id");

    private static readonly Sql s_sent = Sql.Of("UPDATE notification_channel SET attempts = 0, failure = NULL, last_sent_at = @lastSentAt WHERE id = @id");

    private static readonly Sql s_release = Sql.Of(
        "UPDATE notification_channel SET attempts = @attempts, due_at = @dueAt, failure = @failure WHERE id = @id");

    /// <summary>All channels by name.</summary>
    public Task<IReadOnlyList<StoredChannel>> List(CancellationToken cancel) => database.Read<IReadOnlyList<StoredChannel>>(
        async session => [.. (await session.Query<ChannelRow>(s_list)).Select(row => row.ToChannel())], cancel);

    /// <summary>A channel by name; null where there is none.</summary>
    public Task<StoredChannel?> Find(string name, CancellationToken cancel) => database.Read(
        async session => (await session.First<ChannelRow>(s_find, new { name }))?.ToChannel(), cancel);

    /// <summary>Stores a new channel with its record; false where the name is taken.</summary>
    public Task<bool> Add(StoredChannel channel, AuditRecord audit, CancellationToken cancel) => database.WriteUnlessTaken(
        async session =>
        {
            await session.Execute(s_insert, Parameters(channel));
            await AuditStore.Insert(session, audit);
        },
        cancel);

    /// <summary>Replaces a channel with its record; it is tried at once. False where it is gone, or was changed after <paramref name="seen"/>.</summary>
    public Task<bool> Update(StoredChannel channel, DateTimeOffset seen, AuditRecord audit, CancellationToken cancel) => Recorded(
        session =>
        {
            var all = Parameters(channel);
            return session.Execute(s_update, new { all.id, all.kind, all.events, all.isDisabled, all.settings, all.sealedText, all.updatedAt, seenAt = Stored.Time(seen) });
        },
        audit, cancel);

    /// <summary>Removes a channel, and what waits for it, with its record; false where it is gone.</summary>
    public Task<bool> Delete(string id, AuditRecord audit, CancellationToken cancel) => Recorded(session => session.Execute(s_delete, new { id }), audit, cancel);

    /// <summary>Channels that have something to tell and may be tried.</summary>
    public Task<IReadOnlyList<StoredChannel>> FindDue(DateTimeOffset now, CancellationToken cancel) => database.Read<IReadOnlyList<StoredChannel>>(
        async session => [.. (await session.Query<ChannelRow>(s_selectDue, new { now = Stored.Time(now) })).Select(row => row.ToChannel())], cancel);

    /// <summary>Takes a channel for a node that sends; false where another was first.</summary>
    public Task<bool> Take(StoredChannel channel, DateTimeOffset until, CancellationToken cancel) => database.Write(
        async session => await session.Execute(s_take, new { id = channel.Id, fromAt = Stored.Time(channel.DueAt), dueAt = Stored.Time(until) }) > 0, cancel);

    /// <summary>What waits for a channel, oldest first.</summary>
    public Task<IReadOnlyList<PendingNotice>> FindPending(string channelId, int limit, CancellationToken cancel) => database.Read<IReadOnlyList<PendingNotice>>(
        async session => [.. (await session.Query<NoticeRow>(s_selectPending, new { channelId, limit = (long)limit })).Select(row => row.ToPending())], cancel);

    /// <summary>Takes a notice out that was sent.</summary>
    public Task Sent(string channelId, string id, DateTimeOffset now, CancellationToken cancel) => database.Write(
        async session =>
        {
            await session.Execute(s_sent, new { id = channelId, lastSentAt = Stored.Time(now) });
            return await session.Execute(s_deleteSent, new { channelId, id });
        },
        cancel);

    /// <summary>Gives a channel back: when it may be tried again, and why it could not be reached.</summary>
    public Task Release(string channelId, int attempts, DateTimeOffset dueAt, string? failure, CancellationToken cancel) => database.Write(
        session => session.Execute(s_release, new { id = channelId, attempts = (long)attempts, dueAt = Stored.Time(dueAt), failure = RotationRuns.Clip(failure) }), cancel);

    private Task<bool> Recorded(Func<Session, Task<int>> change, AuditRecord audit, CancellationToken cancel) => database.Write(
        async session =>
        {
            if (await change(session) == 0)
                return false;
            await AuditStore.Insert(session, audit);
            return true;
        },
        cancel);

    private static ChannelParameters Parameters(StoredChannel channel) => new(
        channel.Id, channel.Name, channel.Kind.ToString(), string.Join(',', channel.Events), channel.IsDisabled ? 1 : 0, channel.Settings, channel.Sealed,
        Stored.Time(channel.CreatedAt), Stored.Time(channel.UpdatedAt));

#pragma warning disable IDE1006, SA1300 // The names of the statements' parameters.
    private sealed record ChannelParameters(
        string id, string name, string kind, string events, long isDisabled, string settings, string? sealedText, long createdAt, long updatedAt);
#pragma warning restore IDE1006, SA1300

    private sealed record ChannelRow
    {
        public string Id { get; init; } = "";

        public string Name { get; init; } = "";

        public string Kind { get; init; } = "";

        public string Events { get; init; } = "";

        public long IsDisabled { get; init; }

        public string Settings { get; init; } = "";

        public string? Sealed { get; init; }

        public long CreatedAt { get; init; }

        public long UpdatedAt { get; init; }

        public long Attempts { get; init; }

        public long DueAt { get; init; }

        public long? LastSentAt { get; init; }

        public string? Failure { get; init; }

        public long Pending { get; init; }

        public StoredChannel ToChannel() => new()
        {
            Id = Id,
            Name = Name,
            Kind = Stored.Member<NotificationChannelKind>(Kind),
            Events = [.. Events.Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Stored.Member<RotationEvent>)],
            IsDisabled = IsDisabled != 0,
            Settings = Settings,
            Sealed = Sealed,
            CreatedAt = Stored.Time(CreatedAt),
            UpdatedAt = Stored.Time(UpdatedAt),
            Attempts = (int)Attempts,
            DueAt = Stored.Time(DueAt),
            LastSentAt = Stored.Time(LastSentAt),
            Failure = Failure,
            Pending = Pending,
        };
    }

    private sealed record NoticeRow
    {
        public string Id { get; init; } = "";

        public string Event { get; init; } = "";

        public string? SecretArn { get; init; }

        public string? SecretName { get; init; }

        public string Region { get; init; } = "";

        public string? Detail { get; init; }

        public long OccurredAt { get; init; }

        public PendingNotice ToPending() => new(
            Id, new RotationNotice(Stored.Member<RotationEvent>(Event), SecretArn, SecretName, Region, Stored.Time(OccurredAt), Detail));
    }
}
