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
    [Fact]
    public async Task Writers_at_once_get_an_answer_each_and_what_one_of_them_breaks_is_its_own_alone()
    {
        var answers = await AtOnce(60, async (session, i) =>
        {
            await Insert(session, $"{i}");
            return i % 3 == 0 ? throw new InvalidOperationException($"no {i}") : i;
        });

        for (var i = 0; i < answers.Length; i++)
            Assert.Equal(i % 3 == 0 ? $"no {i}" : $"{i}", answers[i]);
        Assert.Equal(40, await Test.CountOf("portal_switch"));
    }

    [Fact]
    public async Task One_that_breaks_the_whole_transaction_off_takes_nothing_from_the_others()
    {
        // What a full disk does, and a deadlock of SQL Server: not the statement is undone but everything.
        await Test.Execute("CREATE TRIGGER breaks BEFORE INSERT ON portal_switch WHEN NEW.name IN ('7', '8', '30') BEGIN SELECT RAISE(ROLLBACK, 'all of it'); END");

        var answers = await AtOnce(40, async (session, i) =>
        {
            await Insert(session, $"{i}");
            return i;
        });

        for (var i = 0; i < answers.Length; i++)
            Assert.True(i is 7 or 8 or 30 ? answers[i].Contains("all of it", StringComparison.Ordinal) : answers[i] == $"{i}", answers[i]);
        Assert.Equal(37, await Test.CountOf("portal_switch"));
    }

    [Fact]
    public async Task One_that_is_cancelled_while_it_waits_never_begins()
    {
        using var cancel = new CancellationTokenSource();
        var (isWriting, mayEnd) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = Database.Write(
            async session =>
            {
                isWriting.SetResult();
                await mayEnd.Task;
                return await Insert(session, "first");
            },
            Cancel);
        await isWriting.Task;
        var waiting = Database.Write(session => Insert(session, "waiting"), cancel.Token);

        await cancel.CancelAsync();

        // At once, not when its turn comes.
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting);
        mayEnd.SetResult();
        Assert.Equal(1, await first);
        Assert.Equal(1, await Database.Write(session => Insert(session, "third"), Cancel));
        Assert.Equal(2, await Test.CountOf("portal_switch"));
    }

    [Fact]
    public async Task A_statement_that_is_kept_finds_what_each_use_asks_for_also_after_the_schema_has_changed()
    {
        var store = new RotationScheduleStore(Database);
        for (var i = 0; i < 3; i++)
        {
            Assert.True(await store.SetPause(new RotationPause(Samples.Now, $"by {i}", i == 1 ? null : "reason"), Samples.Audit(), Cancel));
            var pause = await store.FindPause(Cancel);
            Assert.Equal(($"by {i}", i == 1 ? null : "reason"), (pause!.By, pause.Reason));
            await Test.Execute($"ALTER TABLE portal_switch ADD COLUMN more{i} TEXT");
            Assert.True(await store.SetPause(null, Samples.Audit(), Cancel));
            Assert.Null(await store.FindPause(Cancel));
        }
    }

    [Fact]
    public async Task A_commit_that_fails_fails_nobody_but_whoever_it_fails_for()
    {
        await Test.Execute("CREATE TABLE wants (id INTEGER REFERENCES wanted (id) DEFERRABLE INITIALLY DEFERRED); CREATE TABLE wanted (id INTEGER PRIMARY KEY)");
        await Test.Execute("CREATE TRIGGER wanting AFTER INSERT ON portal_switch WHEN NEW.name = '7' BEGIN INSERT INTO wants VALUES (1); END");

        var answers = await AtOnce(20, async (session, i) =>
        {
            await Insert(session, $"{i}");
            return i;
        });

        for (var i = 0; i < answers.Length; i++)
            Assert.True(i == 7 ? answers[i].Contains("FOREIGN KEY", StringComparison.Ordinal) : answers[i] == $"{i}", answers[i]);
        Assert.Equal(19, await Test.CountOf("portal_switch"));
        Assert.Equal(0, await Test.CountOf("wants"));
    }

    [Fact]
    public async Task A_key_that_another_one_of_the_transaction_took_is_told_to_its_own_caller_alone()
    {
        var answers = await Together(Database, 9, i => Database.WriteUnlessTaken(
            async session =>
            {
                await Insert(session, $"of {i}");
                await session.RunScript($"INSERT INTO portal_switch (name, changed_by, changed_at) VALUES ('{i % 6}', 'test', 0)");
            },
            Cancel));

        Assert.Equal([true, true, true, true, true, true, false, false, false], answers);
        Assert.Equal(12, await Test.CountOf("portal_switch"));
    }

    [Fact]
    public async Task One_that_is_cancelled_after_it_has_begun_is_undone_alone()
    {
        using var cancel = new CancellationTokenSource();

        var answers = await Together(Database, 10, i => Told(Database.Write(
            async session =>
            {
                await Insert(session, $"{i}");
                if (i == 4)
                {
                    await cancel.CancelAsync();
                    await Insert(session, "more");
                }

                return i;
            },
            i == 4 ? cancel.Token : Cancel)));

        for (var i = 0; i < answers.Length; i++)
            Assert.True(i == 4 ? answers[i].Contains("cancel", StringComparison.Ordinal) : answers[i] == $"{i}", answers[i]);
        Assert.Equal(9, await Test.CountOf("portal_switch"));
    }

    [Fact]
    public async Task Those_who_wait_when_the_database_is_closed_get_a_true_answer_all_the_same()
    {
        using var closing = new Database(Provider, Test.ConnectionString);

        var answers = await Together(
            closing, 5, i => Told(closing.Write(session => Insert(session, $"{i}"), Cancel)), whileTheyWait: closing.Dispose).WaitAsync(TimeSpan.FromSeconds(60), Cancel);

        Assert.Equal(answers.Count(static answer => answer == "1"), await Test.CountOf("portal_switch"));
    }

    /// <summary>What each of many writers is told: its result, or the message of its fault.</summary>
    private Task<string[]> AtOnce(int count, Func<Session, int, Task<int>> write) =>
        Together(Database, count, i => Told(Database.Write(session => write(session, i), Cancel)));

    /// <summary>Begins many writers at once: a first one holds them up until all have come.</summary>
    private static async Task<T[]> Together<T>(Database database, int count, Func<int, Task<T>> begin, Action? whileTheyWait = null)
    {
        var (isWriting, mayEnd) = (new TaskCompletionSource(), new TaskCompletionSource());
        var first = database.Write(
            async _ =>
            {
                isWriting.TrySetResult();
                await mayEnd.Task;
                return 0;
            },
            Cancel);
        await isWriting.Task;
        var writers = Enumerable.Range(0, count).Select(begin).ToList();
        whileTheyWait?.Invoke();
        mayEnd.SetResult();
        await first;
        return await Task.WhenAll(writers);
    }

    private static Task<int> Insert(Session session, string name) =>
        session.Execute(RotationScheduleStore.InsertSwitch, new { name, reason = "test", changedBy = "test", changedAt = 0L });

    private static async Task<string> Told(Task<int> writing)
    {
        try
        {
            return $"{await writing}";
        }
        catch (Exception fault)
        {
            return fault.Message;
        }
    }

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
