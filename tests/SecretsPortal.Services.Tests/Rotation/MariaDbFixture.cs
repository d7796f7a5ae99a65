using System.Text.Json.Nodes;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Tests.Rotation;
using SecretsPortal.Tests.Shared;

[assembly: AssemblyFixture(typeof(MariaDbFixture))]

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>One MariaDB server for all tests, started by the first one that asks; each test makes accounts of its own.</summary>
public sealed class MariaDbFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private MariaDbServer? _server;
    private int _accounts;

    public async Task<MariaDbServer> Server()
    {
        Assert.SkipWhen(MariaDbServer.Program is null, "No MariaDB server is installed.");
        await _turn.WaitAsync();
        try
        {
            if (_server is null)
            {
                _server = await MariaDbServer.Start();
                await _server.Execute("CREATE DATABASE shop; CREATE TABLE shop.orders (id INT, note TEXT); CREATE PROCEDURE shop.count_orders() SELECT COUNT(*) FROM shop.orders");
            }

            return _server;
        }
        finally
        {
            _turn.Release();
        }
    }

    /// <summary>An account of any host with a password. <paramref name="options"/> are more clauses of CREATE USER.</summary>
    internal async Task<TestAccount> Account(string? name = null, string password = "first-password", string options = "")
    {
        var server = await Server();
        name ??= $"user{Interlocked.Increment(ref _accounts)}";
        var account = new TestAccount(server, name, password);
        await server.Execute($"CREATE USER {account.Sql} IDENTIFIED BY '{password}' {options}");
        return account;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _turn.Dispose();
    }
}

/// <summary>An account of the server.</summary>
internal sealed record TestAccount(MariaDbServer Server, string Name, string Password)
{
    public const string MasterArn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:master-aaaaaa";

    /// <summary>Its name in statements.</summary>
    public string Sql => $"`{Name.Replace("`", "``", StringComparison.Ordinal)}`@`%`";

    /// <summary>Its clone's name in statements.</summary>
    public string CloneSql => $"`{Name.Replace("`", "``", StringComparison.Ordinal)}_clone`@`%`";

    /// <summary>The secret's value: over TLS that is verified, unless <paramref name="change"/> says otherwise.</summary>
    public SecretValue Value(string? password = null, Action<JsonObject>? change = null)
    {
        var json = new JsonObject
        {
            ["engine"] = "mariadb",
            ["host"] = Server.Host,
            ["port"] = Server.Port,
            ["username"] = Name,
            ["password"] = password ?? Password,
            ["sslrootcert"] = Server.Certificate.AuthorityPem,
        };
        change?.Invoke(json);
        return SecretValue.FromText(json.ToJsonString());
    }

    /// <summary>The values of a rotation by the superuser, or by another master.</summary>
    public RotationValues Alternating(SecretValue current, SecretValue? pending = null, TestAccount? master = null) => new()
    {
        Current = current,
        Pending = pending,
        Master = master?.Value() ?? (this with { Name = "root" }).Value(MariaDbServer.SuperuserPassword),
    };

    /// <summary>The first secret of alternating users.</summary>
    public SecretValue FirstOfTwo(Action<JsonObject>? change = null) => Value(change: json =>
    {
        json["masterarn"] = MasterArn;
        change?.Invoke(json);
    });

    public Task<bool> Accepts(string password) => Server.CanLogIn(Name, password);
}
