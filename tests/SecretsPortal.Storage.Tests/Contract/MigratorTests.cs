namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>The migrator on small scripts of its own, which both databases read.</summary>
public abstract class MigratorTests(DatabaseProvider provider) : IAsyncLifetime
{
    private TestDatabase? _test;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    private Database Database => _test!.Database;

    private IReadOnlyList<MigrationFile> Released => MigrationFile.Embedded(provider);

    public async ValueTask InitializeAsync() => _test = await TestDatabase.Create(provider, isMigrated: false);

    public async ValueTask DisposeAsync()
    {
        if (_test is not null)
            await _test.DisposeAsync();
    }

    [Fact]
    public async Task An_empty_database_gets_everything_in_order_and_a_second_start_nothing()
    {
        var first = await new Migrator(Database, TimeProvider.System).Apply(Cancel);
        var second = await new Migrator(Database, TimeProvider.System).Apply(Cancel);

        Assert.True(first.WasEmpty);
        Assert.Equal(Released.Select(file => file.Name), first.Applied);
        Assert.False(second.WasEmpty);
        Assert.Empty(second.Applied);
    }

    [Fact]
    public async Task A_later_version_adds_what_is_new()
    {
        await Apply(Released);

        var report = await Apply([.. Released, Next("CREATE TABLE added (id INT NOT NULL);")]);

        Assert.False(report.WasEmpty);
        Assert.Equal([NextName()], report.Applied);
    }

    [Fact]
    public async Task Starts_at_once_apply_each_file_once()
    {
        var reports = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(
            async () =>
            {
                // A node each: no gate in common but the database's own.
                using var node = new Database(provider, _test!.ConnectionString);
                return await new Migrator(node, TimeProvider.System).Apply(Cancel);
            },
            Cancel)));

        Assert.Equal(Released.Select(file => file.Name), reports.SelectMany(report => report.Applied).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_changed_file_stops_the_start_with_its_name_and_the_remedy()
    {
        await Apply(Released);
        var changed = Released.ToList();
        changed[1] = changed[1] with { Text = changed[1].Text + "-- a word more\n" };

        var stopped = await Assert.ThrowsAsync<MigrationException>(() => Apply(changed));

        Assert.Contains(changed[1].Name, stopped.Message, StringComparison.Ordinal);
        Assert.Contains("Put the released file back", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_line_ends_are_no_change()
    {
        await Apply(Released);

        var report = await Apply([.. Released.Select(file => file with { Text = file.Text.Replace("\n", "\r\n", StringComparison.Ordinal) })]);

        Assert.Empty(report.Applied);
    }

    [Fact]
    public async Task A_newer_database_is_refused()
    {
        await Apply([.. Released, Next("CREATE TABLE added (id INT NOT NULL);")]);

        var stopped = await Assert.ThrowsAsync<MigrationException>(() => Apply(Released));

        Assert.Contains(NextName(), stopped.Message, StringComparison.Ordinal);
        Assert.Contains("newer portal", stopped.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_fails_is_rolled_back_whole_and_named()
    {
        var failing = Next("CREATE TABLE half (id INT NOT NULL); INSERT INTO no_such_table (id) VALUES (1);");

        var stopped = await Assert.ThrowsAsync<MigrationException>(() => Apply([.. Released, failing]));

        Assert.Contains(failing.Name, stopped.Message, StringComparison.Ordinal);
        Assert.NotNull(stopped.InnerException);
        // The table of the failed attempt is gone: a corrected file makes it again.
        Assert.Equal([failing.Name], (await Apply([.. Released, Next("CREATE TABLE half (id INT NOT NULL);")])).Applied);
    }

    [Fact]
    public async Task A_gap_in_the_numbers_is_refused_before_anything_runs()
    {
        var stopped = await Assert.ThrowsAsync<MigrationException>(() => Apply([Released[0], Released[2]]));

        Assert.Contains(Released[2].Name, stopped.Message, StringComparison.Ordinal);
        Assert.True((await Apply(Released)).WasEmpty);
    }

    private string NextName() => $"{Released.Count + 1:0000}_added.sql";

    private MigrationFile Next(string text) => new(NextName(), text);

    private Task<MigrationReport> Apply(IReadOnlyList<MigrationFile> files) => new Migrator(Database, TimeProvider.System, files).Apply(Cancel);
}

public sealed class MigratorOnSqlite() : MigratorTests(DatabaseProvider.Sqlite);

public sealed class MigratorOnSqlServer() : MigratorTests(DatabaseProvider.SqlServer);
