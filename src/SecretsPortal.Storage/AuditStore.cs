using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>The log.</summary>
public sealed class AuditStore(Database database)
{
    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO audit_event (occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id)
        VALUES (@occurredAt, @caller, @accessKeyId, @action, @resource, @outcome, @detail, @sourceAddress, @requestId)
        """);

    // One statement per leading condition: with all of them optional, neither database would use an index.
    private static readonly Sql s_searchAll = Search("1 = 1");
    private static readonly Sql s_searchTime = Search("occurred_at >= @from AND occurred_at < @until");
    private static readonly Sql s_searchCaller = Search("caller = @caller");
    private static readonly Sql s_searchAction = Search("action = @action");
    private static readonly Sql s_searchResource = Search("resource = @resource");

    /// <summary>Appends a record of its own transaction, durably, before it returns.</summary>
    public Task Append(AuditRecord record, CancellationToken cancel) => database.Write(
        async session =>
        {
            await Insert(session, record);
            return true;
        },
        cancel);

    /// <summary>A page, newest first.</summary>
    public Task<IReadOnlyList<AuditEvent>> Search(AuditQuery query, CancellationToken cancel) => database.Read<IReadOnlyList<AuditEvent>>(
        async session =>
        {
            var rows = await session.Query<AuditRow>(StatementFor(query), new
            {
                from = Stored.Time(query.From) ?? long.MinValue,
                until = Stored.Time(query.Until) ?? long.MaxValue,
                caller = Clip(query.Caller, 512),
                action = Clip(query.Action, 128),
                resource = Clip(query.Resource, 800),
                outcome = query.Outcome?.ToString(),
                before = query.Before ?? long.MaxValue,
                limit = (long)query.Limit,
            });
            return [.. rows.Select(row => row.ToEvent())];
        },
        cancel);

    /// <summary>
    /// Adds a record within the transaction of its change. Texts from outside are clipped: a request with an overlong one must leave
    /// its record, too.
    /// </summary>
    internal static Task Insert(Session session, AuditRecord record) => session.Execute(s_insert, new
    {
        occurredAt = Stored.Time(record.At),
        caller = Stored.Clip(record.Caller, 512),
        accessKeyId = Clip(record.AccessKeyId, 128),
        action = Stored.Clip(record.Action, 128),
        resource = Clip(record.Resource, 800),
        outcome = record.Outcome.ToString(),
        detail = Clip(record.Detail, 4000),
        sourceAddress = Stored.Clip(record.SourceAddress, 128),
        requestId = Stored.Clip(record.RequestId, 128),
    });

    private static Sql StatementFor(AuditQuery query) => query switch
    {
        { Resource: not null } => s_searchResource,
        { Caller: not null } => s_searchCaller,
        _ when query.From is not null || query.Until is not null => s_searchTime,
        { Action: not null } => s_searchAction,
        _ => s_searchAll,
    };

    private static string? Clip(string? text, int length) => text is null ? null : Stored.Clip(text, length);

    // "+ 0" keeps the lead's index: by the one on times alone, each page would sort the whole log.
    private static Sql Search(string lead) => Sql.Of($$"""
        SELECT sequence, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id
        FROM audit_event
        WHERE {{lead}}
          AND sequence < @before
          AND occurred_at + 0 >= @from AND occurred_at + 0 < @until
          AND (@caller IS NULL OR caller = @caller)
          AND (@action IS NULL OR action = @action)
          AND (@resource IS NULL OR resource = @resource)
          AND (@outcome IS NULL OR outcome = @outcome)
        ORDER BY sequence DESC
        {limit}
        """);

    private sealed record AuditRow
    {
        public long Sequence { get; init; }

        public long OccurredAt { get; init; }

        public string Caller { get; init; } = "";

        public string? AccessKeyId { get; init; }

        public string Action { get; init; } = "";

        public string? Resource { get; init; }

        public string Outcome { get; init; } = "";

        public string? Detail { get; init; }

        public string SourceAddress { get; init; } = "";

        public string RequestId { get; init; } = "";

        public AuditEvent ToEvent() => new(Sequence, new AuditRecord
        {
            At = Stored.Time(OccurredAt),
            Caller = Caller,
            AccessKeyId = AccessKeyId,
            Action = Action,
            Resource = Resource,
            Outcome = Stored.Member<AuditOutcome>(Outcome),
            Detail = Detail,
            SourceAddress = SourceAddress,
            RequestId = RequestId,
        });
    }
}
