using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;
using static SecretsPortal.Services.Tests.Secrets.SecretWriterTests;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>Labels that do not match what a real PostgreSQL role accepts, and how they come to.</summary>
public sealed class ResolveTests(PostgresFixture postgres)
{
    [Fact]
    public async Task An_AWSPENDING_that_the_target_has_becomes_current()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Put("db", role.Json("pending"), TestPortal.Token(2), StagingLabels.Pending);
        await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD 'pending'");

        var run = await Resolve(portal);

        Assert.Equal((RotationMode.Resolve, RotationRunState.Succeeded), (run.Mode, run.State));
        Assert.Equal(
            $"The target refuses the value of AWSCURRENT and accepts that of the new version {TestPortal.Token(2)}. AWSCURRENT was moved to version {TestPortal.Token(2)}.", run.Message);
        await Converged(portal, role, TestPortal.Token(2));
        Assert.Equal(["RotationResolveStarted", "RotationResolved"], await portal.RotationRecords());
    }

    [Fact]
    public async Task An_AWSPENDING_that_never_reached_the_target_goes()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Put("db", role.Json("pending"), TestPortal.Token(2), StagingLabels.Pending);

        var run = await Resolve(portal);

        Assert.Equal(RotationRunState.Succeeded, run.State);
        Assert.EndsWith("AWSPENDING was removed, AWSCURRENT stays.", run.Message, StringComparison.Ordinal);
        await Converged(portal, role, TestPortal.Token(1));
    }

    [Fact]
    public async Task A_value_in_use_that_the_target_refuses_gives_way_to_the_one_before_or_to_what_a_failed_run_left()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Put("db", role.Json("never-set"), TestPortal.Token(2));
        var run = await Resolve(portal);
        Assert.Equal(RotationRunState.Succeeded, run.State);
        Assert.Equal($"The target refuses the value of AWSCURRENT. It accepts version {TestPortal.Token(1)}. AWSCURRENT was moved back to version {TestPortal.Token(1)}, which works.", run.Message);
        await Converged(portal, role, TestPortal.Token(1));

        // A run that changed the target and was then abandoned by hand leaves its password in a version without label.
        await portal.Rotate("db", 3);
        await portal.DieAfter(RotationStep.SetSecret);
        await portal.Put("db", role.Json("not-it-either"), TestPortal.Token(4));
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await Resolve(portal);
        await Converged(portal, role, TestPortal.Token(3));
    }

    [Fact]
    public async Task Where_nothing_works_the_run_says_what_to_do_and_a_value_put_by_hand_helps()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json("wrong"));

        var run = await Resolve(portal);

        Assert.Equal(RotationRunState.Failed, run.State);
        Assert.Equal(
            "The target refuses the value of AWSCURRENT. It accepts no other value that the portal knows. AWSCURRENT stays, although it does not work. Put the password that works as a new value, or reset the user's password.",
            run.Message);
        Assert.Equal("RotationUnresolved", (await portal.RotationRecords())[^1]);
        await portal.Put("db", role.Json(), TestPortal.Token(2));
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        run = await Resolve(portal);
        Assert.Equal("The target accepts the value of AWSCURRENT. Nothing had to be done.", run.Message);
        await portal.Rotate("db", 3);
        await portal.ExecuteQueue();
        await Converged(portal, role, TestPortal.Token(3));
    }

    [Fact]
    public async Task A_target_that_is_away_is_asked_again_until_it_answers()
    {
        var role = await postgres.Role();
        await using var proxy = new FragileProxy(role.Server.Port, connections: 0);
        var json = role.Json("pending").Replace($"\"port\":{role.Server.Port}", $"\"port\":{proxy.Port}", StringComparison.Ordinal);
        await using var portal = await TestPortal.Start();
        await portal.Create("db", json.Replace("pending", role.Password, StringComparison.Ordinal));
        await portal.Put("db", json, TestPortal.Token(2), StagingLabels.Pending);

        var run = await Resolve(portal);
        Assert.Equal(RotationRunState.Retrying, run.State);
        Assert.EndsWith("Nothing was changed; it is asked again.", run.Message, StringComparison.Ordinal);
        Assert.NotNull((await portal.Secret("db")).Labels.VersionOf(StagingLabels.Pending));
        proxy.Recover();
        portal.Clock.Advance(TimeSpan.FromMinutes(1));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();

        Assert.Equal(RotationRunState.Succeeded, Assert.Single(await portal.History("db")).State);
        await Converged(portal, role, TestPortal.Token(1));
    }

    [Fact]
    public async Task A_run_that_waits_for_its_target_is_carried_on_at_once()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        await portal.DieAfter(RotationStep.SetSecret);
        await role.Server.Execute($"ALTER ROLE {role.Name} NOLOGIN");
        await Refused(PortalError.InvalidRequest,
            "A rotation of this secret is being carried out right now. Wait until it ends; if the node that works on it has died, another one goes on within 30 seconds.", () => Resolve(portal));
        portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await portal.ExecuteQueue();
        Assert.Equal(RotationRunState.Retrying, (await portal.History("db"))[0].State);

        Assert.Equal(RotationRunState.Retrying, (await Resolve(portal)).State);
        await role.Server.Execute($"ALTER ROLE {role.Name} LOGIN");
        var run = await Resolve(portal);

        Assert.Equal((RotationMode.Rotate, RotationRunState.Succeeded), (run.Mode, run.State));
        await Converged(portal, role, TestPortal.Token(2));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_hangs_on_a_secret_that_is_rotated_is_resolved_by_itself_after_a_while(bool isSet)
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Create("not-rotated", role.Json());
        await portal.Rotate("db", 2, r => r with { RotateImmediately = false });
        await portal.ExecuteQueue();
        foreach (var id in new[] { "db", "not-rotated" })
            await portal.Put(id, role.Json("pending"), TestPortal.Token(3), StagingLabels.Pending);
        if (isSet)
            await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD 'pending'");

        await Pass(portal, TimeSpan.FromMinutes(9));
        Assert.NotNull((await portal.Secret("db")).Labels.VersionOf(StagingLabels.Pending));
        await Pass(portal, TimeSpan.FromMinutes(2));

        await Converged(portal, role, TestPortal.Token(isSet ? 3 : 1));
        // Labels of a secret that the portal does not rotate are its owner's business.
        Assert.NotNull((await portal.Secret("not-rotated")).Labels.VersionOf(StagingLabels.Pending));
    }

    [Fact]
    public async Task A_value_put_while_the_target_is_asked_wins()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Put("db", role.Json("pending"), TestPortal.Token(2), StagingLabels.Pending);
        await portal.Put("db", role.Json("by-hand"), TestPortal.Token(3));
        await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD 'by-hand'");

        await Resolve(portal);

        await Converged(portal, role, TestPortal.Token(3));
    }

    [Fact]
    public async Task A_run_that_waits_is_begun_again_at_once_and_none_is_refused()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await Refused(PortalError.InvalidRequest, "No rotation of this secret waits. Rotate it instead.", () => portal.Get<RotationService>().Retry(portal.Admin, "db", default));
        await role.LetNobodyIn();
        await portal.Rotate("db", 2);
        await portal.ExecuteQueue();
        await role.LetIn();

        await portal.Get<RotationService>().Retry(portal.Admin, "db", default);
        await portal.ExecuteQueue();

        await Converged(portal, role, TestPortal.Token(2));
    }

    [Fact]
    public async Task Nobody_asks_without_the_right_to_rotate()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        var reader = await portal.UserWith("reader", """{"Effect":"Allow","Action":["secretsmanager:GetSecretValue","secretsmanager:DescribeSecret"],"Resource":"*"}""");
        var service = portal.Get<RotationService>();

        foreach (var ask in new Func<Task>[] { () => service.Resolve(reader, "db", default), () => service.Retry(reader, "db", default), () => service.Check(reader, "db", null, default) })
            Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(ask)).Error);
        Assert.Equal(3, (await portal.Log()).Count(r => r is { Action: "secretsmanager:RotateSecret", Outcome: AuditOutcome.Denied }));
    }

    private static Task<RotationRun> Resolve(TestPortal portal) => portal.Get<RotationService>().Resolve(portal.Admin, "db", default);

    private static async Task Pass(TestPortal portal, TimeSpan time)
    {
        portal.Clock.Advance(time);
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();
    }

    private static async Task Converged(TestPortal portal, TestRole role, string current)
    {
        var secret = await portal.Secret("db");
        Assert.Equal(current, secret.Labels.VersionOf(StagingLabels.Current));
        Assert.Null(secret.Labels.VersionOf(StagingLabels.Pending));
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.All(await portal.History("db"), run => Assert.False(run.IsOpen));
    }
}
