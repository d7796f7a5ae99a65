using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation.Rotators;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>What MySQL, which does not run here, and MariaDB tell of accounts, and what is made of it.</summary>
public sealed class MySqlTextTests
{
    private static readonly MySqlAccount s_app = new("app", "%");
    private static readonly MySqlAccount s_clone = new("app_clone", "%");

    [Theory]
    [InlineData("a\";--", "`a\";--`", "'a\";--'")]
    [InlineData("a`b", "`a``b`", "'a`b'")]
    [InlineData("a'b\\", "`a'b\\`", "'a''b\\\\'")]
    public void Names_and_texts_are_quoted_and_read_back(string text, string name, string literal)
    {
        Assert.Equal(name, MySqlText.Name(text));
        Assert.Equal(literal, MySqlText.Literal(text));
        Assert.Equal([text, text], MySqlText.Tokens($"{name}{literal}").Select(t => t.Value));
    }

    [Theory]
    [InlineData("GRANT SELECT, INSERT ON `shop`.* TO `app`@`%`", "GRANT SELECT, INSERT ON `shop`.* TO `app_clone`@`%`")]
    [InlineData("GRANT SELECT ON `shop`.* TO 'app'@'%' WITH GRANT OPTION", "GRANT SELECT ON `shop`.* TO `app_clone`@`%` WITH GRANT OPTION")]
    [InlineData("GRANT SELECT (`a`, `b`), UPDATE (`TO`) ON `shop`.` TO ``x` TO `app`@`%`", "GRANT SELECT (`a`, `b`), UPDATE (`TO`) ON `shop`.` TO ``x` TO `app_clone`@`%`")]
    [InlineData("GRANT `r1`@`%`,`r2`@`%` TO `app`@`%` WITH ADMIN OPTION", "GRANT `r1`@`%`,`r2`@`%` TO `app_clone`@`%` WITH ADMIN OPTION")]
    [InlineData("GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `app`@`%`", "GRANT BACKUP_ADMIN,XA_RECOVER_ADMIN ON *.* TO `app_clone`@`%`")]
    [InlineData("REVOKE INSERT ON `mysql`.* FROM `app`@`%`", "REVOKE INSERT ON `mysql`.* FROM `app_clone`@`%`")]
    [InlineData("GRANT PROXY ON `other`@`%` TO `app`@`%` WITH GRANT OPTION", "GRANT PROXY ON `other`@`%` TO `app_clone`@`%` WITH GRANT OPTION")]
    [InlineData("GRANT EXECUTE ON FUNCTION `shop`.`f` TO `app`@`%`", "GRANT EXECUTE ON FUNCTION `shop`.`f` TO `app_clone`@`%`")]
    [InlineData("GRANT SELECT ON *.* TO `app`@`%` IDENTIFIED BY PASSWORD '*D8' REQUIRE SUBJECT ' TO `x`@`y`' WITH GRANT OPTION MAX_QUERIES_PER_HOUR 5", "GRANT SELECT ON *.* TO `app_clone`@`%` WITH GRANT OPTION")]
    [InlineData("SET DEFAULT ROLE `readers` FOR `app`@`%`", "SET DEFAULT ROLE `readers` FOR `app_clone`@`%`")]
    public void A_grant_is_given_to_another_account(string line, string expected) =>
        Assert.Equal(expected, MySqlGrant.Parse(line, s_app).For(s_clone));

    [Theory]
    [InlineData("GRANT SELECT ON *.* TO `root`@`%`")]
    [InlineData("GRANT SELECT ON *.* TO `app`@`localhost`")]
    [InlineData("GRANT SELECT ON *.* TO `app")]
    [InlineData("CALL x")]
    [InlineData("")]
    public void A_line_that_is_no_grant_of_the_account_is_refused(string line) =>
        Assert.Throws<FormatException>(() => MySqlGrant.Parse(line, s_app));

    [Fact]
    public void Grants_are_compared_thing_by_thing() => Assert.Equal(
        ["SELECT (`a`, `b`) ON `shop`.`t`", "INSERT ON `shop`.`t`", "GRANT OPTION ON `shop`.`t`", "role `r`", "ADMIN OPTION of `r`", "default role `r`", "REVOKE INSERT ON `mysql`.*"],
        new[]
        {
            "GRANT USAGE ON *.* TO `app`@`%`", "GRANT SELECT (`a`, `b`), INSERT ON `shop`.`t` TO `app`@`%` WITH GRANT OPTION", "GRANT `r` TO `app`@`%` WITH ADMIN OPTION",
            "SET DEFAULT ROLE `r` FOR `app`@`%`", "REVOKE INSERT ON `mysql`.* FROM `app`@`%`",
        }.SelectMany(line => MySqlGrant.Parse(line, s_app).Items));

    [Theory]
    [InlineData("GRANT ALL PRIVILEGES ON *.* TO `app`@`%` WITH GRANT OPTION", true)]
    [InlineData("GRANT SELECT, INSERT ON *.* TO `app`@`%` WITH GRANT OPTION", true)]
    [InlineData("GRANT SELECT, INSERT ON `shop`.* TO `app`@`%` WITH GRANT OPTION", true)]
    [InlineData("GRANT SELECT, INSERT ON `shop`.* TO `app`@`%`", false)]
    [InlineData("GRANT SELECT ON `shop`.* TO `app`@`%` WITH GRANT OPTION", false)]
    [InlineData("GRANT SELECT, INSERT ON `shopping`.* TO `app`@`%` WITH GRANT OPTION", false)]
    public void Whether_a_master_may_give_something_is_seen(string held, bool expected) => Assert.Equal(expected,
        MySqlGrant.Covers([MySqlGrant.Parse(held, s_app)], MySqlGrant.Parse("GRANT SELECT (`a`), INSERT ON `shop`.`t` TO `app`@`%`", s_app)));

    [Fact]
    public void An_account_of_MySQL_keeps_its_plugin_roles_and_options()
    {
        var definition = MySqlAccountDefinition.Parse(
            "CREATE USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 0x244124303035 DEFAULT ROLE `r1`@`%`,`r2`@`%` REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 5 PASSWORD EXPIRE ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT",
            s_app, isMariaDb: false);

        Assert.Equal("IDENTIFIED WITH 'caching_sha2_password' BY 'it''s'", definition.IdentifiedBy(new SecretText("it's"), inTheClear: false));
        Assert.Equal("SET PASSWORD = 'it''s'", definition.SetOwnPassword(new SecretText("it's"), inTheClear: false));
        Assert.Equal("`r1`@`%`,`r2`@`%`", definition.DefaultRoles);
        Assert.Equal("REQUIRE SSL WITH MAX_QUERIES_PER_HOUR 5 ACCOUNT UNLOCK PASSWORD HISTORY DEFAULT PASSWORD REUSE INTERVAL DEFAULT PASSWORD REQUIRE CURRENT DEFAULT", definition.Options);
        Assert.True(definition.HasPassword);
        Assert.False(definition.IsUnfinished);
    }

    [Theory]
    [InlineData("CREATE USER `app`@`%`", "IDENTIFIED VIA mysql_native_password USING '*D821809F681A40A6E379B50D0463EFAE20BDD122'", "REQUIRE NONE")]
    [InlineData("CREATE USER `app`@`%` IDENTIFIED BY PASSWORD '*AB' REQUIRE X509 WITH MAX_STATEMENT_TIME 4.500000 PASSWORD EXPIRE INTERVAL 9 DAY", "IDENTIFIED VIA mysql_native_password USING '*D821809F681A40A6E379B50D0463EFAE20BDD122'", "REQUIRE X509 WITH MAX_STATEMENT_TIME 4.500000 PASSWORD EXPIRE INTERVAL 9 DAY")]
    [InlineData("CREATE USER `app`@`%` IDENTIFIED VIA unix_socket OR ed25519 USING 'Gv' ACCOUNT LOCK PASSWORD EXPIRE", "IDENTIFIED VIA unix_socket OR ed25519 USING PASSWORD('pw')", "REQUIRE NONE ACCOUNT LOCK")]
    public void An_account_of_MariaDB_keeps_its_plugins_and_options(string statement, string identified, string options)
    {
        var definition = MySqlAccountDefinition.Parse(statement, s_app, isMariaDb: true);

        Assert.Equal(identified, definition.IdentifiedBy(new SecretText("pw"), inTheClear: false));
        Assert.Equal(options, definition.Options);
    }

    [Theory]
    [InlineData("CREATE USER `root`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 0x24")]
    [InlineData("CREATE USER `app`@`%` IDENTIFIED WITH 'caching_sha2_password' AS 0x24 AND IDENTIFIED WITH 'authentication_fido' REQUIRE NONE")]
    public void An_account_that_is_another_or_has_several_factors_is_refused(string statement) =>
        Assert.Throws<FormatException>(() => MySqlAccountDefinition.Parse(statement, s_app, isMariaDb: false));
}
