using System.Net;
using System.Net.Sockets;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Npgsql;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Tests.Shared;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>How runs are carried out: by one worker, resumed by another, retried, given up; on a real PostgreSQL role.</summary>
public sealed class RotationRunTests(PostgresFixture postgres)
{
    [Theory]
    [InlineData(RotationStep.CreateSecret)]
    [InlineData(RotationStep.SetSecret)]
    [InlineData(RotationStep.TestSecret)]
    public async Task A_run_whose_node_died_resumes_at_the_first_step_not_done(RotationStep last)
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        await portal.DieAfter(last);
        var created = await portal.Value("db", TestPortal.Token(2));
        await portal.ExecuteQueue();
        Assert.Equal(RotationRunState.Running, (await portal.History("db"))[0].State);

        portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationRunState.Succeeded, 2), (run.State, run.Attempt));
        Assert.Equal(created, await portal.Value("db"));
        Assert.True(await role.Accepts(PasswordOf(created)));
        Assert.All(run.Steps.Where(s => s.Step <= last), s => Assert.Equal("done before", s.Message));
        Assert.Equal(4, run.Steps.Count);
    }

    [Fact]
    public async Task Many_workers_carry_a_run_out_once()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        var runId = Assert.Single(portal.Queue.RunIds);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(() => portal.Get<RotationRunner>().Run(runId, default))));

        Assert.Equal((RotationRunState.Succeeded, 1), ((await portal.History("db"))[0].State, (await portal.History("db"))[0].Attempt));
        Assert.Equal(["RotationStarted", "RotationValueCreated", "RotationSucceeded"], await portal.RotationRecords());
    }

    [Fact]
    public async Task A_renewal_of_the_lease_that_fails_is_tried_again_until_the_lease_ends()
    {
        var rotator = new WaitingRotator();
        var faults = new CountingLogger();
        await using var portal = await TestPortal.Start(services => services.AddSingleton<IRotator>(rotator).AddSingleton<ILogger<RotationRunner>>(faults));
        var start = portal.Clock.GetUtcNow();
        const string Away = "CREATE TRIGGER away BEFORE UPDATE OF lease_until_at ON rotation_run BEGIN SELECT RAISE(ABORT, 'no'); END";
        await portal.Create("s", "{}");
        await portal.Rotate("s", 2, r => r with { RotationLambdaArn = WaitingRotator.Name });
        var running = portal.Get<RotationRunner>().Run(Assert.Single(portal.Queue.RunIds), default);
        await rotator.Begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        Assert.False(await Held(31));

        await portal.ExecuteUnseenAlways(Away);
        await FailedRenewal();
        await portal.ExecuteUnseenAlways("DROP TRIGGER away");
        portal.Clock.Advance(TimeSpan.FromSeconds(10));
        await Until(async () => await Held(49));
        Assert.False(rotator.Cancelled.Task.IsCompleted);

        await portal.ExecuteUnseenAlways(Away);
        await FailedRenewal();
        await FailedRenewal();
        portal.Clock.Advance(TimeSpan.FromSeconds(9));
        Assert.False(rotator.Cancelled.Task.IsCompleted);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await rotator.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await running.WaitAsync(TimeSpan.FromSeconds(60));

        async Task<bool> Held(int seconds) =>
            await portal.Number("SELECT lease_until_at FROM rotation_run") > start.AddSeconds(seconds).ToUnixTimeMilliseconds() * 1000;

        async Task FailedRenewal()
        {
            var before = faults.Count;
            portal.Clock.Advance(TimeSpan.FromSeconds(10));
            await Until(() => Task.FromResult(faults.Count > before));
        }

        static async Task Until(Func<Task<bool>> isSo)
        {
            for (var tries = 0; tries < 1200; tries++)
            {
                if (await isSo())
                    return;
                await Task.Delay(50);
            }

            Assert.Fail("It never came to be.");
        }
    }

    [Fact]
    public async Task A_renewal_that_gets_no_answer_does_not_let_the_work_go_on_past_the_lease()
    {
        var rotator = new WaitingRotator();
        await using var portal = await TestPortal.Start(services => services.AddSingleton<IRotator>(rotator));
        await portal.Create("s", "{}");
        await portal.Rotate("s", 2, r => r with { RotationLambdaArn = WaitingRotator.Name });
        var running = portal.Get<RotationRunner>().Run(Assert.Single(portal.Queue.RunIds), default);
        await rotator.Begun.Task.WaitAsync(TimeSpan.FromSeconds(60));
        await using var other = new SqliteConnection($"Data Source={Path.Combine(portal.Options.DataDirectory, "portal.db")}");
        await other.OpenAsync();
        await using var holding = other.BeginTransaction(deferred: false);

        // The renewal waits for its turn to write all the while.
        portal.Clock.Advance(TimeSpan.FromSeconds(10));
        portal.Clock.Advance(TimeSpan.FromSeconds(19));
        Assert.False(rotator.Cancelled.Task.IsCompleted);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));

        await rotator.Cancelled.Task.WaitAsync(TimeSpan.FromSeconds(5));
        await holding.RollbackAsync();
        Assert.False(await running.WaitAsync(TimeSpan.FromSeconds(60)));
    }

    [Theory]
    [InlineData(RotationStep.CreateSecret, false)]
    [InlineData(RotationStep.SetSecret, false)]
    [InlineData(RotationStep.SetSecret, true)]
    public async Task AWSPENDING_taken_away_by_hand_leaves_AWSCURRENT_on_a_password_that_works(RotationStep last, bool isMoved)
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        var before = (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Current)!;
        await portal.Rotate("db", 2);
        await portal.DieAfter(last);
        await portal.Writer.UpdateVersionStage(portal.Admin, "db", StagingLabels.Pending, isMoved ? before : null, TestPortal.Token(2), default);

        portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();

        var run = (await portal.History("db"))[0];
        var isSet = last == RotationStep.SetSecret;
        Assert.Equal(isSet ? RotationRunState.Succeeded : RotationRunState.Failed, run.State);
        Assert.Contains("AWSPENDING was taken away", run.Message, StringComparison.Ordinal);
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.Equal(isSet ? TestPortal.Token(2) : before, (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Current));
        Assert.Equal(isMoved ? before : null, (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Pending));
    }

    [Fact]
    public async Task Host_and_user_are_told_to_who_may_rotate_or_read_and_to_nobody_else()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json("not-the-password"));
        await portal.Rotate("db", 2);
        await portal.ExecuteUntilEnded("db");
        var service = portal.Get<RotationHistory>();

        foreach (var (action, knows) in ((string, bool)[])[("RotateSecret", true), ("GetSecretValue", true), ("TagResource", false)])
        {
            var asks = await portal.UserWith(action, $$"""{"Effect":"Allow","Action":["secretsmanager:DescribeSecret","secretsmanager:{{action}}"],"Resource":"*"}""");
            foreach (var runs in (IReadOnlyList<RotationRun>[])[await service.Latest(asks, "db", 10, default), await service.ListRuns(asks, "db", 10, default)])
            {
                var run = Assert.Single(runs);
                Assert.Equal((RotationRunState.Failed, RotationStep.SetSecret), (run.State, run.Steps[^1].Step));
                var told = string.Join(' ', run.Steps.Select(step => step.Message).Prepend(run.Message));
                Assert.Equal(knows, told.Contains(role.Name, StringComparison.Ordinal));
                Assert.Equal(knows, told.Contains(role.Server.Host, StringComparison.Ordinal));
                if (!knows)
                    Assert.StartsWith("The step setSecret failed. Why is shown to whoever may rotate the secret (secretsmanager:RotateSecret)", run.Message, StringComparison.Ordinal);
            }
        }
    }

    /// <summary>Servers lock users out after some wrong passwords, so a secret with many old values must not try them all, nor any of them twice.</summary>
    [Fact]
    public async Task A_secret_that_nothing_fits_costs_the_target_six_log_ins_a_run_and_its_test_one()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json("not-the-password"));
        await portal.Put("db", role.Json("neither-this-one"), TestPortal.Token(2));
        // Each leaves a version that its target might have got.
        for (var token = 3; token <= 8; token++)
        {
            await portal.Rotate("db", token);
            await portal.ExecuteUntilEnded("db");
        }

        var before = await Refused();
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Rotate("db", 9);
        await portal.ExecuteUntilEnded("db");

        Assert.Equal(RotationRunState.Failed, (await portal.History("db"))[0].State);
        Assert.Equal(6, await Refused() - before);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Rotate("db", 10, request => request with { RotateImmediately = false });
        await portal.ExecuteUntilEnded("db");
        Assert.Equal((RotationMode.TestOnly, RotationRunState.Failed, 1), ((await portal.History("db"))[0].Mode, (await portal.History("db"))[0].State, (await portal.History("db"))[0].Attempt));
        Assert.Equal(7, await Refused() - before);

        async Task<int> Refused()
        {
            await using var connection = new NpgsqlConnection(role.Server.ConnectionString("postgres", PostgresServer.SuperuserPassword));
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT pg_read_file(current_setting('data_directory') || '/../server.log')", connection);
            return ((string)(await command.ExecuteScalarAsync())!).Split($"password authentication failed for user \"{role.Name}\"").Length - 1;
        }
    }

    [Fact]
    public async Task A_run_whose_passwords_are_all_refused_ends_without_AWSPENDING_and_says_why()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json("not-the-password"));
        await portal.Rotate("db", 2);

        await portal.ExecuteUntilEnded("db");

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationRunState.Failed, 1), (run.State, run.Attempt));
        Assert.Equal($"PostgreSQL at 127.0.0.1:{role.Server.Port} (user {role.Name}) accepts none of the passwords in AWSPENDING, AWSCURRENT and AWSPREVIOUS. Put the password that works into the secret, or reset the user's password and expiry, then rotate again. PostgreSQL says the same of a user that does not exist, that has no password, or whose password has expired (VALID UNTIL).", run.Message);
        Assert.Equal((RotationStep.SetSecret, false), (run.Steps[^1].Step, run.Steps[^1].Succeeded));
        var secret = await portal.Secret("db");
        Assert.Equal([StagingLabels.Current], secret.Labels.ByLabel.Keys);
        Assert.True(await role.Accepts(role.Password));
        Assert.Equal("RotationFailed", (await portal.RotationRecords())[^1]);
        Assert.All(await portal.Log(), r => Assert.DoesNotContain("not-the-password", r.ToString(), StringComparison.Ordinal));

        await portal.Put("db", role.Json(), TestPortal.Token(3));
        await portal.Rotate("db", 4);
        await portal.ExecuteQueue();
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
    }

    [Theory]
    [InlineData(StagingLabels.Previous)]
    [InlineData(null)]
    public async Task A_target_that_still_has_an_older_known_password_is_rotated(string? label)
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        if (label is null)
        {
            // A rotation that changed the target and was then abandoned by hand leaves its password in a version without label.
            await portal.Rotate("db", 2);
            await portal.DieAfter(RotationStep.SetSecret);
            Assert.False(await role.Accepts(role.Password));
        }

        await portal.Put("db", role.Json("never-set"), TestPortal.Token(3));
        await portal.Rotate("db", 4);
        await portal.ExecuteQueue();

        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.Equal(TestPortal.Token(4), (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Current));
    }

    [Fact]
    public async Task A_new_version_that_names_another_user_is_refused()
    {
        var role = await postgres.Role();
        var other = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Put("db", other.Json("stolen"), TestPortal.Token(2), StagingLabels.Pending);

        await Assert.ThrowsAsync<PortalException>(() => portal.Rotate("db", 3));
        await portal.ExecuteQueue();

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationRunState.Failed, 1), (run.State, run.Attempt));
        Assert.Contains("another host, port or user", run.Message, StringComparison.Ordinal);
        Assert.True(await other.Accepts(other.Password));
    }

    [Fact]
    public async Task A_value_that_was_stored_under_the_token_is_the_one_that_is_set()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);

        await portal.Put("db", role.Json("chosen-by-a-function"), TestPortal.Token(2), StagingLabels.Pending);
        await portal.ExecuteQueue();

        Assert.True(await role.Accepts("chosen-by-a-function"));
        Assert.Equal(role.Json("chosen-by-a-function"), await portal.Value("db"));
        Assert.Equal(RotationRunState.Succeeded, Assert.Single(await portal.History("db")).State);
    }

    [Fact]
    public async Task A_worker_whose_run_was_ended_stops_waiting_for_its_target()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var json = $$"""{"engine":"postgres","host":"127.0.0.1","port":{{((IPEndPoint)silent.LocalEndpoint).Port}},"username":"u","password":"p","ssl":false}""";
        await using var portal = await TestPortal.Start();
        await portal.Create("db", json);
        await portal.Rotate("db", 2);
        var running = portal.ExecuteQueue();
        using var connection = await silent.AcceptTcpClientAsync();

        await portal.Put("db", json, TestPortal.Token(3));
        portal.Clock.Advance(TimeSpan.FromSeconds(20));
        await running.WaitAsync(TimeSpan.FromSeconds(60));

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal(RotationRunState.Abandoned, run.State);
        Assert.Equal(TestPortal.Token(3), (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Current));
    }

    [Fact]
    public async Task A_host_that_stops_gives_the_run_to_the_next_one()
    {
        using var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var json = $$"""{"engine":"postgres","host":"127.0.0.1","port":{{((IPEndPoint)silent.LocalEndpoint).Port}},"username":"u","password":"p","ssl":false}""";
        await using var portal = await TestPortal.Start();
        await portal.Create("db", json);
        await portal.Rotate("db", 2);
        using var stopping = new CancellationTokenSource();
        var running = portal.Get<RotationRunner>().Run(Assert.Single(portal.Queue.RunIds), stopping.Token);
        using var connection = await silent.AcceptTcpClientAsync();

        await stopping.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
        Assert.Equal(RotationRunState.Running, Assert.Single(await portal.History("db")).State);
        portal.Queue.RunIds.Clear();
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Single(portal.Queue.RunIds);
    }

    private sealed class CountingLogger : ILogger<RotationRunner>
    {
        private int _count;

        /// <summary>Errors so far.</summary>
        public int Count => Volatile.Read(ref _count);

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (logLevel == LogLevel.Error)
                Interlocked.Increment(ref _count);
        }
    }

    private sealed class WaitingRotator : IRotator
    {
        public const string Name = "TestsWaitingRotator";

        public TaskCompletionSource Begun { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Cancelled { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<string> FunctionNames => [Name];

        public bool Serves(SecretValue current) => false;

        public SecretValue Create(RotationValues values) => values.Current;

        public async Task<string> Set(RotationValues values, CancellationToken cancel)
        {
            Begun.TrySetResult();
            try
            {
                await Task.Delay(Timeout.InfiniteTimeSpan, cancel);
            }
            catch (OperationCanceledException)
            {
                Cancelled.TrySetResult();
                throw;
            }

            return "";
        }

        public Task<string> Test(SecretValue value, CancellationToken cancel) => Task.FromResult("");

        public Task<bool> IsAccepted(SecretValue value, CancellationToken cancel) => Task.FromResult(false);

        public Task<PreflightReport> Check(RotationValues values, CancellationToken cancel) => Task.FromResult(new PreflightReport([]));
    }
}
