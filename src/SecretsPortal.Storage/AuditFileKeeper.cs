using System.Data.Common;
using Microsoft.Data.Sqlite;
using SecretsPortal.Core;

namespace SecretsPortal.Storage;

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
