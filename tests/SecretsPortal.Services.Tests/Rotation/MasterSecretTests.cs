using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Tests.Shared;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;
using static SecretsPortal.Services.Tests.Secrets.SecretWriterTests;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>Who may have a rotation use a master secret; with alternating users of a real PostgreSQL.</summary>
public sealed class MasterSecretTests(PostgresFixture postgres)
{
    private const string MayRotate = """{"Effect":"Allow","Action":["secretsmanager:RotateSecret","secretsmanager:PutSecretValue"],"Resource":"*"}""";

    [Fact]
    public async Task Users_take_turns_and_each_use_of_the_master_has_its_record()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        var master = await Master(portal, role);
        await portal.Create("db", Json(role, "master"));

        await portal.Rotate("db", 2);
        await portal.ExecuteQueue();

        Assert.Equal(RotationRunState.Succeeded, (await portal.History("db"))[0].State);
        var secret = await portal.Secret("db");
        Assert.Equal(master.Arn.ToString(), secret.Rotation!.MasterArn);
        Assert.True(await role.Server.CanLogIn($"{role.Name}_clone", PasswordOf(await portal.Value("db"))));
        Assert.True(await role.Accepts(role.Password));
        var used = Assert.Single(await portal.Log(), r => r.Resource == master.Arn.ToString() && r.Caller.EndsWith("role/secretsportal/rotation", StringComparison.Ordinal));
        Assert.Equal(("secretsmanager:GetSecretValue", AuditOutcome.Succeeded, (await portal.History("db"))[0].RunId), (used.Action, used.Outcome, used.RequestId));
        Assert.Equal($"version {TestPortal.Token(1)}, as the master of {secret.Arn}", used.Detail);
        Assert.All(await portal.Log(), r => Assert.DoesNotContain(PostgresServer.SuperuserPassword, r.ToString(), StringComparison.Ordinal));
    }

    [Fact]
    public async Task Whoever_may_not_read_the_master_may_not_turn_its_use_on_but_may_rotate_afterwards()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        var master = await Master(portal, role);
        await portal.Create("db", Json(role, "master"));
        var rotator = await portal.UserWith("rotator", MayRotate);

        var refused = await Assert.ThrowsAsync<PortalException>(() => Rotate(portal, rotator, 2));
        Assert.Equal(PortalError.AccessDenied, refused.Error);
        Assert.StartsWith("The member \"masterarn\" of the secret's value names a master secret, so whoever sets up the rotation needs secretsmanager:GetSecretValue on that one, too. User: ", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(master.Arn.ToString(), refused.Message, StringComparison.Ordinal);
        Assert.Single(await portal.Log(), r => r is { Action: "secretsmanager:GetSecretValue", Outcome: AuditOutcome.Denied } && r.Resource == master.Arn.ToString());
        Assert.Null((await portal.Secret("db")).Rotation);

        await portal.Rotate("db", 3);
        await portal.ExecuteQueue();
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await Rotate(portal, rotator, 4);
        await portal.ExecuteQueue();
        Assert.Equal(TestPortal.Token(4), (await portal.Secret("db")).Labels.VersionOf(StagingLabels.Current));
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
    }

    [Fact]
    public async Task A_value_that_names_another_master_later_is_refused_until_somebody_who_may_read_that_one_asks()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await Master(portal, role);
        await Master(portal, role, "other");
        await portal.Create("db", Json(role, "master"));
        await portal.Rotate("db", 2, r => r with { RotateImmediately = false, Schedule = RotationSchedule.Parse("rate(4 hours)", null, null) });
        await portal.ExecuteQueue();
        var writer = await portal.UserWith("writer", MayRotate);
        await portal.Writer.PutValue(writer, new Services.Secrets.PutSecretValueRequest("db", TestPortal.Token(3), SecretValue.FromText(Json(role, "other")), null), default);

        Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => Rotate(portal, writer, 4))).Error);
        portal.Clock.Advance(TimeSpan.FromHours(4));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.ExecuteQueue();

        var run = (await portal.History("db"))[0];
        Assert.Equal((RotationRunState.Failed, 1), (run.State, run.Attempt));
        Assert.Equal("\"masterarn\" names another secret than the one that the rotation was set up with. Call RotateSecret again as somebody who may read other.", run.Message);
        Assert.DoesNotContain(await portal.Log(), r => r.Resource?.Contains(":secret:other-", StringComparison.Ordinal) == true && r is { Action: "secretsmanager:GetSecretValue", Outcome: AuditOutcome.Succeeded });
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        await portal.Rotate("db", 5);
        await portal.ExecuteQueue();
        Assert.Equal(RotationRunState.Succeeded, (await portal.History("db"))[0].State);
    }

    [Theory]
    [InlineData("db", "it is the secret itself")]
    [InlineData("nobody", "Secrets Manager can't find the specified secret.")]
    [InlineData("arn:aws:secretsmanager:eu-central-1:123456789012:secret:master-aaaaaa", "Secrets Manager can't find the specified secret.")]
    [InlineData("no name", "Invalid name")]
    [InlineData("deleted", "it was marked for deletion")]
    public async Task A_master_that_cannot_be_one_is_refused_by_its_member(string named, string expected)
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await Master(portal, role, "deleted");
        await portal.Writer.Delete(portal.Admin, "deleted", 7, force: false, default);
        await portal.Create("db", Json(role, named));

        var refused = await Assert.ThrowsAsync<PortalException>(() => portal.Rotate("db", 2));

        Assert.Equal(PortalError.InvalidRequest, refused.Error);
        Assert.StartsWith("The member \"masterarn\" of the secret's value can't be used: ", refused.Message, StringComparison.Ordinal);
        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.Null((await portal.Secret("db")).Rotation);
    }

    [Fact]
    public async Task A_master_for_the_user_that_is_rotated_is_a_final_failure_and_the_value_in_use_stays()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await portal.Create("itself", role.Json());
        await portal.Create("db", Json(role, "itself"));

        await portal.Rotate("db", 2);
        await portal.ExecuteQueue();

        var run = Assert.Single(await portal.History("db"));
        Assert.Equal((RotationRunState.Failed, 1), (run.State, run.Attempt));
        Assert.Contains($"The master secret is for the user {role.Name} itself", run.Message, StringComparison.Ordinal);
        Assert.Null((await portal.Secret("db")).Labels.VersionOf(StagingLabels.Pending));
        Assert.True(await role.Accepts(PasswordOf(await portal.Value("db"))));
    }

    [Fact]
    public async Task A_check_tells_before_the_rotation_is_turned_on_and_changes_nothing()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        await Master(portal, role);
        await portal.Create("db", Json(role, "master"));
        await portal.Create("wrong", role.Json("wrong"));
        var service = portal.Get<RotationService>();
        var rotator = await portal.UserWith("rotator", MayRotate);

        var report = await service.Check(portal.Admin, "db", null, default);
        Assert.True(report.WouldWork, string.Join('\n', report.Findings));
        Assert.Contains(report.Findings, f => f is { Check: PreflightCheck.Master, State: PreflightState.Passed });
        Assert.Contains(report.Findings, f => f is { Check: PreflightCheck.Clone, State: PreflightState.Passed });
        report = await service.Check(rotator, "db", null, default);
        Assert.False(report.WouldWork);
        Assert.Contains("needs secretsmanager:GetSecretValue on that one", Assert.Single(report.Findings, f => f.State == PreflightState.Failed).Message, StringComparison.Ordinal);
        report = await service.Check(portal.Admin, "wrong", null, default);
        Assert.Equal(PreflightCheck.LogIn, Assert.Single(report.Findings, f => f.State == PreflightState.Failed).Check);
        // The single user of the same secret needs no master.
        report = await service.Check(rotator, "db", "SecretsManagerRDSPostgreSQLRotationSingleUser", default);
        Assert.True(report.WouldWork, string.Join('\n', report.Findings));
        await Refused(PortalError.AccessDenied,
            "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.",
            () => service.Check(portal.Admin, "db", "nobody", default));

        Assert.False(await role.Server.CanLogIn($"{role.Name}_clone", "x"));
        foreach (var id in new[] { "db", "wrong" })
            Assert.Equal((null, 1), ((await portal.Secret(id)).Rotation, (await portal.Secret(id)).Versions.Count));
        Assert.Empty(portal.Queue.RunIds);
    }

    private static Task<Services.Secrets.WrittenSecret> Rotate(TestPortal portal, CallContext call, int token) =>
        portal.Get<RotationService>().Rotate(call, new RotateSecretRequest { SecretId = "db", ClientRequestToken = TestPortal.Token(token) }, default);

    private static Task<Secret> Master(TestPortal portal, TestRole role, string name = "master") =>
        portal.Create(name, (role with { Name = "postgres" }).Json(PostgresServer.SuperuserPassword));

    private static string Json(TestRole role, string master) => role.Json(extra: $",\"ssl\":false,\"masterarn\":\"{master}\"");
}
