using System.Text.Json;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Components;
using SecretsPortal.Web.Portal.Pages;
using SecretsPortal.Web.Portal.Pages.Access;
using SecretsPortal.Web.Portal.Pages.Functions;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>What all forms do: ask before what was typed is lost, and bring it back after a session that ended.</summary>
public sealed class FormTests : PortalPageTest
{
    private const string Document = """{"Version":"2012-10-17","Statement":[{"Sid":"Mine","Effect":"Allow","Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""";

    private PolicyService Policies => Services.GetRequiredService<PolicyService>();

    [Fact]
    public async Task Nobody_leaves_what_was_typed_without_being_asked()
    {
        var page = Render<PolicyCreate>();
        await Field(page, "Name").TypeAsync("mine");

        Navigation.NavigateTo("/secrets");
        Around.WaitForAssertion(() => Assert.Contains("Leave without saving?", Around.Markup, StringComparison.Ordinal));
        await Button(Around, "Cancel").ClickAsync();
        page.WaitForAssertion(() => Assert.DoesNotContain("/secrets", Navigation.Uri, StringComparison.Ordinal));
        Assert.Equal("mine", Field(page, "Name").GetAttribute("value"));

        Navigation.NavigateTo("/secrets");
        Around.WaitForAssertion(() => Button(Around, "Leave"));
        await Button(Around, "Leave").ClickAsync();
        await Until(() => Navigation.Uri.EndsWith("/secrets", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Who_typed_nothing_typed_it_back_or_has_stored_it_is_not_asked()
    {
        var page = Render<PolicyCreate>();
        await Field(page, "Name").TypeAsync("mine");
        await Field(page, "Name").TypeAsync("");
        Navigation.NavigateTo("/keys");
        Assert.EndsWith("/keys", Navigation.Uri, StringComparison.Ordinal);

        await Field(page, "Name").TypeAsync("mine");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.EndsWith("/access/policy?name=mine", Navigation.Uri, StringComparison.Ordinal));
        Assert.DoesNotContain("Leave without saving?", Around.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_steps_of_the_wizard_are_one_form_and_its_value_is_asked_for_when_it_is_left()
    {
        var page = await WizardPastItsValue();
        Assert.DoesNotContain("Leave without saving?", Around.Markup, StringComparison.Ordinal);

        Navigation.NavigateTo("/secrets");
        Around.WaitForAssertion(() => Assert.Contains("Leave without saving?", Around.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Escape_closes_a_form_that_nobody_typed_in_and_asks_where_somebody_did()
    {
        var page = Render<GroupList>();
        page.WaitForAssertion(() => Button(page, "Add a group"));
        Button(page, "Add a group").Click();
        Around.WaitForElement(".mud-dialog");
        _ = Escape();
        Around.WaitForAssertion(() => Assert.Empty(Around.FindAll(".mud-dialog")));

        Button(page, "Add a group").Click();
        Around.WaitForElement(".mud-dialog");
        await Field(Around, "Name").TypeAsync("orders");
        _ = Escape();
        Around.WaitForAssertion(() => Button(Around, "Leave"));
        Assert.Equal("orders", Field(Around, "Name").GetAttribute("value"));
        await Button(Around, "Leave").ClickAsync();
        Around.WaitForAssertion(() => Assert.Empty(Around.FindAll(".mud-dialog")));
    }

    [Fact]
    public async Task Who_chose_a_kind_and_typed_nothing_leaves_the_wizard_without_being_asked()
    {
        Navigation.NavigateTo("/secrets/new");
        var page = Render<SecretCreate>();
        foreach (var kind in page.FindAll("input[type=radio]").Select(static radio => radio.GetAttribute("value")).Reverse().ToList())
            await page.Find($"input[type=radio][value={kind}]").ChangeAsync("on");
        Navigation.NavigateTo("/keys");
        Assert.EndsWith("/keys", Navigation.Uri, StringComparison.Ordinal);
        Assert.DoesNotContain("Leave without saving?", Around.Markup, StringComparison.Ordinal);

        Navigation.NavigateTo("/secrets/new?kind=other&step=value");
        await Field(page, "Key").TypeAsync("token");
        Navigation.NavigateTo("/keys");
        Around.WaitForAssertion(() => Button(Around, "Leave"));
        Assert.DoesNotContain("/keys", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_name_for_a_view_is_asked_for_before_Escape_or_a_move_takes_it()
    {
        await Store("prod/api", "x");
        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody a");
        Button(page, "Views").Click();
        Around.WaitForElement("form.save");
        _ = Escape();
        Around.WaitForAssertion(() => Assert.Empty(Around.FindAll(".mud-dialog")));

        Button(page, "Views").Click();
        Around.WaitForElement("form.save");
        await Field(Around, "Save what the list shows as").TypeAsync("Mine");
        await EscapeIsAskedAbout();
    }

    [Fact]
    public async Task A_tag_for_several_is_asked_for_before_Escape_takes_it()
    {
        await Store("prod/api", "x");
        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody input");
        await page.InvokeAsync(() => page.Find("#pick-all").Click());
        Button(page, "Tag…").Click();
        Around.WaitForElement(".mud-dialog");
        await Field(Around, "Key").TypeAsync("team");
        await EscapeIsAskedAbout();

        Button(page, "Tag…").Click();
        Around.WaitForElement(".mud-dialog");
        await Field(Around, "Key").TypeAsync("team");
        await Button(Around, "Set the tag").ClickAsync();
        Around.WaitForAssertion(() => Button(Around, "Close"));
        // What was done is no draft, and its result stays until it is closed.
        _ = Escape();
        Assert.DoesNotContain("Leave without saving?", Around.Markup, StringComparison.Ordinal);
        await Button(Around, "Close").ClickAsync();
        Around.WaitForAssertion(() => Assert.Empty(Around.FindAll(".mud-dialog")));
    }

    [Fact]
    public async Task A_name_to_delete_and_a_label_are_asked_for_before_Escape_takes_them()
    {
        var secret = await Store("prod/api", "x");
        var end = Render<EndCard>(parameters => parameters.Add(p => p.Secret, secret));
        end.WaitForAssertion(() => Button(end, "Delete…"));
        Button(end, "Delete…").Click();
        await Around.WaitForElement(".mud-dialog input[type=checkbox]").ChangeAsync(true);
        await Around.Find(".mud-dialog input[type=text]").TypeAsync("prod/");
        await EscapeIsAskedAbout();

        var versions = Render<VersionList>(parameters => parameters.Add(p => p.Secret, secret));
        versions.WaitForElement("button.labels").Click();
        Around.WaitForElement(".mud-dialog");
        await Around.FindAll(".mud-dialog input[type=radio]")[^1].ChangeAsync("on");
        await Field(Around, "Label").TypeAsync("BLUE");
        await EscapeIsAskedAbout();
    }

    [Fact]
    public async Task A_reason_for_a_pause_is_asked_for_before_Escape_takes_it()
    {
        var card = Render<SecretsPortal.Web.Portal.Pages.Operation.PauseCard>();
        card.WaitForElement("button.pause-all").Click();
        Around.WaitForElement(".mud-dialog");
        await Around.Find(".mud-dialog input").TypeAsync("maintenance");
        await EscapeIsAskedAbout();
    }

    [Fact]
    public async Task A_new_password_is_asked_for_before_it_is_left_and_not_once_it_is_changed()
    {
        var account = await Services.GetRequiredService<AccountService>().View(await Call(), CancellationToken.None);
        var card = Render<PasswordCard>(parameters => parameters.Add(p => p.Account, account));
        await Button(card, "Change").ClickAsync();
        Navigation.NavigateTo("/secrets");
        Assert.EndsWith("/secrets", Navigation.Uri, StringComparison.Ordinal);

        await Field(card, "New password").TypeAsync("another battery staple");
        Navigation.NavigateTo("/keys");
        Around.WaitForAssertion(() => Button(Around, "Leave"));
        Assert.EndsWith("/secrets", Navigation.Uri, StringComparison.Ordinal);
        await Button(Around, "Cancel").ClickAsync();
        Around.WaitForAssertion(() => Assert.Empty(Around.FindAll(".mud-dialog")));

        await Button(card, "Cancel").ClickAsync();
        Navigation.NavigateTo("/keys");
        Assert.EndsWith("/keys", Navigation.Uri, StringComparison.Ordinal);

        var factor = Render<SecondFactorCard>(parameters => parameters.Add(p => p.Account, account));
        await Button(factor, "Set up…").ClickAsync();
        await Field(factor, "Password").TypeAsync("x");
        Navigation.NavigateTo("/secrets");
        Around.WaitForAssertion(() => Button(Around, "Leave"));
        Assert.EndsWith("/keys", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_the_tab_keeps_of_a_secret_has_no_value_in_it_and_comes_back()
    {
        var page = await WizardPastItsValue();
        await Field(page, "Name").InputAsync("prod/typed");
        await Field(page, "Description").TypeAsync("Typed before the session ended");
        await Until(() => KeptTexts().Any(text => text.Contains("Typed before the session ended", StringComparison.Ordinal)));
        var kept = KeptTexts()[^1];
        Assert.Contains("token", kept, StringComparison.Ordinal);
        Assert.All(KeptTexts(), text => Assert.DoesNotContain("canary", text, StringComparison.Ordinal));

        Kept("secret/new/us-east-1", kept);
        Navigation.NavigateTo("/secrets/new?kind=other&step=value", forceLoad: false);
        Around.WaitForAssertion(() => Assert.DoesNotContain("Leave without saving?", Around.Markup, StringComparison.Ordinal));
        var again = Render<SecretCreate>();
        again.WaitForAssertion(() => Assert.Contains("What you had typed here is back. The value is never kept: type it again.", again.Find(".restored").TextContent, StringComparison.Ordinal));
        Assert.Equal("token", Field(again, "Key").GetAttribute("value"));
        await Field(again, "Value").TypeAsync("typed again");
        await again.Find("form").SubmitAsync();
        again.WaitForElement("[data-step=name]");
        Assert.Equal("prod/typed", Field(again, "Name").GetAttribute("value"));
        Assert.Equal("Typed before the session ended", Field(again, "Description").TextContent.Trim() is { Length: > 0 } text ? text : Field(again, "Description").GetAttribute("value"));
    }

    [Fact]
    public async Task A_policy_comes_back_as_it_was_typed_and_its_second_editor_is_told_all_the_same()
    {
        await Policies.Create(await Call(), "mine", Document, null, CancellationToken.None);
        var before = await Policies.Get(await Call(), "mine", CancellationToken.None);
        Kept("policy/mine", JsonSerializer.Serialize(new
        {
            Name = "", Description = "", Document = Document.Replace("Mine", "Typed", StringComparison.Ordinal), SeenDescription = "", SeenDocument = before.Document, before.Revision,
        }));
        await Policies.Update(await Call(), "mine", new UpdatePolicyRequest(Document.Replace("Mine", "Theirs", StringComparison.Ordinal), null, null), CancellationToken.None);

        var page = Open<PolicySheet>("/access/policy?name=mine");

        page.WaitForAssertion(() => Assert.Contains("Typed: Allows", page.Markup, StringComparison.Ordinal));
        await page.Find("form.policy-form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("Theirs", page.Find(".conflict pre").TextContent, StringComparison.Ordinal));
        await Button(page, "Cancel").ClickAsync();
        await Until(() => JSInterop.Invocations.Any(call => call.Identifier == "portal.forms.drop" && Equals(call.Arguments[1], "policy/mine")));
    }

    [Fact]
    public async Task A_function_comes_back_without_its_secret_half_and_the_values_of_its_variables()
    {
        var page = Render<FunctionCreate>();
        await page.Find("input[type=radio][value=Process]").ChangeAsync("on");
        await Field(page, "Name").TypeAsync("typed");
        await Button(page, "Add a variable").ClickAsync();
        var row = page.Find(".row-fields").QuerySelectorAll("input");
        await row[0].TypeAsync("API_TOKEN");
        await page.Find(".row-fields").QuerySelectorAll("input")[1].TypeAsync("canary-of-a-variable");
        await Until(() => KeptTexts().Any(text => text.Contains("API_TOKEN", StringComparison.Ordinal)));
        Assert.All(KeptTexts(), text => Assert.DoesNotContain("canary", text, StringComparison.Ordinal));

        Kept("function/new", KeptTexts()[^1]);
        var again = Render<FunctionCreate>();
        again.WaitForElement(".restored");
        Assert.Equal("typed", Field(again, "Name").GetAttribute("value"));
        Assert.Contains(again.FindAll(".row-fields input"), input => input.GetAttribute("value") == "API_TOKEN");
        await Button(again, "Begin anew").ClickAsync();
        again.WaitForAssertion(() => Assert.Equal("", Field(again, "Name").GetAttribute("value") ?? ""));
    }

    [Theory]
    [InlineData("""{"Draft":null,"Variables":[7]}""")]
    [InlineData("{}")]
    public void What_a_tab_has_kept_that_is_none_of_the_portals_is_not_taken(string kept)
    {
        Kept("function/new", kept);

        var page = Render<FunctionCreate>();

        Assert.Empty(page.FindAll(".restored"));
        Assert.NotEmpty(page.FindAll("form"));
    }

    [Fact]
    public void Of_a_secret_that_a_tab_has_kept_what_is_nothing_is_none()
    {
        Kept("secret/new/us-east-1", """{"Name":"prod/typed","Fields":[null,"token"],"Replicas":{"eu-west-1":null}}""");
        Navigation.NavigateTo("/secrets/new?kind=other&step=value");

        var page = Render<SecretCreate>();

        page.WaitForElement(".restored");
        Assert.Equal("token", Field(page, "Key").GetAttribute("value"));
    }

    [Fact]
    public async Task After_two_edited_at_once_what_is_refused_next_is_told()
    {
        var secret = await Store("prod/api", "x", null, new SecretTag("team", "orders"));
        var card = Render<TagCard>(parameters => parameters.Add(p => p.Secret, secret));
        await card.WaitForElement("button.edit-tags").ClickAsync();
        await Services.GetRequiredService<SecretTagger>().Tag(await Call(), secret.Name, [new SecretTag("team", "theirs")], seen: null, CancellationToken.None);
        await Button(card, "Add a tag").ClickAsync();
        await card.FindAll(".row-fields input")[2].TypeAsync("mine");
        await Button(card, "Save").ClickAsync();
        card.WaitForElement(".conflict");
        Assert.Empty(card.FindAll(".fault"));

        await Writer.Delete(await Call(), secret.Name, 7, force: false, CancellationToken.None);
        await Button(card, "Save mine over it").ClickAsync();

        card.WaitForAssertion(() => Assert.Contains("deletion", card.Find(".fault").TextContent, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Of_two_forms_that_a_move_leaves_one_asks()
    {
        var secret = await Store("prod/api", "x", null, new SecretTag("team", "orders"));
        var tags = Render<TagCard>(parameters => parameters.Add(p => p.Secret, secret));
        await tags.WaitForElement("button.edit-tags").ClickAsync();
        await tags.FindAll(".row-fields input")[1].TypeAsync("mine");
        var details = Render<DetailsCard>(parameters => parameters.Add(p => p.Secret, secret));
        await details.WaitForElement("button.edit-details").ClickAsync();
        await Field(details, "Description").TypeAsync("mine");

        Navigation.NavigateTo("/secrets");
        Around.WaitForAssertion(() => Button(Around, "Leave"));
        Assert.Single(Around.FindAll(".mud-dialog"));
        await Button(Around, "Leave").ClickAsync();

        await Until(() => Navigation.Uri.EndsWith("/secrets", StringComparison.Ordinal));
        Assert.Empty(Around.FindAll(".mud-dialog"));
    }

    [Fact]
    public async Task Whoever_deletes_what_they_edit_is_not_asked_whether_to_leave_it()
    {
        await Policies.Create(await Call(), "mine", Document, null, CancellationToken.None);
        var page = Open<PolicySheet>("/access/policy?name=mine");
        page.WaitForAssertion(() => Button(page, "Edit"));
        await Button(page, "Edit").ClickAsync();
        await Field(page, "Description").TypeAsync("typed");
        Button(page, "Delete…").Click();
        Around.WaitForElement(".mud-dialog");
        await Around.Find(".mud-dialog .mud-button-filled").ClickAsync();

        await Until(() => Navigation.Uri.EndsWith("/access/policies", StringComparison.Ordinal));
        Assert.DoesNotContain("Leave without saving?", Around.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_refusal_names_the_permission_and_who_can_grant_it()
    {
        var secret = await Store("prod/api", "x", null, new SecretTag("team", "orders"));
        await BecomeSomebody("Reader");
        var card = Render<EndCard>(parameters => parameters.Add(p => p.Secret, secret));
        Assert.Empty(card.FindAll("button"));
        var fields = Render<FunctionCreate>();
        await fields.Find("input[type=radio][value=Webhook]").ChangeAsync("on");
        await Field(fields, "Name").TypeAsync("mine");
        await Field(fields, "Address").TypeAsync("https://functions.example.com/rotate");
        await fields.Find("form").SubmitAsync();

        fields.WaitForAssertion(() => Assert.Contains("not authorized to perform: secretsportal:CreateFunction", fields.Find(".fault").TextContent, StringComparison.Ordinal));
        Assert.Contains("any that allows secretsportal:AttachPolicy, can grant it.", fields.Find(".fault").TextContent, StringComparison.Ordinal);
        Assert.Equal("mine", Field(fields, "Name").GetAttribute("value"));
    }

    [Fact]
    public async Task A_tag_that_is_taken_away_is_brought_back_by_undo()
    {
        var secret = await Store("prod/api", "x", null, new SecretTag("team", "orders"));
        var card = Render<TagCard>(parameters => parameters.Add(p => p.Secret, secret));
        await card.WaitForElement("button.edit-tags").ClickAsync();
        await card.Find("button[aria-label='Remove team']").ClickAsync();
        await Button(card, "Save").ClickAsync();
        Around.WaitForAssertion(() => Button(Around, "Undo"));
        Assert.Empty((await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Tags ?? []);

        await Button(Around, "Undo").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains("It is undone.", Around.Markup, StringComparison.Ordinal));
        Assert.Equal([new SecretTag("team", "orders")], (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Tags!);
    }

    [Fact]
    public async Task An_undo_works_from_another_page_and_says_what_keeps_it_from_working()
    {
        var groups = Services.GetRequiredService<GroupService>();
        await Services.GetRequiredService<UserService>().Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        await groups.Create(await Call(), "orders", null, CancellationToken.None);
        await groups.AddMember(await Call(), "orders", CallerKind.User, "ada", CancellationToken.None);
        var page = Open<GroupSheet>("/access/group?name=orders");
        await page.WaitForElement("button[aria-label='Take out ada']").ClickAsync();
        Around.WaitForAssertion(() => Button(Around, "Undo"));
        page.Dispose();
        await groups.Delete(await Call(), "orders", CancellationToken.None);

        await Button(Around, "Undo").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains("group", Around.Find(".mud-alert-filled-error, .mud-snackbar.mud-alert-filled-error").TextContent, StringComparison.OrdinalIgnoreCase));
    }

    /// <summary>The wizard with a value typed, at the step after it.</summary>
    private async Task<IRenderedComponent<SecretCreate>> WizardPastItsValue()
    {
        Navigation.NavigateTo("/secrets/new?kind=other&step=value");
        var page = Render<SecretCreate>();
        await Field(page, "Key").TypeAsync("token");
        await Field(page, "Value").TypeAsync("canary-of-the-wizard");
        await page.Find("form").SubmitAsync();
        page.WaitForElement("[data-step=name]");
        return page;
    }

    private async Task EscapeIsAskedAbout()
    {
        _ = Escape();
        Around.WaitForAssertion(() => Button(Around, "Leave"));
        await Button(Around, "Leave").ClickAsync();
        Around.WaitForAssertion(() => Assert.Empty(Around.FindAll(".mud-dialog")));
    }

    // The dialog hears of the key by a script; the tour of the list sees that in a browser.
    private Task Escape() => Around.InvokeAsync(() => Around.FindAll(".mud-dialog [data-guarded]")[^1].TriggerEventAsync("oncancel", EventArgs.Empty));

    // What is waited for here draws nothing.
    private static async Task Until(Func<bool> isSo)
    {
        for (var i = 0; i < 150 && !isSo(); i++)
            await Task.Delay(100);
        Assert.True(isSo());
    }

    private IReadOnlyList<string> KeptTexts() => [.. JSInterop.Invocations.Where(static call => call.Identifier == "portal.forms.keep").Select(static call => (string)call.Arguments[2]!)];

    private void Kept(string form, string text) => JSInterop.Setup<string?>("portal.forms.find", call => Equals(call.Arguments[1], form)).SetResult(text);
}
