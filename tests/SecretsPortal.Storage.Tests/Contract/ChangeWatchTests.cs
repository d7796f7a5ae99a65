using System.Diagnostics;
using SecretsPortal.Core.Policies;

namespace SecretsPortal.Storage.Tests.Contract;

public abstract class ChangeWatchTests(DatabaseProvider provider) : ContractTests(provider), IDisposable
{
    private ChangeWatch? _watch;

    private protected ChangeWatch Watch => _watch ??= new ChangeWatch(Database);

    public void Dispose()
    {
        _watch?.Dispose();
        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task Nothing_changed_is_the_same_number()
    {
        var first = await Watch.Access(Cancel);

        for (var i = 0; i < 100; i++)
            Assert.Equal(first, await Watch.Access(Cancel));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_change_of_access_is_seen_by_the_very_next_check(bool byTheSameDatabase)
    {
        using var other = new Database(Provider, Test.ConnectionString);
        var changes = new CallerStore(byTheSameDatabase ? Database : other);

        for (var i = 0; i < 50; i++)
        {
            var before = (await Watch.Access(Cancel), await Watch.Anything(Cancel));
            await AddCaller(changes, $"caller{i}");
            var after = (await Watch.Access(Cancel), await Watch.Anything(Cancel));

            Assert.NotEqual(before.Item1, after.Item1);
            Assert.NotEqual(before.Item2, after.Item2);
        }
    }

    [Fact]
    public async Task Another_change_leaves_the_number_of_access_alone_but_not_that_of_anything()
    {
        var (access, anything) = (await Watch.Access(Cancel), await Watch.Anything(Cancel));

        await new AuditStore(Database).Append(Samples.Audit(), Cancel);
        await new KeyStore(Database).AddPortalKey("name", [1], Samples.Now, Cancel);

        Assert.Equal(access, await Watch.Access(Cancel));
        Assert.NotEqual(anything, await Watch.Anything(Cancel));
    }

    [Fact]
    public async Task A_change_that_was_rolled_back_was_none()
    {
        var access = await Watch.Access(Cancel);

        await Assert.ThrowsAsync<InvalidOperationException>(() => Database.Write<bool>(
            async session =>
            {
                await Epochs.Raise(session, Epochs.Access);
                throw new InvalidOperationException("half way");
            },
            Cancel));

        Assert.Equal(access, await Watch.Access(Cancel));
    }

    /// <summary>
    /// What a cache does: it takes a number, fills itself, and serves what it holds while the number stays. Each thread knows what was committed
    /// before it asks, so serving anything older is a change that was missed.
    /// </summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task No_cache_outlives_a_change_under_many_threads(bool ofAccess)
    {
        using var other = new Database(Provider, Test.ConnectionString);
        var committed = 0L;
        var (number, held) = (-1L, -1L);
        var gate = new Lock();
        using var time = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        var checks = 0L;

        async Task Change(Database database)
        {
            while (!time.IsCancellationRequested)
            {
                await database.Write(
                    async session =>
                    {
                        await Epochs.Raise(session, Epochs.Access);
                        return true;
                    },
                    Cancel);
                Interlocked.Increment(ref committed);
            }
        }

        async Task Check()
        {
            while (!time.IsCancellationRequested)
            {
                var atLeast = Interlocked.Read(ref committed);
                var now = await (ofAccess ? Watch.Access(Cancel) : Watch.Anything(Cancel));
                long? cached;
                lock (gate)
                    cached = number == now ? held : null;
                if (cached is null)
                {
                    cached = await Database.Read(session => session.Number(SqliteChangeCounter.AccessEpoch), Cancel);
                    lock (gate)
                        (number, held) = (now, cached.Value);
                }

                Assert.True(cached >= atLeast, $"{atLeast} changes were committed before the check, but the cache served the state after {cached}.");
                Interlocked.Increment(ref checks);
            }
        }

        await Task.WhenAll(
            [Task.Run(() => Change(Database)), Task.Run(() => Change(other)), .. Enumerable.Range(0, 6).Select(_ => Task.Run(Check))]);

        Assert.True(committed > 10, $"Only {committed} changes were made.");
        Assert.True(checks > 100, $"Only {checks} checks were made.");
    }

    private static Task<bool> AddCaller(CallerStore callers, string name) => callers.Add(
        new CallerAddition { Callers = [new StoredCaller { Id = Samples.NewId(), Kind = CallerKind.Client, Name = name, CreatedAt = Now }] }, Samples.Audit(), Cancel);
}

public sealed class ChangeWatchOnSqlite() : ChangeWatchTests(DatabaseProvider.Sqlite)
{
    [Fact]
    public async Task A_change_by_another_process_is_seen_by_the_very_next_check()
    {
        var file = new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(Test.ConnectionString).DataSource;
        var before = (await Watch.Access(Cancel), await Watch.Anything(Cancel));

        using (var python = Process.Start(new ProcessStartInfo("python3")
        {
            ArgumentList =
            {
                "-c",
                "import sqlite3, sys; c = sqlite3.connect(sys.argv[1]); c.execute(\"INSERT INTO change_epoch VALUES ('access', 7)\"); c.commit()",
                file,
            },
        })!)
        {
            await python.WaitForExitAsync(Cancel);
            Assert.Equal(0, python.ExitCode);
        }

        Assert.Equal(7, await Watch.Access(Cancel));
        Assert.NotEqual(before.Item1, await Watch.Access(Cancel));
        Assert.NotEqual(before.Item2, await Watch.Anything(Cancel));
    }

    [Fact]
    public async Task One_change_is_one_new_number_on_every_thread()
    {
        var before = await Watch.Anything(Cancel);
        await new KeyStore(Database).AddKey(Samples.Key(), Cancel);
        var numbers = await Task.WhenAll(Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await Watch.Anything(Cancel), Cancel)));

        Assert.Equal(before + 1, Assert.Single(numbers.Distinct()));
    }

    [Fact]
    public async Task A_check_costs_microseconds()
    {
        const int Rounds = 20_000;
        await Watch.Access(Cancel);
        var best = TimeSpan.MaxValue;
        for (var attempt = 0; attempt < 5; attempt++)
        {
            var watch = Stopwatch.StartNew();
            for (var i = 0; i < Rounds; i++)
                await Watch.Access(Cancel);
            best = watch.Elapsed < best ? watch.Elapsed : best;
        }

        var nanoseconds = best.TotalNanoseconds / Rounds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{nanoseconds:0} ns per check");
        // A query on a pooled connection takes 50,000 and more.
        Assert.True(nanoseconds < 25_000, $"A check took {nanoseconds:0} ns.");
    }

    [Fact]
    public async Task After_the_end_it_says_so_rather_than_nothing_changed()
    {
        await Watch.Anything(Cancel);
        Watch.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await Watch.Anything(Cancel));
    }
}

public sealed class ChangeWatchOnSqlServer() : ChangeWatchTests(DatabaseProvider.SqlServer);
