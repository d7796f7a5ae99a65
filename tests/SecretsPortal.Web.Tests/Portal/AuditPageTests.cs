using Bunit;
using SecretsPortal.Core;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class AuditPageTests : PortalPageTest
{
    [Fact]
    public async Task Records_are_shown_newest_first_and_found_by_action_and_resource()
    {
        var first = await Store("prod/first", "1");
        await Store("prod/second", "2");
        await Assert.ThrowsAsync<PortalException>(async () => await Reader.GetValue(await Call(), "prod/nowhere", null, null, CancellationToken.None));

        var page = Render<Audit>();
        page.WaitForElement("table.audit tbody tr");
        Assert.StartsWith("GetSecretValue", ActionsOf(page)[0], StringComparison.Ordinal);
        Assert.Contains("Failed", page.Find("table.audit tbody tr").TextContent, StringComparison.Ordinal);

        await Field(page, "Action").ChangeAsync("CreateSecret");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Equal(2, ActionsOf(page).Count));
        Assert.All(ActionsOf(page), a => Assert.StartsWith("CreateSecret", a, StringComparison.Ordinal));

        await Field(page, "Resource, exactly").ChangeAsync(first.Arn.ToString());
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Single(ActionsOf(page)));

        await Field(page, "Action").ChangeAsync("Nothing");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("No record fits", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_resource_in_the_address_is_searched_at_once()
    {
        var secret = await Store("prod/first", "1");
        await Store("prod/second", "2");
        Navigation.NavigateTo(Web.Portal.PortalRoutes.AuditOf(secret.Arn.ToString()));

        var page = Render<Audit>();

        page.WaitForAssertion(() => Assert.Single(ActionsOf(page)));
        Assert.Contains("prod/first", page.Find("table.audit tbody").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Older_records_come_page_by_page()
    {
        for (var i = 0; i < 51; i++)
            await Reader.List(await Call(), new ListSecretsRequest(), CancellationToken.None);
        var page = Render<Audit>();
        page.WaitForElement("table.audit");
        Assert.Equal(50, ActionsOf(page).Count);

        await Button(page, "Show more").ClickAsync();

        page.WaitForAssertion(() => Assert.Contains(ActionsOf(page), action => action.StartsWith("Bootstrap", StringComparison.Ordinal)));
        Assert.True(ActionsOf(page).Count > 51);
    }

    [Fact]
    public async Task The_log_is_verified_from_the_page_and_says_what_it_found()
    {
        await Store("prod/first", "1");
        var page = Render<Audit>();
        page.WaitForElement("table.audit");

        await Button(page, "Verify").ClickAsync();

        page.WaitForAssertion(() => Assert.Contains("are as they were written", page.Find(".verdict").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_did_it_is_found_by_the_bare_name()
    {
        await Store("prod/first", "1");
        var page = Render<Audit>();
        page.WaitForElement("table.audit");

        await Field(page, "Who").ChangeAsync("admin");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains(ActionsOf(page), a => a.StartsWith("CreateSecret", StringComparison.Ordinal)));

        await Field(page, "Who").ChangeAsync("nobody");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("No record fits", page.Markup, StringComparison.Ordinal));
    }

    private static List<string> ActionsOf(IRenderedComponent<Audit> page) =>
        [.. page.FindAll("table.audit td.what").Select(cell => cell.TextContent.Trim())];
}
