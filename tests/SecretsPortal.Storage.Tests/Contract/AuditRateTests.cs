using System.Diagnostics;

namespace SecretsPortal.Storage.Tests.Contract;

/// <summary>The group commit: those who append at once share a transaction. tests/drill.sh audit-rate measures it for longer.</summary>
public sealed class AuditRateTests
{
    [Fact]
    public async Task Records_at_once_share_their_transactions()
    {
        var isDrill = Environment.GetEnvironmentVariable("DRILL_RATE") is not null;
        await using var test = await TestDatabase.Create(DatabaseProvider.Sqlite);
        var store = new AuditStore(test.Database);
        foreach (var workers in (int[])[1, 32, 64])
        {
            var (count, elapsed) = await Append(store, workers, TimeSpan.FromSeconds(isDrill ? 10 : 0.3));
            Console.WriteLine($"audit-rate: {workers} at once, {count / elapsed.TotalSeconds:N0} records/s");
            Assert.True(count >= workers, $"{count} records by {workers}");
        }

        var head = (await new AuditChainStore(test.Database, _ => ValueTask.FromResult(new byte[32])).End(TestContext.Current.CancellationToken)).Head!;
        Assert.True(head.Sequence > 0);
    }

    [Fact]
    public async Task The_file_takes_the_records_up_without_the_appending_thread()
    {
        await using var test = await TestDatabase.Create(DatabaseProvider.Sqlite);
        var store = new AuditStore(test.Database);
        var file = new FileInfo(Path.Combine(Path.GetDirectoryName(new Microsoft.Data.Sqlite.SqliteConnectionStringBuilder(test.ConnectionString).DataSource)!, "audit.db"));

        // Far fewer pages than the appending thread would wait for before it does that itself.
        await Parallel.ForEachAsync(Enumerable.Range(0, 5000), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (_, cancel) => await store.Append(Samples.Audit(), cancel));

        for (var tries = 0; tries < 600 && file.Length < 500_000; tries++)
        {
            await Task.Delay(100, TestContext.Current.CancellationToken);
            file.Refresh();
        }

        Assert.InRange(file.Length, 500_000, long.MaxValue);
    }

    private static async Task<(long Count, TimeSpan Elapsed)> Append(AuditStore store, int workers, TimeSpan time)
    {
        var watch = Stopwatch.StartNew();
        var counts = await Task.WhenAll(Enumerable.Range(0, workers).Select(_ => Task.Run(async () =>
        {
            var count = 0L;
            do
            {
                await store.Append(Samples.Audit(), CancellationToken.None);
                count++;
            }
            while (watch.Elapsed < time);
            return count;
        })));
        return (counts.Sum(), watch.Elapsed);
    }
}
