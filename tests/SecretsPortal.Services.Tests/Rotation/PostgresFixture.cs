using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SecretsPortal.Services.Tests.Rotation;
using SecretsPortal.Tests.Shared;

[assembly: AssemblyFixture(typeof(PostgresFixture))]

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>One PostgreSQL server for all tests, started by the first one that asks; each test makes roles of its own.</summary>
public sealed class PostgresFixture : IAsyncDisposable
{
    private readonly SemaphoreSlim _turn = new(1);
    private readonly TemporaryDirectory _certificates = new();
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

    /// <summary>A server of its own that speaks TLS with a self-signed certificate, and nothing else to those who come over the network.</summary>
    public async Task<PostgresServer> TlsServer()
    {
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
        var server = await PostgresServer.Start();
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch.AddYears(100));
        await File.WriteAllTextAsync(_certificates["server.crt"], certificate.ExportCertificatePem());
        await File.WriteAllTextAsync(_certificates["server.key"], key.ExportPkcs8PrivateKeyPem());
        await ExternalCommand.Run("chmod", ["600", _certificates["server.key"]]);
        if (Environment.UserName == "root")
            (await ExternalCommand.Run("chown", ["-R", "postgres", _certificates.Path])).Succeeded("chown");
        await server.Execute($"ALTER SYSTEM SET ssl_cert_file = '{_certificates["server.crt"]}'");
        await server.Execute($"ALTER SYSTEM SET ssl_key_file = '{_certificates["server.key"]}'");
        await server.Execute("ALTER SYSTEM SET ssl = on");
        await server.Execute("SELECT pg_reload_conf()");
        await Task.Delay(500);
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _certificates.Dispose();
        _turn.Dispose();
    }
}

/// <summary>A role of the server.</summary>
internal sealed record TestRole(PostgresServer Server, string Name, string Password)
{
    public string Json(string? password = null, string extra = ",\"ssl\":false") =>
        $$"""{"engine":"postgres","host":"{{Server.Host}}","port":{{Server.Port}},"username":{{System.Text.Json.JsonSerializer.Serialize(Name)}},"password":"{{password ?? Password}}","dbname":"postgres"{{extra}}}""";

    public Task<bool> Accepts(string password) => Server.CanLogIn(Name, password);
}
