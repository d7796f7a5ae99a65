using System.Data;
using System.Data.Common;
using System.Text;
using Microsoft.Data.Sqlite;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SQLitePCL;

namespace SecretsPortal.Storage;

/// <summary>
/// Appends to the chain by a thread of its own: one transaction takes everything that came while the one before was being committed. No timer: a
/// record that comes alone is committed at once.
/// </summary>
#pragma warning disable CA1001 // Stop ends the thread, which is the last to use the semaphore; it holds no handle.
internal sealed class AuditWriter(Database log)
#pragma warning restore CA1001
{
    private const int LargestBatch = 1000;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private List<Entry> _waiting = [];
    private List<Entry> _taken = [];
    private bool _isStopped;
    private Thread? _thread;
    private byte[] _key = [];
    private AuditAppender? _appender;
    private AuditFileKeeper? _keeper;

    /// <summary>A record on its way; the task is done once it is durable.</summary>
    internal sealed class Entry(string id, AuditRecord record, bool isCarried) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string Id { get; } = id;

        public AuditRecord Record { get; } = record;

        /// <summary>True for one that the chain may have already.</summary>
        public bool IsCarried { get; } = isCarried;
    }

    /// <summary>Hands a record to the thread. <see cref="PortalError.Unavailable"/> where it could not be written; nothing is retried.</summary>
    public Task Append(Entry entry, byte[] key)
    {
        lock (_lock)
        {
            if (_isStopped)
                return Task.FromException(new PortalException(PortalError.Unavailable, "The audit log is closed: the portal is stopping."));
            _key = key;
            _waiting.Add(entry);
            if (_waiting.Count == 1)
                _arrived.Release();
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "audit log" };
                _thread.Start();
            }
        }

        return entry.Task;
    }

    /// <summary>Ends the thread once it has written what it was handed.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (_isStopped)
                return;
            _isStopped = true;
            if (_waiting.Count == 0)
                _arrived.Release();
        }

        _thread?.Join(TimeSpan.FromSeconds(5));
    }

    private void Run()
    {
        while (true)
        {
            _arrived.Wait();
            bool isLast;
            lock (_lock)
            {
                (_waiting, _taken) = (_taken, _waiting);
                isLast = _isStopped;
            }

            for (var start = 0; start < _taken.Count; start += LargestBatch)
                Commit(_taken.GetRange(start, Math.Min(LargestBatch, _taken.Count - start)));
            _taken.Clear();
            if (isLast)
                break;
        }

        _appender?.Dispose();
        _keeper?.Stop();
    }

    private void Commit(List<Entry> batch)
    {
        try
        {
            _appender ??= new AuditAppender(log);
            _appender.Append(batch, _key);
            if (log.Provider == DatabaseProvider.Sqlite)
                (_keeper ??= new AuditFileKeeper(log)).Note(batch.Count);
        }
        catch (Exception fault)
        {
            // The next batch begins with a new connection: a full disk that has room again, or a server that is back, needs no restart.
            _appender?.Dispose();
            _appender = null;
            var told = fault as PortalException ?? fault as AuditLogBrokenException ?? (Exception)new PortalException(PortalError.Unavailable, "The audit log cannot be written. Try again later.", fault);
            foreach (var entry in batch)
                entry.TrySetException(told);
            return;
        }

        foreach (var entry in batch)
            entry.TrySetResult();
    }
}

/// <summary>A connection of the writer's own with its statements prepared: the pool keeps none.</summary>
internal sealed class AuditAppender : IDisposable
{
    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO audit_record (
          sequence, record_id, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id, mac)
        VALUES (
          @sequence, @recordId, @occurredAt, @caller, @accessKeyId, @action, @resource, @outcome, @detail, @sourceAddress, @requestId, @mac)
        """);

    private static readonly Sql s_has = Sql.Of("SELECT COUNT(*) FROM audit_record WHERE record_id = @recordId");

    private readonly DbConnection _connection;
    private readonly DbCommand _head;
    private readonly DbCommand _any;
    private readonly DbCommand _has;
    private readonly DbCommand _insert;
    private readonly SqliteAuditInsert? _sqliteInsert;
    private readonly DbCommand _moveHead;
    private readonly DbCommand _insertHead;

    public AuditAppender(Database log)
    {
        // On a thread that may block: the writer's.
        _connection = log.Open(CancellationToken.None).GetAwaiter().GetResult();
        _head = Prepare(log, AuditHeadRow.Select);
        _any = Prepare(log, AuditHeadRow.Any);
        _has = Prepare(log, s_has, ("recordId", DbType.String, 32));
        _insert = Prepare(
            log, s_insert,
            ("sequence", DbType.Int64, 0), ("recordId", DbType.String, 32), ("occurredAt", DbType.Int64, 0), ("caller", DbType.String, 512),
            ("accessKeyId", DbType.String, 128), ("action", DbType.String, 128), ("resource", DbType.String, 800), ("outcome", DbType.String, 16),
            ("detail", DbType.String, 4000), ("sourceAddress", DbType.String, 128), ("requestId", DbType.String, 128),
            ("mac", DbType.Binary, AuditChain.MacSize));
        if (_connection is SqliteConnection sqlite)
        {
            AuditFileKeeper.LeaveTo(sqlite);
            _sqliteInsert = new SqliteAuditInsert(sqlite, s_insert);
        }

        _moveHead = Prepare(log, AuditHeadRow.Update, AuditHeadRow.Parameters);
        _insertHead = Prepare(log, AuditHeadRow.Insert, AuditHeadRow.Parameters);
    }

    /// <summary>All of them, in their order, in one transaction; those that were carried and are there already are left out.</summary>
    public void Append(IReadOnlyList<AuditWriter.Entry> batch, byte[] key)
    {
        using var transaction = _connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(IsolationLevel.Serializable, deferred: false)
            : _connection.BeginTransaction(IsolationLevel.ReadCommitted);
        foreach (var command in (DbCommand[])[_head, _any, _has, _insert, _moveHead, _insertHead])
            command.Transaction = transaction;

        // The head is read under the write lock: another process may have appended since.
        var stored = ReadHead(key);
        var head = stored ?? AuditHead.Empty;
        foreach (var entry in batch)
        {
            if (!entry.IsCarried || !Has(entry.Id))
                head = Add(entry, head, key);
        }

        if (head.Sequence == stored?.Sequence)
            return;
        Write(stored is null ? _insertHead : _moveHead, head, key);
        transaction.Commit();
    }

    public void Dispose()
    {
        foreach (var command in (DbCommand[])[_head, _any, _has, _insert, _moveHead, _insertHead])
            command.Dispose();
        _sqliteInsert?.Dispose();
        _connection.Dispose();
    }

    private AuditHead? ReadHead(byte[] key)
    {
        AuditHeadRow? row = null;
        using (var reader = _head.ExecuteReader())
        {
            if (reader.Read())
                row = new AuditHeadRow
                {
                    Sequence = reader.GetInt64(0), Mac = (byte[])reader.GetValue(1), Checkpoints = reader.GetInt64(2),
                    Anchors = reader.GetInt64(3), Seal = (byte[])reader.GetValue(4),
                };
        }

        return AuditHeadRow.Checked(row, row is not null || Convert.ToInt64(_any.ExecuteScalar(), null) > 0, key);
    }

    private bool Has(string id)
    {
        _has.Parameters[0].Value = id;
        return Convert.ToInt64(_has.ExecuteScalar(), null) > 0;
    }

    private AuditHead Add(AuditWriter.Entry entry, AuditHead head, byte[] key)
    {
        var record = entry.Record;
        var sequence = head.Sequence + 1;
        var mac = AuditChain.MacOf(key, head.Mac, sequence, entry.Id, record);
        if (_sqliteInsert is not null)
            _sqliteInsert.Run(sequence, entry.Id, record, mac);
        else
            Insert(sequence, entry.Id, record, mac);
        return head with { Sequence = sequence, Mac = mac };
    }

    private void Insert(long sequence, string id, AuditRecord record, byte[] mac)
    {
        var values = _insert.Parameters;
        values[0].Value = sequence;
        values[1].Value = id;
        values[2].Value = Stored.Time(record.At);
        values[3].Value = record.Caller;
        values[4].Value = (object?)record.AccessKeyId ?? DBNull.Value;
        values[5].Value = record.Action;
        values[6].Value = (object?)record.Resource ?? DBNull.Value;
        values[7].Value = record.Outcome.ToString();
        values[8].Value = (object?)record.Detail ?? DBNull.Value;
        values[9].Value = record.SourceAddress;
        values[10].Value = record.RequestId;
        values[11].Value = mac;
        _insert.ExecuteNonQuery();
    }

    private static void Write(DbCommand command, AuditHead head, byte[] key)
    {
        command.Parameters[0].Value = head.Sequence;
        command.Parameters[1].Value = head.Mac;
        command.Parameters[2].Value = head.Checkpoints;
        command.Parameters[3].Value = head.Anchors;
        command.Parameters[4].Value = AuditChain.SealOf(key, head);
        command.ExecuteNonQuery();
    }

    private DbCommand Prepare(Database log, Sql sql, params (string Name, DbType Type, int Size)[] parameters)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The texts are the static fields that Sql.All finds.
        command.CommandText = sql.For(log.Provider);
#pragma warning restore CA2100
        foreach (var (name, type, size) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.DbType, parameter.Size) = ($"@{name}", type, size);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}

/// <summary>
/// Carries the log's records from SQLite's write-ahead log into its file on a thread of its own, while the next ones are being appended: done by the
/// appending thread after each thousand pages, as SQLite does it by itself, it held all requests up a dozen times a second. Nothing depends on it: the
/// write-ahead log alone is durable, and once it is large the appending thread does the rest after all, and it begins anew.
/// </summary>
#pragma warning disable CA1001 // Stop ends the thread, which is the last to use the semaphore; it holds no handle.
internal sealed class AuditFileKeeper
#pragma warning restore CA1001
{
    private const int Records = 4000;

    private static readonly Sql s_carry = Sql.PerDialect(sqlite: "PRAGMA wal_checkpoint(PASSIVE)", sqlServer: "SELECT 0");

    // In pages of 4 KiB: 64 MiB.
    private static readonly Sql s_leave = Sql.PerDialect(sqlite: "PRAGMA wal_autocheckpoint = 16000", sqlServer: "SELECT 0");

    private readonly Database _log;
    private readonly SemaphoreSlim _asked = new(0);
    private readonly Thread _thread;
    private volatile bool _isStopped;
    private int _records;

    /// <summary>Begins with the thread.</summary>
    public AuditFileKeeper(Database log)
    {
        _log = log;
        _thread = new Thread(Run) { IsBackground = true, Name = "audit file" };
        _thread.Start();
    }

    /// <summary>Makes a connection leave this work to the keeper.</summary>
    public static void LeaveTo(SqliteConnection connection) => Execute(connection, s_leave);

    /// <summary>So many records more were appended.</summary>
    public void Note(int records)
    {
        _records += records;
        if (_records < Records)
            return;
        _records = 0;
        if (_asked.CurrentCount == 0)
            _asked.Release();
    }

    /// <summary>Ends the thread.</summary>
    public void Stop()
    {
        _isStopped = true;
        _asked.Release();
        _thread.Join(TimeSpan.FromSeconds(5));
    }

    private void Run()
    {
        while (true)
        {
            _asked.Wait();
            if (_isStopped)
                return;
            try
            {
                using var connection = (SqliteConnection)_log.Open(CancellationToken.None).GetAwaiter().GetResult(); // The driver never waits.
                Execute(connection, s_carry);
            }
            catch (Exception fault) when (fault is PortalException or DbException)
            {
                // The next time, or by the appending thread.
            }
        }
    }

    private static void Execute(SqliteConnection connection, Sql sql)
    {
        using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are the static fields that Sql.All finds.
        command.CommandText = sql.For(DatabaseProvider.Sqlite);
#pragma warning restore CA2100
        command.ExecuteScalar();
    }
}

/// <summary>
/// The insert on SQLite, without the driver's commands: they look up each parameter by its name and open a reader for each row, which is a tenth of
/// what a record costs. For the one thread that appends.
/// </summary>
internal sealed class SqliteAuditInsert : IDisposable
{
    private readonly SqliteConnection _connection;
    private readonly sqlite3_stmt _statement;
    private byte[] _text = new byte[1024];

    /// <summary>Prepares the statement, whose parameters come in the order of <see cref="Run"/>.</summary>
    public SqliteAuditInsert(SqliteConnection connection, Sql sql)
    {
        _connection = connection;
        Check(raw.sqlite3_prepare_v2(connection.Handle!, sql.For(DatabaseProvider.Sqlite), out _statement));
    }

    /// <summary>Adds a row; <see cref="SqliteException"/> where it can't.</summary>
    public void Run(long sequence, string id, AuditRecord record, byte[] mac)
    {
        Check(raw.sqlite3_bind_int64(_statement, 1, sequence));
        Bind(2, id);
        Check(raw.sqlite3_bind_int64(_statement, 3, Stored.Time(record.At)));
        Bind(4, record.Caller);
        Bind(5, record.AccessKeyId);
        Bind(6, record.Action);
        Bind(7, record.Resource);
        Bind(8, record.Outcome.ToString());
        Bind(9, record.Detail);
        Bind(10, record.SourceAddress);
        Bind(11, record.RequestId);
        Check(raw.sqlite3_bind_blob(_statement, 12, mac));
        var result = raw.sqlite3_step(_statement);
        var reset = raw.sqlite3_reset(_statement);
        Check(result == raw.SQLITE_DONE ? reset : result);
    }

    /// <inheritdoc/>
    public void Dispose() => _statement.Dispose();

    private void Bind(int place, string? text)
    {
        if (text is null)
        {
            Check(raw.sqlite3_bind_null(_statement, place));
            return;
        }

        if (text.Length == 0)
        {
            // A span without bytes has no address, which SQLite takes for NULL.
            Check(raw.sqlite3_bind_text(_statement, place, text));
            return;
        }

        var most = Encoding.UTF8.GetMaxByteCount(text.Length);
        if (_text.Length < most)
            _text = new byte[most];
        // SQLite makes a copy of its own.
        Check(raw.sqlite3_bind_text(_statement, place, (ReadOnlySpan<byte>)_text.AsSpan(0, Encoding.UTF8.GetBytes(text, _text))));
    }

    private void Check(int result)
    {
        if (result != raw.SQLITE_OK)
            throw new SqliteException(raw.sqlite3_errmsg(_connection.Handle!).utf8_to_string(), result & 0xFF, result);
    }
}

/// <summary>The one row that says where the log ends.</summary>
internal sealed record AuditHeadRow
{
    public static readonly Sql Select = Sql.Of("SELECT sequence, mac, checkpoints, anchors, seal FROM audit_head {for update} WHERE id = 1");

    public static readonly Sql Any = Sql.Of("SELECT (SELECT COUNT(*) FROM audit_anchor) + (SELECT COUNT(*) FROM audit_checkpoint) + CASE WHEN EXISTS (SELECT 1 FROM audit_record) THEN 1 ELSE 0 END");

    public static readonly Sql Update = Sql.Of(
        "UPDATE audit_head SET sequence = @sequence, mac = @mac, checkpoints = @checkpoints, anchors = @anchors, seal = @seal WHERE id = 1");

    public static readonly Sql Insert = Sql.Of(
        "INSERT INTO audit_head (id, sequence, mac, checkpoints, anchors, seal) VALUES (1, @sequence, @mac, @checkpoints, @anchors, @seal)");

    public static readonly (string Name, DbType Type, int Size)[] Parameters =
    [
        ("sequence", DbType.Int64, 0), ("mac", DbType.Binary, AuditChain.MacSize), ("checkpoints", DbType.Int64, 0), ("anchors", DbType.Int64, 0),
        ("seal", DbType.Binary, AuditChain.MacSize),
    ];

    public long Sequence { get; init; }

    public byte[] Mac { get; init; } = [];

    public long Checkpoints { get; init; }

    public long Anchors { get; init; }

    public byte[] Seal { get; init; } = [];

    public AuditHead ToHead() => new(Sequence, Mac, Checkpoints, Anchors);

    /// <summary>True where the portal has written this.</summary>
    public bool IsAuthentic(byte[] key) => Mac.Length == AuditChain.MacSize && AuditChain.Matches(Seal, AuditChain.SealOf(key, ToHead()));

    /// <summary>
    /// The head to go on from; null for a log that is new. Nothing is appended behind a head that is not the portal's own: its next one would
    /// make good what was done to the log.
    /// </summary>
    public static AuditHead? Checked(AuditHeadRow? row, bool isInUse, byte[] key)
    {
        if (row is null && isInUse)
            throw Broken("The audit log has records but no head");
        if (row is not null && !row.IsAuthentic(key))
            throw Broken("The audit log's head is not the one that the portal wrote");
        return row?.ToHead();
    }

    private static AuditLogBrokenException Broken(string what) => new(
        $"{what}: the log was tampered with or restored in part. Nothing is appended to it. Run \"audit verify\", and see \"A log that does not verify\" in docs/operations.md.");
}

/// <summary>The log's head is missing or not the portal's own; the message tells the remedy.</summary>
public sealed class AuditLogBrokenException(string message) : Exception(message);
