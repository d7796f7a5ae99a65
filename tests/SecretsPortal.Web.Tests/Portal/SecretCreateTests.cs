using Bunit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class SecretCreateTests : PortalPageTest
{
    public static TheoryData<string, string[]> Kinds => new()
    {
        { "RDS-like database", ["Name the user", "Type the user's password", "Name the host"] },
        { "DocumentDB", ["Name the user", "Type the user's password", "Name the host"] },
        { "Redshift", ["Name the user", "Type the user's password", "Name the host"] },
        { "Other database", ["Name the user", "Type the user's password", "Name the host"] },
        { "Other type of secret", ["at least one name"] },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task An_empty_form_tells_what_is_missing_and_stores_nothing(string kind, string[] faults)
    {
        var page = Render<SecretCreate>();
        await Choose(page, kind);
        Assert.DoesNotContain("Give the secret a name", page.Markup, StringComparison.Ordinal);

        await page.Find("form").SubmitAsync();

        Assert.Contains("Give the secret a name", page.Markup, StringComparison.Ordinal);
        foreach (var fault in faults)
            Assert.Contains(fault, page.Find("form").TextContent, StringComparison.Ordinal);
        Assert.Empty((await Reader.List(await Call(), new ListSecretsRequest(), CancellationToken.None)).Secrets);
    }

    [Theory]
    [InlineData("RDS-like database", SecretKind.RdsDatabase, """{"username":"app","password":"hunter2","engine":"postgres","host":"db","port":5433}""")]
    [InlineData("DocumentDB", SecretKind.DocumentDb, """{"username":"app","password":"hunter2","engine":"mongo","host":"db","port":5433}""")]
    [InlineData("Redshift", SecretKind.Redshift, """{"username":"app","password":"hunter2","engine":"redshift","host":"db","port":5433}""")]
    [InlineData("Other database", SecretKind.OtherDatabase, """{"username":"app","password":"hunter2","host":"db","port":5433}""")]
    public async Task A_databases_credentials_are_stored(string choice, SecretKind kind, string json)
    {
        var page = Render<SecretCreate>();
        await Choose(page, choice);
        await Field(page, "User name").ChangeAsync("app");
        await Field(page, "Password").ChangeAsync("hunter2");
        await Field(page, "Host").ChangeAsync("db");
        await Field(page, "Port").ChangeAsync("5433");
        await Field(page, "Name").ChangeAsync("prod/orders");
        await Field(page, "Description").ChangeAsync("Orders");

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.EndsWith("/secret?id=prod%2Forders", Navigation.Uri, StringComparison.Ordinal));
        var stored = await Reader.GetValue(await Call(), "prod/orders", null, null, CancellationToken.None);
        Assert.Equal(json, stored.Value.Text);
        Assert.Equal(kind, stored.Secret.Kind);
        Assert.Equal("Orders", stored.Secret.Description);
        Assert.DoesNotContain("hunter2", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rows_and_tags_are_stored()
    {
        var page = Render<SecretCreate>();
        await Choose(page, "Other type of secret");
        await Field(page, "Key").ChangeAsync("token");
        await Field(page, "Value").ChangeAsync("hunter2");
        await Field(page, "Name").ChangeAsync("prod/api");
        await Button(page, "Add a tag").ClickAsync();
        var tag = page.FindAll("section.card")[2];
        await tag.QuerySelectorAll("input")[0].ChangeAsync("team");
        await page.FindAll("section.card")[2].QuerySelectorAll("input")[1].ChangeAsync("orders");

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("/secret?id=", Navigation.Uri, StringComparison.Ordinal));
        var stored = await Reader.GetValue(await Call(), "prod/api", null, null, CancellationToken.None);
        Assert.Equal("""{"token":"hunter2"}""", stored.Value.Text);
        Assert.Equal([new SecretTag("team", "orders")], stored.Secret.Tags);
    }

    [Fact]
    public async Task A_name_that_exists_keeps_everything_that_was_typed()
    {
        await Store("prod/api", "1");
        var page = Render<SecretCreate>();
        await Choose(page, "Other type of secret");
        await Field(page, "Key").ChangeAsync("token");
        await Field(page, "Value").ChangeAsync("typed before");
        await Field(page, "Name").ChangeAsync("prod/api");

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("the secret prod/api already exists", page.Markup, StringComparison.Ordinal));
        Assert.Equal("typed before", Field(page, "Value").GetAttribute("value"));
        Assert.DoesNotContain("/secret?", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_generated_password_fills_the_field_without_what_breaks_connection_strings()
    {
        var page = Render<SecretCreate>();

        await Button(page, "Generate a password").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal(32, Field(page, "Password").GetAttribute("value")?.Length));
        var password = Field(page, "Password").GetAttribute("value")!;
        Assert.DoesNotContain(password, c => "/@\"'\\:".Contains(c, StringComparison.Ordinal));
        Assert.Equal("password", Field(page, "Password").GetAttribute("type"));
    }

    [Fact]
    public async Task Sending_twice_creates_one_secret_with_one_version()
    {
        var page = Render<SecretCreate>();
        await Choose(page, "Other type of secret");
        await Field(page, "Key").ChangeAsync("token");
        await Field(page, "Value").ChangeAsync("x");
        await Field(page, "Name").ChangeAsync("prod/api");

        var form = page.Find("form");
        await Task.WhenAll(form.SubmitAsync(), form.SubmitAsync());

        page.WaitForAssertion(() => Assert.Contains("/secret?id=", Navigation.Uri, StringComparison.Ordinal));
        Assert.DoesNotContain("already exists", page.Markup, StringComparison.Ordinal);
        Assert.Single((await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Versions);
    }

    private static Task Choose(IRenderedComponent<SecretCreate> page, string kind) =>
        page.FindAll("label.kind").First(l => l.QuerySelector(".kind-name")!.TextContent == kind).QuerySelector("input")!.ChangeAsync("on");
}
