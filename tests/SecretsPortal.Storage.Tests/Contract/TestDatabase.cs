using Microsoft.Data.SqlClient;

namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>A fresh, migrated database for one test; gone at its end.</summary>
internal sealed class TestDatabase : IAsyncDisposable
{
    /// <summary>Holds a connection string of a SQL Server on which databases may be made, where there is one.</summary>
    public const string SqlServerVariable = "SECRETSPORTAL_TEST_SQLSERVER";

    private readonly string _name;
    private readonly string? _server;

    private TestDatabase(Database database, string connectionString, string name, string? server)
    {
        Database = database;
        ConnectionString = connectionString;
        _name = name;
        _server = server;
    }

    public Database Database { get; }

    public string ConnectionString { get; }

    /// <summary>Skips the test where the provider is not here.</summary>
    public static async Task<TestDatabase> Create(DatabaseProvider provider, bool isMigrated = true)
    {
        var created = provider == DatabaseProvider.Sqlite ? CreateSqlite() : await CreateSqlServer();
        if (isMigrated)
            await new Migrator(created.Database, TimeProvider.System).Apply(CancellationToken.None);
        return created;
    }

    public async ValueTask DisposeAsync()
    {
        Database.Dispose();
        if (_server is null)
        {
            Directory.Delete(_name, recursive: true);
            return;
        }

        await Drop(_server, _name);
    }

    /// <summary>Runs a statement as somebody who has got hold of the database.</summary>
    public Task Execute(string text) => Execute(Database, text);

    /// <summary>As <see cref="Execute(string)"/>, where the log lies.</summary>
    public Task ExecuteInLog(string text) => Execute(Database.Log, text);

    /// <summary>How many rows a table of the main database has.</summary>
    public async Task<long> CountOf(string table)
    {
        await using var connection = await Database.Open(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM {table}";
        return Convert.ToInt64(await command.ExecuteScalarAsync(), provider: null);
    }

    private static async Task Execute(Database database, string text)
    {
        await using var connection = await database.Open(CancellationToken.None);
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>Removes a database of the server, whoever is connected to it.</summary>
    public static async Task Drop(string server, string name)
    {
        SqlConnection.ClearAllPools();
        var quoted = $"[{name.Replace("]", "]]", StringComparison.Ordinal)}]";
        var master = new SqlConnectionStringBuilder(server) { InitialCatalog = "master" }.ConnectionString;
        await RunOnServer(master, $"ALTER DATABASE {quoted} SET SINGLE_USER WITH ROLLBACK IMMEDIATE; DROP DATABASE {quoted};");
    }

    private static TestDatabase CreateSqlite()
    {
        var folder = Directory.CreateTempSubdirectory("secretsportal-storage-").FullName;
        var connectionString = $"Data Source={Path.Combine(folder, "portal.db")}";
        return new TestDatabase(new Database(DatabaseProvider.Sqlite, connectionString), connectionString, folder, server: null);
    }

    private static async Task<TestDatabase> CreateSqlServer()
    {
        var server = Environment.GetEnvironmentVariable(SqlServerVariable);
        Assert.SkipWhen(string.IsNullOrEmpty(server), $"There is no SQL Server here: set {SqlServerVariable} to a connection string to run this test on one.");
        var name = $"secretsportal_{Guid.CreateVersion7():N}";
        await RunOnServer(server!, $"CREATE DATABASE [{name}];");
        var connectionString = new SqlConnectionStringBuilder(server) { InitialCatalog = name }.ConnectionString;
        return new TestDatabase(new Database(DatabaseProvider.SqlServer, connectionString), connectionString, name, server);
    }

    private static async Task RunOnServer(string server, string text)
    {
        await using var connection = new SqlConnection(server);
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        await command.ExecuteNonQueryAsync();
    }
}

/// <summary>A suite that runs on each provider by a derived class; each test gets a database of its own.</summary>
public abstract class ContractTests(DatabaseProvider provider) : IAsyncLifetime
{
    /// <summary>The time at which the tests' stories begin.</summary>
    protected static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private TestDatabase? _test;

    internal TestDatabase Test => _test ?? throw new InvalidOperationException("The test has not begun.");

    protected DatabaseProvider Provider { get; } = provider;

    protected static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private protected Database Database => Test.Database;

    public async ValueTask InitializeAsync()
    {
        _test = await TestDatabase.Create(Provider);
        await SetUp();
    }

    public async ValueTask DisposeAsync()
    {
        if (_test is not null)
            await _test.DisposeAsync();
    }

    protected virtual Task SetUp() => Task.CompletedTask;
}
