namespace SecretsPortal.Storage;

/// <summary>Which database a portal stores in.</summary>
public enum DatabaseProvider
{
    /// <summary>The embedded default.</summary>
    Sqlite,

    /// <summary>Microsoft SQL Server 2022 or later, or Azure SQL.</summary>
    SqlServer,
}

/// <summary>Opens connections, strict from the first statement on, and runs transactions.</summary>
public sealed class Database
{
    /// <summary>A database that is opened on first use.</summary>
    public Database(DatabaseProvider provider, string connectionString) => throw new NotImplementedException();

    /// <summary>Which dialect it speaks.</summary>
    public DatabaseProvider Provider => throw new NotImplementedException();
}

/// <summary>Brings the schema up to date: numbered, in order, each in a transaction, under a lock, with a checksum.</summary>
public sealed class Migrator(Database database, TimeProvider clock)
{
    /// <summary>
    /// Applies what is missing. Throws <see cref="MigrationException"/> where an applied file has changed, or the database is newer
    /// than this portal.
    /// </summary>
    public Task<MigrationReport> Apply(CancellationToken cancel) => throw new NotImplementedException(database.ToString() + clock);
}

/// <summary>What a start found and did.</summary>
/// <param name="WasEmpty">True where there was no schema before.</param>
/// <param name="Applied">The names of the migrations that ran now.</param>
public sealed record MigrationReport(bool WasEmpty, IReadOnlyList<string> Applied);

/// <summary>The schema cannot be used as it is; the message names the file and the remedy.</summary>
public sealed class MigrationException(string message) : Exception(message);
