using SecretsPortal.Services.Tests.Rotation;
using SecretsPortal.Tests.Shared;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>One PostgreSQL server for all tests, started by the first one that asks; each test makes roles of its own.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private PostgresServer? _server;
    private int _roles;

    public async Task<PostgresServer> Server()
    {
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
        await _turn.WaitAsync();
        try
        {
            return _server ??= await PostgresServer.Start();
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>A login role with a password, and the JSON of its secret.</summary>
    internal async Task<TestRole> Role(string password = "first-password", string? name = null)
    {
        var server = await Server();
        name ??= $"role{Interlocked.Increment(ref _roles)}";
        await server.Execute($"CREATE ROLE \"{name.Replace("\"", "\"\"", StringComparison.Ordinal)}\" LOGIN PASSWORD '{password}'");
        return new TestRole(server, name, password);
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _turn.Dispose();
    }
}

/// <summary>A role of the server.</summary>
internal sealed record TestRole(PostgresServer Server, string Name, string Password)
{
    public string Json(string? password = null, string extra = ",\"ssl\":false") =>
        $$"""{"engine":"postgres","host":"{{Server.Host}}","port":{{Server.Port}},"username":{{System.Text.Json.JsonSerializer.Serialize(Name)}},"password":"{{password ?? Password}}","dbname":"postgres"{{extra}}}""";

    /// <summary>No log-in succeeds from now on, as where all connections are taken: what a rotation tries again.</summary>
    public Task LetNobodyIn() => Server.Execute($"ALTER ROLE {Name} CONNECTION LIMIT 0");

    /// <summary>Takes that back.</summary>
    public Task LetIn() => Server.Execute($"ALTER ROLE {Name} CONNECTION LIMIT -1");

    public Task<bool> Accepts(string password) => Server.CanLogIn(Name, password);
}
