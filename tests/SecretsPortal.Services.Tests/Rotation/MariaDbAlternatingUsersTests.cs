using System.Security.Cryptography;
using MySqlConnector;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>Two users that take turns on a real MariaDB.</summary>
public sealed class MariaDbAlternatingUsersTests(MariaDbFixture mariaDb)
{
    private readonly AlternatingUsersRotator _rotator = new(new MariaDbEngine(), RandomNumberGenerator.Fill);

    [Theory]
    [InlineData("turns plain")]
    [InlineData("turns a\";--")]
    [InlineData("turns `back` \\ 'quote' Größe")]
    public async Task Two_users_take_turns(string name)
    {
        var account = await mariaDb.Account(name);
        await account.Server.Execute($"GRANT SELECT ON shop.* TO {account.Sql}");
        var first = account.FirstOfTwo();
        Assert.True(_rotator.Serves(first));

        var second = await Rotate(account, first, $"was made as a clone of {name}.");
        var third = await Rotate(account, second, "got the new password.");
        var fourth = await Rotate(account, third, "got the new password.");

        Assert.True(await account.Server.CanLogIn($"{name}_clone", PasswordOf(fourth.Text)));
        Assert.True(await account.Accepts(PasswordOf(third.Text)));
        Assert.False(await account.Accepts(account.Password));
        Assert.DoesNotContain(PasswordOf(second.Text), account.Server.GeneralLog, StringComparison.Ordinal);
        Assert.DoesNotContain(PasswordOf(third.Text), account.Server.GeneralLog, StringComparison.Ordinal);
        Assert.EndsWith("has the new password already.", await _rotator.Set(account.Alternating(third, fourth), default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_client_that_reads_the_current_value_always_gets_in()
    {
        const int Rotations = 6;
        var account = await mariaDb.Account();
        await account.Server.Execute($"GRANT SELECT, INSERT ON shop.orders TO {account.Sql}");
        var current = account.FirstOfTwo();
        using var end = new CancellationTokenSource();
        var (logIns, client) = (0, Task.CompletedTask);
        client = Task.Run(async () =>
        {
            while (!end.IsCancellationRequested)
            {
                // What a client read a moment ago still logs in after the rotation that follows.
                var read = SecretContent(Volatile.Read(ref current));
                await account.Server.ExecuteAs(read.User, read.Password, "SELECT COUNT(*) FROM shop.orders");
                logIns++;
            }
        });

        for (var i = 0; i < Rotations; i++)
        {
            var pending = _rotator.Create(account.Alternating(current));
            await _rotator.Set(account.Alternating(current, pending), default);
            await _rotator.Test(pending, default);
            var before = logIns;
            Volatile.Write(ref current, pending);
            await Until(() => logIns > before + 1 || client.IsCompleted);
        }

        await end.CancelAsync();
        await client;
        Assert.True(logIns > Rotations, $"Only {logIns} log-ins.");
    }

    [Fact]
    public async Task The_clone_may_do_what_the_original_may()
    {
        var account = await mariaDb.Account(name: "granted", options: "REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 5000 MAX_STATEMENT_TIME 4.5 PASSWORD EXPIRE INTERVAL 100 DAY");
        await account.Server.Execute($"""
            CREATE ROLE readers; GRANT SELECT ON *.* TO readers; CREATE ROLE `odd``role"`; CREATE DATABASE `o'd\d"``_db`;
            CREATE USER `granted`@`10.1.0.0/255.255.0.0` IDENTIFIED BY 'first-password'; GRANT DELETE ON shop.orders TO `granted`@`10.1.0.0/255.255.0.0`;
            GRANT INSERT, UPDATE ON shop.* TO {account.Sql} WITH GRANT OPTION; GRANT SELECT (id), UPDATE (note, id) ON shop.orders TO {account.Sql};
            GRANT EXECUTE ON PROCEDURE shop.count_orders TO {account.Sql}; GRANT ALL PRIVILEGES ON `o'd\d"``_db`.* TO {account.Sql};
            GRANT PROCESS ON *.* TO {account.Sql}; GRANT readers TO {account.Sql} WITH ADMIN OPTION; GRANT `odd``role"` TO {account.Sql}; SET DEFAULT ROLE readers FOR {account.Sql};
            """);

        var done = await _rotator.Set(account.Alternating(account.FirstOfTwo(), Clone(account)), default);

        Assert.DoesNotContain("Warning", done, StringComparison.Ordinal);
        foreach (var statement in new[] { "SHOW GRANTS FOR", "SHOW CREATE USER" })
            Assert.Equal(
                WithoutHash((await account.Server.Execute($"{statement} {account.Sql}")).Replace("granted", "granted_clone", StringComparison.Ordinal)),
                WithoutHash(await account.Server.Execute($"{statement} {account.CloneSql}")));
        Assert.Contains("GRANT DELETE ON `shop`.`orders` TO `granted_clone`@`10.1.0.0/255.255.0.0`",
            await account.Server.Execute("SHOW GRANTS FOR `granted_clone`@`10.1.0.0/255.255.0.0`"), StringComparison.Ordinal);
        Assert.False(await account.Server.CanLogIn("granted_clone", "clone-password"));
        Assert.True(await account.Server.CanLogIn("granted_clone", "clone-password", MySqlSslMode.Required));
    }

    [Fact]
    public async Task Privileges_that_differ_are_told()
    {
        var account = await mariaDb.Account();
        await account.Server.Execute($"GRANT SELECT, INSERT ON shop.* TO {account.Sql}");
        await _rotator.Set(account.Alternating(account.FirstOfTwo(), Clone(account)), default);
        await account.Server.Execute($"GRANT DELETE ON shop.* TO {account.Sql}; REVOKE INSERT ON shop.* FROM {account.CloneSql}; GRANT EXECUTE ON shop.* TO {account.CloneSql}; ALTER USER {account.CloneSql} REQUIRE SSL");

        var done = await _rotator.Set(account.Alternating(account.FirstOfTwo(), Clone(account, "third-password")), default);

        Assert.Contains("Warning: the two users differ.", done, StringComparison.Ordinal);
        Assert.Contains($"{account.Name}_clone@% lacks what {account.Name} has: INSERT ON `shop`.*, DELETE ON `shop`.*.", done, StringComparison.Ordinal);
        Assert.Contains($"{account.Name}_clone@% has what {account.Name} lacks: EXECUTE ON `shop`.*.", done, StringComparison.Ordinal);
        Assert.Contains("has other options (REQUIRE SSL; default role none)", done, StringComparison.Ordinal);
        var findings = (await _rotator.Check(account.Alternating(account.FirstOfTwo()), default)).Findings;
        Assert.Equal(3, findings.Count(f => f is { Check: PreflightCheck.Clone, State: PreflightState.Warning }));
    }

    [Fact]
    public async Task A_clone_that_was_not_finished_lets_nobody_in_and_is_finished_by_the_next_attempt()
    {
        var account = await mariaDb.Account();
        await account.Server.Execute($"GRANT SELECT, INSERT ON shop.* TO {account.Sql}");
        // As left behind by a portal that was killed after CREATE USER.
        await account.Server.Execute($"CREATE USER {account.CloneSql} IDENTIFIED BY 'clone-password' REQUIRE SUBJECT '{MySqlAccountDefinition.Unfinished}'");
        var values = account.Alternating(account.FirstOfTwo(), Clone(account));
        Assert.False(await _rotator.IsAccepted(values.NewValue, default));

        var done = await _rotator.Set(values, default);

        Assert.EndsWith($"was made as a clone of {account.Name}.", done, StringComparison.Ordinal);
        Assert.True(await account.Server.CanLogIn($"{account.Name}_clone", "clone-password"));
        Assert.Contains("GRANT SELECT, INSERT ON `shop`.*", await account.Server.Execute($"SHOW GRANTS FOR {account.CloneSql}"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task All_accounts_of_a_name_get_the_password_by_one_statement_the_nearest_last()
    {
        var account = await mariaDb.Account(name: "near and far");
        // The server sees this machine as one of these two.
        await account.Server.Execute("CREATE USER `near and far`@`localhost` IDENTIFIED BY 'first-password', `near and far`@`127.0.0.1` IDENTIFIED BY 'first-password', `near and far`@`10.%` IDENTIFIED BY 'first-password'");
        var seen = (await account.Server.Execute("SELECT SUBSTRING_INDEX(USER(), '@', -1)")).Trim();
        await _rotator.Set(account.Alternating(account.FirstOfTwo(), Clone(account)), default);
        await AssertAllHave("near and far_clone", "clone-password");

        await _rotator.Set(account.Alternating(Clone(account), account.FirstOfTwo(json => json["password"] = "third-password")), default);

        await AssertAllHave("near and far", "third-password");

        async Task AssertAllHave(string user, string password)
        {
            Assert.Equal("4", await account.Server.Execute(
                $"SELECT COUNT(*) FROM mysql.global_priv WHERE User = '{user}' AND JSON_VALUE(Priv, '$.authentication_string') = '{MySqlAccountDefinition.NativeHash(new SecretText(password))}'"));
            Assert.True(await account.Server.CanLogIn(user, password));
            var statement = Assert.Single(account.Server.GeneralLog.Split('\n'), l => l.Contains($"ALTER USER `{user}`@", StringComparison.Ordinal));
            var hosts = System.Text.RegularExpressions.Regex.Matches(statement, $"`{user}`@`([^`]+)`").Select(m => m.Groups[1].Value).ToList();
            Assert.Equal(4, hosts.Count);
            Assert.Equal(seen, hosts[^1]);
        }
    }

    [Fact]
    public async Task Accounts_with_options_of_their_own_are_finished_with_the_nearest_last()
    {
        var account = await mariaDb.Account(name: "optional", options: "WITH MAX_QUERIES_PER_HOUR 5000");
        await account.Server.Execute("CREATE USER `optional`@`10.%` IDENTIFIED BY 'first-password' REQUIRE SSL; CREATE USER `optional`@`11.%` IDENTIFIED BY 'first-password' WITH MAX_QUERIES_PER_HOUR 5000");

        var done = await _rotator.Set(account.Alternating(account.FirstOfTwo(), Clone(account)), default);

        Assert.DoesNotContain("Warning", done, StringComparison.Ordinal);
        var statements = account.Server.GeneralLog.Split('\n').Where(static l => l.Contains("ALTER USER `optional_clone`@", StringComparison.Ordinal)).ToList();
        Assert.Equal(2, statements.Count);
        Assert.Contains("`optional_clone`@`10.%`", statements[0], StringComparison.Ordinal);
        Assert.Contains("`optional_clone`@`%`", statements[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_master_that_lacks_rights_is_told_which_and_leaves_nothing_behind()
    {
        var account = await mariaDb.Account();
        await account.Server.Execute($"GRANT SELECT, INSERT ON shop.* TO {account.Sql}; GRANT DELETE ON shop.orders TO {account.Sql}");
        var master = await mariaDb.Account();
        var values = account.Alternating(account.FirstOfTwo(), Clone(account), master);

        await AssertMissing("lacks a right");
        await account.Server.Execute($"GRANT SELECT ON mysql.* TO {master.Sql}");
        await AssertMissing("CREATE USER ON *.*");
        await account.Server.Execute($"GRANT CREATE USER ON *.* TO {master.Sql}; GRANT SELECT ON shop.* TO {master.Sql} WITH GRANT OPTION");
        await AssertMissing("SELECT, INSERT ON `shop`.* WITH GRANT OPTION, DELETE ON `shop`.`orders` WITH GRANT OPTION");
        var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Set(values, default));
        Assert.True(fault.IsFinal);
        Assert.Equal(PreflightCheck.Privileges, fault.Concerns);
        Assert.Equal("0", await account.Server.Execute($"SELECT COUNT(*) FROM mysql.user WHERE User = '{account.Name}_clone'"));
        await account.Server.Execute($"GRANT SELECT, INSERT, DELETE ON shop.* TO {master.Sql} WITH GRANT OPTION");
        Assert.True((await _rotator.Check(values, default)).WouldWork);
        Assert.Equal("0", await account.Server.Execute($"SELECT COUNT(*) FROM mysql.user WHERE User = '{account.Name}_clone'"));
        await _rotator.Set(values, default);
        Assert.True(await account.Server.CanLogIn($"{account.Name}_clone", "clone-password"));

        async Task AssertMissing(string expected)
        {
            var report = await _rotator.Check(values, default);
            Assert.False(report.WouldWork);
            Assert.Contains(report.Findings, f => f.Check == PreflightCheck.Privileges && f.State == PreflightState.Failed && f.Message.Contains(expected, StringComparison.Ordinal));
        }
    }

    [Fact]
    public async Task Of_a_pair_whose_original_is_gone_nothing_is_changed()
    {
        var clone = await mariaDb.Account(name: "orphan_clone");

        var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Set(
            clone.Alternating(clone.FirstOfTwo(), clone.Value("x", json => json["username"] = "orphan")), default));

        Assert.Contains("There is no user orphan", fault.Message, StringComparison.Ordinal);
        Assert.True(await clone.Accepts(clone.Password));
    }

    [Theory]
    [InlineData("ALL PRIVILEGES")]
    [InlineData("SELECT, SUPER")]
    public async Task A_user_who_is_only_called_like_the_clone_of_an_administrator_gets_no_password_of_it(string privileges)
    {
        var administrator = await mariaDb.Account();
        await administrator.Server.Execute($"GRANT {privileges} ON *.* TO {administrator.Sql}");
        var stranger = await mariaDb.Account($"{administrator.Name}_clone");
        var values = stranger.Alternating(stranger.FirstOfTwo(), administrator.FirstOfTwo(json => json["password"] = "third-password"));

        Assert.False((await _rotator.Check(values, default)).WouldWork);
        var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Set(values, default));

        Assert.True(fault.IsFinal);
        Assert.Contains($"The user {stranger.Name} is no clone of {administrator.Name}", fault.Message, StringComparison.Ordinal);
        Assert.True(await administrator.Accepts(administrator.Password));
        await administrator.Server.Execute($"GRANT {privileges} ON *.* TO {stranger.Sql}");
        Assert.EndsWith("got the new password.", await _rotator.Set(values, default), StringComparison.Ordinal);
        Assert.True(await administrator.Accepts("third-password"));
    }

    [Fact]
    public async Task Names_have_room_for_their_suffix()
    {
        var account = await mariaDb.Account(name: new string('n', 74));
        await _rotator.Set(account.Alternating(account.FirstOfTwo(), Clone(account)), default);
        var mysql = new AlternatingUsersRotator(new MySqlEngine(), RandomNumberGenerator.Fill);

        Assert.Contains("longer than the 80", Assert.Throws<RotationException>(() => _rotator.Create(account.Alternating(account.FirstOfTwo(j => j["username"] = new string('n', 75))))).Message, StringComparison.Ordinal);
        Assert.Contains("longer than the 32", Assert.Throws<RotationException>(() => mysql.Create(account.Alternating(account.FirstOfTwo(j =>
        {
            j["engine"] = "mysql";
            j["username"] = new string('n', 27);
        })))).Message, StringComparison.Ordinal);
    }

    private static SecretValue Clone(TestAccount account, string password = "clone-password") => account.FirstOfTwo(json =>
    {
        json["username"] = $"{account.Name}_clone";
        json["password"] = password;
    });

    private static string WithoutHash(string text) => System.Text.RegularExpressions.Regex.Replace(text, "\\*[0-9A-F]{40}", "*");

    private static (string User, string Password) SecretContent(SecretValue value)
    {
        var json = System.Text.Json.JsonDocument.Parse(value.Text).RootElement;
        return (json.GetProperty("username").GetString()!, json.GetProperty("password").GetString()!);
    }

    private static async Task Until(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!condition())
            await Task.Delay(20, limit.Token);
    }

    private async Task<SecretValue> Rotate(TestAccount account, SecretValue current, string expected)
    {
        var pending = _rotator.Create(account.Alternating(current));
        Assert.EndsWith(expected, await _rotator.Set(account.Alternating(current, pending), default), StringComparison.Ordinal);
        await _rotator.Test(pending, default);
        Assert.True(await _rotator.IsAccepted(current, default));
        return pending;
    }
}
