using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using Npgsql;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Rotation;

public sealed class PostgreSqlSingleUserRotatorTests(PostgresFixture postgres)
{
    private readonly SingleUserRotator _rotator = new(new PostgreSqlEngine(RandomNumberGenerator.Fill), RandomNumberGenerator.Fill);

    [Theory]
    [InlineData("we\"ird; DROP ROLE postgres; --")]
    [InlineData("Großes 'Konto'")]
    public async Task Names_are_quoted(string name)
    {
        var role = await postgres.Role(name: name);

        await Rotate(role, "second-password");

        Assert.True(await role.Accepts("second-password"));
    }

    [Theory]
    [InlineData("it''s \\ \"all\" quoted; DROP ROLE postgres")]
    [InlineData("pässwörd")]
    public async Task Passwords_put_by_hand_are_quoted(string password)
    {
        var role = await postgres.Role();

        await Rotate(role, password);

        Assert.True(await role.Accepts(password));
    }

    [Fact]
    public async Task The_password_does_not_reach_the_servers_log()
    {
        var role = await postgres.Role();
        await role.Server.Execute("ALTER SYSTEM SET log_statement = 'all'");
        await role.Server.Execute("SELECT pg_reload_conf()");
        await Task.Delay(500);

        await Rotate(role, "needle-in-the-log");

        await using var connection = new NpgsqlConnection(role.Server.ConnectionString("postgres", PostgresServer.SuperuserPassword));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand("SELECT pg_read_file(current_setting('data_directory') || '/../server.log')", connection);
        var log = (string)(await command.ExecuteScalarAsync())!;
        Assert.Contains($"ALTER USER \"{role.Name}\" WITH PASSWORD", log, StringComparison.Ordinal);
        Assert.DoesNotContain("needle-in-the-log", log, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_with_other_password_hashes_is_given_the_password_to_hash_itself()
    {
        var role = await postgres.Role();
        await role.Server.Execute($"ALTER ROLE {role.Name} SET password_encryption = 'md5'");

        await _rotator.Set(new RotationValues { Current = Value(role.Json()), Pending = Value(role.Json("second-password")) }, default);

        await using var connection = new NpgsqlConnection(role.Server.ConnectionString("postgres", PostgresServer.SuperuserPassword));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"SELECT rolpassword FROM pg_authid WHERE rolname = '{role.Name}'", connection);
        var expected = "md5" + Convert.ToHexStringLower(Md5($"second-password{role.Name}"));
        Assert.Equal(expected, await command.ExecuteScalarAsync());
    }

    [Fact]
    public async Task Setting_again_what_was_set_does_nothing()
    {
        var role = await postgres.Role();
        await Rotate(role, "second-password");

        Assert.EndsWith("has the new password already.", await Set(role, "second-password"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_TLS_on_the_server_nothing_is_sent_unless_the_secret_allows_it()
    {
        var role = await postgres.Role();

        var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Test(Value(role.Json(extra: "")), default));

        Assert.Contains("can't be spoken to over TLS", fault.Message, StringComparison.Ordinal);
        Assert.Contains("\"ssl\": false", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_server_that_asks_for_the_password_in_the_clear_does_not_get_it()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var json = $$"""{"host":"127.0.0.1","port":{{((IPEndPoint)listener.LocalEndpoint).Port}},"username":"u","password":"needle-on-the-wire","ssl":false}""";
        var testing = _rotator.Test(Value(json), default);
        using var client = await listener.AcceptTcpClientAsync();
        var stream = client.GetStream();
        await stream.ReadAtLeastAsync(new byte[1024], 1);

        // AuthenticationCleartextPassword.
        await stream.WriteAsync(new byte[] { (byte)'R', 0, 0, 0, 8, 0, 0, 0, 3 });
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer);

        Assert.DoesNotContain("needle", System.Text.Encoding.UTF8.GetString(answer.ToArray()), StringComparison.Ordinal);
        var fault = await Assert.ThrowsAsync<RotationException>(() => testing);
        Assert.Contains("wants it in the clear", fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("10.0.0.0/8,db.example", false)]
    [InlineData("10.0.0.0/8,127.0.0.0/8", true)]
    public async Task Where_an_administrator_has_said_where_databases_are_no_other_place_is_knocked_at(string allowed, bool mayLogIn)
    {
        var role = await postgres.Role();
        var fenced = new SingleUserRotator(
            new PostgreSqlEngine(RandomNumberGenerator.Fill), RandomNumberGenerator.Fill, [.. allowed.Split(',').Select(text => AllowedAddress.TryParse(text)!)]);
        if (mayLogIn)
        {
            Assert.True(await fenced.IsAccepted(Value(role.Json()), default));
            return;
        }

        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        foreach (var host in (string[])["127.0.0.1", "localhost"])
        {
            var json = role.Json().Replace($"{role.Server.Port}", $"{((IPEndPoint)listener.LocalEndpoint).Port}", StringComparison.Ordinal).Replace("127.0.0.1", host, StringComparison.Ordinal);
            var fault = await Assert.ThrowsAsync<RotationException>(() => fenced.Test(Value(json), default));
            Assert.Contains("where this portal logs in to no database", fault.Message, StringComparison.Ordinal);
            Assert.Contains("Portal:Rotation:AllowedTargets", fault.Message, StringComparison.Ordinal);
            Assert.Equal((true, PreflightCheck.Reachable), (fault.IsFinal, fault.Concerns));
        }

        Assert.False(listener.Pending());
    }

    [Fact]
    public async Task A_name_that_leads_nowhere_is_left_to_no_driver_where_an_administrator_has_said_where_databases_are()
    {
        var fenced = new SingleUserRotator(
            new PostgreSqlEngine(RandomNumberGenerator.Fill), RandomNumberGenerator.Fill, [AllowedAddress.TryParse("10.0.0.0/8")!]);
        const string json = """{"host":"no.such.host.invalid","username":"u","password":"p","ssl":false}""";

        var fault = await Assert.ThrowsAsync<RotationException>(() => fenced.Test(Value(json), default));

        Assert.Contains("no.such.host.invalid can't be looked up", fault.Message, StringComparison.Ordinal);
        Assert.Equal((false, PreflightCheck.Reachable), (fault.IsFinal, fault.Concerns));
    }

    [Fact]
    public async Task Faults_name_cause_and_remedy_and_never_the_password()
    {
        var role = await postgres.Role("the-password");
        var closed = FreePort.Next();

        await AssertFault("can't be reached", role.Json().Replace($"{role.Server.Port}", $"{closed}", StringComparison.Ordinal));
        await AssertFault("has no database nowhere", role.Json().Replace("\"dbname\":\"postgres\"", "\"dbname\":\"nowhere\"", StringComparison.Ordinal));
        await AssertFault("can't be reached", role.Json().Replace("127.0.0.1", "no.such.host.invalid", StringComparison.Ordinal));
        await AssertFault("refuses the password", role.Json("the-password-is-another"));
        await role.Server.Execute($"ALTER ROLE {role.Name} VALID UNTIL '2000-01-01'");
        await AssertFault("reset the user's password and expiry", role.Json());
        await role.Server.Execute($"ALTER ROLE {role.Name} VALID UNTIL 'infinity' NOLOGIN");
        await AssertFault("does not let the user in. Check that the user exists and may log in (ALTER ROLE … LOGIN)", role.Json());

        async Task AssertFault(string expected, string json)
        {
            var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Test(Value(json), default));
            Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
            Assert.DoesNotContain("the-password", fault.ToString(), StringComparison.Ordinal);
        }
    }

    /// <summary>MariaDB's first words; a web server's answer to whatever it does not understand; one that closes the door.</summary>
    [Theory]
    [InlineData("Y\0\0\0\n10.11.6-MariaDB-0+deb12u1\0", true, "answers, but not as PostgreSQL does", "answers, but not as PostgreSQL does")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", false, "answers, but not as PostgreSQL does", "broke the connection")]
    [InlineData("", false, "broke the connection", "broke the connection")]
    public async Task What_is_no_PostgreSQL_server_is_told(string words, bool speaksFirst, string overTls, string inTheClear)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = Task.Run(async () =>
        {
            for (var i = 0; i < 2; i++)
            {
                using var client = await listener.AcceptTcpClientAsync();
                if (!speaksFirst)
                    await client.GetStream().ReadAtLeastAsync(new byte[1024], 1);
                await client.GetStream().WriteAsync(System.Text.Encoding.UTF8.GetBytes(words));
                if (speaksFirst)
                    await client.GetStream().ReadAtLeastAsync(new byte[1024], 1);
            }
        });

        foreach (var (tls, expected) in new[] { ("true", overTls), ("false", inTheClear) })
        {
            var json = $$"""{"host":"127.0.0.1","port":{{((IPEndPoint)listener.LocalEndpoint).Port}},"username":"u","password":"the-password","ssl":{{tls}}}""";
            var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Test(Value(json), default));
            Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
            Assert.Equal(PreflightCheck.Reachable, fault.Concerns);
        }

        await answering;
    }

    [Fact]
    public async Task A_role_whose_sessions_begin_as_another_or_only_read_is_rotated()
    {
        var role = await postgres.Role();
        var group = await postgres.Role();
        await role.Server.Execute($"GRANT {group.Name} TO {role.Name}; ALTER ROLE {role.Name} SET role TO {group.Name}; ALTER ROLE {role.Name} SET default_transaction_read_only TO on");

        await Rotate(role, "second-password");
    }

    [Fact]
    public async Task A_password_that_the_servers_rules_refuse_is_told()
    {
        var role = await postgres.Role();
        await role.Server.Execute($"ALTER ROLE {role.Name} SET password_encryption TO 'md5'; ALTER ROLE {role.Name} SET session_preload_libraries TO passwordcheck");

        var fault = await Assert.ThrowsAsync<RotationException>(() => Set(role, "short"));

        Assert.Contains("does not take the new password, by rules of its own", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.IsFinal);
        Assert.True(await role.Accepts(role.Password));
    }

    [Theory]
    [InlineData("plain", "It must be a JSON object")]
    [InlineData("""["a"]""", "It must be a JSON object")]
    [InlineData("""{"host":"h","host":"i","username":"u","password":"p"}""", "each member once")]
    [InlineData("""{"host":"h","password":"p"}""", "\"username\" must be")]
    [InlineData("""{"host":"h","username":"u"}""", "\"password\" must be")]
    [InlineData("""{"host":"h","username":"u","password":""}""", "\"password\" must be")]
    [InlineData("""{"host":"","username":"u","password":"p"}""", "\"host\" must be")]
    [InlineData("""{"host":"/var/run/postgresql","username":"u","password":"p"}""", "\"host\" must be one host")]
    [InlineData("""{"host":"a,b","username":"u","password":"p"}""", "\"host\" must be one host")]
    [InlineData("""{"host":".","username":"u","password":"p"}""", "\"host\" must be one host")]
    [InlineData("""{"host":"(local)","username":"u","password":"p"}""", "\"host\" must be one host")]
    [InlineData("""{"host":"(localdb)\\any","username":"u","password":"p"}""", "\"host\" must be one host")]
    [InlineData("""{"host":"h","username":"u","password":"p","port":0}""", "\"port\" must be")]
    [InlineData("""{"host":"h","username":"u","password":"p","port":"x"}""", "\"port\" must be")]
    [InlineData("""{"host":"h","username":"u","password":"p","port":{}}""", "\"port\" must be")]
    [InlineData("""{"host":"h","username":"u","password":"p","ssl":"maybe"}""", "\"ssl\" must be")]
    [InlineData("""{"host":"h","username":1,"password":"p"}""", "\"username\" must be")]
    [InlineData("""{"engine":"mysql","host":"h","username":"u","password":"p"}""", "\"engine\" must be postgres or aurora-postgresql")]
    [InlineData("""{"host":"h","username":"u","password":"p","ssl":1}""", "\"ssl\" must be")]
    [InlineData("""{"host":"h","username":"u","password":"p","sslrootcert":true}""", "\"sslrootcert\" must be")]
    [InlineData("""{"host":"h","username":"u","password":"p","masterarn":""}""", "\"masterarn\" must be")]
    public void A_value_that_is_no_credential_is_refused_with_the_member(string json, string expected)
    {
        var fault = Assert.Throws<RotationException>(() => _rotator.Create(new RotationValues { Current = Value(json) }));

        Assert.True(fault.IsFinal);
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_new_value_keeps_every_other_member_in_its_place()
    {
        var created = _rotator.Create(new RotationValues { Current = Value("""{"z":"é<>&","password":"p","username":"u","port":"5433","host":"h","more":{"a":[1,2.50]}}""") }).Text;

        Assert.Matches("""^\{"z":"é<>&","password":"[^"]{32}","username":"u","port":"5433","host":"h","more":\{"a":\[1,2.50\]\}\}$""", created);
    }

    [Fact]
    public void The_rotations_settings_shape_the_password_but_not_into_one_that_the_engine_trips_over()
    {
        var settings = new ExternalRotationItem[] { new("passwordLength", "128"), new("excludeCharacters", "abc"), new("excludeNumbers", "true"), new("anything", "else") };
        var values = new RotationValues { Current = Value("""{"host":"h","username":"u","password":"p"}"""), Settings = settings };
        Assert.Matches("^[^abc0-9/@\"'\\\\:]{128}$", RotationTestExtensions.PasswordOf(_rotator.Create(values).Text));

        foreach (var length in new[] { "7", "129" })
            Assert.Contains("\"passwordLength\" must be from 8 to 128", Assert.Throws<RotationException>(() => _rotator.Create(values with { Settings = [new("passwordLength", length)] })).Message, StringComparison.Ordinal);
    }

    /// <summary>Salt and keys of RFC 7677's example exchange (user <c>user</c>, password <c>pencil</c>).</summary>
    [Fact]
    public void The_verifier_agrees_with_the_RFCs_example()
    {
        var verifier = ScramVerifier.Of(new SecretText("pencil"), Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ=="));
        Assert.StartsWith("SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$", verifier, StringComparison.Ordinal);

        // The server's signature of that exchange is HMAC(ServerKey, AuthMessage).
        var serverKey = Convert.FromBase64String(verifier[(verifier.LastIndexOf(':') + 1)..]);
        var authMessage = "n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"u8;
        Assert.Equal("6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Convert.ToBase64String(HMACSHA256.HashData(serverKey, authMessage)));
    }

    private static SecretValue Value(string json) => SecretValue.FromText(json);

    private static string Escaped(string password) => System.Text.Json.JsonSerializer.Serialize(password)[1..^1];

    private Task<string> Set(TestRole role, string password) =>
        _rotator.Set(new RotationValues { Current = Value(role.Json()), Pending = Value(role.Json(Escaped(password))) }, default);

    private async Task Rotate(TestRole role, string password)
    {
        Assert.EndsWith("got the new password.", await Set(role, password), StringComparison.Ordinal);
        Assert.EndsWith("accepts the password.", await _rotator.Test(Value(role.Json(Escaped(password))), default), StringComparison.Ordinal);
    }

#pragma warning disable CA5351 // What the server itself does for md5.
    private static byte[] Md5(string text) => MD5.HashData(System.Text.Encoding.UTF8.GetBytes(text));
#pragma warning restore CA5351
}
