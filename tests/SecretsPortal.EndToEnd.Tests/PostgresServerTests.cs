using SecretsPortal.Tests.Shared;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>The ground the other tests stand on: the server really refuses a wrong password.</summary>
public sealed class PostgresServerTests
{
    [Fact]
    public async Task Only_the_right_password_logs_in()
    {
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
        await using var server = await PostgresServer.Start();
        await server.Execute("CREATE ROLE app LOGIN PASSWORD 'right'");

        Assert.True(await server.CanLogIn("app", "right"));
        Assert.False(await server.CanLogIn("app", "wrong"));
    }
}
