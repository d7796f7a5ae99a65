using Microsoft.Data.Sqlite;

namespace SecretsPortal.Services.Tests.Audit;

/// <summary>The log's file in the hands of somebody who may write to it and has no key.</summary>
internal sealed class LogFile : IDisposable
{
    private static readonly string[] s_tables = ["audit_record", "audit_head", "audit_checkpoint", "audit_anchor"];

    private readonly SqliteConnection _connection;
    private readonly string _copy;

    public LogFile(TestPortal portal)
    {
        var path = Path.Combine(portal.Options.DataDirectory, "audit.db");
        _copy = Path.Combine(portal.Options.DataDirectory, "before-tampering.db");
        _connection = new SqliteConnection($"Data Source={path};Pooling=False");
        _connection.Open();
        Execute($"VACUUM INTO '{_copy}'");
        Execute($"ATTACH '{_copy}' AS before");
        // Whoever writes to the file keeps to no constraint.
        Execute("PRAGMA ignore_check_constraints = ON");
    }

    public int Execute(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteNonQuery();
    }

    public long Number(string sql)
    {
        using var command = _connection.CreateCommand();
        command.CommandText = sql;
        return Convert.ToInt64(command.ExecuteScalar(), provider: null);
    }

    /// <summary>Undoes everything.</summary>
    public void Restore()
    {
        Execute("BEGIN IMMEDIATE; " + string.Concat(s_tables.Select(table =>
            $"DELETE FROM main.{table}; INSERT INTO main.{table} SELECT * FROM before.{table}; ")) + "COMMIT;");
    }

    public void Dispose() => _connection.Dispose();
}
