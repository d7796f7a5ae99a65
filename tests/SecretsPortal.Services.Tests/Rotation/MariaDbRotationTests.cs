using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Tests.Shared;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>Whole rotations of the portal on a real MariaDB, and what rotators the portal has.</summary>
public sealed class MariaDbRotationTests(MariaDbFixture mariaDb)
{
    [Theory]
    [InlineData("mysql", "SecretsManagerRDSMySQLRotation")]
    [InlineData("aurora-mysql", "SecretsManagerRDSMySQLRotation")]
    [InlineData("mariadb", "SecretsManagerRDSMariaDBRotation")]
    [InlineData("sqlserver", "SecretsManagerRDSSQLServerRotation")]
    [InlineData("mongo", "SecretsManagerMongoDBRotation")]
    public async Task An_engine_and_AWSs_template_mean_the_same_rotator(string engine, string template)
    {
        await using var portal = await TestPortal.Start();
        var rotators = portal.Get<RotatorRegistry>();
        var (single, multi) = (rotators.Find($"{template}SingleUser"), rotators.Find($"arn:aws:lambda:us-east-1:000000000000:function:{template}MultiUser"));

        Assert.NotNull(single);
        Assert.NotNull(multi);
        Assert.Same(single, rotators.Of(null, SecretValue.FromText($$"""{"engine":"{{engine}}","host":"h","username":"u","password":"p"}""")));
        Assert.Same(multi, rotators.Of(null, SecretValue.FromText($$"""{"engine":"{{engine}}","host":"h","username":"u","password":"p","masterarn":"m"}""")));
    }

    [Fact]
    public async Task A_single_user_is_rotated_by_its_engine()
    {
        var account = await mariaDb.Account();
        await using var portal = await TestPortal.Start();
        await portal.Create("db", account.Value().Text);

        await portal.Rotate("db", 2);
        await portal.ExecuteQueue();

        Assert.Equal(RotationRunState.Succeeded, Assert.Single(await portal.History("db")).State);
        Assert.True(await account.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.False(await account.Accepts(account.Password));
    }

    [Fact]
    public async Task Alternating_users_are_rotated_by_the_master_secret()
    {
        var account = await mariaDb.Account();
        await account.Server.Execute($"GRANT SELECT ON shop.* TO {account.Sql}");
        await using var portal = await TestPortal.Start();
        await portal.Create("master", (account with { Name = "root" }).Value(MariaDbServer.SuperuserPassword).Text);
        await portal.Create("db", account.FirstOfTwo(json => json["masterarn"] = "master").Text);

        foreach (var token in new[] { 2, 3 })
        {
            await portal.Rotate("db", token, r => r with { RotationLambdaArn = "SecretsManagerRDSMariaDBRotationMultiUser" });
            await portal.ExecuteQueue();
        }

        Assert.All(await portal.History("db"), run => Assert.Equal(RotationRunState.Succeeded, run.State));
        Assert.True(await account.Accepts(PasswordOf(await portal.Value("db"))));
        Assert.True(await account.Server.CanLogIn($"{account.Name}_clone", PasswordOf(await portal.Value("db", stage: StagingLabels.Previous))));
    }
}
