using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Keys;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Components;
using SecretsPortal.Web.Portal.Pages;
using SecretsPortal.Web.Portal.Pages.Access;
using SecretsPortal.Web.Portal.Pages.Functions;
using SecretsPortal.Web.Portal.Pages.Keys;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>What can be undone where it was done: afterwards all is as it was, and the services say so. Tags and several secrets at once stand beside their pages' tests.</summary>
public sealed class UndoTests : PortalPageTest
{
    private const string Readers = """{"Version":"2012-10-17","Statement":[{"Sid":"Readers","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/admin"},"Action":"secretsmanager:GetSecretValue","Resource":"*"}]}""";

    private UserService Users => Services.GetRequiredService<UserService>();

    private KeyService Keys => Services.GetRequiredService<KeyService>();

    private PolicyService Policies => Services.GetRequiredService<PolicyService>();

    [Fact]
    public async Task A_user_who_was_disabled_is_enabled_again()
    {
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        var page = Open<UserSheet>("/access/user?name=ada");
        await Disable(page);
        Assert.True((await Users.Get(await Call(), "ada", CancellationToken.None)).User.IsDisabled);

        await Undo();

        Assert.False((await Users.Get(await Call(), "ada", CancellationToken.None)).User.IsDisabled);
        page.WaitForAssertion(() => Assert.DoesNotContain("refused everywhere", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_client_that_was_disabled_is_enabled_again()
    {
        var clients = Services.GetRequiredService<ClientService>();
        await clients.Create(await Call(), new CreateClientRequest("orders-api", null, []), CancellationToken.None);
        var page = Open<ClientSheet>("/access/client?name=orders-api");
        await Disable(page);
        Assert.True((await clients.Get(await Call(), "orders-api", CancellationToken.None)).Client.IsDisabled);

        await Undo();

        Assert.False((await clients.Get(await Call(), "orders-api", CancellationToken.None)).Client.IsDisabled);
    }

    [Fact]
    public async Task A_function_that_was_disabled_is_enabled_again_with_what_others_changed_meanwhile()
    {
        var functions = Services.GetRequiredService<FunctionService>();
        await functions.Create(await Call(), "rotate-orders", RotationFunctionKind.Webhook, Settings(description: "before"), CancellationToken.None);
        var page = Open<FunctionSheet>("/function?name=rotate-orders");
        await Disable(page);
        Assert.True((await functions.Get(await Call(), "rotate-orders", CancellationToken.None)).IsDisabled);
        await functions.Update(await Call(), "rotate-orders", Settings(description: "theirs") with { IsDisabled = true }, CancellationToken.None);

        await Undo();

        var after = await functions.Get(await Call(), "rotate-orders", CancellationToken.None);
        Assert.Equal((false, "theirs"), (after.IsDisabled, after.Description));
    }

    [Fact]
    public async Task A_key_that_was_disabled_is_enabled_again()
    {
        var key = await Keys.Create(await Call(), new CreateKeyRequest { Provider = KmsProviders.Local }, CancellationToken.None);
        var page = Open<KeySheet>($"/key?name={key.KeyId}");
        await Disable(page);
        Assert.Equal(KmsKeyState.Disabled, (await Keys.Get(await Call(), key.KeyId, CancellationToken.None)).State);

        await Undo();

        Assert.Equal(KmsKeyState.Enabled, (await Keys.Get(await Call(), key.KeyId, CancellationToken.None)).State);
    }

    [Fact]
    public async Task A_key_that_was_to_be_removed_is_kept_and_serves_as_before()
    {
        var key = await Keys.Create(await Call(), new CreateKeyRequest { Provider = KmsProviders.Local }, CancellationToken.None);
        var page = Open<KeySheet>($"/key?name={key.KeyId}");
        page.WaitForAssertion(() => Button(page, "Remove…"));
        Button(page, "Remove…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Remove in 30 days").ClickAsync();

        await Undo();

        Assert.Equal(KmsKeyState.Enabled, (await Keys.Get(await Call(), key.KeyId, CancellationToken.None)).State);
    }

    [Fact]
    public async Task A_policy_that_was_detached_from_a_user_is_attached_again()
    {
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        await Policies.Attach(await Call(), "Reader", new PolicyTarget(PolicyTargetKind.User, "ada"), CancellationToken.None);

        var user = Open<UserSheet>("/access/user?name=ada");
        await user.WaitForElement("button[aria-label='Detach Reader']").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("Reader is detached from ada.", Around.Markup, StringComparison.Ordinal));
        Assert.Empty(await PoliciesOfAda());
        await Undo();
        Assert.Equal(["Reader"], await PoliciesOfAda());
    }

    [Fact]
    public async Task A_policy_that_was_detached_on_its_own_page_is_attached_again()
    {
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        await Policies.Attach(await Call(), "Reader", new PolicyTarget(PolicyTargetKind.User, "ada"), CancellationToken.None);
        var policy = Open<PolicySheet>("/access/policy?name=Reader");
        await policy.WaitForElement("button[aria-label='Detach from ada']").ClickAsync();
        await Until(async () => (await PoliciesOfAda()).Count == 0);
        await Undo();
        Assert.Equal(["Reader"], await PoliciesOfAda());
    }

    [Fact]
    public async Task A_member_that_was_taken_out_is_in_the_group_again()
    {
        var groups = Services.GetRequiredService<GroupService>();
        await Users.Create(await Call(), new CreateUserRequest { Name = "ada" }, CancellationToken.None);
        await groups.Create(await Call(), "orders", null, CancellationToken.None);
        await groups.AddMember(await Call(), "orders", CallerKind.User, "ada", CancellationToken.None);
        var page = Open<UserSheet>("/access/user?name=ada");
        await page.WaitForElement("button[aria-label='Take out of orders']").ClickAsync();
        await Until(async () => (await Users.Get(await Call(), "ada", CancellationToken.None)).Groups.Count == 0);

        await Undo();

        Assert.Equal(["orders"], (await Users.Get(await Call(), "ada", CancellationToken.None)).Groups);
    }

    [Fact]
    public async Task A_secret_that_was_marked_for_deletion_is_restored()
    {
        var secret = await Store("prod/api", "x");
        var card = Render<EndCard>(parameters => parameters.Add(p => p.Secret, secret));
        card.WaitForAssertion(() => Button(card, "Delete…"));
        Button(card, "Delete…").Click();
        Around.WaitForElement(".mud-dialog");
        await Around.Find(".mud-dialog .mud-button-filled").ClickAsync();
        await Until(async () => (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).DeletedAt is not null);

        await Undo();

        Assert.Null((await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).DeletedAt);
    }

    [Fact]
    public async Task A_policy_of_a_secret_that_was_removed_is_put_back_as_it_was()
    {
        await Store("prod/api", "x");
        await Services.GetRequiredService<SecretPolicies>().Put(await Call(), "prod/api", Readers, blockPublic: true, CancellationToken.None);
        Navigation.NavigateTo("/secret?id=prod%2Fapi&tab=access");
        var page = Render<SecretDetail>();
        page.WaitForElement("button.remove-policy").Click();
        Around.WaitForAssertion(() => Button(Around, "Remove it"));
        await Button(Around, "Remove it").ClickAsync();
        await Until(async () => (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).ResourcePolicy is null);

        await Undo();

        Assert.Equal(Readers, (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).ResourcePolicy);
    }

    [Fact]
    public async Task A_label_that_was_moved_goes_back()
    {
        var secret = await Store("prod/api", "x");
        var first = secret.Versions[0].VersionId;
        await Writer.PutValue(await Call(), new PutSecretValueRequest("prod/api", new string('n', 32), SecretValue.FromText("y"), null), CancellationToken.None);
        Navigation.NavigateTo("/secret?id=prod%2Fapi&tab=versions");
        var page = Render<SecretDetail>();
        page.WaitForElement($"[data-version='{first}'] button.labels").Click();
        Around.WaitForElement(".mud-dialog");
        await Around.Find("button.move-now").ClickAsync();
        await Until(async () => (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Labels.VersionOf(StagingLabels.Current) == first);

        await page.WaitForElement("button.undo").ClickAsync();

        await Until(async () => (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Labels.VersionOf(StagingLabels.Current) == new string('n', 32));
    }

    [Fact]
    public async Task A_view_that_was_deleted_is_there_again()
    {
        var views = Services.GetRequiredService<SavedViews>();
        await Store("prod/api", "x");
        await views.Save(await Call(), "Mine", "tag=team", CancellationToken.None);
        var page = Render<SecretList>();
        page.WaitForElement("table.list tbody a");
        Button(page, "Views").Click();
        await Around.WaitForElement("button[aria-label='Delete Mine']").ClickAsync();
        Around.WaitForElement(".gone");
        Assert.Empty(await views.List(await Call(), CancellationToken.None));

        await Button(Around, "Undo").ClickAsync();

        Around.WaitForElement(".open-view");
        Assert.Equal([("Mine", "tag=team")], (await views.List(await Call(), CancellationToken.None)).Select(static view => (view.Name, view.Query)));
    }

    [Fact]
    public async Task A_tag_that_was_taken_from_several_is_on_them_again_as_each_had_it()
    {
        await Store("one", "1", null, new SecretTag("team", "data"));
        await Store("two", "1", null, new SecretTag("team", "web"));
        await Store("three", "1");
        var page = Render<SecretList>();
        page.WaitForAssertion(() => Assert.Equal(3, page.FindAll("table.list tbody input").Count));
        await page.InvokeAsync(() => page.Find("#pick-all").Click());
        Button(page, "Remove a tag…").Click();
        Around.WaitForElement(".mud-dialog");
        await Field(Around, "Key").TypeAsync("team");
        await Around.Find(".mud-dialog .mud-button-filled").ClickAsync();
        Around.WaitForAssertion(() => Button(Around, "Undo"));
        Assert.Empty((await Reader.Describe(await Call(), "one", CancellationToken.None)).Tags ?? []);

        await Button(Around, "Undo").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains("3 of 3 are as they were before.", Around.Markup, StringComparison.Ordinal));
        Assert.Equal([new SecretTag("team", "data")], (await Reader.Describe(await Call(), "one", CancellationToken.None)).Tags!);
        Assert.Equal([new SecretTag("team", "web")], (await Reader.Describe(await Call(), "two", CancellationToken.None)).Tags!);
        Assert.Empty((await Reader.Describe(await Call(), "three", CancellationToken.None)).Tags ?? []);
    }

    private static FunctionSettings Settings(string description) => new() { AllowedSecrets = ["prod/*"], Webhook = new WebhookSettings("https://functions.example.com/rotate"), Description = description };

    private async Task<IReadOnlyList<string>> PoliciesOfAda() => (await Users.Get(await Call(), "ada", CancellationToken.None)).Policies;

    private async Task Disable<T>(IRenderedComponent<T> page)
        where T : Microsoft.AspNetCore.Components.IComponent
    {
        page.WaitForAssertion(() => Button(page, "Disable…"));
        Button(page, "Disable…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Disable").ClickAsync();
        Around.WaitForAssertion(() => Button(Around, "Undo"));
    }

    private async Task Undo()
    {
        Around.WaitForAssertion(() => Button(Around, "Undo"));
        await Button(Around, "Undo").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("It is undone.", Around.Markup, StringComparison.Ordinal));
    }

    // What is waited for here draws nothing.
    private static async Task Until(Func<Task<bool>> isSo)
    {
        for (var i = 0; i < 100 && !await isSo(); i++)
            await Task.Delay(100);
        Assert.True(await isSo());
    }
}
