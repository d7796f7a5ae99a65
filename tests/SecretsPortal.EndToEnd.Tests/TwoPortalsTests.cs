using System.Text.Json;
using Microsoft.Data.Sqlite;
using Npgsql;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;
using SecretsPortal.Web.Tests;

namespace SecretsPortal.EndToEnd.Tests;

/// <summary>Two portals, each a process of its own, on one SQLite file.</summary>
public sealed class TwoPortalsTests
{
    private const int Secrets = 24;

    [Fact]
    public async Task The_database_server_is_given_each_new_password_once()
    {
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
        await using var server = await PostgresServer.Start();
        await server.Execute("ALTER SYSTEM SET log_statement = 'ddl'");
        await server.Execute("SELECT pg_reload_conf()");
        await using var first = await PortalProcess.Start("--Logging:LogLevel:Default=Warning");
        await using var second = await PortalProcess.Start("--Logging:LogLevel:Default=Warning", $"--Portal:DataDirectory={first.DataDirectory}");
        var credentials = new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey));
        using var here = new SigningClient(first.Address, credentials, "us-east-1");
        using var there = new SigningClient(second.Address, credentials, "us-east-1");
        for (var i = 0; i < Secrets; i++)
        {
            await server.Execute($"CREATE ROLE app{i} LOGIN PASSWORD 'first-password'");
            var value = new { engine = "postgres", host = server.Host, port = server.Port, username = $"app{i}", password = "first-password", ssl = false };
            await here.Ok("CreateSecret", new { Name = $"app{i}", ClientRequestToken = Token(i, 1), SecretString = JsonSerializer.Serialize(value) });
        }

        // Asked for at both, so that both are told of the same runs.
        await Task.WhenAll(Enumerable.Range(0, Secrets).SelectMany(i => new[] { here, there }.Select(portal =>
            portal.Call("RotateSecret", new { SecretId = $"app{i}", ClientRequestToken = Token(i, 2) }))));
        for (var waited = 0; await Count(first, "finished_at IS NULL") > 0; waited++)
        {
            Assert.True(waited < 600, $"The rotations did not end. {first.Output}\n{second.Output}");
            await Task.Delay(100);
        }

        Assert.Equal(Secrets, await Count(first, "state = 'Succeeded' AND attempt = 1 AND fence = 1"));
        Assert.Equal(Secrets, await Count(first, "1 = 1"));
        var log = await Log(server);
        for (var i = 0; i < Secrets; i++)
        {
            Assert.Single(log.Split('\n'), line => line.Contains($"ALTER USER \"app{i}\"", StringComparison.Ordinal));
            var current = JsonDocument.Parse((await there.Ok("GetSecretValue", new { SecretId = $"app{i}" }))["SecretString"]!).RootElement;
            Assert.True(await server.CanLogIn($"app{i}", current.GetProperty("password").GetString()!));
        }
    }

    private static string Token(int secret, int version) => $"{secret:x8}-0000-4000-8000-{version:x12}";

    private static async Task<long> Count(PortalProcess portal, string condition)
    {
        await using var connection = new SqliteConnection($"Data Source={Path.Combine(portal.DataDirectory, "portal.db")};Mode=ReadOnly;Pooling=False;Default Timeout=30");
        await connection.OpenAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = $"SELECT COUNT(*) FROM rotation_run WHERE {condition}";
        return (long)(await command.ExecuteScalarAsync())!;
    }

    private static async Task<string> Log(PostgresServer server)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString("postgres", PostgresServer.SuperuserPassword));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT pg_read_file(current_setting('data_directory') || '/../server.log')", connection);
        return (string)(await command.ExecuteScalarAsync())!;
    }
}
