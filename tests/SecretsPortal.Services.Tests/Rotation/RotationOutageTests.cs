using Microsoft.Data.Sqlite;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Tests.Replicas;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>A real PostgreSQL that stops answering in the middle of a rotation.</summary>
public sealed class RotationOutageTests(PostgresFixture postgres)
{
    private static readonly TimeSpan s_longestPause = TimeSpan.FromMinutes(15);

    // setSecret tries the pending password on the first connection, and changes it on the second one.
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public async Task An_outage_once_setSecret_has_begun_is_sat_out(int connections, bool isChanged)
    {
        var role = await postgres.Role();
        await using var proxy = new FragileProxy(role.Server.Port, connections);
        await using var portal = await TestPortal.Start();
        await portal.Create("db", Through(proxy, role));
        await portal.Rotate("db", 2);

        await SitOut(portal, 6);
        Assert.Equal(!isChanged, await role.Accepts(role.Password));
        proxy.Recover();
        await NextAttempt(portal);

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal(RotationRunState.Succeeded, run.State);
        var secret = await portal.Secret("db");
        Assert.Equal(TestPortal.Token(2), secret.Labels.VersionOf(StagingLabels.Current));
        Assert.Null(secret.Labels.VersionOf(StagingLabels.Pending));
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.False(await role.Accepts(role.Password));
    }

    [Fact]
    public async Task After_the_outage_a_target_that_has_the_old_password_again_gets_the_new_one_again()
    {
        var role = await postgres.Role();
        await using var proxy = new FragileProxy(role.Server.Port, connections: 2);
        await using var portal = await TestPortal.Start();
        await portal.Create("db", Through(proxy, role));
        await portal.Rotate("db", 2);
        await SitOut(portal, 4);

        await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD '{role.Password}'");
        proxy.Recover();
        await NextAttempt(portal);

        Assert.Equal(RotationRunState.Succeeded, Assert.Single(await portal.History("db")).State);
        var secret = await portal.Secret("db");
        Assert.Equal(TestPortal.Token(2), secret.Labels.VersionOf(StagingLabels.Current));
        Assert.Null(secret.Labels.VersionOf(StagingLabels.Pending));
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
    }

    /// <summary>The KMS goes away after a step, wherever that is, and so that no data key is at hand any more.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(RotationStep.CreateSecret)]
    [InlineData(RotationStep.SetSecret)]
    [InlineData(RotationStep.TestSecret)]
    public async Task A_KMS_that_goes_away_in_the_middle_is_sat_out(RotationStep? last)
    {
        var role = await postgres.Role();
        var kms = new GatedKms();
        await using var portal = await Interrupted(kms, role, last);
        kms.Fail();
        kms.BeforeUnwrap = kms.BeforeWrap;

        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();
        var waiting = Assert.Single(await portal.History("db"));
        Assert.Equal(RotationRunState.Retrying, waiting.State);
        Assert.Contains("The KMS is away.", waiting.Message, StringComparison.Ordinal);
        Assert.Equal(TestPortal.Token(2), (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Pending));
        kms.Open();
        kms.BeforeUnwrap = kms.BeforeWrap;
        portal.Clock.Advance(TimeSpan.FromSeconds(70));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal(RotationRunState.Succeeded, run.State);
        var secret = await portal.Secret("db");
        Assert.Equal((TestPortal.Token(2), null), (secret.Labels.VersionOf(StagingLabels.Current), secret.Labels.VersionOf(StagingLabels.Pending)));
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.False(await role.Accepts(role.Password));
    }

    /// <summary>Another process holds the write lock of the portal's own database from the middle of a step on, and past the end of the lease.</summary>
    [Theory]
    [InlineData(null)]
    [InlineData(RotationStep.CreateSecret)]
    [InlineData(RotationStep.SetSecret)]
    public async Task A_database_of_the_portals_own_that_is_locked_in_the_middle_is_sat_out(RotationStep? last)
    {
        var role = await postgres.Role();
        var kms = new GatedKms();
        await using var portal = await Interrupted(kms, role, last);
        await using var other = new SqliteConnection($"Data Source={Path.Combine(portal.Options.DataDirectory, "portal.db")};Pooling=False");
        await other.OpenAsync();
        SqliteTransaction? held = null;
        portal.Queue.RunIds.Clear();
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Single(portal.Queue.RunIds);
        kms.BeforeUnwrap = () =>
        {
            held ??= other.BeginTransaction(deferred: false);
            return Task.CompletedTask;
        };

        var attempt = portal.ExecuteQueue();
        await Until(async () => held is not null && (last != RotationStep.CreateSecret || !await role.Accepts(role.Password)));
        portal.Clock.Advance(RotationRunner.Lease + TimeSpan.FromSeconds(1));
        await Task.Delay(TimeSpan.FromSeconds(1));
        await held!.RollbackAsync();
        await attempt;

        var waiting = Assert.Single(await portal.History("db"));
        Assert.True(waiting.IsOpen);
        Assert.Equal((TestPortal.Token(1), TestPortal.Token(2)), ((await portal.Secret("db")).Labels.VersionOf(StagingLabels.Current), (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Pending)));
        kms.BeforeUnwrap = () => Task.CompletedTask;
        portal.Clock.Advance(TimeSpan.FromSeconds(70));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();

        Assert.Equal(RotationRunState.Succeeded, Assert.Single(await portal.History("db")).State);
        var secret = await portal.Secret("db");
        Assert.Equal((TestPortal.Token(2), null), (secret.Labels.VersionOf(StagingLabels.Current), secret.Labels.VersionOf(StagingLabels.Pending)));
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.False(await role.Accepts(role.Password));
    }

    private static async Task Until(Func<Task<bool>> isSo)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (!await isSo())
            await Task.Delay(50, limit.Token);
    }

    [Fact]
    public async Task A_role_that_is_kept_out_after_setSecret_is_no_answer_about_its_password()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        await portal.DieAfter(RotationStep.SetSecret);
        await role.Server.Execute($"ALTER ROLE {role.Name} NOLOGIN");

        await SitOut(portal, 4);
        await role.Server.Execute($"ALTER ROLE {role.Name} LOGIN");
        await NextAttempt(portal);

        Assert.Equal(RotationRunState.Succeeded, Assert.Single(await portal.History("db")).State);
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
    }

    /// <summary>A portal that died after a step of a rotation, and whose lease is over; null for one that had not begun.</summary>
    private static async Task<TestPortal> Interrupted(GatedKms kms, TestRole role, RotationStep? last)
    {
        var portal = await kms.StartPortal();
        await portal.AddGatedKey(TestPortal.Region, "here");
        await portal.Writer.Create(
            portal.Admin, new CreateSecretRequest { Name = "db", ClientRequestToken = TestPortal.Token(1), Value = SecretValue.FromText(role.Json()), KmsKeyId = "alias/here" }, default);
        await portal.Rotate("db", 2);
        if (last is { } step)
            await portal.DieAfter(step);
        portal.Clock.Advance(TimeSpan.FromMinutes(6));
        return portal;
    }

    private static async Task SitOut(TestPortal portal, int attempts)
    {
        while ((await portal.History("db"))[0].Attempt < attempts)
            await NextAttempt(portal);
        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationRunState.Retrying, attempts), (run.State, run.Attempt));
        Assert.Equal(portal.Clock.GetUtcNow() + s_longestPause, run.NextAttemptAt);
        Assert.NotNull(run.StalledAt);
        Assert.StartsWith("The target does not say whether it has the new value, so AWSPENDING stays", run.Message, StringComparison.Ordinal);
        Assert.Single(await portal.RotationRecords(), "RotationStalled");
        Assert.Equal(run.Token, (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Pending));
    }

    private static async Task NextAttempt(TestPortal portal)
    {
        portal.Clock.Advance(s_longestPause);
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();
    }

    private static string Through(FragileProxy proxy, TestRole role) =>
        role.Json().Replace($"\"port\":{role.Server.Port}", $"\"port\":{proxy.Port}", StringComparison.Ordinal);
}
