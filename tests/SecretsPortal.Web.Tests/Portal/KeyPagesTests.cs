using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Keys;
using SecretsPortal.Services.Kms;
using SecretsPortal.Web.Portal.Pages.Keys;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class KeyPagesTests : PortalPageTest
{
    private KeyService Keys => Services.GetRequiredService<KeyService>();

    [Fact]
    public async Task A_key_is_added_and_what_is_wrong_stands_beside_its_field()
    {
        var page = Render<KeyList>();
        page.WaitForElement("table.list tbody tr");
        Assert.Contains("Default", page.Find("table.list").TextContent, StringComparison.Ordinal);

        Button(page, "Add a key").Click();
        Around.WaitForElement(".mud-dialog");
        await Field(Around, "Alias").TypeAsync("no blanks");
        await Field(Around, "Description").TypeAsync("Seals payments");
        await Button(Around, "Add").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("Alias ", Around.Find(".mud-input-helper-text.mud-input-error, .mud-input-error .mud-input-helper-text").TextContent, StringComparison.Ordinal));
        Assert.Equal("no blanks", Field(Around, "Alias").GetAttribute("value"));
        await Field(Around, "Alias").TypeAsync("payments");
        await Button(Around, "Add").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains("/key?name=", Navigation.Uri, StringComparison.Ordinal));
        var added = Assert.Single((await Keys.List(await Call(), null, null, CancellationToken.None)).Keys, key => key.Alias == "alias/payments");
        Assert.Equal("Seals payments", added.Description);
    }

    [Fact]
    public async Task The_second_of_two_editors_of_a_key_sees_what_changed_and_loses_nothing()
    {
        var key = await Keys.Create(await Call(), new CreateKeyRequest { Provider = "local", Alias = "payments", Description = "before" }, CancellationToken.None);
        var page = Open<KeySheet>($"/key?name={key.KeyId}");
        Button(page, "Edit").Click();
        Around.WaitForElement(".mud-dialog");
        await Keys.Update(await Call(), key.KeyId, new UpdateKeyRequest { Description = "theirs" }, CancellationToken.None);
        await Field(Around, "Alias").TypeAsync("mine");

        await Button(Around, "Save").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains("It was: before", Around.Find(".conflict").TextContent, StringComparison.Ordinal));
        Assert.Equal("mine", Field(Around, "Alias").GetAttribute("value"));
        await Button(Around, "Save mine over it").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("alias/mine", page.Markup, StringComparison.Ordinal));
        Assert.Equal("theirs", (await Keys.Get(await Call(), key.KeyId, CancellationToken.None)).Description);
    }

    [Fact]
    public async Task A_key_that_secrets_use_says_which_and_is_not_removed()
    {
        var key = await Keys.Create(await Call(), new CreateKeyRequest { Provider = "local", Alias = "payments" }, CancellationToken.None);
        await Writer.Create(await Call(), new()
        {
            Name = "prod/payments", Value = Core.Secrets.SecretValue.FromText("x"), KmsKeyId = "alias/payments", ClientRequestToken = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString(),
        }, CancellationToken.None);

        var page = Open<KeySheet>($"/key?name={key.KeyId}");
        page.WaitForAssertion(() => Assert.Contains(page.FindAll("a"), link => link.TextContent == "prod/payments"));
        Button(page, "Remove…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Remove in 30 days").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("The key is in use", Around.Markup, StringComparison.Ordinal));
        Assert.Equal(KmsKeyState.Enabled, (await Keys.Get(await Call(), key.KeyId, CancellationToken.None)).State);

        var list = Render<KeyList>();
        list.WaitForAssertion(() => Assert.Contains(list.FindAll("td[data-label='Used by']"), cell => cell.TextContent == "1 secret"));
        Assert.Contains(list.FindAll("td[data-label='Used by']"), cell => cell.TextContent.Contains("the portal itself", StringComparison.Ordinal));
        Assert.All(list.FindAll("td[data-label='Health']"), cell => Assert.Equal("Serves", cell.TextContent.Trim()));
    }

    [Fact]
    public async Task A_key_is_disabled_enabled_removed_and_kept()
    {
        var key = await Keys.Create(await Call(), new CreateKeyRequest { Provider = "local" }, CancellationToken.None);
        var page = Open<KeySheet>($"/key?name={key.KeyId}");
        page.WaitForAssertion(() => Assert.Contains("Nothing. It can be removed.", page.Markup, StringComparison.Ordinal));
        Button(page, "Disable…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Disable").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("can't be opened until it is enabled again", page.Markup, StringComparison.Ordinal));
        await Button(page, "Enable").ClickAsync();
        page.WaitForAssertion(() => Assert.DoesNotContain("can't be opened until it is enabled again", page.Markup, StringComparison.Ordinal));
        Button(page, "Remove…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Remove in 30 days").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("It leaves the registry on", page.Markup, StringComparison.Ordinal));
        await Button(page, "Keep it").ClickAsync();
        page.WaitForAssertion(() => Assert.DoesNotContain("It leaves the registry on", page.Markup, StringComparison.Ordinal));
        Assert.Equal(KmsKeyState.Disabled, (await Keys.Get(await Call(), key.KeyId, CancellationToken.None)).State);
    }

    [Fact]
    public async Task A_re_wrapping_is_begun_paused_and_given_up()
    {
        var key = await Keys.Create(await Call(), new CreateKeyRequest { Provider = "local", Alias = "old" }, CancellationToken.None);
        var page = Open<KeySheet>($"/key?name={key.KeyId}");
        page.WaitForAssertion(() => Assert.Contains("None yet.", page.Markup, StringComparison.Ordinal));
        Button(page, "New version…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Make it").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("Waiting for a worker", page.Markup, StringComparison.Ordinal));
        Assert.NotEqual(key.CurrentVersion, (await Keys.Get(await Call(), key.KeyId, CancellationToken.None)).CurrentVersion);
        await Button(page, "Pause").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("Paused", page.Markup, StringComparison.Ordinal));
        Button(page, "Give up…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Give up").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("Given up", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public void A_key_that_is_not_there_leads_back_to_the_list()
    {
        Navigation.NavigateTo("/key?name=nowhere");
        var page = Render<KeySheet>();
        page.WaitForAssertion(() => Assert.Contains("There is no such key", page.Markup, StringComparison.Ordinal));
    }
}
