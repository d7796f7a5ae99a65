using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Pages.Functions;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class FunctionPagesTests : PortalPageTest
{
    private const string Arn = "arn:aws:lambda:us-east-1:000000000000:function:rotate-orders";

    private FunctionService Functions => Services.GetRequiredService<FunctionService>();

    [Fact]
    public async Task A_webhook_is_made_with_each_fault_beside_its_field_and_its_key_is_shown_once()
    {
        var page = Render<FunctionCreate>();
        page.FindAll("input[type=radio]")[2].Change("Webhook");
        await page.Find("form").SubmitAsync();
        Assert.Contains("Give the function a name", page.Markup, StringComparison.Ordinal);
        Assert.Contains("Give an address, such as", page.Markup, StringComparison.Ordinal);

        Field(page, "Name").Type("no blanks");
        Field(page, "Address").Type("https://functions.example.com/rotate");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("Name must be 1 to 64", page.Markup, StringComparison.Ordinal));
        Assert.Equal("https://functions.example.com/rotate", Field(page, "Address").GetAttribute("value"));

        Field(page, "Name").Type("rotate-orders");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.StartsWith("whsec_", page.Find(".once code").TextContent, StringComparison.Ordinal));
        await Button(page, "I have kept it").ClickAsync();
        Assert.EndsWith("/function?name=rotate-orders", Navigation.Uri, StringComparison.Ordinal);
        Assert.Equal(RotationFunctionKind.Webhook, (await Functions.Get(await Call(), "rotate-orders", CancellationToken.None)).Kind);
    }

    [Fact]
    public async Task A_name_that_is_taken_is_said_beside_the_name()
    {
        await Make("prod/*");
        var page = Render<FunctionCreate>();
        page.FindAll("input[type=radio]")[2].Change("Webhook");
        Field(page, "Name").Type("rotate-orders");
        Field(page, "Address").Type("https://functions.example.com/other");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("is there already", page.Find(".mud-input-helper-text.mud-input-error, .mud-input-error").ParentElement!.TextContent + page.Markup, StringComparison.Ordinal));
        Assert.Empty(page.FindAll(".fault"));
    }

    [Fact]
    public async Task The_list_says_what_each_function_is_used_for()
    {
        await Make("prod/*");
        var secret = await Store("prod/orders/api", """{"key":"value"}""");
        await Attach(secret.Name);

        var page = Render<FunctionList>();

        var row = page.WaitForElement("table.list tbody tr");
        Assert.Equal("1", row.QuerySelector("[data-label=Secrets]")!.TextContent.Trim());
        Assert.Contains("Waiting for a worker", row.QuerySelector("[data-label='Last run']")!.TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_check_tells_which_side_is_missing()
    {
        await Make("prod/*");
        await Store("staging/orders/api", """{"key":"value"}""");
        await Store("prod/orders/api", """{"key":"value"}""");
        var page = Open<FunctionSheet>("/function?name=rotate-orders");

        await Check(page, "staging/orders/api");
        page.WaitForAssertion(() => Assert.Contains("does not permit its name", page.Markup, StringComparison.Ordinal));
        Assert.Contains("names no function", page.Markup, StringComparison.Ordinal);

        await Check(page, "prod/orders/api");
        page.WaitForAssertion(() => Assert.Contains("The function permits its name.", page.Markup, StringComparison.Ordinal));
        Assert.Contains("names no function", page.Markup, StringComparison.Ordinal);

        await Attach("prod/orders/api");
        await Check(page, "prod/orders/api");
        page.WaitForAssertion(() => Assert.Contains("The secret names the function.", page.Markup, StringComparison.Ordinal));

        await Check(page, "prod/nothing");
        page.WaitForAssertion(() => Assert.Contains("can't find the specified secret", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_secret_is_attached_where_the_function_permits_it_and_detached_by_another_rotator()
    {
        await Make("prod/*");
        await Store("staging/key", "a value");
        await Store("prod/key", "a value");
        var page = Open<FunctionSheet>("/function?name=rotate-orders");

        await AttachByPage(page, "staging/key");
        page.WaitForAssertion(() => Assert.Contains("does not permit a secret of this name", page.Markup, StringComparison.Ordinal));
        await AttachByPage(page, "prod/key");
        page.WaitForAssertion(() => Assert.Equal("prod/key", page.Find(".records .record-action").TextContent));

        // The list may be drawn anew between the look at the button and the click.
        await page.InvokeAsync(() => page.FindAll("button").First(b => b.GetAttribute("aria-label") == "Detach prod/key").Click());
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Detach").ClickAsync();
        page.WaitForAssertion(() => Assert.Empty(Around.FindAll(".mud-dialog")));
        Assert.False((await Reader.Describe(await Call(), "prod/key", CancellationToken.None)).Rotation!.Enabled);
    }

    [Fact]
    public async Task A_function_that_a_secret_names_is_not_deleted_and_the_page_says_which()
    {
        await Make("prod/*");
        var secret = await Store("prod/key", "a value");
        await Attach("prod/key");
        var page = Open<FunctionSheet>("/function?name=rotate-orders");

        Button(page, "Delete…").Click();
        Around.WaitForElement(".mud-dialog");
        await Button(Around, "Delete").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains(secret.Arn.ToString(), Around.Markup, StringComparison.Ordinal));
        Assert.NotNull(await Functions.Get(await Call(), "rotate-orders", CancellationToken.None));
    }

    [Fact]
    public async Task Two_who_edit_lose_nothing()
    {
        await Make("prod/*");
        var page = Open<FunctionSheet>("/function?name=rotate-orders");
        await Button(page, "Edit").ClickAsync();
        Field(page, "Description").Type("mine");
        await Functions.Update(await Call(), "rotate-orders", Settings("prod/theirs/*"), CancellationToken.None);

        await page.FindAll("form").First(form => form.TextContent.Contains("Save", StringComparison.Ordinal)).SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("prod/theirs/*", page.Find(".conflict").TextContent, StringComparison.Ordinal));
        Assert.Contains("It was: prod/*", page.Find(".conflict").TextContent, StringComparison.Ordinal);
        Assert.Equal("mine", Field(page, "Description").GetAttribute("value"));
        await page.FindAll("form").First(form => form.TextContent.Contains("Save mine over it", StringComparison.Ordinal)).SubmitAsync();
        page.WaitForAssertion(() => Assert.Empty(page.FindAll(".conflict")));
        var stored = await Functions.Get(await Call(), "rotate-orders", CancellationToken.None);
        Assert.Equal("mine", stored.Description);
        // What the second one did not touch stays the first one's.
        Assert.Equal(["prod/theirs/*"], stored.AllowedSecrets);
    }

    [Fact]
    public async Task An_event_of_ones_own_must_be_json_and_a_failed_test_says_why()
    {
        await Make("prod/*");
        var page = Open<FunctionSheet>("/function?name=rotate-orders");

        await page.FindAll("form").First(form => form.TextContent.Contains("Send", StringComparison.Ordinal)).SubmitAsync();

        // The portal of these tests does not listen, so no function can be told where it is.
        page.WaitForAssertion(() => Assert.Contains("Set Portal:Functions:Endpoint", page.Markup, StringComparison.Ordinal));
        Assert.Contains("Failed", page.Markup, StringComparison.Ordinal);
    }

    private static FunctionSettings Settings(string pattern) => new() { Webhook = new WebhookSettings("https://functions.example.com/rotate"), AllowedSecrets = [pattern] };

    private async Task Make(string pattern) => await Functions.Create(await Call(), "rotate-orders", RotationFunctionKind.Webhook, Settings(pattern), CancellationToken.None);

    private async Task Attach(string secret) => await Rotation.Rotate(
        await Call(), new RotateSecretRequest
        {
            SecretId = secret, ClientRequestToken = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString(), RotationLambdaArn = Arn, RotateImmediately = false,
            Schedule = RotationSchedule.Parse("rate(30 days)", null, null),
        }, CancellationToken.None);

    private static async Task Check(IRenderedComponent<FunctionSheet> page, string secret)
    {
        Field(page, "Check a secret, by name").Type(secret);
        await page.FindAll("form").First(form => form.TextContent.Contains("Check", StringComparison.Ordinal)).SubmitAsync();
    }

    private static async Task AttachByPage(IRenderedComponent<FunctionSheet> page, string secret)
    {
        Field(page, "Name of the secret to attach").Type(secret);
        await page.FindAll("form").First(form => form.TextContent.Contains("Attach", StringComparison.Ordinal)).SubmitAsync();
    }
}
