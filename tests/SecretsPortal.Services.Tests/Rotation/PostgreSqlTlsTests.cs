using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using Npgsql;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>A PostgreSQL server that speaks TLS, with a role <c>app</c> who has to use it.</summary>
public sealed class TlsServerFixture : IAsyncLifetime
{
    private readonly TemporaryDirectory _certificates = new();
    private PostgresServer? _server;

    internal TestAuthority Authority { get; } = new();

    internal TestRole Role => new(_server!, "app", "first-password");

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
        _server = await PostgresServer.Start();
        var certificate = Authority.Issue(["127.0.0.1"]);
        await Write(certificate);
        await ExternalCommand.Run("chmod", ["600", _certificates["server.key"]]);
        if (Environment.UserName == "root")
            (await ExternalCommand.Run("chown", ["-R", "postgres", _certificates.Path])).Succeeded("chown");
        await _server.Execute("CREATE ROLE app LOGIN PASSWORD 'first-password'");
        await _server.Execute($"ALTER SYSTEM SET ssl_cert_file = '{_certificates["server.crt"]}'");
        await _server.Execute($"ALTER SYSTEM SET ssl_key_file = '{_certificates["server.key"]}'");
        await _server.Execute("ALTER SYSTEM SET ssl = on");
        await _server.Execute("""
            DO $$ BEGIN EXECUTE format('COPY (VALUES (''hostssl all all 127.0.0.1/32 scram-sha-256''), (''host all postgres 127.0.0.1/32 scram-sha-256'')) TO %L', current_setting('hba_file')); END $$
            """);
        await Show(certificate);
    }

    /// <summary>Has the server show this certificate from now on.</summary>
    public async Task Show((string Certificate, string Key) certificate)
    {
        await Write(certificate);
        await _server!.Execute("SELECT pg_reload_conf()");
        using var expected = X509Certificate2.CreateFromPem(certificate.Certificate);
        for (var attempt = 0; attempt < 600; attempt++)
        {
            var shown = "";
            await using var connection = new NpgsqlConnection(new NpgsqlConnectionStringBuilder(_server.ConnectionString("postgres", PostgresServer.SuperuserPassword)) { SslMode = SslMode.Require }.ConnectionString);
            connection.SslClientAuthenticationOptionsCallback = options =>
                options.RemoteCertificateValidationCallback = (_, seen, _, _) => (shown = ((X509Certificate2)seen!).Thumbprint) is not null;
            try
            {
                await connection.OpenAsync();
            }
            catch (NpgsqlException) when (attempt < 599)
            {
                // TLS is not on yet.
            }

            if (shown == expected.Thumbprint)
                return;
            await Task.Delay(50);
        }

        Assert.Fail("The server does not show the certificate.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
        _certificates.Dispose();
        Authority.Dispose();
    }

    private async Task Write((string Certificate, string Key) certificate)
    {
        await File.WriteAllTextAsync(_certificates["server.crt"], certificate.Certificate);
        await File.WriteAllTextAsync(_certificates["server.key"], certificate.Key);
    }
}

public sealed class PostgreSqlTlsTests(TlsServerFixture fixture) : IClassFixture<TlsServerFixture>
{
    private static readonly DateTimeOffset s_past = DateTimeOffset.UnixEpoch.AddYears(30);
    private readonly SingleUserRotator _rotator = new(new PostgreSqlEngine(RandomNumberGenerator.Fill), RandomNumberGenerator.Fill);

    [Fact]
    public async Task The_authority_in_sslrootcert_is_believed_and_a_role_is_rotated()
    {
        await fixture.Show(fixture.Authority.Issue(["127.0.0.1"]));
        var current = Value(Root(fixture.Authority.Pem));
        var pending = _rotator.Create(new RotationValues { Current = current });

        await _rotator.Set(new RotationValues { Current = current, Pending = pending }, default);

        Assert.EndsWith("accepts the password.", await _rotator.Test(pending, default), StringComparison.Ordinal);
        Assert.False(await _rotator.IsAccepted(current, default));
        var report = await _rotator.Check(new RotationValues { Current = pending }, default);
        Assert.Equal(PreflightState.Passed, Assert.Single(report.Findings, f => f.Check == PreflightCheck.Tls).State);
        await fixture.Role.Server.Execute("ALTER ROLE app PASSWORD 'first-password'");
    }

    [Fact]
    public async Task A_self_signed_certificate_is_believed_where_the_secret_names_it_or_wants_no_proof()
    {
        var own = TestAuthority.SelfSigned("127.0.0.1");
        await fixture.Show(own);

        Assert.True(await _rotator.IsAccepted(Value(Root(own.Certificate)), default));
        Assert.True(await _rotator.IsAccepted(Value(",\"ssl\":\"require\""), default));
        Assert.True(await _rotator.IsAccepted(Value(",\"ssl\":\"Require\"" + Root(fixture.Authority.Pem)), default));
        await AssertRefused("", "no authority that this machine trusts signed it: put the certificate of the authority that did (PEM) into the member \"sslrootcert\"");
        await AssertRefused(",\"ssl\":true" + Root(fixture.Authority.Pem), "none of the authorities in \"sslrootcert\" signed it");
    }

    [Fact]
    public async Task A_certificate_that_is_expired_or_for_another_host_is_refused_with_its_dates_and_names()
    {
        await fixture.Show(fixture.Authority.Issue(["127.0.0.1"], until: s_past));
        await AssertRefused(Root(fixture.Authority.Pem), "is not valid at this time (it is from 1970-01-01 00:00 to 2000-01-01 00:00 UTC): renew it");
        await fixture.Show(fixture.Authority.Issue(["127.0.0.1"], from: s_past.AddYears(60)));
        await AssertRefused(Root(fixture.Authority.Pem), "is not valid at this time (it is from 2060-01-01");
        await fixture.Show(fixture.Authority.Issue(["db.example.com", "10.0.0.1"]));
        await AssertRefused(Root(fixture.Authority.Pem), "it is not for the host 127.0.0.1 but for db.example.com, 10.0.0.1: put a name that it has into \"host\"");
        using var another = new TestAuthority("another authority");
        await fixture.Show(another.Issue(["db.example.com"], until: s_past));
        await AssertRefused(Root(fixture.Authority.Pem), "renew it on the server; none of the authorities in \"sslrootcert\" signed it: put the one that did into that member; it is not for the host");
    }

    [Fact]
    public async Task A_server_that_wants_TLS_is_told_where_the_secret_wants_none()
    {
        var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Test(Value(",\"ssl\":false"), default));
        Assert.Contains("which may ask for TLS: then take \"ssl\": false out of the secret's value", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing")]
    [InlineData("-----BEGIN CERTIFICATE-----\nbm9uZQ==\n-----END CERTIFICATE-----")]
    public void An_authority_that_is_none_is_refused(string pem)
    {
        var fault = Assert.Throws<RotationException>(() => _rotator.Create(new RotationValues { Current = Value(Root(pem)) }));
        Assert.Contains("\"sslrootcert\" must hold certificates in PEM", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.IsFinal);
    }

    private static string Root(string pem) => $",\"sslrootcert\":{JsonSerializer.Serialize(pem)}";

    private SecretValue Value(string extra) => SecretValue.FromText(fixture.Role.Json(extra: extra));

    private async Task AssertRefused(string extra, string expected)
    {
        var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Test(Value(extra), default));
        Assert.Contains("shows a certificate that is not trusted: ", fault.Message, StringComparison.Ordinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        var report = await _rotator.Check(new RotationValues { Current = Value(extra) }, default);
        Assert.Equal(fault.Message, Assert.Single(report.Findings, f => f is { Check: PreflightCheck.Tls, State: PreflightState.Failed }).Message);
    }
}
