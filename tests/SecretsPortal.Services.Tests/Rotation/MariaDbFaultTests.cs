using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>What a real MariaDB, or whoever stands in for it, can answer instead of letting the user in.</summary>
public sealed class MariaDbFaultTests(MariaDbFixture mariaDb)
{
    private const string Needle = "needle-of-a-password";

    // The driver believes whoever answers at the loopback, but for this name of it, which is its own for tests.
    private const string Remote = "mitm-tests.localhost";

    private readonly SingleUserRotator _rotator = new(new MariaDbEngine(), RandomNumberGenerator.Fill);

    [Fact]
    public async Task Faults_name_cause_and_remedy_and_never_the_password()
    {
        var account = await mariaDb.Account(password: Needle);
        await account.Server.Execute($"GRANT SELECT ON shop.* TO {account.Sql}");
        var known = await mariaDb.Account(password: Needle);
        await known.Server.Execute($"GRANT SELECT ON *.* TO {known.Sql}");
        var locked = await mariaDb.Account(password: Needle, options: "ACCOUNT LOCK");
        var limited = await mariaDb.Account(password: Needle, options: "WITH MAX_CONNECTIONS_PER_HOUR 1");
        await limited.Accepts(Needle);

        await AssertFault(account, PreflightCheck.Reachable, "can't be reached or does not answer", json => json["port"] = FreePort.Next());
        await AssertFault(account, PreflightCheck.Reachable, "Check \"engine\", \"host\" and \"port\"", json => json["host"] = "no.such.host.invalid");
        await AssertFault(account, PreflightCheck.LogIn, "does not let the user into the database mysql", json => json["dbname"] = "mysql");
        await AssertFault(known, PreflightCheck.LogIn, "has no database nowhere", json => json["dbname"] = "nowhere");
        await AssertFault(locked, PreflightCheck.LogIn, "has locked the account. Unlock it");
        await AssertFault(limited, PreflightCheck.LogIn, "has no connection free for this user");
        await AssertFault(account, PreflightCheck.LogIn, "refuses the password", json => json["password"] = Needle + "-2");
        // The server has the words of a wrong password for all three.
        var elsewhere = new TestAccount(account.Server, account.Name + "-there", Needle);
        await account.Server.Execute($"CREATE USER '{elsewhere.Name}'@'192.0.2.1' IDENTIFIED BY '{Needle}'");
        await AssertFault(elsewhere, PreflightCheck.LogIn, "no account of this user for the portal's address");
        var encrypted = await mariaDb.Account(password: Needle, options: "REQUIRE SSL");
        await AssertFault(encrypted, PreflightCheck.LogIn, "asks for TLS that the secret's value switches off (REQUIRE SSL: take \"ssl\": false out)", json => json["ssl"] = false);
        Assert.True(await _rotator.IsAccepted(encrypted.Value(), default));
        await AssertFault(await mariaDb.Account(password: Needle, options: "REQUIRE X509"), PreflightCheck.LogIn, "for a client's certificate, which the portal has none of");
        Assert.EndsWith("accepts the password.", await _rotator.Test(account.Value(change: json => json["dbname"] = "shop"), default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_servers_certificate_is_verified_unless_the_secret_says_otherwise()
    {
        var account = await mariaDb.Account(password: Needle);

        await AssertFault(account, PreflightCheck.Tls, "no authority that this machine trusts signed it", json => json.Remove("sslrootcert"));
        await AssertFault(account, PreflightCheck.Tls, "none of the authorities in \"sslrootcert\" signed it", json => json["sslrootcert"] = ServerCertificate.Create().AuthorityPem);
        await using var expired = await MariaDbServer.Start(ServerCertificate.Create(TimeProvider.System.GetUtcNow().AddDays(-1), "db.internal"));
        await expired.Execute($"CREATE USER app IDENTIFIED BY '{Needle}'");
        var app = new TestAccount(expired, "app", Needle);
        await AssertFault(app, PreflightCheck.Tls, "is not valid at this time");
        await AssertFault(app, PreflightCheck.Tls, "it is not for the host 127.0.0.1 but for db.internal");

        var unverified = await _rotator.Check(new RotationValues { Current = account.Value(change: json => json["ssl"] = "require") }, default);
        Assert.Equal(PreflightState.Warning, unverified.Findings.Single(f => f.Check == PreflightCheck.Tls).State);
        Assert.True(unverified.WouldWork);
        Assert.True(await _rotator.IsAccepted(account.Value(change: json => json["ssl"] = false), default));
    }

    [Fact]
    public async Task Without_TLS_on_the_server_nothing_is_sent_unless_the_secret_allows_it()
    {
        await using var server = await MariaDbServer.Start(null, "--skip-ssl", "--read-only");
        await server.Execute($"CREATE USER app IDENTIFIED BY '{Needle}'");
        var account = new TestAccount(server, "app", Needle);
        var plain = account.Value(change: json => json["ssl"] = false);

        await AssertFault(account, PreflightCheck.Tls, "can't be spoken to over TLS");
        await AssertFault(account, PreflightCheck.Tls, "can't be spoken to over TLS", json => json["ssl"] = "require");
        Assert.DoesNotContain("app@", server.GeneralLog[server.GeneralLog.IndexOf("CREATE USER app", StringComparison.Ordinal)..], StringComparison.Ordinal);

        // The same server is a replica that nobody but its superuser may write to.
        Assert.True(await _rotator.IsAccepted(plain, default));
        Assert.Contains((await _rotator.Check(new RotationValues { Current = plain }, default)).Findings,
            f => f is { Check: PreflightCheck.Privileges, State: PreflightState.Failed } && f.Message.Contains("is a read-only replica", StringComparison.Ordinal));
        var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Set(
            new RotationValues { Current = plain, Pending = account.Value("second-password", json => json["ssl"] = false) }, default));
        Assert.Contains("is a read-only replica", fault.Message, StringComparison.Ordinal);
        Assert.False(fault.IsFinal);
    }

    /// <summary>A server that is none: it asks for the password by the plugin <c>mysql_clear_password</c>.</summary>
    [Fact]
    public async Task A_server_that_asks_for_the_password_in_the_clear_does_not_get_it()
    {
        await SkipWithoutRemote();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var testing = _rotator.Test(Stranger(listener, Remote), default);
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(Greeting("mysql_native_password"));
        var heard = new byte[4096];
        var length = await stream.ReadAsync(heard);

        // AuthSwitchRequest, the third packet.
        await stream.WriteAsync((byte[])[.. Packet(2, [0xFE, .. "mysql_clear_password\0"u8])]);
        var rest = await Rest(stream);

        Assert.DoesNotContain(Needle, Encoding.UTF8.GetString(heard, 0, length) + Encoding.UTF8.GetString(rest), StringComparison.Ordinal);
        var fault = await Assert.ThrowsAsync<RotationException>(() => testing);
        Assert.DoesNotContain(Needle, fault.ToString(), StringComparison.Ordinal);
        Assert.Contains("over TLS only", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>Without TLS, caching_sha2_password would encrypt the password with whatever key the server sends.</summary>
    [Fact]
    public async Task A_key_that_the_server_sends_is_not_used()
    {
        await SkipWithoutRemote();
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var testing = _rotator.Test(Stranger(listener, Remote), default);
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(Greeting("caching_sha2_password"));
        var heard = new byte[4096];
        await stream.ReadAtLeastAsync(heard, 1);

        // AuthMoreData 4: the server has no hash in its cache and wants the password.
        await stream.WriteAsync((byte[])[.. Packet(2, [1, 4])]);
        var rest = await Rest(stream);

        // Nothing, or COM_QUIT.
        Assert.True(rest is [] or [1, 0, 0, 0, 1], Convert.ToHexString(rest));
        var fault = await Assert.ThrowsAsync<RotationException>(() => testing);
        Assert.Equal(PreflightCheck.Tls, fault.Concerns);
        Assert.Contains("over TLS only", fault.Message, StringComparison.Ordinal);
    }

    /// <summary>A server that is none, which shows a certificate of its own: it hears that TLS is wanted, and no word about who wants in.</summary>
    [Fact]
    public async Task A_server_with_a_wrong_certificate_hears_neither_user_nor_password()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var json = JsonNode.Parse(Stranger(listener, "127.0.0.1").Text)!.AsObject();
        json["ssl"] = true;
        json["username"] = Needle;
        var testing = _rotator.Test(SecretValue.FromText(json.ToJsonString()), default);
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        await stream.WriteAsync(Greeting("mysql_native_password", speaksTls: true));
        var sslRequest = new byte[36];
        await stream.ReadExactlyAsync(sslRequest);
        var own = ServerCertificate.Create();
        using var certificate = X509Certificate2.CreateFromPem(own.CertificatePem, own.KeyPem);
        await using var tls = new SslStream(stream);
        var heard = new byte[4096];
        var length = 0;
        try
        {
            await tls.AuthenticateAsServerAsync(certificate);
            length = await tls.ReadAsync(heard);
        }
        catch (Exception hungUp) when (hungUp is IOException or AuthenticationException)
        {
            // As it should.
        }

        Assert.Equal(0, length);
        Assert.DoesNotContain(Needle, Encoding.UTF8.GetString(sslRequest), StringComparison.Ordinal);
        var fault = await Assert.ThrowsAsync<RotationException>(() => testing);
        Assert.Equal(PreflightCheck.Tls, fault.Concerns);
        Assert.Contains("no authority that this machine trusts signed it", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_of_another_kind_is_told_as_such()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var testing = _rotator.Test(Stranger(listener, "127.0.0.1"), default);
        using var client = await listener.AcceptTcpClientAsync();
        await client.GetStream().WriteAsync(Packet(0, [99, .. "no such protocol\0"u8]));

        var fault = await Assert.ThrowsAsync<RotationException>(() => testing);
        Assert.Equal(PreflightCheck.Reachable, fault.Concerns);
        Assert.Contains("but not as MariaDB does", fault.Message, StringComparison.Ordinal);
    }

    private static async Task SkipWithoutRemote()
    {
        try
        {
            await Dns.GetHostAddressesAsync(Remote);
        }
        catch (SocketException)
        {
            Assert.Skip($"The name {Remote} is not that of the loopback on this machine.");
        }
    }

    private static SecretValue Stranger(TcpListener listener, string host) => SecretValue.FromText(
        $$"""{"engine":"mariadb","host":"{{host}}","port":{{((IPEndPoint)listener.LocalEndpoint).Port}},"username":"u","password":"{{Needle}}","ssl":false}""");

    /// <summary>What still comes before the client hangs up, in whatever way.</summary>
    private static async Task<byte[]> Rest(NetworkStream stream)
    {
        using var rest = new MemoryStream();
        try
        {
            await stream.CopyToAsync(rest);
        }
        catch (IOException)
        {
            // Hung up without a word.
        }

        return rest.ToArray();
    }

    /// <summary>Protocol::HandshakeV10.</summary>
    private static byte[] Greeting(string plugin, bool speaksTls = false)
    {
        var capabilities = 0x1 | 0x8 | 0x200 | 0x2000 | 0x8000 | 0x80000 | (speaksTls ? 0x800 : 0);
        return Packet(0, [10, .. "8.0.36\0"u8, 1, 0, 0, 0, .. "12345678"u8, 0, (byte)capabilities, (byte)(capabilities >> 8), 45, 2, 0,
            (byte)(capabilities >> 16), 0, 21, .. new byte[10], .. "123456789012\0"u8, .. Encoding.ASCII.GetBytes(plugin), 0]);
    }

    private static byte[] Packet(byte sequence, byte[] payload) => [(byte)payload.Length, (byte)(payload.Length >> 8), 0, sequence, .. payload];

    private async Task AssertFault(TestAccount account, PreflightCheck concerns, string expected, Action<JsonObject>? change = null)
    {
        var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Test(account.Value(change: change), default));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Equal(concerns, fault.Concerns);
        Assert.DoesNotContain(Needle, fault.ToString(), StringComparison.Ordinal);
    }
}
