using System.Diagnostics;
using System.Globalization;
using System.Threading.Channels;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>
/// Many schedules that are due at once, with a rotator that does nothing: how long a tick takes, and how many rotations a second the portal's own
/// work allows. tests/drill.sh rotation-scale does it with 100,000; here a few hundred prove that none is lost and none runs twice.
/// </summary>
public sealed class RotationScaleDrill
{
    private const int Workers = 8;

    [Fact]
    public async Task Each_of_many_secrets_that_are_due_at_once_is_rotated_once()
    {
        var count = int.Parse(Environment.GetEnvironmentVariable("ROTATION_SCALE") ?? "150", CultureInfo.InvariantCulture);
        var limit = TimeSpan.FromSeconds(int.Parse(Environment.GetEnvironmentVariable("ROTATION_SCALE_SECONDS") ?? "5400", CultureInfo.InvariantCulture));
        using var directory = new TemporaryDirectory();
        var queue = new WorkerQueue();
        // The machine's own clock, and limits wide enough for one target of all.
        var options = TestPortal.OptionsIn(directory.Path) with { Rotation = new RotationOptions { HeartbeatInterval = TimeSpan.Zero } };
        await using var portal = await TestPortal.StartReal(options, services => services.AddSingleton<IRotationQueue>(queue).AddSingleton<IRotator, NoRotator>());
        var dispatcher = portal.Get<RotationDispatcher>();
        var idle = await Timed(() => dispatcher.Tick(default));
        var seeding = await Timed(() => Seed(portal, count));
        Say($"{count} secrets with schedules, stored in {seeding.TotalSeconds:0.0} s; a tick before, with nothing due: {idle.TotalMilliseconds:0} ms");

        // All on one target whose five places are taken: the tick passes over every one of them.
        await portal.ExecuteUnseen("UPDATE rotation_schedule SET target_key = 'busy'");
        await portal.ExecuteUnseen("""
            INSERT INTO rotation_run (id, secret_id, token, mode, requested_by, state, attempt, fence, lease_until_at, created_at)
            SELECT 'busy' || substr(secret_id, 5), secret_id, 'busy', 'Rotate', 'Manual', 'Running', 1, 1, 9000000000000000, 0 FROM rotation_schedule ORDER BY secret_id DESC LIMIT 5
            """);
        await dispatcher.Tick(default);
        var full = await Timed(() => dispatcher.Tick(default));
        Assert.Equal(0, queue.Count);
        Say($"a tick that passes over {count - 5} due schedules of one target that has its fill: {full.TotalMilliseconds:0} ms");
        await portal.ExecuteUnseen("DELETE FROM rotation_run WHERE token = 'busy'");
        await portal.ExecuteUnseen("UPDATE rotation_schedule SET target_key = NULL");

        var first = await Timed(() => dispatcher.Tick(default));
        Say($"the first tick with {count} due: {queue.Count} begun in {first.TotalMilliseconds:0} ms");
        var watch = Stopwatch.StartNew();
        using var end = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Workers).Select(_ => Task.Run(() => queue.Work(dispatcher, end.Token))).ToList();
        var ticks = new List<double>();
        var told = 0;
        while (await Done(portal) < count && watch.Elapsed < limit)
        {
            ticks.Add((await Timed(() => dispatcher.Tick(default))).TotalMilliseconds);
            if (watch.Elapsed.TotalSeconds / 30 > told + 1)
                Say($"{watch.Elapsed.TotalSeconds:0} s: {await Done(portal)} rotated, {++told}");
            // The host ticks every ten seconds; what the workers do in between keeps them busy.
            await Task.Delay(count > 1000 ? 5000 : 200);
        }

        var (took, done) = (watch.Elapsed, await Done(portal));
        await end.CancelAsync();
        await Task.WhenAll(workers);
        Say($"{done} rotations in {took.TotalSeconds:0} s: {done / took.TotalSeconds:0} a second by {Workers} workers; {ticks.Count} ticks, the longest {ticks.Max():0} ms");

        Assert.Equal(0, await portal.Number("SELECT COUNT(*) FROM (SELECT secret_id FROM rotation_run GROUP BY secret_id HAVING COUNT(*) > 1)"));
        Assert.Equal(0, await portal.Number("SELECT COUNT(*) FROM rotation_run WHERE state IN ('Failed', 'Abandoned', 'Retrying')"));
        // Broken off by the limit, the drill has measured and proves no more.
        if (done < count && took >= limit)
            return;
        Assert.Equal(count, await portal.Number("SELECT COUNT(*) FROM rotation_run"));
        Assert.Equal(count, await portal.Number("SELECT COUNT(DISTINCT secret_id) FROM rotation_run WHERE state = 'Succeeded'"));
        Assert.Equal(0, await portal.Number("SELECT COUNT(*) FROM secret_label WHERE label = 'AWSPENDING'"));
        await dispatcher.Tick(default);
        Assert.Equal(count, (await portal.Get<RotationScheduleStore>().CountByHealth(default))[(TestPortal.Region, RotationHealth.Healthy)]);
    }

    private static void Say(string text) => Console.WriteLine($"rotation-scale: {text}");

    private static async Task<TimeSpan> Timed(Func<Task> act)
    {
        var watch = Stopwatch.StartNew();
        await act();
        return watch.Elapsed;
    }

    private static Task<long> Done(TestPortal portal) => portal.Number("SELECT COUNT(*) FROM rotation_run WHERE finished_at IS NOT NULL");

    /// <summary>Secrets as the portal would have stored them, in one transaction: a hundred thousand calls would take longer than the drill.</summary>
    private static async Task Seed(TestPortal portal, int count)
    {
        var (sealer, key) = (portal.Get<SecretSealer>(), await portal.Get<KeyRegistry>().Resolve(null, TestPortal.Region, default));
        var now = TimeProvider.System.GetUtcNow();
        var start = now.AddHours(-2);
        // The portal makes keys of its own with the first value, which it could not write beside the transaction.
        await sealer.Seal(SecretArn.Create(TestPortal.Region, TestPortal.Account, "scale", "abcdef"), TestPortal.Token(0), SecretValue.FromText("first"), key, default);
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(portal.Options.DataDirectory, "portal.db")}");
        await connection.OpenAsync();
        await using var transaction = connection.BeginTransaction();
        await using var secret = Command("INSERT INTO secret (id, region, name, arn, is_tagged, created_at, last_changed_at) VALUES ($id, 'us-east-1', $name, $arn, 0, $at, $at)");
        await using var version = Command("""
            INSERT INTO secret_version (secret_id, version_id, position, created_at, kms_key_id, kms_key_version, kind, is_text, fingerprint, sealed)
            VALUES ($id, $version, 1, $at, $key, $keyVersion, 'Text', 1, $fingerprint, $sealed)
            """);
        await using var label = Command("INSERT INTO secret_label (secret_id, label, version_id) VALUES ($id, 'AWSCURRENT', $version)");
        await using var schedule = Command("""
            INSERT INTO rotation_schedule (secret_id, enabled, automatically_after_days, next_window_start_at, next_window_end_at, region, due_at, health, health_changes_at)
            VALUES ($id, 1, 30, $start, $end, 'us-east-1', $due, 'Healthy', 0)
            """);
        for (var i = 0; i < count; i++)
        {
            var id = Guid.CreateVersion7(now).ToString("N");
            var arn = SecretArn.Create(TestPortal.Region, TestPortal.Account, $"scale/{i}", "abcdef");
            var content = await sealer.Seal(arn, TestPortal.Token(i), SecretValue.FromText("nothing to rotate"), key, default);
            var values = new Dictionary<string, object>
            {
                ["$id"] = id, ["$name"] = $"scale/{i}", ["$arn"] = arn.ToString(), ["$at"] = Micros(start), ["$version"] = TestPortal.Token(i), ["$key"] = key.KeyId,
                ["$keyVersion"] = content.Stored.KeyVersion, ["$fingerprint"] = content.Version.Fingerprint!, ["$sealed"] = content.Stored.Sealed,
                ["$start"] = Micros(start), ["$end"] = Micros(now.AddHours(6)), ["$due"] = Micros(new RotationWindow(start, now.AddHours(6)).BeginOf(id)),
            };
            foreach (var command in (SqliteCommand[])[secret, version, label, schedule])
            {
                command.Parameters.Clear();
                foreach (var (name, value) in values.Where(value => command.CommandText.Contains(value.Key, StringComparison.Ordinal)))
                    command.Parameters.AddWithValue(name, value);
                await command.ExecuteNonQueryAsync();
            }
        }

        await transaction.CommitAsync();

        SqliteCommand Command(string text) => new(text, connection, transaction);
    }

    private static long Micros(DateTimeOffset at) => at.ToUnixTimeMilliseconds() * 1000;

    /// <summary>Stands for Hangfire's: runs wait in the order of their coming, and a few workers take them.</summary>
    private sealed class WorkerQueue : IRotationQueue
    {
        private readonly Channel<string> _runs = Channel.CreateUnbounded<string>();

        public int Count => _runs.Reader.Count;

        public void Enqueue(string runId) => _runs.Writer.TryWrite(runId);

        public async Task Work(RotationDispatcher dispatcher, CancellationToken end)
        {
            try
            {
                while (true)
                    await dispatcher.Execute(await _runs.Reader.ReadAsync(end), CancellationToken.None);
            }
            catch (OperationCanceledException)
            {
                // All are done.
            }
        }
    }

    /// <summary>Makes a new value and touches nothing.</summary>
    private sealed class NoRotator : IRotator
    {
        public IReadOnlyList<string> FunctionNames => ["drill"];

        public bool Serves(SecretValue current) => current.IsText && current.Text.StartsWith("nothing to rotate", StringComparison.Ordinal);

        public SecretValue Create(RotationValues values) => SecretValue.FromText("nothing to rotate, again");

        public Task<string> Set(RotationValues values, CancellationToken cancel) => Task.FromResult("Nothing was set.");

        public Task<string> Test(SecretValue value, CancellationToken cancel) => Task.FromResult("Nothing was tested.");

        public Task<bool> IsAccepted(SecretValue value, CancellationToken cancel) => Task.FromResult(true);

        public Task<PreflightReport> Check(RotationValues values, CancellationToken cancel) => Task.FromResult(new PreflightReport([]));
    }
}
