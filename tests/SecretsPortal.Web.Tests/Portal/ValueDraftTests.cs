using SecretsPortal.Core.Secrets;
using SecretsPortal.Web.Portal.Model;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class ValueDraftTests
{
    public static TheoryData<SecretKind, string> Databases => new()
    {
        { SecretKind.RdsDatabase, """{"username":"app","password":"p\"w","engine":"postgres","host":"db.internal","port":5433,"dbname":"orders"}""" },
        { SecretKind.DocumentDb, """{"username":"app","password":"p\"w","engine":"mongo","host":"db.internal","port":5433,"dbname":"orders"}""" },
        { SecretKind.Redshift, """{"username":"app","password":"p\"w","engine":"redshift","host":"db.internal","port":5433,"dbname":"orders"}""" },
        { SecretKind.OtherDatabase, """{"username":"app","password":"p\"w","host":"db.internal","port":5433,"dbname":"orders"}""" },
    };

    [Theory]
    [MemberData(nameof(Databases))]
    public void Fields_of_a_database_become_its_json_and_its_kind(SecretKind kind, string json)
    {
        var draft = Filled(kind);

        Assert.Empty(draft.Faults());
        Assert.Equal(json, draft.ToValue().Text);
        Assert.Equal(kind, SecretContent.Of(draft.ToValue()).Kind);
    }

    [Theory]
    [InlineData(SecretKind.RdsDatabase)]
    [InlineData(SecretKind.DocumentDb)]
    [InlineData(SecretKind.Redshift)]
    [InlineData(SecretKind.OtherDatabase)]
    public void A_database_needs_user_password_and_host(SecretKind kind) =>
        Assert.Equal(["host", "password", "username"], ValueDraft.Of(kind).Faults().Keys.Order());

    [Theory]
    [InlineData("0")]
    [InlineData("65536")]
    [InlineData("5432a")]
    [InlineData("-1")]
    [InlineData("99999999999")]
    public void A_port_outside_its_range_is_told_beside_the_field(string port)
    {
        var draft = Filled(SecretKind.RdsDatabase);
        draft.Port = port;

        Assert.Equal(["port"], draft.Faults().Keys);
    }

    [Fact]
    public void Rows_become_one_level_of_json()
    {
        var draft = ValueDraft.Of(SecretKind.KeyValue);
        draft.Rows[0].Name = "token";
        draft.Rows[0].Value = "<ä+\"\\>";
        draft.Rows.Add(new DraftRow { Name = "empty" });
        draft.Rows.Add(new DraftRow());

        Assert.Empty(draft.Faults());
        Assert.Equal("""{"token":"<ä+\"\\>","empty":""}""", draft.ToValue().Text);
    }

    [Fact]
    public void Rows_need_a_name_each_and_no_name_twice()
    {
        var draft = ValueDraft.Of(SecretKind.KeyValue);
        Assert.Equal(["row0.name"], draft.Faults().Keys);

        draft.Rows[0].Value = "1";
        draft.Rows.Add(new DraftRow { Name = "a" });
        draft.Rows.Add(new DraftRow { Name = "a" });
        Assert.Equal(["row0.name", "row2.name"], draft.Faults().Keys.Order());
    }

    [Fact]
    public void A_value_may_have_65536_bytes_and_not_one_more()
    {
        var draft = ValueDraft.Of(SecretKind.Text);
        Assert.Equal(["text"], draft.Faults().Keys);

        draft.Text = new string('a', SecretValue.MaxBytes - 1) + "ä";
        Assert.Contains("65,537 bytes", draft.Faults()["text"], StringComparison.Ordinal);

        draft.Text = new string('a', SecretValue.MaxBytes);
        Assert.Empty(draft.Faults());
    }

    [Fact]
    public void A_stored_value_comes_back_with_what_the_form_does_not_show()
    {
        const string stored = """{"username":"app","password":"old","engine":"postgres","host":"h","port":"5432","ssl":true,"masterarn":"arn:x","pool":10}""";
        var draft = ValueDraft.From(SecretValue.FromText(stored));
        draft.Password = "new";

        Assert.Equal(SecretKind.RdsDatabase, draft.Kind);
        Assert.Equal(stored.Replace("old", "new", StringComparison.Ordinal), draft.ToValue().Text);
    }

    [Fact]
    public void Doing_without_TLS_is_said_in_the_value_and_read_back()
    {
        var draft = Filled(SecretKind.RdsDatabase);
        draft.Tls = DraftTls.None;
        Assert.EndsWith(""","dbname":"orders","ssl":false}""", draft.ToValue().Text, StringComparison.Ordinal);

        var read = ValueDraft.From(draft.ToValue());
        Assert.Equal(DraftTls.None, read.Tls);
        read.Tls = DraftTls.Verified;
        Assert.DoesNotContain("ssl", read.ToValue().Text, StringComparison.Ordinal);
    }

    [Fact]
    public void Rows_that_are_not_changed_stay_numbers_and_flags()
    {
        var draft = ValueDraft.From(SecretValue.FromText("""{"on":true,"retries":3,"none":null,"name":"x"}"""));
        draft.Rows[1].Value = "4";

        Assert.Equal("""{"on":true,"retries":"4","none":null,"name":"x"}""", draft.ToValue().Text);
    }

    [Fact]
    public void Rows_and_plain_text_turn_into_each_other()
    {
        var draft = ValueDraft.Of(SecretKind.KeyValue);
        draft.Rows[0].Name = "a";
        draft.Rows[0].Value = "1";

        draft.SwitchTo(SecretKind.Text);
        Assert.Equal("""{"a":"1"}""", draft.Text);

        draft.Text = """{"b":"2","c":"3"}""";
        draft.SwitchTo(SecretKind.KeyValue);
        Assert.Equal(["b", "c"], draft.Rows.Select(r => r.Name));
    }

    [Fact]
    public void Text_that_is_no_flat_json_stays_as_typed()
    {
        var draft = ValueDraft.Of(SecretKind.Text);
        draft.Text = """{"deep":{"a":1}}""";

        draft.SwitchTo(SecretKind.KeyValue);
        draft.SwitchTo(SecretKind.Text);

        Assert.Equal("""{"deep":{"a":1}}""", draft.Text);
    }

    private static ValueDraft Filled(SecretKind kind)
    {
        var draft = ValueDraft.Of(kind);
        draft.Username = "app";
        draft.Password = "p\"w";
        draft.Host = " db.internal ";
        draft.Port = "5433";
        draft.DatabaseName = "orders";
        return draft;
    }
}
