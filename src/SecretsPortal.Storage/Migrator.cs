using System.Data.Common;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace SecretsPortal.Storage;

/// <summary>Brings the schema up to date: numbered, in order, each in a transaction, under a lock, with a checksum.</summary>
public sealed class Migrator
{
    private static readonly Sql s_lock = Sql.PerDialect(
        // Nothing to do: the transaction has begun as a writer and there is one writer at a time.
        sqlite: "SELECT 0",
        sqlServer: """
            DECLARE @result INT;
            EXEC @result = sp_getapplock @Resource = 'secretsportal.schema', @LockMode = 'Exclusive', @LockOwner = 'Transaction', @LockTimeout = 60000;
            SELECT @result;
            """);

    private static readonly Sql s_hasSchema = Sql.PerDialect(
        sqlite: "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = 'schema_migration'",
        sqlServer: "SELECT CASE WHEN OBJECT_ID('schema_migration') IS NULL THEN 0 ELSE 1 END");

    private static readonly Sql s_selectApplied = Sql.Of("SELECT number, name, checksum FROM schema_migration ORDER BY number");

    private static readonly Sql s_insertApplied = Sql.Of(
        "INSERT INTO schema_migration (number, name, checksum, applied_at) VALUES (@number, @name, @checksum, @appliedAt)");

    private readonly Database _database;
    private readonly TimeProvider _clock;
    private readonly IReadOnlyList<MigrationFile> _files;
    private readonly Migrator? _ofLog;

    /// <summary>With the migrations that this portal carries.</summary>
    public Migrator(Database database, TimeProvider clock)
        : this(database, clock, MigrationFile.Embedded(database.Provider))
    {
        if (database.Log != database)
            _ofLog = new Migrator(database.Log, clock, MigrationFile.EmbeddedOfLog());
    }

    internal Migrator(Database database, TimeProvider clock, IReadOnlyList<MigrationFile> files)
    {
        _database = database;
        _clock = clock;
        _files = files;
    }

    /// <summary>
    /// Applies what is missing, in the log's own file as well where it has one. Throws <see cref="MigrationException"/> where an applied file has changed, or the database is newer
    /// than this portal.
    /// </summary>
    public async Task<MigrationReport> Apply(CancellationToken cancel)
    {
        CheckNumbers(_files);
        await CreateDatabase(cancel);
        bool? wasEmpty = null;
        var names = new List<string>();
        while (true)
        {
            // One transaction each, and what is missing is read again under its lock: another node may have been here meanwhile.
            var (isEmpty, applied) = await _database.Write(ApplyNext, cancel);
            wasEmpty ??= isEmpty;
            if (applied is null)
                break;
            names.Add(applied);
        }

        if (_ofLog is not null)
            await _ofLog.Apply(cancel);
        return new MigrationReport(wasEmpty.Value, names);
    }

    private async Task CreateDatabase(CancellationToken cancel)
    {
        try
        {
            await _database.CreateIfMissing(cancel);
        }
        catch (DbException fault)
        {
            throw new MigrationException(
                $"The database does not exist and could not be created: {fault.Message} Create it by hand, or give the login the right CREATE ANY DATABASE.", fault);
        }
    }

    private async Task<(bool WasEmpty, string? Applied)> ApplyNext(Session session)
    {
        if (await session.Number(s_lock) < 0)
            throw new MigrationException("Another node has held the lock on the schema for a minute. Wait until it has started, then start this one again.");
        var isEmpty = await session.Number(s_hasSchema) == 0;
        var applied = isEmpty ? [] : await session.Query<AppliedMigration>(s_selectApplied);
        CheckApplied(applied);
        if (applied.Count == _files.Count)
            return (isEmpty, null);

        var next = _files[applied.Count];
        try
        {
            await session.RunScript(next.Text);
        }
        catch (DbException fault)
        {
            throw new MigrationException(
                $"The migration {next.Name} failed and was rolled back: {fault.Message} Nothing has changed; remove the cause and start again.", fault);
        }

        await session.Execute(s_insertApplied, new
        {
            number = next.Number, name = next.Name, checksum = next.Checksum, appliedAt = Stored.Time(_clock.GetUtcNow()),
        });
        return (isEmpty, next.Name);
    }

    private void CheckApplied(IReadOnlyList<AppliedMigration> applied)
    {
        for (var i = 0; i < applied.Count; i++)
        {
            var row = applied[i];
            if (row.Number > _files.Count)
                throw new MigrationException(
                    $"The database has had the migration {row.Name}, which this portal does not know: a newer portal has used it. Start that version or a later one, or restore a backup from before.");
            if (row.Number != i + 1)
                throw new MigrationException(
                    $"The database has had the migration {row.Name} but not number {i + 1}. Its table schema_migration was tampered with; restore a backup.");
            var file = _files[i];
            if (row.Name != file.Name || row.Checksum != file.Checksum)
                throw new MigrationException(
                    $"The migration {file.Name} is not the one that this database has had ({row.Name}, checksum {Short(row.Checksum)}; here {Short(file.Checksum)}). Put the released file back, and make the change in a new migration.");
        }
    }

    private static void CheckNumbers(IReadOnlyList<MigrationFile> files)
    {
        for (var i = 0; i < files.Count; i++)
        {
            if (files[i].Number != i + 1)
                throw new MigrationException($"The migration {files[i].Name} should have the number {i + 1:0000}. Number the files from 0001 without a gap.");
        }
    }

    private static string Short(string checksum) => checksum[..Math.Min(12, checksum.Length)];

    private sealed record AppliedMigration
    {
        public long Number { get; init; }

        public string Name { get; init; } = "";

        public string Checksum { get; init; } = "";
    }
}

/// <summary>A numbered script.</summary>
/// <param name="Name">Such as <c>0001_schema_migration.sql</c>.</param>
/// <param name="Text">Its statements, run as one batch.</param>
internal sealed partial record MigrationFile(string Name, string Text)
{
    /// <summary>The number that the name begins with; 0 where it has none.</summary>
    public int Number => NamePattern().Match(Name) is { Success: true } match ? int.Parse(match.Groups[1].ValueSpan, provider: null) : 0;

    /// <summary>SHA-256 in lower-case hexadecimal; the same for any kind of line ends, which a checkout may change.</summary>
    public string Checksum => Convert.ToHexStringLower(
        SHA256.HashData(Encoding.UTF8.GetBytes(Text.Replace("\r\n", "\n", StringComparison.Ordinal).Replace('\r', '\n'))));

    /// <summary>The scripts that are embedded for one database, in the order of their numbers.</summary>
    public static IReadOnlyList<MigrationFile> Embedded(DatabaseProvider provider) =>
        EmbeddedIn(provider == DatabaseProvider.Sqlite ? "db/sqlite/" : "db/sqlserver/");

    /// <summary>The scripts of the log's own file on SQLite, in the order of their numbers.</summary>
    public static IReadOnlyList<MigrationFile> EmbeddedOfLog() => EmbeddedIn("db/sqlite-audit/");

    private static IReadOnlyList<MigrationFile> EmbeddedIn(string prefix)
    {
        var assembly = typeof(MigrationFile).Assembly;
        return [.. assembly.GetManifestResourceNames()
            .Where(name => name.StartsWith(prefix, StringComparison.Ordinal))
            .Order(StringComparer.Ordinal)
            .Select(name =>
            {
                using var reader = new StreamReader(assembly.GetManifestResourceStream(name)!, Encoding.UTF8);
                return new MigrationFile(name[prefix.Length..], reader.ReadToEnd());
            })];
    }

    [GeneratedRegex("^([0-9]{4})_[a-z0-9_]+\\.sql$", RegexOptions.CultureInvariant)]
    private static partial Regex NamePattern();
}

/// <summary>What a start found and did.</summary>
/// <param name="WasEmpty">True where there was no schema before.</param>
/// <param name="Applied">The names of the migrations that ran now.</param>
public sealed record MigrationReport(bool WasEmpty, IReadOnlyList<string> Applied);

/// <summary>The schema cannot be used as it is; the message names the file and the remedy.</summary>
public sealed class MigrationException(string message, Exception? inner = null) : Exception(message, inner);
