using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class AuditPageTests : PortalPageTest
{
    private int _counts;

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

        await Field(page, "Action").TypeAsync("CreateSecret");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Equal(2, ActionsOf(page).Count));
        Assert.All(ActionsOf(page), a => Assert.StartsWith("CreateSecret", a, StringComparison.Ordinal));

        await Field(page, "Secret or ARN").TypeAsync(first.Arn.ToString());
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Single(ActionsOf(page)));

        await Field(page, "Action").TypeAsync("Nothing");
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
        for (var i = 0; i < 60; i++)
            await Reader.List(await Call(), new ListSecretsRequest(), CancellationToken.None);
        var page = Render<Audit>();
        page.WaitForElement("table.audit");
        Assert.Equal(25, ActionsOf(page).Count);

        await Button(page, "Show more").ClickAsync();

        page.WaitForAssertion(() => Assert.Contains(ActionsOf(page), action => action.StartsWith("Bootstrap", StringComparison.Ordinal)));
        Assert.True(ActionsOf(page).Count > 60);
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

        await Field(page, "Who").TypeAsync("admin");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains(ActionsOf(page), a => a.StartsWith("CreateSecret", StringComparison.Ordinal)));
        // What stood there before fits too: the search is over once the filter can be cleared and the next one asked for.
        page.WaitForElement("form.filters a");
        page.WaitForElement("form.filters button[type=submit]:not([disabled])");

        await Field(page, "Who").TypeAsync("nobody");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("No record fits", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_is_found_by_its_name_and_the_search_stands_in_the_address()
    {
        await Store("prod/first", "1");
        await Store("prod/second", "2");
        var page = Render<Audit>();
        page.WaitForElement("table.audit");

        await Field(page, "Secret or ARN").TypeAsync("prod/first");
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Single(ActionsOf(page)));
        Assert.EndsWith("/audit?resource=prod%2Ffirst", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_searched_for_while_a_search_runs_is_searched_once_that_has_ended()
    {
        await Store("prod/first", "1");
        await Store("prod/second", "2");
        var page = Render<Audit>();
        page.WaitForElement("table.audit");

        await page.InvokeAsync(() =>
        {
            Navigation.NavigateTo("/audit?resource=prod%2Ffirst");
            Navigation.NavigateTo("/audit?resource=prod%2Fsecond");
            // A button that rests would take Enter from the fields, too.
            Assert.False(page.Find("form.filters button[type=submit]").HasAttribute("disabled"));
        });

        page.WaitForAssertion(() => Assert.Contains("prod/second", Assert.Single(page.FindAll("table.audit tbody tr")).TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Times_in_the_wrong_order_are_said_beside_the_field_and_nothing_is_searched()
    {
        var page = Render<Audit>();
        page.WaitForElement("table.audit");
        await Field(page, "From (UTC)").ChangeAsync("2026-03-02T12:00");
        await Field(page, "Until (UTC)").ChangeAsync("2026-03-01T12:00");

        await page.Find("form").SubmitAsync();

        Assert.Contains("This is not after the other time.", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("from=", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task New_records_appear_while_the_page_follows_and_following_leaves_none()
    {
        await Store("prod/first", "1");
        Navigation.NavigateTo("/audit?action=secretsmanager:CreateSecret");
        var page = Render<Audit>();
        page.WaitForAssertion(() => Assert.Single(ActionsOf(page)));
        var before = await Searches();

        await Button(page, "Follow live").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("New records appear at the top", page.Markup, StringComparison.Ordinal));
        await Store("prod/second", "2");
        page.WaitForAssertion(() => Assert.Equal(2, ActionsOf(page).Count));
        Assert.Contains("prod/second", page.Find("table.audit tbody tr.fresh").TextContent, StringComparison.Ordinal);
        Assert.Equal(before, await Searches());

        await Button(page, "Pause").ClickAsync();
        await Store("prod/third", "3");
        await Task.Delay(3000);
        Assert.Equal(2, ActionsOf(page).Count);
        await Button(page, "Follow live").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal(3, ActionsOf(page).Count));
    }

    [Fact]
    public async Task A_records_details_show_its_place_in_the_chain()
    {
        await Store("prod/first", "1");
        Navigation.NavigateTo("/audit?record=2");
        var page = Render<Audit>();

        page.WaitForAssertion(() => Assert.Contains("As it was recorded after the one before", page.Find(".record-card").TextContent, StringComparison.Ordinal));
        Assert.Contains("MAC of the one before", page.Markup, StringComparison.Ordinal);

        Navigation.NavigateTo("/audit?record=999999");
        page.WaitForAssertion(() => Assert.Contains("There is no such record", page.Find(".record-card").TextContent, StringComparison.Ordinal));
    }

    private async Task<int> Searches()
    {
        var log = Services.GetRequiredService<AuditLog>();
        var page = await log.Search(await Call(), new AuditQuery { Action = "secretsportal:SearchAudit", Limit = 500 }, null, CancellationToken.None);
        // But for those that counted.
        return page.Events.Count - _counts++;
    }

    private static List<string> ActionsOf(IRenderedComponent<Audit> page) =>
        [.. page.FindAll("table.audit td.what").Select(cell => cell.TextContent.Trim())];
}
