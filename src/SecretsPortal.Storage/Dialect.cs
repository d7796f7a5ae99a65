using System.Data.Common;
using Microsoft.Data.SqlClient;
using Microsoft.Data.Sqlite;

namespace SecretsPortal.Storage;

/// <summary>The few places where the two databases speak differently.</summary>
internal static class Dialect
{
    private static readonly (string Mark, string Sqlite, string SqlServer)[] s_fragments =
    [
        // After ORDER BY: at most @limit rows.
        ("{limit}", "LIMIT @limit", "OFFSET 0 ROWS FETCH NEXT @limit ROWS ONLY"),
        // After a table's name: the row is about to be changed. SQLite has one writer at a time and needs no such hint.
        ("{for update}", "", "WITH (UPDLOCK, HOLDLOCK)"),
        // After a table's name: the row must not change until the transaction ends. SQLite's transaction is a snapshot.
        ("{stable}", "", "WITH (REPEATABLEREAD)"),
    ];

    /// <summary>The template with its fragments put in.</summary>
    public static string Render(string template, DatabaseProvider provider) => s_fragments.Aggregate(template, (text, fragment) =>
        text.Replace(fragment.Mark, provider == DatabaseProvider.Sqlite ? fragment.Sqlite : fragment.SqlServer, StringComparison.Ordinal));

    /// <summary>A row with this key exists already.</summary>
    public static bool IsUniqueViolation(DbException fault) => fault switch
    {
        // Of SQLite's constraint faults (19) only UNIQUE and PRIMARY KEY are such.
        SqliteException sqlite => sqlite is { SqliteErrorCode: 19, SqliteExtendedErrorCode: 2067 or 1555 },
        SqlException sqlServer => sqlServer.Number is 2601 or 2627,
        _ => false,
    };

    /// <summary>A text is longer than its column. SQLite holds lengths by constraints whose names end in <c>_length</c>.</summary>
    public static bool IsTooLong(DbException fault) => fault switch
    {
        SqliteException sqlite => sqlite.SqliteExtendedErrorCode == 275 && sqlite.Message.Contains("_length", StringComparison.Ordinal),
        SqlException sqlServer => sqlServer.Number is 2628 or 8152,
        _ => false,
    };

    /// <summary>Not the statement is at fault but the database: it is locked for too long, its disk is full or broken, its server is away.</summary>
    public static bool IsAway(DbException fault) => fault switch
    {
        // BUSY, LOCKED, IOERR, CORRUPT, FULL, CANTOPEN, NOTADB.
        SqliteException sqlite => sqlite.SqliteErrorCode is 5 or 6 or 10 or 11 or 13 or 14 or 26,
        // A time-out, or a severity at which the server ends the connection.
        SqlException sqlServer => sqlServer.Number == -2 || sqlServer.Class >= 20,
        _ => false,
    };

    /// <summary>The database broke this transaction off in favour of another; it may be run again as a whole.</summary>
    public static bool IsDeadlock(DbException fault) => fault is SqlException { Number: 1205 };
}
