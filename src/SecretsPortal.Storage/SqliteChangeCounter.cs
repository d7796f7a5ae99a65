using Microsoft.Data.Sqlite;
using SecretsPortal.Core;
using SQLitePCL;

namespace SecretsPortal.Storage;

/// <summary>
/// Counts the changes of a SQLite file by <c>PRAGMA data_version</c>, which differs on one connection as soon as another one has committed,
/// of this process or not. So it holds connections that never write, a few, that threads need not wait for one. The driver's own commands
/// take several times as long as the question, so it speaks to SQLite directly.
/// </summary>
internal sealed class SqliteChangeCounter : IDisposable
{
    /// <summary>The number of <see cref="Epochs.Access"/>.</summary>
    public static readonly Sql AccessEpoch = Sql.Of($"SELECT value FROM change_epoch WHERE name = '{Epochs.Access}'");

    private static readonly Sql s_dataVersion = Sql.PerDialect(sqlite: "PRAGMA data_version", sqlServer: "SELECT 0");

    private readonly Lane[] _lanes;

    // Changes only while all lanes are held, so whoever holds one may read it.
    private long _number;

    /// <summary>Takes over the connections.</summary>
    public SqliteChangeCounter(IReadOnlyList<SqliteConnection> connections) => _lanes = [.. connections.Select(connection => new Lane(connection))];

    /// <summary>How many connections it is meant to hold.</summary>
    public static int Lanes { get; } = Math.Clamp(Environment.ProcessorCount, 2, 8);

    /// <summary>The number of the row, read again only after a change.</summary>
    public long Access()
    {
        var lane = Mine();
        lock (lane)
        {
            var version = lane.DataVersion();
            // The version is read first: a change that comes between is seen now, and found to have come once more next time.
            if (version != lane.AccessVersion)
                (lane.AccessNumber, lane.AccessVersion) = (lane.AccessEpochNow(), version);
            return lane.AccessNumber;
        }
    }

    /// <summary>A number that has risen once for each change that was found.</summary>
    public long Anything()
    {
        var lane = Mine();
        lock (lane)
        {
            if (!lane.HasMoved)
                return _number;
        }

        return Renumber(held: 0);
    }

    /// <summary>Both numbers; SQLite is asked once where nothing has changed.</summary>
    public ChangeNumbers Both()
    {
        var lane = Mine();
        lock (lane)
        {
            var version = lane.DataVersion();
            if (version == lane.AccessVersion && version == lane.Seen)
                return new ChangeNumbers(lane.AccessNumber, _number);
        }

        return new ChangeNumbers(Access(), Anything());
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        foreach (var lane in _lanes)
        {
            lock (lane)
                lane.Dispose();
        }
    }

    /// <summary>
    /// What a version number means is known to its own connection alone. So the common number rises while all are held: none can call unchanged
    /// what another one has found changed. Lanes are always taken in the same order.
    /// </summary>
    private long Renumber(int held)
    {
        if (held < _lanes.Length)
        {
            lock (_lanes[held])
                return Renumber(held + 1);
        }

        // Somebody else may have found the same change and been here first.
        if (!Array.Exists(_lanes, lane => lane.HasMoved))
            return _number;
        // Before the lanes look: should one fail, the others have not called the change old.
        _number++;
        foreach (var lane in _lanes)
            lane.Look();
        return _number;
    }

    private Lane Mine() => _lanes[Thread.GetCurrentProcessorId() % _lanes.Length];

    /// <summary>One connection; its owner holds it as a lock.</summary>
    private sealed class Lane : IDisposable
    {
        private readonly SqliteConnection _connection;
        private readonly sqlite3_stmt _dataVersion;
        private readonly sqlite3_stmt _accessEpoch;
        private bool _isClosed;

        public Lane(SqliteConnection connection)
        {
            _connection = connection;
            _dataVersion = Prepare(s_dataVersion);
            _accessEpoch = Prepare(AccessEpoch);
        }

        /// <summary>What the data version was when <see cref="AccessNumber"/> was read.</summary>
        public long AccessVersion { get; set; } = -1;

        public long AccessNumber { get; set; }

        /// <summary>What the data version was when it looked.</summary>
        public long Seen { get; private set; } = -1;

        /// <summary>True where something was committed since it looked.</summary>
        public bool HasMoved => DataVersion() != Seen;

        public void Look() => Seen = DataVersion();

        public long DataVersion() => Number(_dataVersion);

        public long AccessEpochNow() => Number(_accessEpoch);

        public void Dispose()
        {
            _isClosed = true;
            _dataVersion.Dispose();
            _accessEpoch.Dispose();
            _connection.Dispose();
        }

        private sqlite3_stmt Prepare(Sql sql)
        {
            var result = raw.sqlite3_prepare_v2(_connection.Handle!, sql.For(DatabaseProvider.Sqlite), out var statement);
            return result == raw.SQLITE_OK ? statement : throw Away(result);
        }

        // Reset ends the reading transaction; the next step sees what was committed meanwhile.
        private long Number(sqlite3_stmt statement)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var result = raw.sqlite3_step(statement);
            var number = result == raw.SQLITE_ROW ? raw.sqlite3_column_int64(statement, 0) : 0;
            raw.sqlite3_reset(statement);
            return result is raw.SQLITE_ROW or raw.SQLITE_DONE ? number : throw Away(result);
        }

        private static PortalException Away(int result) => new(
            PortalError.Unavailable, "The database does not answer. Try again later.", new SqliteException(raw.sqlite3_errstr(result).utf8_to_string(), result));
    }
}
