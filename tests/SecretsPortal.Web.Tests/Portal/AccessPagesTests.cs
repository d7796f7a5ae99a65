using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Web.Portal.Components;
using SecretsPortal.Web.Portal.Pages.Access;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class AccessPagesTests : PortalPageTest
{
    private const string ReadAll = """{"Version":"2012-10-17","Statement":[{"Sid":"Read","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""";

    private UserService Users => Services.GetRequiredService<UserService>();

    private GroupService Groups => Services.GetRequiredService<GroupService>();

    private ClientService Clients => Services.GetRequiredService<ClientService>();

    private PolicyService Policies => Services.GetRequiredService<PolicyService>();

    [Fact]
    public async Task A_new_user_is_named_beside_its_fault_and_its_password_is_shown_once()
    {
        var page = Render<UserList>();
        page.WaitForElement("table.list tbody tr");
        Assert.Contains("admin", page.Find("table.list").TextContent, StringComparison.Ordinal);

        Button(page, "Add a user").Click();
        Around.WaitForElement(".mud-dialog");
        Field(Around, "Name").Type("no blanks");
        Field(Around, "Display name").Type("Ada Lovelace");
        await Button(Around, "Create").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("Name must be 1 to 64 ASCII letters", Around.Markup, StringComparison.Ordinal));
        Assert.Equal("Ada Lovelace", Field(Around, "Display name").GetAttribute("value"));
        Field(Around, "Name").Type("ada");
        await Button(Around, "Create").ClickAsync();

        page.WaitForAssertion(() => Assert.NotNull(page.Find(".once code")));
        var password = page.FindAll(".once code")[1].TextContent;
        Assert.Equal(24, password.Length);
        await Button(page, "I have kept it").ClickAsync();
        Assert.DoesNotContain(password, page.Markup, StringComparison.Ordinal);
        page.WaitForAssertion(() => Assert.Contains("Ada Lovelace", page.Find("table.list").TextContent, StringComparison.Ordinal));
        Assert.True((await Users.Get(await Call(), "ada", CancellationToken.None)).User.MustChangePassword);
    }

    [Fact]
    public async Task What_a_list_is_searched_for_stands_in_its_address()
    {
        foreach (var name in new[] { "ada", "adam", "bob" })
            await Users.Create(await Call(), new CreateUserRequest { Name = name }, CancellationToken.None);
        Navigation.NavigateTo("/access/users?q=ad");
        var page = Render<UserList>();
        page.WaitForAssertion(() => Assert.Equal(["ada", "adam", "admin"], page.FindAll("table.list tbody a").Select(static a => a.TextContent)));
        Assert.Equal("ad", Field(page, "Search").GetAttribute("value"));

        await Field(page, "Search").TypeAsync("b");
        page.WaitForAssertion(() => Assert.Equal(["bob"], page.FindAll("table.list tbody a").Select(static a => a.TextContent)));
        Assert.EndsWith("/access/users?q=b", Navigation.Uri, StringComparison.Ordinal);

        Navigation.NavigateTo("/access/users?q=nobody");
        page.WaitForAssertion(() => Assert.Contains("nobody", page.Find(".empty").TextContent, StringComparison.Ordinal));
        await page.InvokeAsync(() => page.Find(".empty button").ClickAsync());
        page.WaitForAssertion(() => Assert.Equal(4, page.FindAll("table.list tbody a").Count));
        Assert.EndsWith("/access/users", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Days_that_no_key_can_have_are_told_beside_their_field_and_no_key_is_made()
    {
        await Clients.Create(await Call(), new CreateClientRequest("orders-api", null, []), CancellationToken.None);
        var page = Open<ClientSheet>("/access/client?name=orders-api");
        await Button(page, "New key…").ClickAsync();
        await Field(page, "Days until it expires").TypeAsync("0");
        await page.Find("form.key-form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("from 1 to 3,650", page.Find("form.key-form").TextContent, StringComparison.Ordinal));
        Assert.Equal("0", Field(page, "Days until it expires").GetAttribute("value"));
        Assert.Empty((await Clients.Get(await Call(), "orders-api", CancellationToken.None)).Client.AccessKeys);
        await Field(page, "Days until it expires").TypeAsync("30");
        await page.Find("form.key-form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll(".once code").Count));
    }

    [Fact]
    public async Task A_user_is_disabled_and_enabled_and_cannot_be_oneself()
    {
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        var page = Open<UserSheet>("/access/user?name=ada");
        Button(page, "Disable…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Disable").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("refused everywhere", page.Markup, StringComparison.Ordinal));
        Assert.True((await Users.Get(await Call(), "ada", CancellationToken.None)).User.IsDisabled);

        await Button(page, "Enable").ClickAsync();
        page.WaitForAssertion(() => Assert.DoesNotContain("refused everywhere", page.Markup, StringComparison.Ordinal));

        Navigation.NavigateTo("/access/user?name=admin");
        page.WaitForAssertion(() => Assert.Equal("admin", page.Find("h1").TextContent));
        Button(page, "Disable…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Disable").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("You can't disable yourself", Around.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task The_policies_of_a_user_say_where_they_come_from()
    {
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        await Groups.Create(await Call(), "orders", null, CancellationToken.None);
        await Groups.AddMember(await Call(), "orders", CallerKind.User, "ada", CancellationToken.None);
        await Policies.Attach(await Call(), "Reader", new PolicyTarget(PolicyTargetKind.Group, "orders"), CancellationToken.None);
        await Policies.Attach(await Call(), "Auditor", new PolicyTarget(PolicyTargetKind.User, "ada"), CancellationToken.None);

        var page = Open<UserSheet>("/access/user?name=ada");

        page.WaitForAssertion(() => Assert.Contains("through group orders", page.Markup.Replace("<a href=\"/access/group?name=orders\">", "", StringComparison.Ordinal), StringComparison.Ordinal));
        await page.Find("button[aria-label='Detach Auditor']").ClickAsync();
        page.WaitForAssertion(() => Assert.Empty(page.FindAll("button[aria-label='Detach Auditor']")));
        Assert.Empty((await Users.Get(await Call(), "ada", CancellationToken.None)).Policies);
    }

    [Fact]
    public async Task The_second_of_two_editors_is_told_and_loses_nothing()
    {
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        var page = Open<UserSheet>("/access/user?name=ada");
        Button(page, "Edit").Click();
        Around.WaitForElement(".mud-dialog");
        await Users.Update(await Call(), "ada", new UpdateUserRequest { DisplayName = "Ada of theirs", Email = "ada@theirs.example" }, CancellationToken.None);
        Field(Around, "Display name").Type("Ada of mine");

        await Button(Around, "Save").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains("Ada of theirs", Around.Find(".conflict").TextContent, StringComparison.Ordinal));
        Assert.Contains("It was: none", Around.Find(".conflict").TextContent, StringComparison.Ordinal);
        Assert.Equal("Ada of mine", Field(Around, "Display name").GetAttribute("value"));
        // What the second one did not touch is the first one's, and stays so.
        Assert.Equal("ada@theirs.example", Field(Around, "E-mail").GetAttribute("value"));
        await Button(Around, "Save mine over it").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("Ada of mine", page.Markup, StringComparison.Ordinal));
        Assert.Equal("ada@theirs.example", (await Users.Get(await Call(), "ada", CancellationToken.None)).User.Email);
    }

    [Fact]
    public async Task An_access_key_shows_its_secret_half_once_and_can_sign()
    {
        await Clients.Create(await Call(), new CreateClientRequest("orders-api", null, []), CancellationToken.None);
        var page = Open<ClientSheet>("/access/client?name=orders-api");
        await Button(page, "New key…").ClickAsync();
        await Field(page, "Days until it expires").TypeAsync("-3");
        await page.Find("form.key-form").SubmitAsync();
        Assert.Contains("Type a whole number from 1 to 3,650.", page.Find("form.key-form").TextContent, StringComparison.Ordinal);
        Assert.Empty((await Clients.Get(await Call(), "orders-api", CancellationToken.None)).Client.AccessKeys);
        await Field(page, "Days until it expires").TypeAsync("");
        await page.Find("form.key-form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Equal(2, page.FindAll(".once code").Count));
        var secret = page.FindAll(".once code")[1].TextContent;
        Assert.Equal(40, secret.Length);
        await Button(page, "I have kept it").ClickAsync();

        Assert.DoesNotContain(secret, page.Markup, StringComparison.Ordinal);
        var again = Open<ClientSheet>("/access/client?name=orders-api");
        Assert.Contains("never used", again.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain(secret, again.Markup, StringComparison.Ordinal);
        Assert.Single((await Clients.Get(await Call(), "orders-api", CancellationToken.None)).Client.AccessKeys);
    }

    [Fact]
    public async Task A_malformed_policy_names_the_statement_beside_the_editor_and_is_not_saved()
    {
        var page = Render<PolicyCreate>();
        Field(page, "Name").Type("mine");
        Field(page, "Document").Input(ReadAll.Replace("\"Allow\"", "\"Perhaps\"", StringComparison.Ordinal));
        page.WaitForAssertion(() => Assert.Contains("Effect", page.Find(".editor-side .field-fault").TextContent, StringComparison.Ordinal));
        await page.Find("form").SubmitAsync();
        Assert.DoesNotContain("/access/policy?name", Navigation.Uri, StringComparison.Ordinal);

        Field(page, "Document").Input(ReadAll);
        page.WaitForAssertion(() => Assert.Contains("Read: Allows secretsmanager:GetSecretValue on everything.", page.Markup, StringComparison.Ordinal));
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.EndsWith("/access/policy?name=mine", Navigation.Uri, StringComparison.Ordinal));
        Assert.Equal(ReadAll, (await Policies.Get(await Call(), "mine", CancellationToken.None)).Document);
    }

    [Fact]
    public async Task The_second_editor_of_a_policy_sees_the_stored_document_and_keeps_the_own()
    {
        await Policies.Create(await Call(), "mine", ReadAll, null, CancellationToken.None);
        var page = Open<PolicySheet>("/access/policy?name=mine");
        await Button(page, "Edit").ClickAsync();
        var theirs = ReadAll.Replace("\"Read\"", "\"Theirs\"", StringComparison.Ordinal);
        await Policies.Update(await Call(), "mine", new UpdatePolicyRequest(theirs, null, null), CancellationToken.None);
        var mine = ReadAll.Replace("\"Read\"", "\"Mine\"", StringComparison.Ordinal);
        Field(page, "Document").Input(mine);
        page.WaitForAssertion(() => Assert.Contains("Mine: Allows", page.Markup, StringComparison.Ordinal));

        await page.Find("form.policy-form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Equal(theirs, page.Find(".conflict pre").TextContent));
        await page.Find("form.policy-form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Equal(mine, page.Find("pre.plain").TextContent));
    }

    [Fact]
    public void A_managed_policy_cannot_be_edited_and_offers_a_copy()
    {
        var page = Open<PolicySheet>("/access/policy?name=Reader");

        Assert.DoesNotContain(page.FindAll("button"), button => button.TextContent.Trim() is "Edit" or "Delete…");
        Assert.NotEmpty(page.FindAll("a[href='/access/policies/new?from=Reader']"));
    }

    [Fact]
    public async Task Members_join_and_leave_a_group_and_an_unknown_name_is_told_beside_its_field()
    {
        await Groups.Create(await Call(), "orders", null, CancellationToken.None);
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        var page = Open<GroupSheet>("/access/group?name=orders");
        Field(page, "Name of the new member").Type("nobody");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("There is no user of this name.", page.Markup, StringComparison.Ordinal));
        Field(page, "Name of the new member").Type("ada");
        await page.Find("form").SubmitAsync();
        page.WaitForElement("a[href='/access/user?name=ada']");

        await page.Find("button[aria-label='Take out ada']").ClickAsync();

        page.WaitForAssertion(() => Assert.Contains("Nobody is in this group yet", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Why_tells_the_verdict_first_then_what_decided_and_why_the_rest_did_not()
    {
        await Store("prod/token", "1");
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        await Policies.Attach(await Call(), "Auditor", new PolicyTarget(PolicyTargetKind.User, "ada"), CancellationToken.None);
        var caller = Uri.EscapeDataString((await Users.Get(await Call(), "ada", CancellationToken.None)).User.Arn);

        Navigation.NavigateTo($"/access/why?caller={caller}&action=secretsmanager:GetSecretValue&resource=prod/token");
        var page = Render<AccessWhy>();
        page.WaitForElement(".verdict.bad");
        Assert.Contains("No: user/ada may not GetSecretValue on prod/token", page.Find(".verdict").TextContent, StringComparison.Ordinal);
        Assert.Contains("does not name this action", page.Find(".why-answer").TextContent, StringComparison.Ordinal);

        await Policies.Create(await Call(), "mine", ReadAll, null, CancellationToken.None);
        await Policies.Attach(await Call(), "mine", new PolicyTarget(PolicyTargetKind.User, "ada"), CancellationToken.None);
        await page.Find("form").SubmitAsync();

        page.WaitForElement(".verdict.good");
        Assert.Contains("What decided", page.Markup, StringComparison.Ordinal);
        Assert.Equal("mine", page.Find(".why-answer .card li a").TextContent);
    }

    [Fact]
    public async Task Why_is_asked_under_conditions_that_stand_in_the_address()
    {
        const string inside = """{"Version":"2012-10-17","Statement":[{"Sid":"Inside","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}}}]}""";
        await Store("prod/token", "1");
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        await Policies.Create(await Call(), "inside", inside, null, CancellationToken.None);
        await Policies.Attach(await Call(), "inside", new PolicyTarget(PolicyTargetKind.User, "ada"), CancellationToken.None);
        var caller = (await Users.Get(await Call(), "ada", CancellationToken.None)).User.Arn;

        Navigation.NavigateTo(Web.Portal.PortalRoutes.WhyMay(caller, "secretsmanager:GetSecretValue", "prod/token", ["aws:SourceIp=203.0.113.9"]));
        var page = Render<AccessWhy>();
        page.WaitForElement(".verdict.bad");
        Assert.Equal("203.0.113.9", page.Find(".conditions .row-fields input:not([value='aws:SourceIp'])").GetAttribute("value"));

        Field(page, "Value").Type("10.1.2.3");
        await page.Find("form").SubmitAsync();

        page.WaitForElement(".verdict.good");
        Assert.Contains("when=aws%3ASourceIp%3D10.1.2.3", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public void A_fault_of_a_policys_text_has_its_line_and_column()
    {
        var editor = Render<PolicyFields>(p => p.Add(c => c.Document, "{\n  \"Version\": \"2012-10-17\",\n  \"Statement\": [ oops ]\n}"));

        Assert.Contains("Line 3, column", editor.Find(".editor-side").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_policy_begins_with_one_of_the_templates()
    {
        var page = Render<PolicyCreate>();
        await Button(page, "Production from inside alone").ClickAsync();

        Assert.Contains("NotIpAddress", page.Find("textarea").GetAttribute("value") ?? page.Find("textarea").TextContent, StringComparison.Ordinal);
        Assert.Contains("Denies secretsmanager:GetSecretValue", page.Find(".statements").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_secret_tells_who_can_read_it_and_by_which_statement()
    {
        var secret = await Store("prod/token", "1");
        await Clients.Create(await Call(), new CreateClientRequest("stranger", null, []), CancellationToken.None);
        var card = Render<WhoCanRead>(p => p.Add(c => c.Secret, secret));
        card.WaitForElement(".actions button");

        await Button(card, "Show who can read it").ClickAsync();

        card.WaitForAssertion(() => Assert.Contains("by Administrator/", card.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain("stranger", card.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/access/user?name=nobody", "There is no such user")]
    [InlineData("/access/user", "name must be 1 to 64")]
    public void What_is_not_there_says_so_and_leads_on(string address, string told)
    {
        Navigation.NavigateTo(address);
        var page = Render<UserSheet>();

        page.WaitForAssertion(() => Assert.Contains(told, page.Markup, StringComparison.Ordinal));
    }
}
