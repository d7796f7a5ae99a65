namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>Writers that come at once share a transaction, and what becomes of one of them is its own.</summary>
public sealed class SqliteWriterTests() : ContractTests(DatabaseProvider.Sqlite)
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
}
