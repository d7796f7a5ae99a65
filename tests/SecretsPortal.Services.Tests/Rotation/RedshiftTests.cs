using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Npgsql;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Tests.Shared;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>A PostgreSQL server that keeps and asks for md5 hashes, as Redshift does.</summary>
public sealed class Md5ServerFixture : IAsyncLifetime
{
    private PostgresServer? _server;

    public PostgresServer Server => _server!;

    public async ValueTask InitializeAsync()
    {
        Assert.SkipWhen(PostgresServer.ProgramFolder is null, "No PostgreSQL server is installed.");
        _server = await PostgresServer.Start();
        await _server.Execute("ALTER SYSTEM SET password_encryption = 'md5'");
        await _server.Execute("DO $$ BEGIN EXECUTE format('COPY (VALUES (''host all all 127.0.0.1/32 md5'')) TO %L', current_setting('hba_file')); END $$");
        await _server.Execute("SELECT pg_reload_conf()");
        for (var attempt = 0; attempt < 600; attempt++)
        {
            await using var connection = new NpgsqlConnection(_server.ConnectionString("postgres", PostgresServer.SuperuserPassword));
            await connection.OpenAsync();
            await using var command = new NpgsqlCommand("SELECT current_setting('password_encryption') = 'md5' AND EXISTS (SELECT FROM pg_hba_file_rules WHERE auth_method = 'md5')", connection);
            if (await command.ExecuteScalarAsync() is true)
                return;
            await Task.Delay(50);
        }

        Assert.Fail("The server does not take the settings.");
    }

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
            await _server.DisposeAsync();
    }
}

/// <summary>
/// The rotation of Redshift, as far as PostgreSQL understands it: log-ins with md5, ALTER and CREATE USER, groups, grants and the catalog that both
/// have. Not run: CREATEUSER, DROP, GRANT ROLE and svv_user_grants, which are Redshift's alone.
/// </summary>
public sealed class RedshiftTests(Md5ServerFixture fixture) : IClassFixture<Md5ServerFixture>
{
    private readonly SingleUserRotator _single = new(new RedshiftEngine(), RandomNumberGenerator.Fill);
    private readonly AlternatingUsersRotator _alternating = new(new RedshiftEngine(), RandomNumberGenerator.Fill);

    [Fact]
    public async Task A_user_gets_another_password_by_its_hash()
    {
        var role = await User("single \"user\"; --");
        var values = new RotationValues { Current = Value(role) };
        var pending = _single.Create(values);

        Assert.EndsWith("got the new password.", await _single.Set(values with { Pending = pending }, default), StringComparison.Ordinal);

        Assert.StartsWith("Redshift at 127.0.0.1:", await _single.Test(pending, default), StringComparison.Ordinal);
        Assert.False(await _single.IsAccepted(Value(role), default));
        Assert.StartsWith("md5", Assert.Single(await Texts($"SELECT rolpassword FROM pg_authid WHERE rolname = '{role.Name}'")), StringComparison.Ordinal);
        Assert.True((await _single.Check(new RotationValues { Current = pending }, default)).WouldWork);
    }

    /// <summary>Redshift answers a wrong password with 28000, which PostgreSQL has for other refusals alone: for that, a server that stands in.</summary>
    [Theory]
    [InlineData("password authentication failed for user \"u\"", true)]
    [InlineData("no pg_hba.conf entry for host \"::ffff:10.0.0.1\"", false)]
    public async Task A_refused_password_is_told_from_other_refusals_by_its_words(string message, bool isRefusal)
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var answering = AnswerOnce(listener, message);
        var value = SecretValue.FromText(
            $$"""{"engine":"redshift","host":"127.0.0.1","port":{{((IPEndPoint)listener.LocalEndpoint).Port}},"username":"u","password":"Needle-1","ssl":false}""");

        if (isRefusal)
            Assert.False(await _single.IsAccepted(value, default));
        else
            Assert.Contains("pg_hba.conf", (await Assert.ThrowsAsync<RotationException>(() => _single.IsAccepted(value, default))).Message, StringComparison.Ordinal);
        await answering;
    }

    private static async Task AnswerOnce(TcpListener listener, string message)
    {
        using var client = await listener.AcceptTcpClientAsync();
        await using var stream = client.GetStream();
        // The startup packet; an error with its fields; end of the connection.
        var length = new byte[4];
        await stream.ReadExactlyAsync(length);
        await stream.ReadExactlyAsync(new byte[BinaryPrimitives.ReadInt32BigEndian(length) - 4]);
        var fields = Encoding.UTF8.GetBytes($"SFATAL\0C28000\0M{message}\0Rauth_failed\0\0");
        BinaryPrimitives.WriteInt32BigEndian(length, fields.Length + 4);
        await stream.WriteAsync((byte[])[(byte)'E', .. length, .. fields]);
    }

    [Fact]
    public void Passwords_keep_to_Redshifts_rules()
    {
        for (var i = 0; i < 50; i++)
        {
            var password = PasswordOf(_single.Create(new RotationValues { Current = SecretValue.FromText("""{"engine":"redshift","host":"h","username":"u","password":"p"}""") }).Text);
            Assert.Matches("^(?=.*[A-Z])(?=.*[a-z])(?=.*[0-9])[!-~]{32}$", password);
            Assert.DoesNotContain(password, static c => "/@\"'\\: ".Contains(c, StringComparison.Ordinal));
        }

        Assert.Contains("must be from 8 to 64", Assert.Throws<RotationException>(() => _single.Create(new RotationValues
        {
            Current = SecretValue.FromText("""{"engine":"redshift","host":"h","username":"u","password":"p"}"""),
            Settings = [new("passwordLength", "65")],
        })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clone_gets_groups_settings_and_the_rights_that_it_still_lacks()
    {
        var role = await User("app");
        await fixture.Server.Execute("""
            ALTER USER app CREATEDB VALID UNTIL '2100-01-01 00:00:00+00'; ALTER USER app SET search_path TO '$user', 'it''s "mine"'; ALTER USER app SET statement_timeout TO 60000;
            CREATE GROUP readers; ALTER GROUP readers ADD USER app; CREATE TABLE by_group (i int); GRANT SELECT ON by_group TO GROUP readers;
            CREATE SCHEMA "a""b"; GRANT USAGE ON SCHEMA "a""b" TO app; CREATE TABLE "a""b"."t;--" (i int); GRANT SELECT, INSERT ON "a""b"."t;--" TO app;
            CREATE VIEW v AS SELECT 1 AS one; GRANT SELECT ON v TO app; GRANT CREATE ON DATABASE postgres TO app
            """);

        var ofNoClone = await _alternating.Check(Values(Value(role)), default);
        Assert.Equal("The first rotation makes the user app_clone.", ofNoClone.Findings[^1].Message);
        Assert.True(ofNoClone.WouldWork);
        var second = await Rotate(Value(role), "was made as a clone of app.");

        Assert.Equal(["t 2100-01-01 00:00:00+00 {\"search_path=\\\"$user\\\", \\\"it's \\\"\\\"mine\\\"\\\"\\\"\",statement_timeout=60000}"],
            await Texts("SELECT DISTINCT concat_ws(' ', usecreatedb, valuntil, useconfig) FROM pg_user WHERE usename LIKE 'app%'"));
        // What the group gives is not granted again, so that whoever leaves the group loses it.
        Assert.Equal(["INSERT t;--", "SELECT t;--", "SELECT v"], await Texts(
            "SELECT privilege_type || ' ' || table_name FROM information_schema.role_table_grants WHERE grantee = 'app_clone' ORDER BY 1"));
        Assert.Equal(["app", "app_clone"], await Texts("SELECT usename::text FROM pg_group, pg_user WHERE groname = 'readers' AND usesysid = ANY (grolist) ORDER BY 1"));
        var report = await _alternating.Check(Values(second), default);
        Assert.Equal("The users app and app_clone may do the same.", report.Findings[^1].Message);
        var third = await Rotate(second, "got the new password.");

        await fixture.Server.Execute("""
            ALTER USER app NOCREATEDB; ALTER USER app_clone VALID UNTIL 'infinity'; ALTER USER app_clone RESET statement_timeout; ALTER GROUP readers DROP USER app_clone;
            CREATE GROUP writers; ALTER GROUP writers ADD USER app_clone; CREATE TABLE later (i int); GRANT ALL ON later TO app; GRANT UPDATE ON v TO app_clone;
            CREATE TABLE owned (i int); ALTER TABLE owned OWNER TO app
            """);
        await Rotate(third, "got the new password. Warning: the two users differ. " + string.Join(' ',
            "app_clone has the attribute CREATEDB, the other one has not: ALTER USER … CREATEDB or NOCREATEDB makes them alike.",
            "app_clone is valid until infinity, app until 2100-01-01 00:00:00: ALTER USER … VALID UNTIL makes them alike.",
            "app_clone lacks the setting statement_timeout of the other one: ALTER USER … SET or RESET makes them alike.",
            "app_clone lacks the group readers of the other one: ALTER GROUP … ADD USER or DROP USER makes them alike.",
            "app lacks the group writers of the other one: ALTER GROUP … ADD USER or DROP USER makes them alike.",
            "app_clone lacks SELECT ON TABLE public.by_group, DELETE ON TABLE public.later, INSERT ON TABLE public.later and 8 more, which the other one has: GRANT … TO app_clone gives it.",
            "app lacks UPDATE ON TABLE public.v, which the other one has: GRANT … TO app gives it.",
            "app owns tables or views of this database, which app_clone can use but not change: ALTER TABLE … OWNER TO gives them to a user who is not rotated."));
    }

    [Fact]
    public async Task What_is_wrong_with_the_users_is_told()
    {
        var role = await User("wrong");
        await fixture.Server.Execute("CREATE USER wrong_clone SUPERUSER PASSWORD 'x'");
        var unrelated = await Assert.ThrowsAsync<RotationException>(() => Rotate(Value(role), ""));
        Assert.Contains("The user wrong_clone is no clone of wrong", unrelated.Message, StringComparison.Ordinal);

        await fixture.Server.Execute("ALTER USER wrong_clone NOSUPERUSER VALID UNTIL '2000-01-01'");
        var late = await Assert.ThrowsAsync<RotationException>(() => Rotate(Value(role), ""));
        Assert.Contains("The user wrong_clone is past its VALID UNTIL", late.Message, StringComparison.Ordinal);

        await fixture.Server.Execute("DROP USER wrong_clone");
        var weak = await User("weak");
        var values = Values(Value(role)) with { Master = Value(weak) };
        var warning = Assert.Single((await _alternating.Check(values, default)).Findings, f => f.Check == PreflightCheck.Privileges);
        Assert.Equal(PreflightState.Warning, warning.State);
        var fault = await Assert.ThrowsAsync<RotationException>(() => _alternating.Set(values with { Pending = _alternating.Create(values) }, default));
        Assert.Contains("lacks a right", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.IsFinal);
        Assert.Empty(await Texts("SELECT usename::text FROM pg_user WHERE usename = 'wrong_clone'"));
    }

    [Fact]
    public async Task A_PostgreSQL_role_with_an_MD5_hash_logs_in()
    {
        var role = await User("of_postgresql");
        var postgreSql = new SingleUserRotator(new PostgreSqlEngine(RandomNumberGenerator.Fill), RandomNumberGenerator.Fill);

        Assert.True(await postgreSql.IsAccepted(SecretValue.FromText(role.Json()), default));
        Assert.False(await postgreSql.IsAccepted(SecretValue.FromText(role.Json("another")), default));
    }

    private async Task<TestRole> User(string name)
    {
        await fixture.Server.Execute($"CREATE USER {NpgsqlLogIn.Identifier(name)} PASSWORD 'first-password'");
        return new TestRole(fixture.Server, name, "first-password");
    }

    private async Task<SecretValue> Rotate(SecretValue current, string expected)
    {
        var pending = _alternating.Create(Values(current));
        var done = await _alternating.Set(Values(current) with { Pending = pending }, default);
        Assert.Equal(expected, done[(done.IndexOf(") ", StringComparison.Ordinal) + 2)..]);
        await _alternating.Test(pending, default);
        Assert.True(await _alternating.IsAccepted(current, default));
        return pending;
    }

    private static SecretValue Value(TestRole role) =>
        SecretValue.FromText(role.Json().Replace("\"postgres\",\"host\"", "\"redshift\",\"host\"", StringComparison.Ordinal));

    private RotationValues Values(SecretValue current) =>
        new() { Current = current, Master = Value(new TestRole(fixture.Server, "postgres", PostgresServer.SuperuserPassword)) };

    private async Task<List<string>> Texts(string sql)
    {
        await using var connection = new NpgsqlConnection(fixture.Server.ConnectionString("postgres", PostgresServer.SuperuserPassword));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
            texts.Add(reader.GetString(0));
        return texts;
    }
}
