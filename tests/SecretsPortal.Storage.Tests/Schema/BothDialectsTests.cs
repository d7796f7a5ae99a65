using Dapper;
using Microsoft.Data.Sqlite;
using Microsoft.SqlServer.Dac.Model;
using SecretsPortal.Storage.Tests.Contract;

namespace SecretsPortal.Storage.Tests.Schema;

/// <summary>What db/sqlite and db/sqlserver have in common.</summary>
public sealed class BothDialectsTests
{
    [Fact]
    public void Both_have_the_same_files_numbered_without_a_gap()
    {
        var sqlite = MigrationFile.Embedded(DatabaseProvider.Sqlite);
        var sqlServer = MigrationFile.Embedded(DatabaseProvider.SqlServer);

        Assert.NotEmpty(sqlite);
        Assert.Equal(sqlite.Select(file => file.Name), sqlServer.Select(file => file.Name));
        Assert.Equal(Enumerable.Range(1, sqlite.Count), sqlite.Select(file => file.Number));
    }

    [Fact]
    public async Task Both_have_the_same_tables_with_the_same_columns_and_the_same_ones_may_be_NULL()
    {
        await using var test = await TestDatabase.Create(DatabaseProvider.Sqlite);
        await using var connection = await WithLog(test);
        var rows = await connection.QueryAsync<(string Table, string Column, bool IsNullable)>("""
            SELECT t.name, c.name, c."notnull" = 0 AND c.pk = 0
            FROM main.sqlite_master t JOIN pragma_table_xinfo(t.name, 'main') c
            WHERE t.type = 'table' AND t.name NOT LIKE 'sqlite_%'
            UNION ALL
            SELECT t.name, c.name, c."notnull" = 0 AND c.pk = 0
            FROM log.sqlite_master t JOIN pragma_table_info(t.name, 'log') c
            WHERE t.type = 'table' AND t.name <> 'schema_migration' AND t.name NOT LIKE 'sqlite_%'
            """);
        using var model = new SqlServerModel();

        var ofSqlite = rows.GroupBy(row => row.Table).ToDictionary(group => group.Key, group => group.Select(row => row.Column + (row.IsNullable ? "?" : "")).ToList());
        var ofSqlServer = model.Columns();

        Assert.Equal(ofSqlite.Keys.Order(StringComparer.Ordinal), ofSqlServer.Keys.Order(StringComparer.Ordinal));
        Assert.All(ofSqlite, table => Assert.Equal(table.Value, ofSqlServer[table.Key]));
    }

    [Fact]
    public async Task Both_have_the_same_indexes_and_constraints()
    {
        await using var test = await TestDatabase.Create(DatabaseProvider.Sqlite);
        await using var connection = await WithLog(test);
        var indexes = await connection.QueryAsync<string>("SELECT name FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL UNION SELECT name FROM log.sqlite_master WHERE type = 'index' AND sql IS NOT NULL");
        var tables = string.Join('\n', await connection.QueryAsync<string>("SELECT sql FROM sqlite_master WHERE type = 'table' UNION SELECT sql FROM log.sqlite_master WHERE type = 'table'"));
        using var model = new SqlServerModel();

        Assert.Equal(indexes.Order(StringComparer.Ordinal), model.NamesOf(Microsoft.SqlServer.Dac.Model.Index.TypeClass));
        foreach (var type in new[] { ForeignKeyConstraint.TypeClass, UniqueConstraint.TypeClass, CheckConstraint.TypeClass })
            Assert.All(model.NamesOf(type), name => Assert.Contains($"CONSTRAINT {name} ", tables, StringComparison.Ordinal));
        var foreignKeys = (await connection.QueryAsync<string>("SELECT t.name FROM sqlite_master t JOIN pragma_foreign_key_list(t.name) k WHERE t.type = 'table' AND k.seq = 0")).Count();
        Assert.Equal(foreignKeys, model.NamesOf(ForeignKeyConstraint.TypeClass).Count);
    }

    /// <summary>SQLite's two files on one connection: SQL Server has the tables of both.</summary>
    private static async Task<SqliteConnection> WithLog(TestDatabase test)
    {
        var connection = new SqliteConnection(test.ConnectionString);
        await connection.OpenAsync();
        await connection.ExecuteAsync("ATTACH @log AS log", new { log = Path.Combine(Path.GetDirectoryName(connection.DataSource)!, "audit.db") });
        return connection;
    }
}
