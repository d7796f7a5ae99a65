using Bunit;
using Microsoft.AspNetCore.Components;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Layout;
using SecretsPortal.Web.Portal.Model;
using SecretsPortal.Web.Portal.Pages;
using SecretsPortal.Web.Portal.Session;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class SecretListTests : PortalPageTest
{
    private const string Database = """{"username":"app","password":"hunter2","engine":"postgres","host":"127.0.0.1"}""";

    [Fact]
    public void Without_secrets_the_list_says_what_to_do_next()
    {
        var page = Render<SecretList>();

        page.WaitForAssertion(() => Assert.Contains("Nothing is stored yet", page.Markup, StringComparison.Ordinal));
        Assert.NotEmpty(page.FindAll("a[href='/secrets/new']"));
    }

    [Fact]
    public async Task Secrets_are_listed_newest_first_with_kind_and_rotation_and_without_values()
    {
        await Store("prod/token", "hunter2");
        var database = await Store("prod/orders", Database, "Orders database");
        await Rotation.Rotate(await Call(), new RotateSecretRequest
        {
            SecretId = database.Name,
            ClientRequestToken = new string('a', 32),
            Schedule = RotationSchedule.Parse("rate(30 days)", null, null),
            RotateImmediately = false,
        }, CancellationToken.None);

        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody a");

        var rows = page.FindAll("table.list tbody tr:has(td)").Select(r => r.TextContent).ToList();
        Assert.Equal(2, rows.Count);
        Assert.Contains("prod/orders", rows[0], StringComparison.Ordinal);
        Assert.Contains("Orders database", rows[0], StringComparison.Ordinal);
        Assert.Contains("RDS-like database", rows[0], StringComparison.Ordinal);
        Assert.Contains("Next by", rows[0], StringComparison.Ordinal);
        Assert.Equal(("Healthy", "chip good"), (page.Find("[data-health]").TextContent, page.Find("[data-health]").ClassName));
        Assert.Contains("Plain text", rows[1], StringComparison.Ordinal);
        Assert.Contains("Off", rows[1], StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", page.Markup, StringComparison.Ordinal);
        Assert.Equal("/secret?id=prod%2Forders", page.Find("table.list a").GetAttribute("href"));
    }

    [Fact]
    public async Task Searching_narrows_the_list_and_says_when_nothing_fits()
    {
        await Store("prod/token", "1");
        await Store("test/orders", "2");
        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody a");

        await Field(page, "Search").InputAsync("orders");
        page.WaitForAssertion(() => Assert.Equal("test/orders", Assert.Single(page.FindAll("table.list a")).TextContent));

        await Field(page, "Search").InputAsync("orders prod");
        page.WaitForAssertion(() => Assert.Contains("No secret fits", page.Markup, StringComparison.Ordinal));

        await Button(page, "Show all secrets").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("table.list a").Count));
    }

    [Fact]
    public async Task The_list_is_sorted_by_name_and_back_again()
    {
        await Store("a", "1");
        await Store("c", "2");
        await Store("b", "3");
        var page = Render<SecretList>();
        page.WaitForAssertion(() => Assert.Equal(["b", "c", "a"], page.FindAll("table.list tbody a").Select(static a => a.TextContent)));

        await page.Find("#filter-order").ChangeAsync("name");
        page.WaitForAssertion(() => Assert.Equal(["a", "b", "c"], page.FindAll("table.list tbody a").Select(static a => a.TextContent)));
        Assert.EndsWith("/secrets?sort=name", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("name", page.Find("#filter-order").GetAttribute("value"));

        await page.Find("#filter-order").ChangeAsync("newest");
        page.WaitForAssertion(() => Assert.Equal(["b", "c", "a"], page.FindAll("table.list tbody a").Select(static a => a.TextContent)));
    }

    [Fact]
    public async Task Secrets_marked_for_deletion_show_only_when_asked_for()
    {
        await Store("kept", "1");
        await Store("dropped", "2");
        await Writer.Delete(await Call(), "dropped", 7, force: false, CancellationToken.None);
        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody a");
        Assert.Equal("kept", Assert.Single(page.FindAll("table.list a")).TextContent);

        Navigation.NavigateTo("/secrets?status=Deleted");

        page.WaitForAssertion(() => Assert.Equal("dropped", Assert.Single(page.FindAll("table.list a")).TextContent));
        Assert.Contains("Deleted on", page.Find("table.list").TextContent, StringComparison.Ordinal);
        Assert.Contains("Marked for deletion", page.Find(".narrowed").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_list_comes_page_by_page_as_it_is_scrolled()
    {
        for (var i = 0; i < 51; i++)
            await Store($"secret-{i:00}", "1");

        var page = Render<SecretList>();

        page.WaitForAssertion(() => Assert.Equal(51, page.FindAll("table.list tbody a").Count));
        Assert.Equal("secret-00", page.FindAll("table.list tbody a")[^1].TextContent);
        Assert.Equal("51 secrets", page.Find(".found").TextContent);
    }

    [Fact]
    public async Task However_many_secrets_are_in_sight_the_page_is_of_few_components()
    {
        var empty = Render<SecretList>();
        empty.WaitForElement(".empty");
        for (var i = 0; i < 20; i++)
            await Store($"team-{i % 3}/secret-{i:00}", "1", "Described", new SecretTag("team", "data"));

        var page = Render<SecretList>();
        page.WaitForAssertion(() => Assert.Equal(20, page.FindAll("table.list tbody a").Count));

        // Each costs some five KiB for as long as the page is open.
        Assert.InRange(page.FindComponents<IComponent>().Count, 1, 10);
        Assert.InRange(empty.FindComponents<IComponent>().Count, 1, 6);
    }

    [Fact]
    public async Task A_member_s_name_finds_its_secret_and_says_why()
    {
        await Store("prod/orders", Database);
        await Store("prod/token", """{"token":"hunter2"}""");
        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody a");

        await Field(page, "Search").InputAsync("userna");

        page.WaitForAssertion(() => Assert.Equal("prod/orders", Assert.Single(page.FindAll("table.list tbody a")).TextContent));
        Assert.Contains("Members: username", page.Find("table.list tbody").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", page.Markup, StringComparison.Ordinal);
        Assert.EndsWith("/secrets?q=userna", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Folders_lead_down_and_up_and_tags_narrow()
    {
        await Store("prod/eu/db", "1", tags: [new("team", "data")]);
        await Store("prod/api", "1");
        await Store("test/db", "1");
        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody a");
        Assert.Equal(["/secrets?folder=prod%2F", "/secrets?folder=test%2F"], page.FindAll(".below a").Select(a => a.GetAttribute("href")));
        Assert.Equal(["prod/ 2", "test/ 1"], page.FindAll(".below a").Select(a => string.Join(' ', a.TextContent.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries))));

        Navigation.NavigateTo("/secrets?folder=prod%2Feu%2F");
        page.WaitForAssertion(() => Assert.Equal("prod/eu/db", Assert.Single(page.FindAll("table.list tbody a")).TextContent));
        Assert.Equal(["/secrets", "/secrets?folder=prod%2F"], page.FindAll(".path a").Select(a => a.GetAttribute("href")));
        Navigation.NavigateTo("/secrets");
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("table.list tbody a").Count));

        await Pick(page, "button.tag");

        page.WaitForAssertion(() => Assert.Equal("prod/eu/db", Assert.Single(page.FindAll("table.list tbody a")).TextContent));
        Assert.EndsWith("/secrets?tag=team%3Ddata", Navigation.Uri, StringComparison.Ordinal);
        await page.Find(".narrowed button").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("table.list tbody a").Count));
    }

    [Fact]
    public async Task An_address_that_asks_for_what_there_is_not_says_so_and_leads_back()
    {
        await Store("prod/token", "1");
        Navigation.NavigateTo("/secrets?kind=Bogus");
        var page = Render<SecretList>();

        page.WaitForAssertion(() => Assert.Contains("asks for a kind that there is not", page.Markup, StringComparison.Ordinal));
        await Button(page, "Show all secrets").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal("prod/token", Assert.Single(page.FindAll("table.list tbody a")).TextContent));
    }

    [Fact]
    public async Task Several_kinds_and_states_are_chosen_in_the_bar_and_stand_in_the_address()
    {
        await Store("prod/orders", Database);
        await Store("prod/token", """{"token":"1"}""");
        await Store("prod/text", "1");
        await Store("dropped", "1");
        await Writer.Delete(await Call(), "dropped", 7, force: false, CancellationToken.None);
        var page = Render<SecretList>();
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("table.list tbody a").Count));
        Assert.Equal("Kind: Any", page.Find("#filter-kind").GetAttribute("aria-label"));

        await page.InvokeAsync(() => page.Find("#filter-kind-menu input[value=KeyValue]").ChangeAsync(true));
        page.WaitForAssertion(() => Assert.Equal("prod/token", Assert.Single(page.FindAll("table.list tbody a")).TextContent));
        await page.InvokeAsync(() => page.Find("#filter-kind-menu input[value=RdsDatabase]").ChangeAsync(true));
        page.WaitForAssertion(() => Assert.Equal(["prod/token", "prod/orders"], page.FindAll("table.list tbody a").Select(static a => a.TextContent)));
        Assert.EndsWith("/secrets?kind=KeyValue&kind=RdsDatabase", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("Kind: 2 chosen", page.Find("#filter-kind").GetAttribute("aria-label"));
        Assert.Contains("kind=KeyValue&kind=RdsDatabase", page.Find("#export-menu a").GetAttribute("href"), StringComparison.Ordinal);

        // A link shows the same, and a chip takes one of them away.
        Navigation.NavigateTo("/secrets?kind=Text&kind=KeyValue&status=Off&status=Deleted");
        page.WaitForAssertion(() => Assert.Equal(["dropped", "prod/text", "prod/token"], page.FindAll("table.list tbody a").Select(static a => a.TextContent)));
        Assert.True(page.Find("#filter-status-menu input[value=Deleted]").HasAttribute("checked"));
        await page.InvokeAsync(() => page.Find(".narrowed button[aria-label='Remove the filter Marked for deletion']").ClickAsync());
        page.WaitForAssertion(() => Assert.Equal(["prod/text", "prod/token"], page.FindAll("table.list tbody a").Select(static a => a.TextContent)));
    }

    [Fact]
    public async Task Values_of_one_tag_are_alternatives()
    {
        await Store("one", "1", tags: [new("env", "prod"), new("team", "data")]);
        await Store("two", "1", tags: [new("env", "stage"), new("team", "data")]);
        await Store("three", "1", tags: [new("env", "dev"), new("team", "data")]);
        Navigation.NavigateTo("/secrets?tag=team%3Ddata");
        var page = Render<SecretList>();
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("table.list tbody a").Count));

        foreach (var tag in new[] { "env=prod", "env=stage" })
        {
            await Field(page, "Tag").InputAsync(tag);
            await page.InvokeAsync(() => page.Find("form.slim").SubmitAsync());
        }

        page.WaitForAssertion(() => Assert.Equal(["two", "one"], page.FindAll("table.list tbody a").Select(static a => a.TextContent)));
        Assert.EndsWith("/secrets?tag=team%3Ddata&tag=env%3Dprod&tag=env%3Dstage", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_is_chosen_in_the_bar_among_those_of_the_region()
    {
        await Services.GetRequiredService<KeyService>().Create(await Call(), new CreateKeyRequest { Provider = KmsProviders.Local, Alias = "alias/payments" }, CancellationToken.None);
        await Writer.Create(await Call(), new CreateSecretRequest { Name = "apart", KmsKeyId = "alias/payments", Value = SecretValue.FromText("1"), ClientRequestToken = new string('k', 32) }, CancellationToken.None);
        await Store("plain", "1");
        var page = Render<SecretList>();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("table.list tbody a").Count));
        Assert.Single(page.FindAll("#filter-key-menu button"));

        await page.InvokeAsync(() => page.Find("#filter-key").ClickAsync());
        page.WaitForAssertion(() => Assert.Equal(["Any", "alias/aws/secretsmanager", "alias/payments"], page.FindAll("#filter-key-menu button").Select(static b => b.TextContent)));
        await page.InvokeAsync(() => page.FindAll("#filter-key-menu button")[2].ClickAsync());

        page.WaitForAssertion(() => Assert.Equal("apart", Assert.Single(page.FindAll("table.list tbody a")).TextContent));
        Assert.EndsWith("/secrets?key=alias%2Fpayments", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal("Key: alias/payments", page.Find("#filter-key").GetAttribute("aria-label"));
    }

    [Fact]
    public async Task Several_are_tagged_each_by_a_call_of_its_own()
    {
        var one = await Store("one", "1");
        var two = await Store("two", "1");
        await Store("three", "1");
        var page = Render<SecretList>();
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("table.list tbody input").Count));
        await Pick(page, "input[aria-label='Choose one']");
        await Pick(page, "input[aria-label='Choose two']");
        Assert.Contains("2 chosen", page.Find(".bulk").TextContent, StringComparison.Ordinal);

        Press(page, "Tag…");
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Set the tag").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("Type the tag's key.", Around.Markup, StringComparison.Ordinal));
        Assert.Equal(["secretsmanager:CreateSecret"], await ActionsOn(one));
        await Field(Around, "Key").TypeAsync("team");
        await Field(Around, "Value").TypeAsync("data");
        await Button(Around, "Set the tag").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains("The tag is set on 2 of 2.", Around.Markup, StringComparison.Ordinal));
        await Button(Around, "Close").ClickAsync();
        foreach (var secret in new[] { one, two })
        {
            Assert.Equal(["secretsmanager:CreateSecret", "secretsmanager:TagResource"], await ActionsOn(secret));
            Assert.Equal([new SecretTag("team", "data")], (await Reader.Describe(await Call(), secret.Name, CancellationToken.None)).Tags!);
        }

        Assert.Null((await Reader.Describe(await Call(), "three", CancellationToken.None)).Tags);
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".bulk")));
    }

    [Fact]
    public async Task A_tag_that_was_set_on_several_is_taken_back_and_each_has_what_it_had_before()
    {
        await Store("one", "1", null, new SecretTag("team", "before"));
        await Store("two", "1");
        var page = Render<SecretList>();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("table.list tbody input").Count));
        await Pick(page, "input[aria-label='Choose one']");
        await Pick(page, "input[aria-label='Choose two']");
        Press(page, "Tag…");
        Around.WaitForElement(".mud-dialog");
        await Field(Around, "Key").TypeAsync("team");
        await Field(Around, "Value").TypeAsync("data");
        await Button(Around, "Set the tag").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("The tag is set on 2 of 2.", Around.Markup, StringComparison.Ordinal));

        await Button(Around, "Undo").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains("2 of 2 are as they were before.", Around.Markup, StringComparison.Ordinal));
        Assert.Equal([new SecretTag("team", "before")], (await Reader.Describe(await Call(), "one", CancellationToken.None)).Tags!);
        Assert.Empty((await Reader.Describe(await Call(), "two", CancellationToken.None)).Tags ?? []);
    }

    [Fact]
    public async Task What_fails_is_told_by_name_and_a_deletion_is_taken_back()
    {
        await Store("plain", "1");
        var rotating = await Store("prod/orders", Database);
        await Writer.Delete(await Call(), "prod/orders", 7, force: false, CancellationToken.None);
        Navigation.NavigateTo("/secrets?status=Deleted");
        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody input");
        await Pick(page, "table.list tbody input");

        // It is marked for deletion already, so its rotation is refused.
        Press(page, "Rotate now…");
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Rotate").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("1 failed", Around.Markup, StringComparison.Ordinal));
        Assert.Equal(rotating.Name, Around.Find(".failures dt").TextContent);
        Assert.Contains("marked for deletion", Around.Find(".failures dd").TextContent, StringComparison.Ordinal);
        await Button(Around, "Close").ClickAsync();
        // What failed stays chosen, to be tried again.
        page.WaitForAssertion(() => Assert.Contains("1 chosen", page.Find(".bulk").TextContent, StringComparison.Ordinal));

        Navigation.NavigateTo("/secrets");
        page.WaitForAssertion(() => Assert.Equal("plain", Assert.Single(page.FindAll("table.list tbody a")).TextContent));
        await Pick(page, "table.list tbody input");
        Press(page, "Delete…");
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Delete").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("1 of 1 are marked for deletion.", Around.Markup, StringComparison.Ordinal));
        await Button(Around, "Undo: restore them").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("1 of 1 are restored.", Around.Markup, StringComparison.Ordinal));
        Assert.Null((await Reader.Describe(await Call(), "plain", CancellationToken.None)).DeletedAt);
    }

    [Fact]
    public async Task A_view_is_saved_opened_renamed_and_deleted()
    {
        await Store("prod/token", "1", tags: [new("team", "data")]);
        await Store("other", "1");
        Navigation.NavigateTo("/secrets?tag=team");
        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody a");
        Press(page, "Views");
        Around.WaitForAssertion(() => Assert.Contains("No view is saved yet.", Around.Markup, StringComparison.Ordinal));
        await Around.Find("form.save").SubmitAsync();
        Around.WaitForAssertion(() => Assert.Contains("Give the view a name", Around.Markup, StringComparison.Ordinal));
        await Field(Around, "Save what the list shows as").TypeAsync("Team's");
        await Around.Find("form.save").SubmitAsync();
        Around.WaitForAssertion(() => Assert.Equal("Team's", Around.Find(".open-view").TextContent));
        await Around.Find("button[aria-label=\"Rename Team's\"]").ClickAsync();
        await Field(Around, "Name").TypeAsync("Data");
        await Around.Find("form.rename").SubmitAsync();
        Around.WaitForAssertion(() => Assert.Equal("Data", Around.Find(".open-view").TextContent));
        await Button(Around, "Close").ClickAsync();

        Navigation.NavigateTo("/secrets");
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("table.list tbody a").Count));
        Press(page, "Views");
        Around.WaitForElement(".open-view");
        await Around.Find(".open-view").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal("prod/token", Assert.Single(page.FindAll("table.list tbody a")).TextContent));
        Assert.EndsWith("/secrets?tag=team", Navigation.Uri, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("q=a%20b%26c")]
    [InlineData("q=x&folder=prod%2F&kind=Text&kind=KeyValue&status=Failed&status=Due&key=alias%2Fa&sort=name&tag=a%3Db&tag=c")]
    public void What_the_list_shows_stands_in_its_address_and_comes_back_from_it(string query) =>
        Assert.Equal(query, ListState.Of($"http://localhost/secrets?{query}").ToQuery());

    [Fact]
    public async Task A_session_that_has_ended_leads_to_sign_in_and_shows_nothing()
    {
        await Store("prod/token", "1");
        var state = await Services.GetRequiredService<Microsoft.AspNetCore.Components.Authorization.AuthenticationStateProvider>().GetAuthenticationStateAsync();
        await Services.GetRequiredService<SessionService>().SignOut(await Call(), SessionGate.SessionIdOf(state.User)!, CancellationToken.None);

        var page = Render<SecretList>();

        page.WaitForAssertion(() => Assert.Contains("/sign-in", Navigation.Uri, StringComparison.Ordinal));
        Assert.DoesNotContain("prod/token", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_address_chooses_the_region_and_every_link_stays_in_it()
    {
        await Store("home/secret", "hunter2");
        Navigation.NavigateTo("/secrets?region=eu-central-1");
        var page = Render<SecretList>();
        page.WaitForAssertion(() => Assert.Contains("Nothing is stored yet", page.Markup, StringComparison.Ordinal));
        await Store("away/secret", "hunter2");

        Navigation.NavigateTo("/secrets?region=us-east-1");
        page.WaitForAssertion(() => Assert.Contains("home/secret", page.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain("away/secret", page.Markup, StringComparison.Ordinal);
        Assert.Equal("/secret?id=home%2Fsecret", page.Find("table.list a").GetAttribute("href"));

        Navigation.NavigateTo("/secrets?region=eu-central-1");
        page.WaitForAssertion(() => Assert.Contains("away/secret", page.Markup, StringComparison.Ordinal));
        Assert.Equal("/secret?id=away%2Fsecret&region=eu-central-1", page.Find("table.list a").GetAttribute("href"));
        Assert.NotEmpty(page.FindAll("a[href='/secrets/new?region=eu-central-1']"));
    }

    [Theory]
    [InlineData("/secrets")]
    [InlineData("/secrets?region=mars-north-1")]
    [InlineData("/secrets?region=")]
    public void Without_a_region_that_is_served_the_home_region_is_shown(string address)
    {
        Navigation.NavigateTo(address);

        Assert.Equal("us-east-1", Services.GetRequiredService<PortalSession>().Region);
    }

    [Fact]
    public void The_menu_of_regions_leads_to_their_secrets()
    {
        Navigation.NavigateTo("/secret?id=a&region=eu-central-1");
        var menu = Render<RegionMenu>(p => p.Add(m => m.Region, "eu-central-1"));

        Assert.Equal(["/secrets", "/secrets?region=eu-central-1"], menu.FindAll(".pop a").Select(a => a.GetAttribute("href")));
        Assert.Equal("eu-central-1", menu.Find(".pop [aria-current]").TextContent);
    }

    // Found and clicked at once: the rows are drawn anew whenever one of them is picked.
    private static Task Pick(IRenderedComponent<SecretList> page, string selector) => page.InvokeAsync(() => page.Find(selector).ClickAsync());

    // What opens a dialog ends with the dialog: it is not waited for.
    private static void Press(IRenderedComponent<SecretList> page, string text) => _ = page.InvokeAsync(() => Button(page, text).ClickAsync());
}
