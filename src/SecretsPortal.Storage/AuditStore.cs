using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>Gives the key of the log's chain, 32 bytes that must not be changed.</summary>
public delegate ValueTask<byte[]> AuditChainKey(CancellationToken cancel);

/// <summary>
/// The log. What is appended here is in the chain when the call returns. What a change leaves by <see cref="Insert"/> is committed with the change
/// and carried over to the chain soon after; a search carries it over first.
/// </summary>
public sealed class AuditStore
{
    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO audit_outbox (record_id, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id)
        VALUES (@recordId, @occurredAt, @caller, @accessKeyId, @action, @resource, @outcome, @detail, @sourceAddress, @requestId)
        """);

    // The size of the blocks of SQLite's index on resources, as db/sqlite-audit/0002 has it, and how many of them one statement looks at.
    private const long ResourceBlock = 4096;
    private const int FewestBlocks = 4;
    private static readonly string[] s_blocks = [.. Enumerable.Range(0, 64).Select(i => $"block{i}")];

    // One statement per leading condition: with all of them optional, neither database would use an index.
    private static readonly Sql s_searchAll = Search("1 = 1");
    private static readonly Sql s_searchTime = Search("occurred_at >= @from AND occurred_at < @until");
    private static readonly Sql s_searchCaller = Search("caller = @caller");
    private static readonly Sql s_searchAction = Search("action = @action");
    private static readonly Sql s_searchResource = Search("resource = @resource");
    private static readonly Sql s_searchRequest = Search("request_id = @requestId");

    // SQLite's index on resources goes by blocks of records; see db/sqlite-audit/0002. What stands for the resource is no column alone, or SQLite
    // would put the parameter in its place and see no index. SQL Server, which has the resource itself in its index, never runs this one.
    private static readonly Sql s_searchResourceBlocks = Sql.PerDialect(
        SearchText(InBlocks("substr(resource, -6) = substr(@resource, -6)"), DatabaseProvider.Sqlite),
        SearchText(InBlocks("RIGHT(resource, 6) = RIGHT(@resource, 6)"), DatabaseProvider.SqlServer));

    private static readonly Sql s_ends = Sql.Of("SELECT (SELECT MIN(sequence) FROM audit_record) AS oldest, (SELECT MAX(sequence) FROM audit_record) AS newest");

    // For tests of the stores alone: a key that lives as long as the process.
    private static readonly byte[] s_passingKey = System.Security.Cryptography.RandomNumberGenerator.GetBytes(32);

    private readonly Database _database;
    private readonly AuditChainKey _key;
    private readonly AuditWriter _writer;
    private readonly AuditOutbox _outbox;

    /// <summary>With the key that the chain goes on under; it is asked for when the first record is appended.</summary>
    public AuditStore(Database database, AuditChainKey key)
    {
        _database = database;
        _key = key;
        _writer = new AuditWriter(database.Log);
        _outbox = new AuditOutbox(database, AppendCarried);
        database.Recorded += TakeOver;
        database.Closing += _outbox.Stop;
        database.Closing += _writer.Stop;
    }

    /// <summary>With a key that is gone with this process.</summary>
    internal AuditStore(Database database)
        : this(database, static _ => ValueTask.FromResult(s_passingKey))
    {
    }

    /// <summary>
    /// Appends a record, durably, before it returns. Those who ask at the same time share one transaction. Once a record has been handed to the
    /// writer it is waited for, whatever <paramref name="cancel"/> says.
    /// </summary>
    public async Task Append(AuditRecord record, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var key = await _key(cancel);
        await _writer.Append(new AuditWriter.Entry(NewId(record), AuditRow.Fit(record), isCarried: false), key);
    }

    /// <summary>A page, newest first, with everything that was answered before.</summary>
    public async Task<IReadOnlyList<AuditEvent>> Search(AuditQuery query, CancellationToken cancel)
    {
        await Flush(cancel);
        return await _database.Log.Read<IReadOnlyList<AuditEvent>>(
            async session =>
            {
                var statement = StatementFor(query);
                IReadOnlyList<AuditRow> rows = statement == s_searchResource && _database.Provider == DatabaseProvider.Sqlite
                    ? await SearchBlocks(session, query)
                    : await session.Query<AuditRow>(statement, ParametersOf(query));
                return [.. rows.Select(row => new AuditEvent(row.Sequence, row.ToRecord()))];
            },
            cancel);
    }

    /// <summary>Carries over what changes have left, of this node and of any that was stopped; done when the outbox is empty.</summary>
    public Task Flush(CancellationToken cancel) => _outbox.Carry(cancel);

    /// <summary>Throws <see cref="AuditLogBrokenException"/> where the log's head is missing or not the portal's own.</summary>
    public async Task Check(CancellationToken cancel)
    {
        var key = await _key(cancel);
        await _database.Log.Read(
            async session =>
            {
                var row = await session.First<AuditHeadRow>(AuditHeadRow.Select);
                return AuditHeadRow.Checked(row, row is not null || await session.Number(AuditHeadRow.Any) > 0, key);
            },
            cancel);
    }

    /// <summary>Adds a record within the transaction of its change.</summary>
    internal static Task Insert(Session session, AuditRecord record)
    {
        var (id, fit) = (NewId(record), AuditRow.Fit(record));
        session.Note(id, fit);
        return session.Execute(s_insert, new
        {
            recordId = id,
            occurredAt = Stored.Time(fit.At),
            caller = fit.Caller,
            accessKeyId = fit.AccessKeyId,
            action = fit.Action,
            resource = fit.Resource,
            outcome = fit.Outcome.ToString(),
            detail = fit.Detail,
            sourceAddress = fit.SourceAddress,
            requestId = fit.RequestId,
        });
    }

    /// <summary>
    /// Hands what a change has just left to the writer, so that the chain has it before what is answered later. It is waited for by nobody: it
    /// lies in the outbox, from where it is carried again if this fails.
    /// </summary>
    private void TakeOver(IReadOnlyList<(string Id, AuditRecord Record)> records)
    {
        var key = _key(CancellationToken.None).AsTask();
        if (key.IsCompletedSuccessfully)
        {
            foreach (var (id, record) in records)
                Forget(_writer.Append(new AuditWriter.Entry(id, record, isCarried: true), key.GetAwaiter().GetResult()));
        }

        _outbox.CarrySoon();
    }

    private static void Forget(Task task) => _ = task.ContinueWith(
        static failed => _ = failed.Exception, CancellationToken.None, TaskContinuationOptions.OnlyOnFaulted, TaskScheduler.Default);

    private async Task AppendCarried(IReadOnlyList<AuditRow> rows, CancellationToken cancel)
    {
        var key = await _key(cancel);
        await Task.WhenAll(rows.Select(row => _writer.Append(new AuditWriter.Entry(row.RecordId, row.ToRecord(), isCarried: true), key)));
    }

    /// <summary>Through the blocks of the index on resources, newest first, until there are enough: first through a few, for a resource that is read all the time.</summary>
    private static async Task<List<AuditRow>> SearchBlocks(Session session, AuditQuery query)
    {
        var found = new List<AuditRow>();
        if (await session.First<LogEnds>(s_ends) is not { Oldest: { } oldest, Newest: { } newest })
            return found;
        var parameters = ParametersOf(query);
        var block = Math.Min(newest, query.Before - 1 ?? newest) / ResourceBlock;
        for (var count = FewestBlocks; block >= oldest / ResourceBlock && found.Count < query.Limit; count = s_blocks.Length)
        {
            for (var i = 0; i < s_blocks.Length; i++)
                parameters[s_blocks[i]] = block - Math.Min(i, count - 1);
            parameters["limit"] = (long)(query.Limit - found.Count);
            found.AddRange(await session.Query<AuditRow>(s_searchResourceBlocks, parameters));
            block -= count;
        }

        return found;
    }

    private static Dictionary<string, object?> ParametersOf(AuditQuery query) => new(StringComparer.Ordinal)
    {
        ["from"] = Stored.Time(query.From) ?? long.MinValue,
        ["until"] = Stored.Time(query.Until) ?? long.MaxValue,
        ["caller"] = AuditRow.Clip(query.Caller, 512),
        ["action"] = AuditRow.Clip(query.Action, 128),
        ["resource"] = AuditRow.Clip(query.Resource, 800),
        ["outcome"] = query.Outcome?.ToString(),
        ["requestId"] = AuditRow.Clip(query.RequestId, 128),
        ["sourceAddress"] = AuditRow.Clip(query.SourceAddress, 128),
        ["before"] = query.Before ?? long.MaxValue,
        ["limit"] = (long)query.Limit,
    };

    private static string NewId(AuditRecord record) => Guid.CreateVersion7(record.At).ToString("N");

    private static Sql StatementFor(AuditQuery query) => query switch
    {
        { RequestId: not null } => s_searchRequest,
        { Resource: not null } => s_searchResource,
        { Caller: not null } => s_searchCaller,
        _ when query.From is not null || query.Until is not null => s_searchTime,
        { Action: not null } => s_searchAction,
        _ => s_searchAll,
    };

    private static Sql Search(string lead) =>
        Sql.PerDialect(SearchText(lead, DatabaseProvider.Sqlite), SearchText(lead, DatabaseProvider.SqlServer));

    // "+ 0" keeps the lead's index: by the one on times alone, each page would sort the whole log.
    private static string SearchText(string lead, DatabaseProvider provider) => Dialect.Render(
        $$"""
        SELECT sequence, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id
        FROM audit_record
        WHERE {{lead}}
          AND sequence < @before
          AND occurred_at + 0 >= @from AND occurred_at + 0 < @until
          AND (@caller IS NULL OR caller = @caller)
          AND (@action IS NULL OR action = @action)
          AND (@resource IS NULL OR resource = @resource)
          AND (@outcome IS NULL OR outcome = @outcome)
          AND (@requestId IS NULL OR request_id = @requestId)
          AND (@sourceAddress IS NULL OR source_address = @sourceAddress)
        ORDER BY sequence DESC
        {limit}
        """,
        provider);

    private static string InBlocks(string lead) =>
        $"sequence / {ResourceBlock} IN ({string.Join(", ", s_blocks.Select(name => $"@{name}"))}) AND {lead}";

    /// <summary>The first and the last record; null where there is none.</summary>
    private sealed record LogEnds
    {
        public long? Oldest { get; init; }

        public long? Newest { get; init; }
    }
}
