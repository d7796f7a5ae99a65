using System.Diagnostics;
using System.Text.Json;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>
/// The examples of terraform/examples as they stand, and where they need it a real PostgreSQL. That of keys and values is with the other canaries in
/// <see cref="SecretVersionTests"/>.
/// </summary>
public sealed class ExampleTests(PortalFixture fixture)
{
    [Fact]
    public async Task The_example_of_access_runs()
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        await terraform.UseExample("access");
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.StartsWith("AKIA", await terraform.Output("access_key_id"), StringComparison.Ordinal);
        await terraform.Destroy();
    }

    [Fact]
    public async Task The_examples_of_databases_rotate_real_logins()
    {
        Assert.SkipUnless(PostgresServer.ProgramFolder is not null, "PostgreSQL is not installed");
        await using var server = await PostgresServer.Start();
        await server.Execute("CREATE DATABASE orders");
        await server.Execute("CREATE ROLE orders LOGIN PASSWORD 'first of orders'");
        await server.Execute("CREATE ROLE app LOGIN PASSWORD 'first of app'");
        await TwoUsersTakeTurns(server);
        await OneUserChangesItsPassword(server);
    }

    private async Task TwoUsersTakeTurns(PostgresServer server)
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        SetServer(terraform, server);
        terraform.Set("TF_VAR_rotate_immediately", "true");
        terraform.Set("TF_VAR_password", "first of orders");
        terraform.Set("TF_VAR_master_password", PostgresServer.SuperuserPassword);
        await terraform.UseExample("database-credentials");
        await terraform.Apply();
        var (user, password) = await Rotated("example/orders/postgres", "first of orders");
        Assert.Equal("orders_clone", user);
        Assert.True(await server.CanLogIn(user, password, "orders"));
        // Who still has the other user's password is not refused.
        Assert.True(await server.CanLogIn("orders", "first of orders", "orders"));

        // What Terraform knows is an old password, and it leaves the new one alone.
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        Assert.Equal((user, password), await Login("example/orders/postgres"));
        await terraform.Destroy();
    }

    private async Task OneUserChangesItsPassword(PostgresServer server)
    {
        using var terraform = new TerraformWorkspace(fixture.Portal);
        SetServer(terraform, server);
        terraform.Set("TF_VAR_username", "app");
        terraform.Set("TF_VAR_password", "first of app");
        await terraform.UseExample("postgres-rotation");
        Assert.DoesNotContain("first of app", await terraform.Apply(), StringComparison.Ordinal);
        var (user, password) = await Rotated("example/postgres", "first of app");
        Assert.Equal("app", user);
        Assert.True(await server.CanLogIn("app", password));
        Assert.False(await server.CanLogIn("app", "first of app"));
        Assert.False(await terraform.PlansChanges());
    }

    private static void SetServer(TerraformWorkspace terraform, PostgresServer server)
    {
        terraform.Set("TF_VAR_host", server.Host);
        terraform.Set("TF_VAR_port", server.Port.ToString(System.Globalization.CultureInfo.InvariantCulture));
        terraform.Set("TF_VAR_ssl", "false");
    }

    private async Task<(string User, string Password)> Rotated(string secretId, string before)
    {
        var watch = Stopwatch.StartNew();
        while (true)
        {
            var login = await Login(secretId);
            if (login.Password != before)
                return login;
            Assert.True(watch.Elapsed < TimeSpan.FromMinutes(1), $"{secretId} was not rotated");
            await Task.Delay(200, TestContext.Current.CancellationToken);
        }
    }

    private async Task<(string User, string Password)> Login(string secretId)
    {
        using var value = JsonDocument.Parse((await fixture.CurrentValue(secretId))!);
        return (value.RootElement.GetProperty("username").GetString()!, value.RootElement.GetProperty("password").GetString()!);
    }
}
