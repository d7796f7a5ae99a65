using System.Data.Common;
using Dapper;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>An open connection within one call of a store; runs only the statements that <see cref="Sql.All"/> lists.</summary>
internal sealed class Session(DbConnection connection, DbTransaction? transaction, DatabaseProvider provider, CancellationToken cancel)
{
    private List<(string Id, AuditRecord Record)>? _records;

    static Session() => DefaultTypeMap.MatchNamesWithUnderscores = true;

    /// <summary>What this transaction leaves for the log.</summary>
    public IReadOnlyList<(string Id, AuditRecord Record)> Records => _records ?? [];

    /// <summary>Notes a record that <see cref="AuditStore.Insert"/> puts into the outbox.</summary>
    public void Note(string id, AuditRecord record) => (_records ??= []).Add((id, record));

    /// <summary>Runs a statement; gives the number of rows it changed.</summary>
    public Task<int> Execute(Sql sql, object? parameters = null) => connection.ExecuteAsync(Command(sql, parameters));

    /// <summary>All rows.</summary>
    public async Task<IReadOnlyList<T>> Query<T>(Sql sql, object? parameters = null) =>
        [.. await connection.QueryAsync<T>(Command(sql, parameters))];

    /// <summary>The first row or scalar; null where there is none.</summary>
    public Task<T?> First<T>(Sql sql, object? parameters = null)
        where T : class => connection.QueryFirstOrDefaultAsync<T?>(Command(sql, parameters));

    /// <summary>The single number that the statement selects; 0 where it selects no row or NULL.</summary>
    public async Task<long> Number(Sql sql, object? parameters = null) =>
        await connection.ExecuteScalarAsync<long?>(Command(sql, parameters)) ?? 0;

    /// <summary>Several results of one round trip, in their order.</summary>
    public async Task<T> QueryAll<T>(Sql sql, object? parameters, Func<SqlMapper.GridReader, Task<T>> read)
    {
        await using var grid = await connection.QueryMultipleAsync(Command(sql, parameters));
        return await read(grid);
    }

    /// <summary>Runs a migration's text, which may hold several statements.</summary>
    public Task RunScript(string script) => connection.ExecuteAsync(new CommandDefinition(script, transaction: transaction, cancellationToken: cancel));

    private CommandDefinition Command(Sql sql, object? parameters)
    {
        if (!Sql.All.ContainsKey(sql))
            throw new InvalidOperationException($"Keep each statement in a static field of type Sql, so that it is checked: {sql}");
        var text = sql.For(provider);
        if (connection is KeptConnection kept)
            kept.Expect(text);
        return new CommandDefinition(text, parameters, transaction, cancellationToken: cancel);
    }
}
