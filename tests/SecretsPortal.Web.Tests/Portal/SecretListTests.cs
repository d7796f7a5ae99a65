using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Layout;
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
        page.WaitForElement("table.list tbody tr");

        var rows = page.FindAll("table.list tbody tr").Select(r => r.TextContent).ToList();
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
        page.WaitForElement("table.list");

        await Field(page, "Search").InputAsync("orders");
        page.WaitForAssertion(() => Assert.Equal("test/orders", Assert.Single(page.FindAll("table.list a")).TextContent));

        await Field(page, "Search").InputAsync("orders prod");
        page.WaitForAssertion(() => Assert.Contains("No secret fits", page.Markup, StringComparison.Ordinal));

        await Button(page, "Show all secrets").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll("table.list a").Count));
    }

    [Fact]
    public async Task Secrets_marked_for_deletion_show_only_when_asked_for()
    {
        await Store("kept", "1");
        await Store("dropped", "2");
        await Writer.Delete(await Call(), "dropped", 7, force: false, CancellationToken.None);
        var page = Render<SecretList>();
        page.WaitForElement("table.list");
        Assert.Equal("kept", Assert.Single(page.FindAll("table.list a")).TextContent);

        await page.Find("input[type=checkbox]").ChangeAsync(true);

        page.WaitForAssertion(() => Assert.Equal(["dropped", "kept"], page.FindAll("table.list a").Select(a => a.TextContent)));
        Assert.Contains("Deleted on", page.Find("table.list").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_long_list_comes_page_by_page()
    {
        for (var i = 0; i < 51; i++)
            await Store($"secret-{i:00}", "1");
        var page = Render<SecretList>();
        page.WaitForElement("table.list");
        Assert.Equal(50, page.FindAll("table.list a").Count);

        await Button(page, "Show more").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal(51, page.FindAll("table.list a").Count));
        Assert.Equal("secret-00", page.FindAll("table.list a")[^1].TextContent);
        Assert.DoesNotContain("Show more", page.Markup, StringComparison.Ordinal);
    }

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

        menu.Find("button").Click();

        Around.WaitForAssertion(() => Assert.Equal(
            ["/secrets", "/secrets?region=eu-central-1"], Around.FindAll("a.mud-menu-item, .mud-menu-item a, a[href^='/secrets']").Select(a => a.GetAttribute("href")).Distinct()));
    }
}
