using System.Data;
using System.Data.Common;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>Which database a portal stores in.</summary>
public enum DatabaseProvider
{
    /// <summary>The embedded default.</summary>
    Sqlite,

    /// <summary>Microsoft SQL Server 2022 or later, or Azure SQL.</summary>
    SqlServer,
}

/// <summary>
/// Opens connections, strict from the first statement on, and runs transactions. One instance per database and process: SQLite's
/// writers queue in it, in their order, and share transactions.
/// </summary>
public sealed class Database : IDisposable
{
    private const int BusyTimeoutSeconds = 15;
    private const int DeadlockAttempts = 4;

    /// <summary>SQL Server's "cannot open database", which is also what it says of one that does not exist.</summary>
    private const int CannotOpenDatabase = 4060;

    /// <summary>SQL Server's "database already exists".</summary>
    private const int DatabaseExists = 1801;

    private static readonly Sql s_createDatabase = Sql.PerDialect(
        sqlite: "SELECT @name",
        sqlServer: """
            IF DB_ID(@name) IS NULL
            BEGIN
                DECLARE @create NVARCHAR(300) = N'CREATE DATABASE ' + QUOTENAME(@name);
                EXEC (@create);
            END
            """);

    private readonly string _connectionString;
    private readonly string? _newFile;
    private readonly int _busyTimeoutSeconds;
    private volatile bool _isWriteAhead;
    private readonly Database? _log;
    private readonly PreparedLanes? _prepared;
    private readonly KeptConnections? _kept;
    private readonly SqliteWriter? _writer;

    /// <summary>A database that is opened on first use.</summary>
    /// <exception cref="ArgumentException">The connection string cannot be read, or names a SQLite database in memory.</exception>
    public Database(DatabaseProvider provider, string connectionString)
        : this(provider, connectionString, BusyTimeoutSeconds)
    {
    }

    internal Database(DatabaseProvider provider, string connectionString, int busyTimeoutSeconds)
        : this(provider, connectionString, busyTimeoutSeconds, hasLog: true)
    {
    }

    private Database(DatabaseProvider provider, string connectionString, int busyTimeoutSeconds, bool hasLog)
    {
        _busyTimeoutSeconds = busyTimeoutSeconds;
        Provider = provider;
        if (provider == DatabaseProvider.SqlServer)
        {
            _connectionString = new SqlConnectionStringBuilder(connectionString).ConnectionString;
            // The builder takes each keyword by itself; only a connection finds those that contradict each other.
            new SqlConnection(_connectionString).Dispose();
            return;
        }

        var builder = new SqliteConnectionStringBuilder(connectionString);
        // Each connection to such a name would be a database of its own.
        if (builder.Mode == SqliteOpenMode.Memory || builder.DataSource is "" or ":memory:")
            throw new ArgumentException("The SQLite connection string must name a file as its Data Source.", nameof(connectionString));
        builder.ForeignKeys = true;
        builder.DefaultTimeout = busyTimeoutSeconds;
        _connectionString = builder.ConnectionString;
        var isPlainPath = builder.Mode == SqliteOpenMode.ReadWriteCreate
            && !builder.DataSource.StartsWith("file:", StringComparison.OrdinalIgnoreCase)
            && !builder.DataSource.StartsWith('|');
        _newFile = isPlainPath ? builder.DataSource : null;
        _prepared = new PreparedLanes(() => (SqliteConnection)Open(CancellationToken.None).GetAwaiter().GetResult()); // The driver never waits.
        _kept = new KeptConnections(_connectionString);
        _writer = new SqliteWriter(use => UseKept(use, CancellationToken.None), session => Tell(session));
        if (!hasLog)
            return;
        builder.DataSource = LogFileOf(builder.DataSource);
        _log = new Database(provider, builder.ConnectionString, busyTimeoutSeconds, hasLog: false);
    }

    /// <summary>Raised after a transaction that left records in the outbox has been committed.</summary>
    internal event Action<IReadOnlyList<(string Id, AuditRecord Record)>>? Recorded;

    /// <summary>Raised before the connections are closed.</summary>
    internal event Action? Closing;

    /// <summary>
    /// Where the log lies. On SQLite a file of its own: appending to the secrets' file would look like a change of them to each cache, and its
    /// checkpoints would hold up reads. On SQL Server this same database.
    /// </summary>
    internal Database Log => _log ?? this;

    /// <summary>Which dialect it speaks.</summary>
    public DatabaseProvider Provider { get; }

    /// <summary>Closes the idle connections of the pool, so that a SQLite file can be moved or deleted.</summary>
    public void Dispose()
    {
        Closing?.Invoke();
        _log?.Dispose();
        _prepared?.Dispose();
        _kept?.Dispose();
        if (Provider == DatabaseProvider.Sqlite)
        {
            using var connection = new SqliteConnection(_connectionString);
            SqliteConnection.ClearPool(connection);
        }
    }

    /// <summary>
    /// Makes the database that the connection string names where the server has none of that name and the login may create one. SQLite makes its
    /// file by itself.
    /// </summary>
    internal async Task CreateIfMissing(CancellationToken cancel)
    {
        if (Provider == DatabaseProvider.Sqlite || await CanLogIn(cancel))
            return;
        var target = new SqlConnectionStringBuilder(_connectionString);
        var name = target.InitialCatalog;
        target.InitialCatalog = "master";
        await using var connection = new SqlConnection(target.ConnectionString);
        await connection.OpenAsync(cancel);
        try
        {
            // Not in a transaction: SQL Server refuses CREATE DATABASE there.
            await new Session(connection, null, Provider, cancel).Execute(s_createDatabase, new { name });
        }
        catch (SqlException fault) when (fault.Number == DatabaseExists)
        {
            // Another node was first.
        }
    }

    /// <summary>False where the database is missing. Other faults are left to the first use, which says what they are.</summary>
    private async Task<bool> CanLogIn(CancellationToken cancel)
    {
        // Not pooled: a pool gives the same refusal for seconds after a log-in has failed, when the database is there already.
        var target = new SqlConnectionStringBuilder(_connectionString) { Pooling = false };
        try
        {
            await using var connection = new SqlConnection(target.ConnectionString);
            await connection.OpenAsync(cancel);
            return true;
        }
        catch (SqlException fault)
        {
            return fault.Number != CannotOpenDatabase;
        }
    }

    /// <summary>Runs a single query.</summary>
    internal Task<T> Read<T>(Func<Session, Task<T>> read, CancellationToken cancel) =>
        Translating(() => Use(connection => read(new Session(connection, null, Provider, cancel)), cancel));

    /// <summary>
    /// Runs several queries in one transaction. On SQL Server the first one holds its rows by <c>{stable}</c>. Run again after a deadlock.
    /// </summary>
    internal Task<T> ReadTogether<T>(Func<Session, Task<T>> read, CancellationToken cancel) => Translating(() => AgainAfterDeadlock(() => Use(
        async connection =>
        {
            await using var transaction = connection is SqliteConnection sqlite
                ? sqlite.BeginTransaction(IsolationLevel.Serializable, deferred: true)
                : connection.BeginTransaction(IsolationLevel.ReadCommitted);
            var result = await read(new Session(connection, transaction, Provider, cancel));
            await transaction.CommitAsync(CancellationToken.None);
            return result;
        },
        cancel)));

    /// <summary>
    /// Runs queries of what is read at every request, on SQLite alone: on a connection that is kept with its statements prepared. The thread reads
    /// itself and is done when this returns. Give what is asked for as <paramref name="asked"/>, so that nothing is allocated for the question.
    /// </summary>
    internal T ReadPrepared<T, TAsked>(Func<PreparedReads, TAsked, T> read, TAsked asked)
    {
        try
        {
            return _prepared!.Read(read, asked);
        }
        catch (DbException fault) when (Dialect.IsAway(fault))
        {
            throw Away(fault);
        }
    }

    /// <summary>
    /// Runs a writing transaction; whatever <paramref name="write"/> throws rolls back and passes through. It may be run again, after a deadlock or
    /// where others with whom it shares a transaction (see <see cref="SqliteWriter"/>) broke that off, so it must have no effect outside the database.
    /// </summary>
    internal Task<T> Write<T>(Func<Session, Task<T>> write, CancellationToken cancel) => Translating(() => _writer is not null
        ? _writer.Write(write, cancel)
        : AgainAfterDeadlock(() => WriteOnServer(write, cancel)));

    /// <summary>As <see cref="Write"/>, but false, and nothing written, where a row's key exists already.</summary>
    internal async Task<bool> WriteUnlessTaken(Func<Session, Task> write, CancellationToken cancel)
    {
        try
        {
            return await Write(
                async session =>
                {
                    await write(session);
                    return true;
                },
                cancel);
        }
        catch (DbException fault) when (Dialect.IsUniqueViolation(fault))
        {
            return false;
        }
    }

    /// <summary>Says in the domain's words what a caller may hear of. Other faults of the database pass through.</summary>
    private static async Task<T> Translating<T>(Func<Task<T>> work)
    {
        try
        {
            return await work();
        }
        catch (DbException fault) when (Dialect.IsAway(fault))
        {
            throw Away(fault);
        }
        catch (DbException fault) when (Dialect.IsTooLong(fault))
        {
            throw new PortalException(PortalError.Validation, "A text is longer than the database can hold. Shorten it.", fault);
        }
    }

    private static PortalException Away(DbException fault) => new(PortalError.Unavailable, "The database does not answer. Try again later.", fault);

    private static async Task<T> AgainAfterDeadlock<T>(Func<Task<T>> work)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                return await work();
            }
            catch (DbException fault) when (attempt < DeadlockAttempts && Dialect.IsDeadlock(fault))
            {
                // The other transaction goes first; this one starts over.
            }
        }
    }

    private async Task<T> WriteOnServer<T>(Func<Session, Task<T>> write, CancellationToken cancel)
    {
        await using var connection = await Open(cancel);
        await using var transaction = connection.BeginTransaction(IsolationLevel.ReadCommitted);
        var session = new Session(connection, transaction, Provider, cancel);
        var result = await write(session);
        // Not cancelled half-way: nobody would know whether it was committed.
        await transaction.CommitAsync(CancellationToken.None);
        Tell(session);
        return result;
    }

    private void Tell(Session session)
    {
        if (session.Records.Count > 0)
            Recorded?.Invoke(session.Records);
    }

    private async Task<T> Use<T>(Func<DbConnection, Task<T>> use, CancellationToken cancel)
    {
        if (_kept is not null)
            return await UseKept(use, cancel);
        await using var connection = await Open(cancel);
        return await use(connection);
    }

    private async Task<T> UseKept<T>(Func<SqliteConnection, Task<T>> use, CancellationToken cancel)
    {
        // A connection that is open goes on in a file that was taken away, where nobody would find again what it writes.
        if (IsGone)
            throw new PortalException(PortalError.Unavailable, "The database's file is gone. Try again later.");
        var connection = _kept!.Take();
        if (connection.State != ConnectionState.Open)
            await Open(connection, cancel);
        try
        {
            var result = await use(connection);
            _kept.GiveBack(connection);
            return result;
        }
        catch (DbException fault) when (Dialect.IsAway(fault))
        {
            // The others may have read the same: what they keep of a broken file would be believed once it is whole again.
            _kept.CloseIdle();
            SqliteConnection.ClearPool(connection);
            await connection.DisposeAsync();
            throw;
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary>A connection of its own, for whoever holds one for long; the stores never do.</summary>
    internal async Task<DbConnection> Open(CancellationToken cancel)
    {
        DbConnection connection = Provider == DatabaseProvider.Sqlite ? new SqliteConnection(_connectionString) : new SqlConnection(_connectionString);
        await Open(connection, cancel);
        return connection;
    }

    /// <summary>Opens a connection and makes it strict; where that fails, it is closed.</summary>
    private async Task Open(DbConnection connection, CancellationToken cancel)
    {
        try
        {
            CreateFile();
            await connection.OpenAsync(cancel);
            await MakeStrict(connection, cancel);
        }
        catch (Exception fault) when (fault is DbException or IOException or UnauthorizedAccessException)
        {
            await connection.DisposeAsync();
            throw new PortalException(PortalError.Unavailable, "The database cannot be opened. Try again later.", fault);
        }
        catch
        {
            await connection.DisposeAsync();
            throw;
        }
    }

    /// <summary><c>audit.db</c> beside <c>portal.db</c>; beside a file of another name, that name with <c>.audit.db</c>.</summary>
    private static string LogFileOf(string file)
    {
        var query = file.StartsWith("file:", StringComparison.OrdinalIgnoreCase) ? file.IndexOf('?', StringComparison.Ordinal) : -1;
        var (path, rest) = query < 0 ? (file, "") : (file[..query], file[query..]);
        var name = path[(path.LastIndexOfAny(['/', '\\', '|', ':']) + 1)..];
        return path[..^name.Length] + (name == "portal.db" ? "audit.db" : $"{Path.GetFileNameWithoutExtension(name)}.audit.db") + rest;
    }

    /// <summary>True where the file was there before: another one in its place would be empty, and take what is left of its write-ahead log for its own.</summary>
    private bool IsGone => _isWriteAhead && _newFile is not null && !File.Exists(_newFile);

    /// <summary>A new SQLite file is its owner's alone (mode 0600); SQLite gives its write-ahead log the same mode.</summary>
    private void CreateFile()
    {
        if (IsGone)
            throw new FileNotFoundException("The database was here before.", _newFile);
        if (_newFile is not { } path || OperatingSystem.IsWindows() || File.Exists(path))
            return;
        using var file = new FileStream(path, new FileStreamOptions
        {
            Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.ReadWrite, UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        });
    }

    private async Task MakeStrict(DbConnection connection, CancellationToken cancel)
    {
        if (Provider == DatabaseProvider.SqlServer)
        {
            await Run(connection, "SET XACT_ABORT ON;", cancel);
            return;
        }

        await Run(connection, $"PRAGMA busy_timeout = {_busyTimeoutSeconds * 1000}; PRAGMA foreign_keys = ON; PRAGMA synchronous = FULL;", cancel);
        if (_isWriteAhead)
            return;
        // The journal's mode is a property of the file: once per process is enough.
        var mode = await Run(connection, "PRAGMA journal_mode = WAL;", cancel) as string;
        if (mode != "wal")
            throw new PortalException(PortalError.Unavailable,
                $"SQLite cannot keep a write-ahead log beside its file (journal mode '{mode}'). Put the database on a local, writable disk.");
        _isWriteAhead = true;
    }

    private static async Task<object?> Run(DbConnection connection, string text, CancellationToken cancel)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are constants of this class.
        command.CommandText = text;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(cancel);
    }
}
