using System.Security.Cryptography;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Rotators;
using SecretsPortal.Tests.Shared;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>The rotation of a single user on a real MariaDB.</summary>
public sealed class MariaDbSingleUserTests(MariaDbFixture mariaDb)
{
    private readonly SingleUserRotator _rotator = new(new MariaDbEngine(), RandomNumberGenerator.Fill);

    [Theory]
    [InlineData("single\";--")]
    [InlineData("back`tick \\ 'quote' \" Größe")]
    public async Task A_user_with_any_name_gets_a_new_password(string name)
    {
        var account = await mariaDb.Account(name);
        var current = account.Value();
        var pending = _rotator.Create(new RotationValues { Current = current });

        var done = await _rotator.Set(new RotationValues { Current = current, Pending = pending }, default);

        Assert.EndsWith("got the new password.", done, StringComparison.Ordinal);
        Assert.EndsWith("accepts the password.", await _rotator.Test(pending, default), StringComparison.Ordinal);
        Assert.True(await account.Accepts(PasswordOf(pending.Text)));
        Assert.False(await account.Accepts(account.Password));
        Assert.EndsWith("has the new password already.", await _rotator.Set(new RotationValues { Current = current, Pending = pending }, default), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("it's \\ \"all\" `quoted`; DROP USER root --")]
    [InlineData("pässwörd\\")]
    public async Task Passwords_put_by_hand_are_quoted(string password)
    {
        var account = await mariaDb.Account();

        await Set(account, password);

        Assert.True(await account.Accepts(password));
    }

    [Fact]
    public async Task What_the_server_takes_for_quotes_does_not_matter()
    {
        await using var server = await MariaDbServer.Start(null, "--sql-mode=NO_BACKSLASH_ESCAPES,ANSI_QUOTES,PIPES_AS_CONCAT", "--plugin-load-add=simple_password_check", "--plugin-load-add=auth_ed25519");
        await server.Execute("CREATE USER `back\\slash'\"`@`%` IDENTIFIED BY 'First-password-1'");
        var account = new TestAccount(server, "back\\slash'\"", "First-password-1");

        // With rules for passwords the server judges them itself, so it is sent the password, not its hash.
        await Set(account, "Second\\'pass\"word-2");
        Assert.True(await account.Accepts("Second\\'pass\"word-2"));
        var fault = await Assert.ThrowsAsync<RotationException>(() => _rotator.Set(
            new RotationValues { Current = account.Value("Second\\'pass\"word-2"), Pending = account.Value("too-simple") }, default));
        Assert.True(fault.IsFinal);
        Assert.Contains("its rules for passwords say no", fault.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("too-simple", fault.ToString(), StringComparison.Ordinal);

        // Alternating users there, one of which has a plugin of its own beside the password's.
        await server.Execute("CREATE USER ways@`%` IDENTIFIED VIA ed25519 USING PASSWORD('First-password-1') OR mysql_native_password USING PASSWORD('First-password-1')");
        var both = new TestAccount(server, "ways", "First-password-1");
        await using var master = (await new MariaDbEngine().LogIn(DatabaseCredential.Parse(
            (both with { Name = "root" }).Value(MariaDbServer.SuperuserPassword), new MariaDbEngine()), default))!;
        await master.CreateClone(UserPair.Of("ways"), new SecretText("Second-password-2"), default);
        var definition = await server.Execute("SHOW CREATE USER ways_clone@`%`");
        Assert.Matches("VIA ed25519 USING '[^']+' OR mysql_native_password USING '[^']+'", definition);
        Assert.Empty(await master.CompareUsers(UserPair.Of("ways"), default));
        Assert.Contains("its rules for passwords say no",
            (await Assert.ThrowsAsync<RotationException>(() => master.SetPassword("ways", new SecretText("too-simple"), default))).Message, StringComparison.Ordinal);

        await server.Execute("CREATE USER edwards@`%` IDENTIFIED VIA ed25519 USING PASSWORD('First-password-1')");
        var refused = await Assert.ThrowsAsync<RotationException>(() => _rotator.Test(new TestAccount(server, "edwards", "First-password-1").Value(), default));
        Assert.Contains("in a way that the portal does not know", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_password_does_not_reach_the_servers_log()
    {
        var account = await mariaDb.Account();

        await Set(account, "needle-in-the-log");

        Assert.Contains("SET PASSWORD = '*", account.Server.GeneralLog, StringComparison.Ordinal);
        Assert.DoesNotContain("needle-in-the-log", account.Server.GeneralLog, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_account_of_the_nearest_host_is_changed()
    {
        var account = await mariaDb.Account();
        var nearer = $"`{account.Name}`@`127.0.0.%`";
        await account.Server.Execute($"CREATE USER {nearer} IDENTIFIED BY 'first-password'");
        var before = await account.Server.Execute($"SHOW CREATE USER {account.Sql}");

        await Set(account, "second-password");

        Assert.True(await account.Accepts("second-password"));
        Assert.Equal(before, await account.Server.Execute($"SHOW CREATE USER {account.Sql}"));
    }

    [Fact]
    public async Task An_expired_password_is_replaced()
    {
        var account = await mariaDb.Account(options: "PASSWORD EXPIRE");
        var tested = await Assert.ThrowsAsync<RotationException>(() => _rotator.Test(account.Value(), default));
        Assert.Contains("is expired", tested.Message, StringComparison.Ordinal);
        Assert.Contains(await Check(account), f => f is { Check: PreflightCheck.Privileges, State: PreflightState.Warning });

        await Set(account, "second-password");

        Assert.EndsWith("accepts the password.", await _rotator.Test(account.Value("second-password"), default), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_preflight_changes_nothing_and_finds_nothing()
    {
        var account = await mariaDb.Account();
        var before = await account.Server.Execute($"SHOW CREATE USER {account.Sql}");

        Assert.All(await Check(account), f => Assert.Equal(PreflightState.Passed, f.State));

        Assert.Equal(before, await account.Server.Execute($"SHOW CREATE USER {account.Sql}"));
    }

    [Fact]
    public async Task A_secret_that_calls_it_mysql_is_rotated_too()
    {
        var account = await mariaDb.Account();
        var mysql = new SingleUserRotator(new MySqlEngine(), RandomNumberGenerator.Fill);
        var current = account.Value(change: json => json["engine"] = "aurora-mysql");
        Assert.True(mysql.Serves(current));

        var pending = mysql.Create(new RotationValues { Current = current });
        await mysql.Set(new RotationValues { Current = current, Pending = pending }, default);

        Assert.True(await account.Accepts(PasswordOf(pending.Text)));
    }

    private async Task<IReadOnlyList<PreflightFinding>> Check(TestAccount account) =>
        (await _rotator.Check(new RotationValues { Current = account.Value() }, default)).Findings;

    private async Task Set(TestAccount account, string password)
    {
        var done = await _rotator.Set(new RotationValues { Current = account.Value(), Pending = account.Value(password) }, default);
        Assert.EndsWith("got the new password.", done, StringComparison.Ordinal);
    }
}
