using System.Net;
using System.Net.Sockets;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
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
    public async Task A_run_that_keeps_failing_ends_without_AWSPENDING_and_says_why()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json("not-the-password"));
        await portal.Rotate("db", 2);

        await portal.ExecuteUntilEnded("db");

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationRunState.Failed, 4), (run.State, run.Attempt));
        Assert.Equal($"PostgreSQL at 127.0.0.1:{role.Server.Port} (user {role.Name}) accepts none of the passwords in AWSPENDING, AWSCURRENT and AWSPREVIOUS. Put the password that works into the secret, or reset the user's password and expiry, then rotate again.", run.Message);
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
}
