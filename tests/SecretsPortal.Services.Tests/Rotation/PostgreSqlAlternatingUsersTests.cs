using System.Collections.Concurrent;
using System.Security.Cryptography;
using Npgsql;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Tests.Shared;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

public sealed class PostgreSqlAlternatingUsersTests(PostgresFixture postgres)
{
    private const string NamesMaster = ",\"ssl\":false,\"masterarn\":\"arn:aws:secretsmanager:us-east-1:000000000000:secret:master-aaaaaa\"";
    private readonly AlternatingUsersRotator _rotator = new(new PostgreSqlEngine(RandomNumberGenerator.Fill), RandomNumberGenerator.Fill);

    [Theory]
    [InlineData("plain")]
    [InlineData("a\";--")]
    [InlineData("Großes 'Konto' \\ of 63 bytes with its suffix, no more")]
    public async Task Two_users_take_turns(string name)
    {
        var role = await postgres.Role(name: name);
        var first = Json(role);

        var second = await Rotate(role, first, $"was made as a clone of {role.Name}.");
        var third = await Rotate(role, second, "got the new password.");

        Assert.True(await role.Server.CanLogIn($"{role.Name}_clone", PasswordOf(second.Text)));
        Assert.True(await role.Accepts(PasswordOf(third.Text)));
        Assert.False(await role.Accepts(role.Password));
        Assert.EndsWith("has the new password already.", await _rotator.Set(Values(role, second, third), default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_clone_is_as_the_original_and_what_it_makes_is_the_originals()
    {
        var role = await postgres.Role();
        var group = await postgres.Role();
        await role.Server.Execute($"""
            ALTER ROLE {role.Name} CREATEDB CREATEROLE NOINHERIT REPLICATION BYPASSRLS CONNECTION LIMIT 7 VALID UNTIL '2100-01-01 00:00:00+00';
            ALTER ROLE {role.Name} SET search_path TO '$user', 'of "{role.Name}", quoted', public;
            ALTER ROLE {role.Name} SET statement_timeout TO '1min';
            ALTER ROLE {role.Name} SET my.setting TO 'it''s \ mine';
            ALTER ROLE {role.Name} IN DATABASE template1 SET work_mem TO '8MB';
            CREATE SCHEMA {role.Name} AUTHORIZATION {role.Name};
            CREATE TABLE public.read_by_{role.Name} (i int); GRANT SELECT ON public.read_by_{role.Name} TO {group.Name}; GRANT {group.Name} TO {role.Name}
            """);

        var second = await Rotate(role, Json(role), $"was made as a clone of {role.Name}.");

        var clone = $"{role.Name}_clone";
        Assert.Equal(await Row(role.Name), await Row(clone));
        var settings = await Texts(role.Server, Settings(role.Name));
        Assert.Equal(4, settings.Count);
        Assert.Equal([.. settings.Append($"0 role={role.Name}").Order(StringComparer.Ordinal)], await Texts(role.Server, Settings(clone)));
        await using var connection = new NpgsqlConnection(role.Server.ConnectionString(clone, PasswordOf(second.Text)));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand($"CREATE TABLE mine (i int); SELECT tableowner::text || ' ' || schemaname::text FROM pg_tables WHERE tablename = 'mine' AND schemaname = '{role.Name}'", connection);
        Assert.Equal($"{role.Name} {role.Name}", await command.ExecuteScalarAsync());
        await connection.CloseAsync();
        await Rotate(role, second, "got the new password.");

        async Task<string> Row(string name) => Assert.Single(await Texts(role.Server,
            $"SELECT concat_ws(' ', rolsuper, rolcreaterole, rolcreatedb, rolcanlogin, rolinherit, rolreplication, rolbypassrls, rolconnlimit, rolvaliduntil) FROM pg_roles WHERE rolname = '{name}'"));
        static string Settings(string name) =>
            $"SELECT setdatabase || ' ' || unnest(setconfig) FROM pg_db_role_setting JOIN pg_roles r ON r.oid = setrole WHERE rolname = '{name}' ORDER BY 1";
    }

    [Fact]
    public async Task What_a_clone_may_do_more_or_less_is_told_by_the_run_and_by_the_check()
    {
        var role = await postgres.Role();
        var (app, clone, server) = (role.Name, $"{role.Name}_clone", role.Server);
        // As published rotation functions make it, on a role that was changed since.
        await server.Execute($"""
            CREATE ROLE {clone} LOGIN NOINHERIT PASSWORD 'x' IN ROLE {app};
            ALTER ROLE {app} CREATEDB; ALTER ROLE {clone} CONNECTION LIMIT 3; ALTER ROLE {clone} CREATEROLE; ALTER ROLE {app} VALID UNTIL '2100-01-01 00:00:00+00';
            ALTER ROLE {app} SET work_mem TO '8MB'; ALTER ROLE {clone} IN DATABASE postgres SET work_mem TO '9MB';
            CREATE ROLE {app}_group; GRANT {app}_group TO {clone};
            CREATE SCHEMA {app}; CREATE TABLE {app}.t (i int, j int); CREATE SEQUENCE {app}.s;
            CREATE FUNCTION {app}.f(a int) RETURNS int LANGUAGE sql AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION {app}.f FROM PUBLIC;
            GRANT EXECUTE ON FUNCTION {app}.f TO {app}; GRANT USAGE ON SCHEMA {app} TO {app}; GRANT SELECT ON {app}.t TO {app};
            GRANT USAGE ON SEQUENCE {app}.s TO {clone}; GRANT UPDATE (j) ON {app}.t TO {clone}; GRANT CREATE ON DATABASE postgres TO {clone};
            CREATE TABLE {app}.of_clone (i int); ALTER TABLE {app}.of_clone OWNER TO {clone}
            """);
        await server.Execute($"CREATE DATABASE of_{app}");
        await server.Execute($"CREATE TABLE t (i int); GRANT SELECT ON t TO {clone}", $"of_{app}");
        string[] expected =
        [
            $"{clone} has the attribute CREATEROLE that {app} lacks: ALTER ROLE … NOCREATEROLE takes it.",
            $"{clone} lacks the attribute CREATEDB that {app} has: ALTER ROLE … CREATEDB gives it.",
            $"{clone} has the connection limit 3, {app} has -1 (-1 is none): ALTER ROLE … CONNECTION LIMIT makes them alike.",
            $"{clone} is valid until infinity, {app} until 2100-01-01 00:00:00+00: ALTER ROLE … VALID UNTIL makes them alike.",
            $"{clone} lacks the settings work_mem that {app} has: ALTER ROLE … SET gives them.",
            $"{clone} has the settings work_mem (in postgres) that {app} lacks: ALTER ROLE … RESET takes them.",
            $"{clone} is a member of {app}_group, and {app} is not: REVOKE … FROM the one, or GRANT … TO the other.",
            $"{clone} lacks EXECUTE on function {app}.f(a integer), SELECT on table {app}.t, USAGE on schema {app} that {app} has: ALTER ROLE {clone} SET role TO {app} gives its sessions all that the other has.",
            $"{clone} has CREATE on database postgres, UPDATE on column {app}.t.j, USAGE on sequence {app}.s and 1 more that {app} lacks: grant it to {app}, from whom {clone} has it too, or revoke it (REASSIGN OWNED, of what it owns).",
            $"{clone} has rights or objects of its own in the databases of_{app}, which {app} may lack: they can't be compared from here.",
        ];

        var report = await _rotator.Check(Values(role, Json(role)), default);
        Assert.True(report.WouldWork);
        Assert.Equal(expected, report.Findings.Where(f => f is { Check: PreflightCheck.Clone, State: PreflightState.Warning }).Select(f => f.Message));

        var second = await Rotate(role, Json(role), $"got the new password. Warning: the two users differ. {string.Join(" ", expected)}");
        await server.Execute($"""
            REVOKE {app}_group FROM {clone}; ALTER ROLE {clone} CREATEDB NOCREATEROLE CONNECTION LIMIT -1 VALID UNTIL '2100-01-01 00:00:00+00';
            ALTER ROLE {clone} IN DATABASE postgres RESET work_mem; ALTER ROLE {clone} SET work_mem TO '8MB'; ALTER ROLE {clone} SET role TO {app};
            REASSIGN OWNED BY {clone} TO {app}; REVOKE ALL ON SEQUENCE {app}.s FROM {clone}; REVOKE ALL (j) ON {app}.t FROM {clone}; REVOKE ALL ON DATABASE postgres FROM {clone}
            """);
        await server.Execute($"DROP DATABASE of_{app}");
        await Rotate(role, second, "got the new password.");
    }

    [Fact]
    public async Task A_master_without_the_right_changes_nothing_and_is_told_which_one()
    {
        var role = await postgres.Role();
        var master = await postgres.Role();
        await AssertFault(Values(role, Json(role)) with { Master = Value(master.Json()) }, "As the master: ", "has no right to create roles: run ALTER ROLE … CREATEROLE");
        await role.Server.Execute($"ALTER ROLE {master.Name} CREATEROLE; ALTER ROLE {role.Name} BYPASSRLS");
        await AssertFault(Values(role, Json(role)) with { Master = Value(master.Json()) }, "may not manage a role with the attribute BYPASSRLS");
        await role.Server.Execute($"ALTER ROLE {role.Name} NOBYPASSRLS SUPERUSER");
        await AssertFault(Values(role, Json(role)) with { Master = Value(master.Json()) }, "may not manage a role with the attribute SUPERUSER");
        await role.Server.Execute($"ALTER ROLE {role.Name} NOSUPERUSER; ALTER ROLE {role.Name} SET search_path TO public");

        if (string.CompareOrdinal(Assert.Single(await Texts(role.Server, "SHOW server_version_num")), "160000") >= 0)
        {
            await AssertFault(Values(role, Json(role)) with { Master = Value(master.Json()) }, $"lacks ADMIN OPTION on {role.Name}");
            await role.Server.Execute($"GRANT {role.Name} TO {master.Name} WITH ADMIN OPTION");
        }

        // With no more than that, as the masters of cloud services have it.
        var values = Values(role, Json(role)) with { Master = Value(master.Json()) };
        var pending = _rotator.Create(values);
        Assert.EndsWith($"was made as a clone of {role.Name}.", await _rotator.Set(values with { Pending = pending }, default), StringComparison.Ordinal);
        Assert.EndsWith("got the new password.", await _rotator.Set(values with { Pending = DatabaseCredential.With(pending, $"{role.Name}_clone", new SecretText("another")) }, default), StringComparison.Ordinal);
        Assert.True(await role.Server.CanLogIn($"{role.Name}_clone", "another"));
    }

    [Fact]
    public async Task A_wrong_master_secret_is_told_and_never_used()
    {
        var role = await postgres.Role();
        var values = Values(role, Json(role));

        await AssertFault(values with { Master = null }, "Put its ARN into the member \"masterarn\"");
        await AssertFault(values with { Master = Value("[]") }, "Of the master secret: ", "It must be a JSON object");
        await AssertFault(values with { Master = Value(Master(role).Replace("127.0.0.1", "elsewhere", StringComparison.Ordinal)) }, "The master secret is for elsewhere:", $"not for 127.0.0.1:{role.Server.Port}");
        await AssertFault(values with { Master = Value(role.Json()) }, $"is for the user {role.Name} itself");
        await AssertFault(values with { Master = Value((role with { Name = $"{role.Name}_clone" }).Json()) }, $"is for the user {role.Name}_clone itself");
        await AssertFault(values with { Master = Value((role with { Name = "postgres" }).Json("not-it")) }, "refuses the password of the master secret", isFinal: false);
        // The master is asked only once the secret has proven that it knows its own user.
        await AssertFault(Values(role, Json(role, "not-it")), "refuses the password of AWSCURRENT, and the master secret is used only after it was accepted", isFinal: true);
        Assert.Equal(["0"], await Texts(role.Server, $"SELECT count(*)::text FROM pg_roles WHERE rolname = '{role.Name}_clone'"));
    }

    [Fact]
    public async Task Users_that_are_no_pair_are_left_alone()
    {
        var role = await postgres.Role();
        await role.Server.Execute($"CREATE ROLE {role.Name}_clone LOGIN PASSWORD 'of-somebody-else'");
        await AssertFault(Values(role, Json(role)), $"The user {role.Name}_clone is no clone of {role.Name}");
        Assert.True(await role.Server.CanLogIn($"{role.Name}_clone", "of-somebody-else"));

        // A superuser counts as a member of everything, and whoever owns a role that is called like a clone of one must not get its password.
        await role.Server.Execute("CREATE ROLE postgres_clone LOGIN PASSWORD 'mine'");
        var master = await postgres.Role();
        await role.Server.Execute($"ALTER ROLE {master.Name} SUPERUSER");
        await AssertFault(Values(role, Json(role with { Name = "postgres_clone" }, "mine")) with { Master = Value(master.Json()) }, "The user postgres_clone is no clone of postgres");
        await role.Server.Execute("DROP ROLE postgres_clone");

        var orphan = await postgres.Role(name: "orphan_clone");
        await AssertFault(Values(orphan, Json(orphan)), "There is no user orphan, of which orphan_clone should be a clone");

        var other = await postgres.Role();
        await AssertFault(Values(other, Json(other)) with { Pending = Json(role) }, $"must name the host and port of AWSCURRENT and the user {other.Name}_clone");
    }

    [Fact]
    public async Task A_clone_that_may_not_log_in_is_told_before_its_password_is_changed()
    {
        var role = await postgres.Role();
        var second = await Rotate(role, Json(role), $"was made as a clone of {role.Name}.");
        var third = await Rotate(role, second, "got the new password.");

        await role.Server.Execute($"ALTER ROLE {role.Name}_clone VALID UNTIL '2000-01-01'");
        await AssertFault(Values(role, third), $"The role {role.Name}_clone is past its VALID UNTIL");
        await role.Server.Execute($"ALTER ROLE {role.Name}_clone VALID UNTIL 'infinity' NOLOGIN");
        await AssertFault(Values(role, third), $"The role {role.Name}_clone may not log in: run ALTER ROLE … LOGIN");
        await role.Server.Execute($"ALTER ROLE {role.Name}_clone LOGIN");

        Assert.True(await role.Server.CanLogIn($"{role.Name}_clone", PasswordOf(second.Text)));
        await Rotate(role, third, "got the new password.");
    }

    [Fact]
    public async Task A_name_too_long_for_its_clone_is_refused_before_anything_is_stored()
    {
        var role = await postgres.Role(name: $"{new string('n', 56)}ü");
        var fault = Assert.Throws<RotationException>(() => _rotator.Create(Values(role, Json(role))));
        Assert.Contains("is longer than the 63 that PostgreSQL allows", fault.Message, StringComparison.Ordinal);
        Assert.True(fault.IsFinal);

        var report = await _rotator.Check(Values(role, Json(role)), default);
        Assert.Equal(PreflightState.Failed, Assert.Single(report.Findings, f => f.Check == PreflightCheck.NameLength).State);
    }

    [Fact]
    public async Task A_check_looks_at_everything_and_changes_nothing()
    {
        var role = await postgres.Role();
        var single = new SingleUserRotator(new PostgreSqlEngine(RandomNumberGenerator.Fill), RandomNumberGenerator.Fill);
        var cloned = await postgres.Role();
        var second = await Rotate(cloned, Json(cloned), $"was made as a clone of {cloned.Name}.");
        const string Roles = "SELECT a::text || coalesce((SELECT string_agg(s::text, ' ') FROM pg_db_role_setting s WHERE setrole = a.oid), '') || coalesce((SELECT string_agg(m::text, ' ') FROM pg_auth_members m WHERE member = a.oid), '') FROM pg_authid a WHERE rolname LIKE '{0}%' ORDER BY 1";
        async Task<List<string>> Dump() => [.. await Texts(role.Server, Roles.Replace("{0}", role.Name, StringComparison.Ordinal)), .. await Texts(role.Server, Roles.Replace("{0}", cloned.Name, StringComparison.Ordinal))];
        var before = await Dump();

        var ofSingle = await single.Check(new RotationValues { Current = Value(role.Json()) }, default);
        var ofNoClone = await _rotator.Check(Values(role, Json(role)), default);
        var ofClone = await _rotator.Check(Values(cloned, second), default);

        Assert.Equal(before, await Dump());
        Assert.Equal(
            [(PreflightCheck.Json, PreflightState.Passed), (PreflightCheck.Reachable, PreflightState.Passed), (PreflightCheck.Tls, PreflightState.Warning), (PreflightCheck.LogIn, PreflightState.Passed), (PreflightCheck.Privileges, PreflightState.Passed)],
            ofSingle.Findings.Select(f => (f.Check, f.State)));
        foreach (var report in new[] { ofNoClone, ofClone })
        {
            Assert.Equal(Enum.GetValues<PreflightCheck>(), report.Findings.Select(f => f.Check));
            Assert.All(report.Findings, f => Assert.Equal(f.Check == PreflightCheck.Tls ? PreflightState.Warning : PreflightState.Passed, f.State));
        }

        Assert.Equal($"The first rotation makes the user {role.Name}_clone.", ofNoClone.Findings[^1].Message);
        Assert.Equal($"The users {cloned.Name} and {cloned.Name}_clone may do the same.", ofClone.Findings[^1].Message);
    }

    [Fact]
    public async Task A_check_stops_at_what_fails()
    {
        var role = await postgres.Role();
        await AssertCheck(Values(role, Value("{}")), PreflightCheck.Json);
        await AssertCheck(Values(role, Json(role, "not-it")), PreflightCheck.LogIn, PreflightCheck.Json, PreflightCheck.Reachable, PreflightCheck.NameLength);
        await AssertCheck(Values(role, Json(role)) with { Master = null }, PreflightCheck.Master, PreflightCheck.Json, PreflightCheck.Reachable, PreflightCheck.LogIn, PreflightCheck.NameLength);
        await AssertCheck(Values(role, Value(role.Json(extra: NamesMaster.Replace(",\"ssl\":false", "", StringComparison.Ordinal)))), PreflightCheck.Tls, PreflightCheck.Json, PreflightCheck.Reachable, PreflightCheck.NameLength);
        var closed = FreePort.Next();
        await AssertCheck(Values(role, Value(Json(role).Text.Replace($"{role.Server.Port}", $"{closed}", StringComparison.Ordinal))), PreflightCheck.Reachable, PreflightCheck.Json, PreflightCheck.NameLength);

        async Task AssertCheck(RotationValues values, PreflightCheck failed, params PreflightCheck[] passed)
        {
            var report = await _rotator.Check(values, default);
            Assert.False(report.WouldWork);
            Assert.Equal(Enum.GetValues<PreflightCheck>(), report.Findings.Select(f => f.Check));
            Assert.Equal([failed], report.Findings.Where(f => f.State == PreflightState.Failed).Select(f => f.Check));
            Assert.Equal(passed, report.Findings.Where(f => f.State == PreflightState.Passed).Select(f => f.Check));
            Assert.All(report.Findings.Where(f => f.Check != PreflightCheck.Tls && f.Check != failed && !passed.Contains(f.Check)), f => Assert.Equal(PreflightState.Skipped, f.State));
        }
    }

    /// <summary>The secret's value says which database the master logs in to, and a database's owner says where names are looked up there.</summary>
    [Fact]
    public async Task The_owner_of_a_database_has_nothing_run_by_the_master()
    {
        var role = await postgres.Role();
        var database = $"of_{role.Name}";
        await role.Server.Execute($"CREATE DATABASE {database} OWNER {role.Name}");
        await role.Server.Execute($"""
            SET SESSION AUTHORIZATION {role.Name}; CREATE SCHEMA evil; CREATE TABLE evil.caught (who text);
            CREATE FUNCTION evil.same(a name, b text) RETURNS boolean LANGUAGE sql AS 'INSERT INTO evil.caught VALUES (current_user); SELECT a::text OPERATOR(pg_catalog.=) b';
            CREATE OPERATOR evil.= (LEFTARG = name, RIGHTARG = text, FUNCTION = evil.same);
            CREATE FUNCTION evil.pg_is_in_recovery() RETURNS boolean LANGUAGE sql AS 'INSERT INTO evil.caught VALUES (current_user); SELECT false';
            ALTER DATABASE {database} SET search_path TO evil, pg_catalog
            """, database);

        var current = Value(Json(role).Text.Replace("\"dbname\":\"postgres\"", $"\"dbname\":\"{database}\"", StringComparison.Ordinal));
        Assert.True((await _rotator.Check(Values(role, current), default)).WouldWork);
        var second = await Rotate(role, current, $"was made as a clone of {role.Name}.");
        await Rotate(role, second, "got the new password.");

        await role.Server.Execute("DO $$ BEGIN ASSERT NOT EXISTS (SELECT FROM evil.caught); END $$", database);
    }

    [Fact]
    public async Task Clients_log_in_all_the_while()
    {
        const int Rotations = 12;
        var role = await postgres.Role();
        var current = Json(role);
        var faults = new ConcurrentQueue<string>();
        var logIns = 0;
        using var done = new CancellationTokenSource();
        var clients = Enumerable.Range(0, 3).Select(_ => Task.Run(async () =>
        {
            while (!done.IsCancellationRequested)
            {
                var credential = DatabaseCredential.Parse(Volatile.Read(ref current), new PostgreSqlEngine(RandomNumberGenerator.Fill));
                if (!await role.Server.CanLogIn(credential.Username, credential.Password.Reveal()))
                    faults.Enqueue(credential.Username);
                Interlocked.Increment(ref logIns);
            }
        })).ToList();

        for (var i = 0; i < Rotations; i++)
        {
            var seen = Volatile.Read(ref logIns);
            Volatile.Write(ref current, await Rotate(role, current, i == 0 ? $"was made as a clone of {role.Name}." : "got the new password."));
            while (Volatile.Read(ref logIns) < seen + 6)
                await Task.Delay(5);
        }

        await done.CancelAsync();
        await Task.WhenAll(clients);
        Assert.Empty(faults);
        Assert.InRange(logIns, 6 * Rotations, int.MaxValue);
    }

    private async Task AssertFault(RotationValues values, string expected, string alsoExpected = "", bool isFinal = true)
    {
        var fault = await Assert.ThrowsAsync<RotationException>(async () => await _rotator.Set(values with { Pending = values.Pending ?? _rotator.Create(values) }, default));
        Assert.Contains(expected, fault.Message, StringComparison.Ordinal);
        Assert.Contains(alsoExpected, fault.Message, StringComparison.Ordinal);
        Assert.Equal(isFinal, fault.IsFinal);
    }

    private async Task<SecretValue> Rotate(TestRole role, SecretValue current, string expected)
    {
        var pending = _rotator.Create(Values(role, current));
        Assert.EndsWith(expected, await _rotator.Set(Values(role, current, pending), default), StringComparison.Ordinal);
        await _rotator.Test(pending, default);
        Assert.True(await _rotator.IsAccepted(current, default));
        return pending;
    }

    private static SecretValue Value(string json) => SecretValue.FromText(json);

    private static SecretValue Json(TestRole role, string? password = null) => Value(role.Json(password, NamesMaster));

    private static string Master(TestRole role) => (role with { Name = "postgres" }).Json(PostgresServer.SuperuserPassword);

    private static RotationValues Values(TestRole role, SecretValue current, SecretValue? pending = null) =>
        new() { Current = current, Pending = pending, Master = Value(Master(role)) };

    private static async Task<List<string>> Texts(PostgresServer server, string sql)
    {
        await using var connection = new NpgsqlConnection(server.ConnectionString("postgres", PostgresServer.SuperuserPassword));
        await connection.OpenAsync();
        await using var command = new NpgsqlCommand(sql, connection);
        await using var reader = await command.ExecuteReaderAsync();
        var texts = new List<string>();
        while (await reader.ReadAsync())
            texts.Add(reader.GetString(0));
        return texts;
    }
}
