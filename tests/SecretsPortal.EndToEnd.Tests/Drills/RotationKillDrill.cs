using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Data.Sqlite;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Tests;

namespace SecretsPortal.EndToEnd.Tests.Drills;

/// <summary>
/// kill -9 of the real portal while it rotates users of a real database, at named points of the runs and at random ones, with clients that log in all
/// the while as the users that take turns. A few kills here; tests/drill.sh rotation-kill asks for many by the environment.
/// </summary>
public sealed class RotationKillDrill
{
    private const int SecretsOfEachKind = 12;
    private const int Clients = 4;
    private const string PointsVariable = "SECRETSPORTAL_DRILL_ROTATION_POINTS";

    // What a client has read is good until the rotation after the next one begins, so this long. Clients know that, as programs know their schedule.
    private static readonly TimeSpan s_betweenRotations = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan s_kept = TimeSpan.FromSeconds(8);

    private static readonly TimeSpan s_mostPending = TimeSpan.FromSeconds(60);
    private static readonly int? s_rotations = int.TryParse(Environment.GetEnvironmentVariable("ROTATION_KILL_ROTATIONS"), CultureInfo.InvariantCulture, out var n) ? n : null;

    private static readonly string[] s_points =
    [
        "claimed", .. from step in new[] { "CreateSecret", "SetSecret", "TestSecret", "FinishSecret" } from at in new[] { "begun", "acted", "saved" } select $"{step}.{at}", "ending", "ended",
    ];

    [Theory]
    [InlineData("postgres")]
    [InlineData("mariadb")]
    public async Task Whatever_kills_the_portal_every_secret_comes_to_one_value_that_works(string engine)
    {
        Assert.SkipWhen(Environment.GetEnvironmentVariable("ROTATION_KILL_ENGINE") is { Length: > 0 } asked && asked != engine, "Another engine was asked for.");
        var rotations = s_rotations ?? 4;
        // A null is a kill at a random moment: as many of those as of the others.
        string?[] points = s_rotations is null ? ["SetSecret.acted", "FinishSecret.saved"] : [.. s_points, .. s_points.Select(_ => (string?)null)];
        await using var target = await DrillTarget.Start(engine);
        using var folder = new TemporaryDirectory();
        await using var portal = await PortalProcess.StartWith(
            new Dictionary<string, string> { [PointsVariable] = folder.Path }, "--Logging:LogLevel:Default=Warning");
        var drill = new Drill(portal, target);
        await drill.CreateSecrets();

        var watch = Stopwatch.StartNew();
        using var stop = new CancellationTokenSource();
        var asking = drill.AskForRotations(stop.Token);
        var clients = Enumerable.Range(0, Clients).Select(client => drill.LogInAgainAndAgain(client, stop.Token)).ToList();
        var (kills, reached) = (0, new HashSet<string>());
        var perLife = Math.Max(2, rotations / points.Length);
        for (var round = 0; round < points.Length || await drill.Count("state = 'Succeeded'") < rotations; round++)
        {
            var until = await drill.Count("state = 'Succeeded'") + perLife;
            await Until(async () => await drill.Count("state = 'Succeeded'") >= until, TimeSpan.FromSeconds(90), $"no rotation goes on. {portal.Output}");
            var point = points[round % points.Length];
            if (point is null)
                await Task.Delay(RandomNumberGenerator.GetInt32(1500));
            else
            {
                await File.WriteAllTextAsync(folder[point], "");
                await Until(() => Task.FromResult(File.Exists(folder[point + ".reached"])), TimeSpan.FromSeconds(90), $"no run comes to the point {point}. {portal.Output}");
                File.Delete(folder[point + ".reached"]);
                reached.Add(point);
            }

            await portal.Kill();
            kills++;
            await portal.StartAgain("--Logging:LogLevel:Default=Warning");
            if (s_rotations is not null)
                Console.WriteLine($"rotation-kill {engine}: kill {kills} at {point ?? "random"}, {await drill.Count("state = 'Succeeded'")} rotations, {drill.LogIns} log-ins, {drill.Failures.Count} failed");
        }

        await stop.CancelAsync();
        await asking;
        await Task.WhenAll(clients);
        var pending = Stopwatch.StartNew();
        // In the short form, beside other tests, what is held is that it goes, not when.
        var limit = s_rotations is null ? 3 * s_mostPending : s_mostPending;
        await Until(async () => await drill.Pending() == 0 && await drill.Count("finished_at IS NULL") == 0, limit, $"AWSPENDING stays. {portal.Output}");
        var took = pending.Elapsed;

        Assert.Empty(await drill.SecretsThatDoNotLogIn());
        Assert.Empty(drill.Failures);
        Assert.All(points.OfType<string>(), point => Assert.Contains(point, reached));
        Assert.True(drill.LogIns > 0);
        Console.WriteLine(
            $"rotation-kill {engine}: {await drill.Count("state = 'Succeeded'")} rotations of {2 * SecretsOfEachKind} secrets, {kills} kills, {reached.Count} named points; "
            + $"{await drill.Count("state = 'Succeeded' AND attempt > 1")} rotations went on after a kill, {await drill.Count("state = 'Failed'")} failed; "
            + $"0 secrets whose AWSCURRENT does not log in, the last AWSPENDING gone after {took.TotalSeconds:0.0} s, "
            + $"{drill.LogIns} client log-ins, {drill.Failures.Count} failed; {watch.Elapsed.TotalMinutes:0.0} minutes");
    }

    private static async Task Until(Func<Task<bool>> isSo, TimeSpan limit, string otherwise)
    {
        var watch = Stopwatch.StartNew();
        while (!await isSo())
        {
            Assert.True(watch.Elapsed < limit, $"After {limit.TotalSeconds} s: {otherwise}");
            await Task.Delay(50);
        }
    }

    /// <summary>The secrets, who asks for their rotation, and who logs in with them.</summary>
    private sealed class Drill(PortalProcess portal, DrillTarget target)
    {
        private readonly List<string> _failures = [];
        private int _logIns;

        /// <summary>What clients could not do; each names user and version.</summary>
        public IReadOnlyList<string> Failures
        {
            get
            {
                lock (_failures)
                    return [.. _failures];
            }
        }

        public int LogIns => Volatile.Read(ref _logIns);

        private static IEnumerable<string> Alternating => Enumerable.Range(0, SecretsOfEachKind).Select(i => $"turns{i}");

        private static IEnumerable<string> Single => Enumerable.Range(0, SecretsOfEachKind).Select(i => $"alone{i}");

        public async Task CreateSecrets()
        {
            using var aws = Client();
            await aws.Ok("CreateSecret", new { Name = "master", ClientRequestToken = NewToken(), SecretString = JsonSerializer.Serialize(target.Master) });
            foreach (var (name, master) in Alternating.Select(name => (name, (string?)"master")).Concat(Single.Select(name => (name, (string?)null))))
            {
                await target.CreateUser(name);
                await aws.Ok("CreateSecret", new { Name = name, ClientRequestToken = NewToken(), SecretString = JsonSerializer.Serialize(target.Value(name, master)) });
            }
        }

        /// <summary>Asks for one rotation after the other. A refusal because the last one is not complete is as it should be; a portal that is gone, too.</summary>
        public async Task AskForRotations(CancellationToken stop)
        {
            using var aws = Client();
            while (!stop.IsCancellationRequested)
            {
                foreach (var name in await Rested())
                    await OrGone(async () =>
                    {
                        var answer = await aws.Call("RotateSecret", new { SecretId = name, ClientRequestToken = NewToken() });
                        Assert.True(answer.Status is HttpStatusCode.OK or HttpStatusCode.ServiceUnavailable || answer.ErrorMessage?.StartsWith("A previous rotation", StringComparison.Ordinal) == true, answer.Text);
                        return true;
                    });
                await Task.Delay(100, CancellationToken.None);
            }
        }

        /// <summary>As a program does: reads the secret, logs in, does its work, and does with what it read last while the portal is gone.</summary>
        public async Task LogInAgainAndAgain(int client, CancellationToken stop)
        {
            using var aws = Client();
            var known = new Dictionary<string, (string User, string Password, string Version)>();
            var readAt = new Dictionary<string, long>();
            for (var i = client; !stop.IsCancellationRequested; i++)
            {
                var name = $"turns{i % SecretsOfEachKind}";
                var now = Stopwatch.GetTimestamp();
                if (await OrGone(() => Read(aws, name)) is { } read)
                    (known[name], readAt[name]) = (read, now);
                if (!known.TryGetValue(name, out var credential) || Stopwatch.GetElapsedTime(readAt[name]) > s_kept)
                    continue;
                if (!await target.CanLogIn(credential.User, credential.Password))
                    lock (_failures)
                        _failures.Add($"{credential.User} with version {credential.Version}, read {Stopwatch.GetElapsedTime(readAt[name]).TotalSeconds:0.0} s before");
                Interlocked.Increment(ref _logIns);
                await Task.Delay(20, CancellationToken.None);
            }
        }

        public async Task<IReadOnlyList<string>> SecretsThatDoNotLogIn()
        {
            using var aws = Client();
            var refused = new List<string>();
            foreach (var name in Alternating.Concat(Single))
            {
                var (user, password, version) = await Read(aws, name) ?? throw new InvalidOperationException($"{name} can't be read.");
                if (!await target.CanLogIn(user, password))
                    refused.Add($"{name}, user {user}, version {version}");
            }

            return refused;
        }

        /// <summary>The secrets whose last rotation ended long enough ago, and those that were never rotated.</summary>
        private async Task<IReadOnlyList<string>> Rested()
        {
            var until = (TimeProvider.System.GetUtcNow() - s_betweenRotations - DateTimeOffset.UnixEpoch).Ticks / TimeSpan.TicksPerMicrosecond;
            var names = new List<string>();
            await using var connection = await Open();
            await using var command = connection.CreateCommand();
            command.CommandText =
                $"SELECT name FROM secret s WHERE name <> 'master' AND NOT EXISTS (SELECT 1 FROM rotation_run r WHERE r.secret_id = s.id AND (r.finished_at IS NULL OR r.finished_at > {until}))";
            await using var rows = await command.ExecuteReaderAsync();
            while (await rows.ReadAsync())
                names.Add(rows.GetString(0));
            return names;
        }

        /// <summary>How many rotations are so, as the database has them whether or not the portal runs.</summary>
        public Task<long> Count(string condition) => Number($"SELECT COUNT(*) FROM rotation_run WHERE mode = 'Rotate' AND {condition}");

        public Task<long> Pending() => Number("SELECT COUNT(*) FROM secret_label WHERE label = 'AWSPENDING'");

        private async Task<long> Number(string sql)
        {
            await using var connection = await Open();
            await using var command = connection.CreateCommand();
            command.CommandText = sql;
            return (long)(await command.ExecuteScalarAsync())!;
        }

        private async Task<SqliteConnection> Open()
        {
            var connection = new SqliteConnection($"Data Source={Path.Combine(portal.DataDirectory, "portal.db")};Mode=ReadOnly;Pooling=False;Default Timeout=30");
            await connection.OpenAsync();
            return connection;
        }

        private static async Task<(string User, string Password, string Version)?> Read(SigningClient aws, string name)
        {
            var answer = await aws.Call("GetSecretValue", new { SecretId = name });
            if (answer.Status != HttpStatusCode.OK)
                return null;
            var value = JsonDocument.Parse(answer["SecretString"]!).RootElement;
            return (value.GetProperty("username").GetString()!, value.GetProperty("password").GetString()!, answer["VersionId"]!);
        }

        private static async Task<T?> OrGone<T>(Func<Task<T>> ask)
        {
            try
            {
                return await ask();
            }
            catch (Exception gone) when (gone is HttpRequestException or IOException)
            {
                await Task.Delay(50);
                return default;
            }
        }

        private static string NewToken() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

        private SigningClient Client() =>
            new(portal.Address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1");
    }
}
