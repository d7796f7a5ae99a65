using System.Data.Common;
using Dapper;
using Microsoft.Data.Sqlite;
using SQLitePCL;

namespace SecretsPortal.Storage;

/// <summary>
/// A few SQLite connections that are kept, with their statements prepared: the driver's pool keeps connections but no statements, and to prepare
/// one takes longer than to run it. They only read. A thread that reads holds one of them.
/// </summary>
internal sealed class PreparedLanes(Func<SqliteConnection> open) : IDisposable
{
    private readonly Lane[] _lanes = [.. Enumerable.Range(0, Math.Clamp(Environment.ProcessorCount, 2, 8)).Select(_ => new Lane())];
    private volatile bool _isClosed;

    /// <summary>Runs queries on one connection. After a fault, whoever comes next gets a new connection.</summary>
    public T Read<T, TAsked>(Func<PreparedReads, TAsked, T> read, TAsked asked)
    {
        var lane = _lanes[Thread.GetCurrentProcessorId() % _lanes.Length];
        lock (lane)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            var reads = lane.Reads ??= new PreparedReads(open());
            try
            {
                var result = read(reads, asked);
                reads.End();
                return result;
            }
            catch
            {
                lane.Reads = null;
                reads.Dispose();
                throw;
            }
        }
    }

    /// <summary>Closes the connections.</summary>
    public void Dispose()
    {
        _isClosed = true;
        foreach (var lane in _lanes)
        {
            lock (lane)
            {
                lane.Reads?.Dispose();
                lane.Reads = null;
            }
        }
    }

    private sealed class Lane
    {
        public PreparedReads? Reads { get; set; }
    }
}

/// <summary>A kept connection, for one thread at a time; runs only the statements that <see cref="Sql.All"/> lists.</summary>
internal sealed class PreparedReads(SqliteConnection connection) : IDisposable
{
    private static readonly Sql s_begin = Sql.Of("BEGIN TRANSACTION");
    private static readonly Sql s_commit = Sql.Of("COMMIT TRANSACTION");

    private readonly Dictionary<Sql, Statement> _statements = new(ReferenceEqualityComparer.Instance);
    private bool _isTogether;

    static PreparedReads() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>What follows reads one state of the database.</summary>
    public void Begin()
    {
        StatementOf(s_begin).Command.ExecuteNonQuery();
        _isTogether = true;
    }

    /// <summary>Ends what <see cref="Begin"/> began, if it did.</summary>
    public void End()
    {
        if (!_isTogether)
            return;
        StatementOf(s_commit).Command.ExecuteNonQuery();
        _isTogether = false;
    }

    /// <summary>The first row; null where there is none.</summary>
    public T? First<T>(Sql sql, params ReadOnlySpan<(string Name, object Value)> parameters)
        where T : class => Query(sql, parameters, static results => results.Next<T>() is [var first, ..] ? first : null);

    /// <summary>The text that the statement selects; null where it selects no row.</summary>
    public string? Text(Sql sql, params ReadOnlySpan<(string Name, object Value)> parameters)
    {
        var statement = StatementOf(sql);
        statement.Bind(parameters);
        using var reader = statement.Command.ExecuteReader();
        return reader.Read() ? reader.GetString(0) : null;
    }

    /// <summary>Several results, in their order.</summary>
    public T Query<T>(Sql sql, ReadOnlySpan<(string Name, object Value)> parameters, Func<PreparedResults, T> read)
    {
        var statement = StatementOf(sql);
        statement.Bind(parameters);
        using var reader = statement.Command.ExecuteReader();
        return read(new PreparedResults(reader));
    }

    /// <summary>Gives the connection back to the driver.</summary>
    public void Dispose()
    {
        foreach (var statement in _statements.Values)
            statement.Command.Dispose();
        // The driver does not know of a transaction that it has not begun itself, and would hand the connection out with it.
        if (connection.Handle is { } handle && raw.sqlite3_get_autocommit(handle) == 0)
            raw.sqlite3_exec(handle, "ROLLBACK");
        connection.Dispose();
    }

    private Statement StatementOf(Sql sql)
    {
        if (_statements.TryGetValue(sql, out var known))
            return known;
        if (!Sql.All.ContainsKey(sql))
            throw new InvalidOperationException($"Keep each statement in a static field of type Sql, so that it is checked: {sql}");
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // The texts are the static fields that Sql.All finds.
        command.CommandText = sql.For(DatabaseProvider.Sqlite);
#pragma warning restore CA2100
        return _statements[sql] = new Statement(command);
    }

    /// <summary>A command that keeps what it has prepared.</summary>
    private sealed class Statement(SqliteCommand command)
    {
        public SqliteCommand Command { get; } = command;

        public void Bind(ReadOnlySpan<(string Name, object Value)> parameters)
        {
            for (var i = 0; i < parameters.Length; i++)
            {
                if (i == Command.Parameters.Count)
                    Command.Parameters.AddWithValue(parameters[i].Name, parameters[i].Value);
                else
                    Command.Parameters[i].Value = parameters[i].Value;
            }
        }
    }
}

/// <summary>The results of a statement that holds several, one after the other. Rows are read as by <see cref="Session"/>.</summary>
internal sealed class PreparedResults(DbDataReader reader)
{
    /// <summary>All rows of the next result.</summary>
    public IReadOnlyList<T> Next<T>()
    {
        IReadOnlyList<T> rows = [];
        if (reader.Read())
            rows = Rest<T>();
        reader.NextResult();
        return rows;
    }

    private List<T> Rest<T>()
    {
        // Asked for each time, since SQLite tells the type of an expression's column by the row that it stands on.
        var parse = reader.GetRowParser<T>();
        var rows = new List<T>(1);
        do
            rows.Add(parse(reader));
        while (reader.Read());
        return rows;
    }
}
