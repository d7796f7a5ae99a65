using System.Net;
using System.Net.Sockets;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>A credential that is tried before it is stored: who may, what is told, what is noted, and how often.</summary>
public sealed class ConnectionTesterTests(PostgresFixture postgres)
{
    private const string MayAll = """{"Effect":"Allow","Action":["secretsmanager:CreateSecret","secretsmanager:RotateSecret"],"Resource":"*"}""";

    [Fact]
    public async Task A_credential_that_works_is_told_and_noted_without_user_and_password()
    {
        var role = await postgres.Role("password-of-the-test");
        await using var portal = await TestPortal.Start();

        var report = await Test(portal, portal.Admin, role.Json());

        Assert.True(report.WouldWork);
        Assert.Equal(PreflightState.Passed, StateOf(report, PreflightCheck.LogIn));
        Assert.Equal(PreflightState.Passed, StateOf(report, PreflightCheck.Privileges));
        // In the clear, as the value says, which is worth a warning.
        Assert.Equal(PreflightState.Warning, StateOf(report, PreflightCheck.Tls));
        var record = Assert.Single(await portal.Log(), one => one.Detail?.Contains("connection test", StringComparison.Ordinal) == true);
        Assert.Equal(("secretsmanager:RotateSecret", "*", AuditOutcome.Succeeded), (record.Action, record.Resource, record.Outcome));
        Assert.Equal($"connection test of PostgreSQL at {role.Server.Host}:{role.Server.Port}: worked; nothing is stored", record.Detail);
        Assert.DoesNotContain("password-of-the-test", record.ToString(), StringComparison.Ordinal);
        Assert.True(await role.Accepts("password-of-the-test"));
    }

    [Fact]
    public async Task What_does_not_work_is_told_by_its_cause()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();

        Assert.Equal(PreflightCheck.LogIn, CauseOf(await Test(portal, portal.Admin, role.Json("wrong"))));
        // The server speaks no TLS, and nobody said that the portal may do without.
        Assert.Equal(PreflightCheck.Tls, CauseOf(await Test(portal, portal.Admin, role.Json(extra: ""))));
        Assert.Equal(PreflightCheck.Reachable, CauseOf(await Test(portal, portal.Admin, Nowhere())));
        Assert.Equal(PreflightCheck.Json, CauseOf(await Test(portal, portal.Admin, """{"engine":"postgres","username":"u","password":"needle","host":"a,b"}""")));
        Assert.All(await portal.Log(), one => Assert.DoesNotContain("needle", one.ToString(), StringComparison.Ordinal));
        Assert.Contains(await portal.Log(), one => one.Detail == "connection test of PostgreSQL: failed at Json; nothing is stored");
    }

    [Fact]
    public async Task Of_alternating_users_the_log_in_is_tried_and_the_master_is_not_asked()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();

        var report = await Test(portal, portal.Admin, role.Json(extra: ",\"ssl\":false,\"masterarn\":\"arn:aws:secretsmanager:us-east-1:123456789012:secret:none-AbCdEf\""));

        Assert.True(report.WouldWork);
        Assert.DoesNotContain(report.Findings, one => one.Check is PreflightCheck.Master or PreflightCheck.Privileges);
    }

    [Theory]
    [InlineData("""{"Effect":"Allow","Action":"secretsmanager:CreateSecret","Resource":"*"}""")]
    [InlineData("""{"Effect":"Allow","Action":"secretsmanager:RotateSecret","Resource":"*"}""")]
    public async Task Who_may_not_both_create_and_rotate_is_refused_before_anything_is_reached(string statement)
    {
        await using var portal = await TestPortal.Start();
        var user = await portal.UserWith("half", statement);
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        var refused = await Assert.ThrowsAsync<PortalException>(() => Test(portal, user, At(((IPEndPoint)listener.LocalEndpoint).Port)));

        Assert.Equal(PortalError.AccessDenied, refused.Error);
        Assert.False(listener.Pending());
        Assert.Single(await portal.Log(), one => one.Outcome == AuditOutcome.Denied && one.Caller == user.Caller.Arn);
    }

    [Fact]
    public async Task A_right_for_some_names_alone_counts_once_the_secret_has_its_name()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        var user = await portal.UserWith("team", MayAll.Replace("\"*\"", "\"arn:aws:secretsmanager:*:*:secret:team/*\"", StringComparison.Ordinal));

        await Assert.ThrowsAsync<PortalException>(() => Test(portal, user, role.Json()));
        await Assert.ThrowsAsync<PortalException>(() => Test(portal, user, role.Json(), "other/db"));

        Assert.True((await Test(portal, user, role.Json(), "team/db")).WouldWork);
    }

    [Fact]
    public async Task Tests_that_fail_are_slowed_down_for_their_caller_alone_and_one_that_works_forgives_none()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        var other = await portal.UserWith("other", MayAll);
        for (var attempt = 0; attempt < 5; attempt++)
            await Test(portal, portal.Admin, Nowhere());

        var refused = await Assert.ThrowsAsync<PortalException>(() => Test(portal, portal.Admin, Nowhere()));
        Assert.Equal(PortalError.Throttling, refused.Error);
        Assert.False((await Test(portal, other, Nowhere())).WouldWork);
        for (var attempt = 0; attempt < 6; attempt++)
            Assert.True((await Test(portal, other, role.Json())).WouldWork);

        portal.Clock.Advance(TimeSpan.FromSeconds(2));
        Assert.True((await Test(portal, portal.Admin, role.Json())).WouldWork);
        portal.Clock.Advance(TimeSpan.FromSeconds(3));
        Assert.False((await Test(portal, portal.Admin, Nowhere())).WouldWork);
        refused = await Assert.ThrowsAsync<PortalException>(() => Test(portal, portal.Admin, Nowhere()));
        Assert.Equal(PortalError.Throttling, refused.Error);
    }

    [Theory]
    [InlineData("postgres", "PostgreSQL", 5432)]
    [InlineData("AURORA-MYSQL", "MySQL", 3306)]
    [InlineData("mongo", "MongoDB", 27017)]
    [InlineData("oracle", null, 0)]
    public async Task Engines_are_known_by_the_names_that_values_give_them(string engine, string? name, int port)
    {
        await using var portal = await TestPortal.Start();

        var kind = portal.Get<ConnectionTester>().KindOf(engine);

        Assert.Equal((name, port), (kind?.Name, kind?.DefaultPort ?? 0));
        if (name is null)
            Assert.Equal(PortalError.InvalidRequest, (await Assert.ThrowsAsync<PortalException>(() => Test(portal, portal.Admin, $$"""{"engine":"{{engine}}","username":"u","password":"p","host":"h"}"""))).Error);
    }

    private static Task<PreflightReport> Test(TestPortal portal, CallContext call, string json, string? name = null) =>
        portal.Get<ConnectionTester>().Test(call, SecretValue.FromText(json), name, default);

    private static string Nowhere() => At(FreePort.Next());

    private static string At(int port) => $$"""{"engine":"postgres","username":"u","password":"p","host":"127.0.0.1","port":{{port}},"ssl":false}""";

    private static PreflightState StateOf(PreflightReport report, PreflightCheck check) => report.Findings.Single(one => one.Check == check).State;

    private static PreflightCheck CauseOf(PreflightReport report) => report.Findings.First(one => one.State == PreflightState.Failed).Check;
}
