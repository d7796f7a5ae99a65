using Microsoft.Data.Sqlite;

namespace SecretsPortal.Storage;

/// <summary>What a database says of itself.</summary>
/// <param name="Version">The version of SQLite or SQL Server.</param>
/// <param name="Schema">The number of the last migration.</param>
public sealed record DatabaseFacts(string Version, int Schema);

/// <summary>Copies the embedded database while it is in use, and tells what it is.</summary>
public sealed class DatabaseCopy(Database database)
{
    /// <summary>The names of the copies: the main database, and the log.</summary>
    public const string MainName = "portal.db";

    /// <inheritdoc cref="MainName"/>
    public const string LogName = "audit.db";

    // A reader of SQLite for as long as it takes: writers go on, and the copy is of one moment. SQL Server has backups of its own.
    private static readonly Sql s_copy = Sql.PerDialect(sqlite: "VACUUM INTO @file", sqlServer: "SELECT @file");

    private static readonly Sql s_check = Sql.PerDialect(sqlite: "PRAGMA quick_check(1)", sqlServer: "SELECT 'ok'");

    private static readonly Sql s_version = Sql.PerDialect(
        sqlite: "SELECT sqlite_version()", sqlServer: "SELECT CAST(SERVERPROPERTY('ProductVersion') AS NVARCHAR(128))");

    private static readonly Sql s_schema = Sql.Of("SELECT MAX(number) FROM schema_migration");

    /// <summary>True for SQLite, whose files can be copied here.</summary>
    public bool IsEmbedded => database.Provider == DatabaseProvider.Sqlite;

    /// <summary>What the database is.</summary>
    public Task<DatabaseFacts> Describe(CancellationToken cancel) => database.Read(
        async session => new DatabaseFacts(await session.First<string>(s_version) ?? "unknown", (int)await session.Number(s_schema)), cancel);

    /// <summary>
    /// Writes <see cref="MainName"/> and <see cref="LogName"/> into an empty folder, each as of one moment, and checks that SQLite can read them. The log's
    /// moment is the later one: a record that was on its way to it is in both, and arrives once when the copy is opened.
    /// </summary>
    public async Task WriteTo(string folder, CancellationToken cancel)
    {
        await Copy(database, Path.Combine(folder, MainName), cancel);
        await Copy(database.Log, Path.Combine(folder, LogName), cancel);
    }

    private static async Task Copy(Database source, string file, CancellationToken cancel)
    {
        // SQLite fills a file that is there and empty; its mode then is ours: the owner's alone.
        await CreateEmpty(file);
        await source.Read(session => session.Execute(s_copy, new { file }), cancel);
        var copy = new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = false };
        await using var connection = new SqliteConnection(copy.ConnectionString);
        await connection.OpenAsync(cancel);
        var verdict = await new Session(connection, null, DatabaseProvider.Sqlite, cancel).First<string>(s_check);
        if (verdict != "ok")
            throw new IOException($"SQLite finds the copy of {Path.GetFileName(file)} damaged: {verdict}");
    }

    private static async Task CreateEmpty(string file)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var empty = new FileStream(file, options);
    }
}
