using System.Text;
using Microsoft.Data.Sqlite;
using SecretsPortal.Core.Audit;
using SQLitePCL;

namespace SecretsPortal.Storage;

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
