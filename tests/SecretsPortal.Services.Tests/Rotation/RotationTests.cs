using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;
using static SecretsPortal.Services.Tests.Secrets.SecretWriterTests;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>What asks for a rotation and what ends one early, by hand or by schedule; on a real PostgreSQL role.</summary>
public sealed class RotationTests(PostgresFixture postgres)
{
    private const string NotComplete = "A previous rotation isn't complete. That rotation will be reattempted.";

    [Fact]
    public async Task A_rotation_changes_the_password_and_moves_the_labels()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());

        var written = await portal.Rotate("db", 2);
        Assert.Equal(TestPortal.Token(2), written.VersionId);
        await portal.ExecuteQueue();

        var password = PasswordOf(await portal.Value("db"));
        Assert.True(await role.Accepts(password));
        Assert.False(await role.Accepts(role.Password));
        Assert.Equal(32, password.Length);
        Assert.Matches("^[^/@\"'\\\\:]{32}$", password);
        Assert.Equal(role.Json(password), await portal.Value("db"));
        Assert.Equal(role.Json(), await portal.Value("db", stage: StagingLabels.Previous));
        var secret = await portal.Secret("db");
        Assert.Equal(portal.Clock.GetUtcNow(), secret.LastRotatedAt);
        Assert.Equal([StagingLabels.Current, StagingLabels.Previous], secret.Labels.ByLabel.Keys);
        var run = Assert.Single(await portal.History("db"));
        Assert.Equal(RotationRunState.Succeeded, run.State);
        Assert.Equal(Enum.GetValues<RotationStep>(), run.Steps.Select(s => s.Step));
        Assert.All(run.Steps, s => Assert.True(s.Succeeded && s.FinishedAt is not null));
        Assert.Equal(["RotationStarted", "RotationValueCreated", "RotationSucceeded"], await portal.RotationRecords());
    }

    [Fact]
    public async Task The_token_is_a_version_with_AWSPENDING_before_it_has_a_value()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());

        await portal.Rotate("db", 2);

        var secret = await portal.Secret("db");
        Assert.Equal([StagingLabels.Pending], secret.Labels.Of(TestPortal.Token(2)));
        await Refused(PortalError.ResourceNotFound, "Secrets Manager can't find the specified secret value for staging label: AWSPENDING", () => portal.Value("db", stage: StagingLabels.Pending));
        Assert.Single(portal.Queue.RunIds);
    }

    [Fact]
    public async Task A_secret_that_nothing_rotates_is_refused_and_nothing_is_stored()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("text", "no database");
        await portal.Create("empty", value: null);

        await Refused(PortalError.InvalidParameter, "You must provide a ClientRequestToken value. We recommend a UUID-type value.",
            () => portal.Get<RotationService>().Rotate(portal.Admin, new RotateSecretRequest { SecretId = "text" }, default));
        foreach (var id in new[] { "text", "empty" })
            await Refused(PortalError.InvalidRequest, "No Lambda rotation function ARN is associated with this secret.", () => portal.Rotate(id, 2));
        await Refused(PortalError.AccessDenied,
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
            () => portal.Rotate("text", 2, r => r with { RotationLambdaArn = "arn:aws:lambda:us-east-1:123456789012:function:other" }));
        var secret = await portal.Secret("text");
        Assert.Null(secret.Rotation);
        Assert.Single(secret.Versions);
        Assert.Equal((AuditOutcome.Failed, "AccessDenied"), ((await portal.Log())[^2].Outcome, (await portal.Log())[^2].Detail));
    }

    [Theory]
    [InlineData("SecretsManagerRDSPostgreSQLRotationSingleUser")]
    [InlineData("arn:aws:lambda:us-east-1:123456789012:function:SecretsManagerRDSPostgreSQLRotationSingleUser")]
    public async Task The_built_in_function_is_known_by_name_and_ARN(string function)
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());

        await portal.Rotate("db", 2, r => r with { RotationLambdaArn = function });
        await portal.ExecuteQueue();

        Assert.Equal(function, (await portal.Secret("db")).Rotation!.FunctionArn);
        Assert.False(await role.Accepts(role.Password));
    }

    [Fact]
    public async Task A_request_is_repeated_without_effect_and_another_one_reattempts_the_first()
    {
        var role = await postgres.Role();
        await role.LetNobodyIn();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        await portal.Rotate("db", 2);
        Assert.Single(await portal.History("db"));
        await portal.ExecuteQueue();
        Assert.Equal(RotationRunState.Retrying, (await portal.History("db"))[0].State);
        await role.LetIn();

        await Refused(PortalError.InvalidRequest, NotComplete, () => portal.Rotate("db", 3));
        await portal.ExecuteQueue();

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationRunState.Succeeded, 2, TestPortal.Token(2)), (run.State, run.Attempt, run.Token));
        Assert.Equal(Enum.GetValues<RotationStep>(), run.Steps.Select(s => s.Step));
        await portal.Rotate("db", 2);
        Assert.Single(await portal.History("db"));
        await Refused(PortalError.InvalidRequest, $"You can't use ClientRequestToken {TestPortal.Token(1)} because that value is already in use for a version of secret {(await portal.Secret("db")).Arn}.",
            () => portal.Rotate("db", 1));
    }

    [Fact]
    public async Task A_hanging_AWSPENDING_is_rotated_under_its_own_version()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Put("db", role.Json("chosen-by-hand"), TestPortal.Token(2), StagingLabels.Pending);

        await Refused(PortalError.InvalidRequest, NotComplete, () => portal.Rotate("db", 3));
        await portal.ExecuteQueue();

        Assert.True(await role.Accepts("chosen-by-hand"));
        Assert.Equal(role.Json("chosen-by-hand"), await portal.Value("db"));
        Assert.Null((await portal.Secret("db")).Labels.VersionOf(StagingLabels.Pending));
    }

    [Fact]
    public async Task A_value_put_by_hand_abandons_the_run_and_removes_AWSPENDING()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);

        await portal.Put("db", role.Json(), TestPortal.Token(3));
        await portal.ExecuteQueue();

        Assert.Equal(RotationRunState.Abandoned, Assert.Single(await portal.History("db")).State);
        var secret = await portal.Secret("db");
        Assert.Equal(TestPortal.Token(3), secret.Labels.VersionOf(StagingLabels.Current));
        Assert.Null(secret.Labels.VersionOf(StagingLabels.Pending));
        Assert.Null(secret.FindVersion(TestPortal.Token(2)));
        Assert.True(await role.Accepts(role.Password));
        Assert.Equal(["RotationAbandoned"], await portal.RotationRecords());
    }

    [Fact]
    public async Task Cancelling_stops_the_schedule_and_abandons_a_run_that_has_not_reached_the_target()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("rate(4 hours)", null, null) });

        var cancelled = await portal.Get<RotationService>().Cancel(portal.Admin, "db", default);

        Assert.False(cancelled.Secret.Rotation!.Enabled);
        Assert.Null(cancelled.Secret.Rotation.NextWindowStart);
        Assert.Null(cancelled.Secret.Labels.VersionOf(StagingLabels.Pending));
        portal.Clock.Advance(TimeSpan.FromDays(2));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();
        Assert.Equal(RotationRunState.Abandoned, Assert.Single(await portal.History("db")).State);
        Assert.True(await role.Accepts(role.Password));
    }

    [Fact]
    public async Task Cancelling_lets_a_run_that_has_changed_the_target_come_to_its_end()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        await portal.DieAfter(RotationStep.SetSecret);

        await portal.Get<RotationService>().Cancel(portal.Admin, "db", default);
        portal.Clock.Advance(TimeSpan.FromMinutes(2));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();

        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.False((await portal.Secret("db")).Rotation!.Enabled);
    }

    [Fact]
    public async Task RotateImmediately_false_stores_the_schedule_and_tests_alone()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());

        var written = await portal.Rotate("db", 2, r => r with { RotateImmediately = false, Schedule = RotationSchedule.Parse("cron(0 8 1 * ? *)", null, "2h") });
        await portal.ExecuteQueue();

        Assert.Null(written.VersionId);
        Assert.Equal(new DateTimeOffset(2026, 4, 1, 8, 0, 0, TimeSpan.Zero), written.Secret.Rotation!.NextWindowStart);
        Assert.Equal(new DateTimeOffset(2026, 4, 1, 10, 0, 0, TimeSpan.Zero), written.Secret.Rotation.NextWindowEnd);
        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationMode.TestOnly, RotationRunState.Succeeded, RotationStep.TestSecret), (run.Mode, run.State, Assert.Single(run.Steps).Step));
        Assert.True(await role.Accepts(role.Password));
        Assert.Null((await portal.Secret("db")).LastRotatedAt);
        Assert.Equal(["TestRotationStarted", "TestRotationSucceeded"], await portal.RotationRecords());
    }

    [Fact]
    public async Task A_test_that_is_under_way_gives_way_to_a_rotation()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await role.LetNobodyIn();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { RotateImmediately = false });
        await portal.ExecuteQueue();
        Assert.Equal(RotationRunState.Retrying, Assert.Single(await portal.History("db")).State);
        await role.LetIn();

        // The newest run comes first, and two of one instant are in no order.
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Rotate("db", 3);
        await portal.ExecuteQueue();

        Assert.Equal([RotationRunState.Succeeded, RotationRunState.Abandoned], (await portal.History("db")).Select(r => r.State));
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.Equal(TestPortal.Token(3), (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Current));
        Assert.Contains("RotationAbandoned", await portal.RotationRecords());
    }

    [Fact]
    public async Task RotateImmediately_false_leaves_a_hanging_AWSPENDING_alone()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Put("db", role.Json("chosen-by-hand"), TestPortal.Token(2), StagingLabels.Pending);

        await portal.Rotate("db", 3, r => r with { RotateImmediately = false, Schedule = RotationSchedule.Parse("rate(4 hours)", null, null) });
        await portal.ExecuteQueue();

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationMode.TestOnly, RotationRunState.Succeeded), (run.Mode, run.State));
        var secret = await portal.Secret("db");
        Assert.True(secret.Rotation!.Enabled);
        Assert.Equal(TestPortal.Token(2), secret.Labels.VersionOf(StagingLabels.Pending));
        Assert.True(await role.Accepts(role.Password));
    }

    [Fact]
    public async Task The_schedule_rotates_in_its_window_and_counts_on_from_there()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("rate(4 hours)", null, null) });
        await portal.ExecuteQueue();
        var first = await portal.Value("db");
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 14, 0, 0, TimeSpan.Zero), (await portal.Secret("db")).Rotation!.NextWindowStart);

        portal.Clock.SetUtcNow(new DateTimeOffset(2026, 3, 4, 13, 59, 0, TimeSpan.Zero));
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Empty(portal.Queue.RunIds);
        // Wherever its place in the first half of the window is.
        portal.Clock.SetUtcNow(new DateTimeOffset(2026, 3, 4, 14, 30, 0, TimeSpan.Zero));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.Single(portal.Queue.RunIds);
        await portal.ExecuteQueue();

        var second = await portal.Value("db");
        Assert.NotEqual(first, second);
        Assert.True(await role.Accepts(PasswordOf(second)));
        Assert.Equal(new DateTimeOffset(2026, 3, 4, 18, 0, 0, TimeSpan.Zero), (await portal.Secret("db")).Rotation!.NextWindowStart);
        Assert.Equal(RotationTrigger.Schedule, (await portal.History("db"))[0].Trigger);
    }

    [Fact]
    public async Task Secrets_are_purged_after_their_recovery_window()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "value");
        await portal.Writer.Delete(portal.Admin, "s", 7, force: false, default);

        portal.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        await portal.Get<RotationDispatcher>().Tick(default);
        Assert.NotNull((await portal.Secret("s")).PurgeAt);
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Get<RotationDispatcher>().Tick(default);

        await Assert.ThrowsAsync<PortalException>(() => portal.Secret("s"));
        Assert.Contains(await portal.Log(), r => r.Action == "secretsportal:PurgeSecret");
    }

    [Fact]
    public async Task A_secret_deleted_during_its_rotation_keeps_no_AWSPENDING_and_can_be_rotated_after_its_restoration()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        await portal.Writer.Delete(portal.Admin, "db", 7, force: false, default);
        await portal.ExecuteQueue();

        Assert.Null((await portal.Secret("db")).Labels.VersionOf(StagingLabels.Pending));
        await Refused(PortalError.InvalidRequest, "You can't perform this operation on the secret because it was marked for deletion.", () => portal.Rotate("db", 3));
        await portal.Writer.Restore(portal.Admin, "db", default);
        await portal.Rotate("db", 3);
        await portal.ExecuteQueue();
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
    }
}
