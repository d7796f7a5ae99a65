using SecretsPortal.Core;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class DatabaseTests(DatabaseProvider provider) : ContractTests(provider)
{
    [Fact]
    public async Task A_session_runs_no_statement_that_the_check_does_not_know()
    {
        var unknown = Sql.Of("SELECT COUNT(*) FROM secret");

        var refused = await Assert.ThrowsAsync<InvalidOperationException>(() => Database.Read(session => session.Number(unknown), Cancel));

        Assert.Contains("static field", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_transaction_that_throws_leaves_nothing_and_the_next_one_runs()
    {
        var audit = new AuditStore(Database);

        await Assert.ThrowsAsync<InvalidOperationException>(() => Database.Write<bool>(
            async session =>
            {
                await AuditStore.Insert(session, Samples.Audit());
                throw new InvalidOperationException("half way");
            },
            Cancel));
        await audit.Append(Samples.Audit("next"), Cancel);

        Assert.Equal("next", Assert.Single(await audit.Search(new(), Cancel)).Record.Action);
    }

    [Fact]
    public async Task A_cancelled_write_does_not_block_the_next_one()
    {
        var audit = new AuditStore(Database);
        using var cancelled = new CancellationTokenSource();
        await cancelled.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => audit.Append(Samples.Audit(), cancelled.Token));
        await audit.Append(Samples.Audit(), Cancel);

        Assert.Single(await audit.Search(new(), Cancel));
    }

    [Fact]
    public async Task A_foreign_key_is_held()
    {
        var secret = Samples.Secret("name");

        var fault = await Assert.ThrowsAnyAsync<System.Data.Common.DbException>(() => new SecretStore(Database).Create(Samples.WithValue(secret), Cancel));

        Assert.False(Dialect.IsUniqueViolation(fault));
        Assert.Null(await new SecretStore(Database).FindById(secret.Id, Cancel));
    }

    [Fact]
    public async Task Two_nodes_write_to_one_database()
    {
        using var other = new Database(Provider, Test.ConnectionString);

        await Task.WhenAll(Enumerable.Range(0, 40).Select(i => Task.Run(
            () => new AuditStore(i % 2 == 0 ? Database : other).Append(Samples.Audit(), Cancel), Cancel)));

        Assert.Equal(40, (await new AuditStore(other).Search(new(), Cancel)).Count);
    }
}

public sealed class DatabaseOnSqlite() : DatabaseTests(DatabaseProvider.Sqlite)
{
    [Theory]
    [InlineData("PRAGMA journal_mode", "wal")]
    [InlineData("PRAGMA foreign_keys", "1")]
    [InlineData("PRAGMA synchronous", "2")]
    [InlineData("PRAGMA busy_timeout", "15000")]
    public async Task Every_connection_is_strict(string pragma, string value)
    {
        for (var i = 0; i < 3; i++)
            Assert.Equal(value, await Database.Inspect(pragma, Cancel));
    }

    [Theory]
    [InlineData("Data Source=:memory:")]
    [InlineData("Data Source=portal;Mode=Memory;Cache=Shared")]
    [InlineData("Mode=ReadWrite")]
    [InlineData("No Such Key=1")]
    public void A_connection_string_without_a_file_is_refused(string connectionString) =>
        Assert.Throws<ArgumentException>(() => new Database(DatabaseProvider.Sqlite, connectionString));

    [Fact]
    public async Task A_file_that_cannot_be_opened_is_unavailable()
    {
        using var database = new Database(DatabaseProvider.Sqlite, "Data Source=/no/such/folder/portal.db");

        var refused = await Assert.ThrowsAsync<PortalException>(() => new CallerStore(database).IsEmpty(Cancel));

        Assert.Equal(PortalError.Unavailable, refused.Error);
    }

    [Fact]
    public void A_new_file_and_its_log_are_their_owners_alone()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("File modes are Unix's.");
            return;
        }

        var file = new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(Test.ConnectionString).DataSource;

        foreach (var path in new[] { file, file + "-wal" })
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));
    }

    [Fact]
    public async Task A_lock_that_is_held_too_long_is_unavailable_and_passes()
    {
        var audit = new AuditStore(Database);
        await using (var other = new Microsoft.Data.Sqlite.SqliteConnection(Test.ConnectionString.Replace("portal.db", "audit.db", StringComparison.Ordinal)))
        {
            await other.OpenAsync(Cancel);
            await using var held = other.BeginTransaction(deferred: false);
            using var impatient = new Database(DatabaseProvider.Sqlite, Test.ConnectionString, busyTimeoutSeconds: 1);

            var refused = await Assert.ThrowsAsync<PortalException>(() => new AuditStore(impatient).Append(Samples.Audit(), Cancel));

            Assert.Equal(PortalError.Unavailable, refused.Error);
            // Readers do not wait for writers.
            Assert.Empty(await audit.Search(new(), Cancel));
        }

        await audit.Append(Samples.Audit(), Cancel);
        Assert.Single(await audit.Search(new(), Cancel));
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_unavailable_and_stays_as_it_is()
    {
        var file = Path.Combine(Path.GetTempPath(), $"secretsportal-{Samples.NewId()}.db");
        await File.WriteAllTextAsync(file, "This is a letter, not a database.", Cancel);
        try
        {
            using var database = new Database(DatabaseProvider.Sqlite, $"Data Source={file}");

            var refused = await Assert.ThrowsAsync<PortalException>(() => new Migrator(database, TimeProvider.System).Apply(Cancel));

            Assert.Equal(PortalError.Unavailable, refused.Error);
            Assert.Equal("This is a letter, not a database.", await File.ReadAllTextAsync(file, Cancel));
        }
        finally
        {
            File.Delete(file);
        }
    }

    [Theory]
    [InlineData("SecretStore_s_selectIdByArn")]
    [InlineData("SecretStore_s_selectIdByName")]
    [InlineData("SecretStore_s_selectValue")]
    [InlineData("SecretStore_s_selectPurgeable")]
    [InlineData("SecretRows_s_select_one")]
    [InlineData("SecretRows_s_select_many")]
    [InlineData("SecretSearch_s_oldestFirst")]
    [InlineData("SecretSearch_s_newestFirst")]
    [InlineData("SecretSearch_s_firstChangedFirst")]
    [InlineData("SecretSearch_s_lastChangedFirst")]
    [InlineData("SecretSearch_s_firstNameFirst")]
    [InlineData("SecretSearch_s_lastNameFirst")]
    [InlineData("SecretSearch_s_firstAccessedFirst")]
    [InlineData("SecretSearch_s_lastAccessedFirst")]
    [InlineData("SecretSearch_s_selectTags_one")]
    [InlineData("SecretSearch_s_selectTags_many")]
    [InlineData("ReplicaStore_s_selectDue")]
    [InlineData("ReplicaStore_s_selectNamesakes")]
    [InlineData("ReplicaStore_s_freeName")]
    [InlineData("RotationScheduleStore_SelectDue")]
    [InlineData("RotationScheduleStore_SelectHealthChanges")]
    [InlineData("RotationScheduleStore_ListOfHealth")]
    [InlineData("RotationStore_s_selectHanging")]
    [InlineData("RotationScheduleStore_s_selectWaiting")]
    [InlineData("RotationRuns_s_selectOpen")]
    [InlineData("RotationRuns_s_selectHistory")]
    [InlineData("RotationRuns_s_selectSteps_many")]
    [InlineData("CallerStore_s_selectByKey")]
    [InlineData("CallerStore_s_selectAccess")]
    [InlineData("CallerStore_s_selectBySubject")]
    [InlineData("CallerStore_s_selectPage")]
    [InlineData("GroupStore_s_selectMembers")]
    [InlineData("SessionStore_s_select")]
    [InlineData("SessionStore_s_selectOpen")]
    [InlineData("SignInFailureStore_s_lock")]
    [InlineData("AuditStore_s_searchTime")]
    [InlineData("AuditStore_s_searchCaller")]
    [InlineData("AuditStore_s_searchAction")]
    [InlineData("AuditStore_s_searchResourceBlocks")]
    [InlineData("AuditStore_s_searchRequest")]
    [InlineData("SecretSearch_s_candidates_many")]
    [InlineData("SecretLists_s_newestFirst")]
    [InlineData("SecretLists_s_byName")]
    [InlineData("SecretLists_s_among")]
    [InlineData("SecretLists_s_idsOfTerm")]
    [InlineData("SecretLists_s_idsOfSeveral")]
    [InlineData("SecretLists_s_idsOfHealths")]
    [InlineData("SecretLists_s_idsOfSet")]
    [InlineData("SecretLists_s_idsOfName")]
    [InlineData("SecretLists_s_idsOfKey")]
    [InlineData("SecretLists_s_count")]
    [InlineData("SecretLists_s_countDeleted")]
    [InlineData("SecretLists_s_nextFolder")]
    [InlineData("SecretTerms_s_delete")]
    [InlineData("SecretTerms_s_selectWithout")]
    public async Task Queries_that_run_often_use_an_index(string name)
    {
        var sql = Sql.All.Single(pair => pair.Value == name).Key;

        var plan = await Of(name).Plan(sql, Cancel);

        Assert.NotEmpty(plan);
        // What a subquery gives is walked, and how it is found are steps of their own.
        Assert.DoesNotContain(plan, step => step.StartsWith("SCAN ", StringComparison.Ordinal) && !step.Contains("INDEX", StringComparison.Ordinal)
            && !plan.Contains($"CO-ROUTINE {step["SCAN ".Length..]}"));
    }

    [Theory]
    [InlineData("SecretSearch_s_oldestFirst")]
    [InlineData("SecretSearch_s_newestFirst")]
    [InlineData("SecretSearch_s_firstChangedFirst")]
    [InlineData("SecretSearch_s_lastChangedFirst")]
    [InlineData("SecretSearch_s_firstNameFirst")]
    [InlineData("SecretSearch_s_lastNameFirst")]
    [InlineData("SecretLists_s_newestFirst")]
    [InlineData("SecretLists_s_byName")]
    [InlineData("SecretLists_s_idsOfTerm")]
    [InlineData("SecretLists_s_idsOfHealths")]
    [InlineData("SecretLists_s_idsOfSet")]
    [InlineData("SecretLists_s_idsOfName")]
    [InlineData("SecretLists_s_idsOfKey")]
    [InlineData("RotationRuns_s_selectHistory")]
    [InlineData("AuditStore_s_searchAll")]
    [InlineData("AuditStore_s_searchCaller")]
    [InlineData("AuditStore_s_searchAction")]
    [InlineData("AuditStore_s_searchRequest")]
    public async Task Pages_come_in_the_order_of_an_index_without_sorting(string name)
    {
        var plan = await Of(name).Plan(Sql.All.Single(pair => pair.Value == name).Key, Cancel);

        Assert.DoesNotContain(plan, step => step.Contains("TEMP B-TREE", StringComparison.Ordinal));
    }

    private Database Of(string statement) => statement.StartsWith("AuditStore_", StringComparison.Ordinal) ? Database.Log : Database;
}

public sealed class DatabaseOnSqlServer() : DatabaseTests(DatabaseProvider.SqlServer)
{
    [Fact]
    public async Task A_missing_database_is_made_by_the_first_start()
    {
        // The name that the fixture's own database will not have; removed again below.
        var name = $"secretsportal_{Samples.NewId()} [first]";
        var target = new Microsoft.Data.SqlClient.SqlConnectionStringBuilder(Test.ConnectionString) { InitialCatalog = name };
        using var database = new Database(DatabaseProvider.SqlServer, target.ConnectionString);
        try
        {
            Assert.True((await new Migrator(database, TimeProvider.System).Apply(Cancel)).WasEmpty);
            Assert.False((await new Migrator(database, TimeProvider.System).Apply(Cancel)).WasEmpty);
        }
        finally
        {
            await TestDatabase.Drop(Test.ConnectionString, name);
        }
    }
}
