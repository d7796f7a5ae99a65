using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Rotation.Functions;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>The wizard that creates a secret, step by step.</summary>
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
    public async Task An_empty_value_tells_what_is_missing_beside_each_field_and_goes_nowhere(string kind, string[] faults)
    {
        var page = Open();
        await Choose(page, kind);
        await Next(page, "value");
        Assert.Empty(page.FindAll(".mud-input-error"));

        await page.Find("form").SubmitAsync();

        foreach (var fault in faults)
            Assert.Contains(page.FindAll(".mud-input-helper-text.mud-input-error"), note => note.TextContent.Contains(fault, StringComparison.Ordinal));
        Assert.Contains(faults.Length == 1 ? "One field needs" : $"{faults.Length} fields need", page.Find("form > [role=alert]").TextContent, StringComparison.Ordinal);
        Assert.Contains("step=value", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_empty_name_and_a_bad_tag_are_told_in_their_step()
    {
        var page = await OpenAtName();
        await Button(page, "Add a tag").ClickAsync();
        await Field(page, "Value").TypeAsync("orders");

        await page.Find("form").SubmitAsync();
        Assert.Contains("Give the secret a name", page.Markup, StringComparison.Ordinal);
        Assert.Contains("Give this tag a key", page.Markup, StringComparison.Ordinal);

        await Field(page, "Name").InputAsync("no blanks");
        await page.Find("form").FocusOutAsync(new());
        Assert.Contains("without blanks", page.Markup, StringComparison.Ordinal);
        Assert.Contains("step=name", Navigation.Uri, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_schedule_that_means_nothing_keeps_its_step_open()
    {
        var page = await OpenAtName();
        await Field(page, "Name").InputAsync("prod/api");
        await Next(page, "rotation");
        await Radio(page, "Rotate on a schedule");
        await Radio(page, "Every few hours");
        await Field(page, "Hours").InputAsync("3");

        await page.Find("form").SubmitAsync();

        Assert.Contains("between rate(4 hours)", page.Find(".preview").TextContent, StringComparison.Ordinal);
        Assert.Contains("step=rotation", Navigation.Uri, StringComparison.Ordinal);
        // A random value needs to know which.
        Assert.Contains("Choose the key whose value is generated.", page.Markup, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("RDS-like database", SecretKind.RdsDatabase, """{"username":"app","password":"hunter2","engine":"postgres","host":"db","port":5433}""")]
    [InlineData("DocumentDB", SecretKind.DocumentDb, """{"username":"app","password":"hunter2","engine":"mongo","host":"db","port":5433}""")]
    [InlineData("Redshift", SecretKind.Redshift, """{"username":"app","password":"hunter2","engine":"redshift","host":"db","port":5433}""")]
    [InlineData("Other database", SecretKind.OtherDatabase, """{"username":"app","password":"hunter2","host":"db","port":5433}""")]
    public async Task A_databases_credentials_are_stored_and_shown_nowhere_on_the_way(string choice, SecretKind kind, string json)
    {
        var page = Open();
        await Choose(page, choice);
        await Next(page, "value");
        await FillDatabase(page);
        await Field(page, "Port").TypeAsync("5433");
        await Next(page, "name");
        Assert.DoesNotContain("hunter2", page.Markup, StringComparison.Ordinal);
        await Field(page, "Name").InputAsync("prod/orders");
        await Field(page, "Description").TypeAsync("Orders");
        await Next(page, "rotation");
        await Next(page, "review");
        Assert.DoesNotContain("hunter2", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", Navigation.Uri, StringComparison.Ordinal);
        // How the portal connects is reviewed where it can connect.
        Assert.Equal(kind is not SecretKind.OtherDatabase, page.Find(".review").TextContent.Contains("Encrypted and verified", StringComparison.Ordinal));

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.EndsWith("/secret?id=prod%2Forders", Navigation.Uri, StringComparison.Ordinal));
        var stored = await Reader.GetValue(await Call(), "prod/orders", null, null, CancellationToken.None);
        Assert.Equal(json, stored.Value.Text);
        Assert.Equal(kind, stored.Secret.Kind);
        Assert.Equal("Orders", stored.Secret.Description);
        Assert.Null(stored.Secret.Rotation);
    }

    [Fact]
    public async Task Rows_tags_replicas_and_a_drawn_value_are_stored_together()
    {
        var page = Open();
        await Choose(page, "Other type of secret");
        await Next(page, "value");
        await Field(page, "Key").TypeAsync("token");
        await Field(page, "Value").TypeAsync("hunter2");
        Assert.Equal("password", Field(page, "Value").GetAttribute("type"));
        await Next(page, "name");
        await Field(page, "Name").InputAsync("prod/api");
        await Button(page, "Add a tag").ClickAsync();
        await Field(page, "Key").TypeAsync("team");
        await Field(page, "Value").TypeAsync("orders");
        await page.FindAll(".replica input[type=checkbox]").Single().ChangeAsync(true);
        await Next(page, "rotation");
        await Radio(page, "Rotate on a schedule");
        await ChooseItem(page, "Key whose value is drawn anew", "token");
        await Radio(page, "On weekdays");
        await Next(page, "review");
        Assert.Contains("eu-central-1", page.Find(".review").TextContent, StringComparison.Ordinal);
        Assert.Contains("Sunday", page.Find(".review").TextContent, StringComparison.Ordinal);

        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("/secret?id=", Navigation.Uri, StringComparison.Ordinal));
        var stored = await Reader.GetValue(await Call(), "prod/api", null, null, CancellationToken.None);
        Assert.Equal("""{"token":"hunter2"}""", stored.Value.Text);
        Assert.Equal([new SecretTag("team", "orders")], stored.Secret.Tags);
        Assert.Equal(["eu-central-1"], stored.Secret.Replicas.Select(replica => replica.Region));
        var rotation = stored.Secret.Rotation!;
        Assert.Equal("cron(0 4 ? * SUN *)", rotation.Schedule!.Expression);
        Assert.Equal("SecretsPortalGenerate", rotation.FunctionArn);
        Assert.Equal([new ExternalRotationItem("field", "token")], rotation.ExternalMetadata);
        await RunWaitingRotations();
        Assert.Equal(RotationMode.TestOnly, Assert.Single(await Services.GetRequiredService<RotationHistory>().Latest(await Call(), "prod/api", 10, CancellationToken.None)).Mode);
    }

    [Fact]
    public async Task Going_back_keeps_what_was_typed()
    {
        var page = await OpenAtName();
        await Field(page, "Name").InputAsync("prod/api");
        await Next(page, "rotation");

        Go("/secrets/new?kind=other&step=value");
        page.WaitForElement("[data-step=value]");
        Assert.Equal("x", Field(page, "Value").GetAttribute("value"));
        Go("/secrets/new?kind=other&step=name");
        page.WaitForElement("[data-step=name]");

        Assert.Equal("prod/api", Field(page, "Name").GetAttribute("value"));
    }

    [Theory]
    [InlineData("/secrets/new?kind=redshift&step=value", "value", "kind=redshift")]
    [InlineData("/secrets/new?kind=documentdb&step=review", "value", "step=value")]
    [InlineData("/secrets/new?step=nonsense&kind=nonsense", "kind", "nonsense")]
    public void An_address_opens_its_step_or_the_first_that_is_not_done(string address, string step, string rest)
    {
        Go(address);

        var page = Render<SecretCreate>();

        page.WaitForElement($"[data-step={step}]");
        Assert.Contains(rest, Navigation.Uri, StringComparison.Ordinal);
        Assert.Empty(page.FindAll(".mud-input-error"));
    }

    [Fact]
    public async Task A_name_that_exists_is_told_beside_the_name_and_everything_else_is_kept()
    {
        await Store("prod/api", "1");
        var page = await OpenAtReview("prod/api");

        await page.Find("form").SubmitAsync();

        page.WaitForElement("[data-step=name]");
        Assert.Contains(page.FindAll(".mud-input-error"), note => note.TextContent.Contains("has this name already", StringComparison.Ordinal));
        await Field(page, "Name").InputAsync("prod/api2");
        await Next(page, "rotation");
        await Next(page, "review");
        await page.Find("form").SubmitAsync();
        page.WaitForAssertion(() => Assert.EndsWith("/secret?id=prod%2Fapi2", Navigation.Uri, StringComparison.Ordinal));
        Assert.Equal("""{"token":"x"}""", (await Reader.GetValue(await Call(), "prod/api2", null, null, CancellationToken.None)).Value.Text);
    }

    [Fact]
    public async Task A_rotation_that_is_refused_tells_what_there_is_and_what_not_and_can_be_tried_again()
    {
        var page = await OpenAtName();
        await Field(page, "Name").InputAsync("prod/api");
        await Next(page, "rotation");
        await Radio(page, "Rotate on a schedule");
        await Radio(page, "Rotation function");
        await Field(page, "ARN of the function").TypeAsync("arn:aws:lambda:us-east-1:000000000000:function:Nobody");
        await Next(page, "review");

        await page.Find("form").SubmitAsync();

        page.WaitForElement(".outcome");
        Assert.Contains("prod/api is stored with its value.", page.Find(".outcome").TextContent, StringComparison.Ordinal);
        Assert.Contains("cannot invoke the specified Lambda function", page.Find(".outcome").TextContent, StringComparison.Ordinal);
        Assert.EndsWith("/secret?id=prod%2Fapi", page.Find(".outcome a").GetAttribute("href"), StringComparison.Ordinal);
        var stored = await Reader.Describe(await Call(), "prod/api", CancellationToken.None);
        Assert.Null(stored.Rotation);
        await Button(page, "Try the rotation again").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("cannot invoke", page.Find(".outcome").TextContent, StringComparison.Ordinal));
        Assert.Single((await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Versions);
        Assert.Equal(["CreateSecret", "RotateSecret", "RotateSecret"], (await ActionsOn(stored)).Where(one => !one.EndsWith("DescribeSecret", StringComparison.Ordinal)).Select(one => one.Split(':')[^1]));
    }

    [Fact]
    public async Task Sending_twice_creates_one_secret_with_one_version()
    {
        var page = await OpenAtReview("prod/api");

        var form = page.Find("form");
        await Task.WhenAll(form.SubmitAsync(), form.SubmitAsync());

        page.WaitForAssertion(() => Assert.Contains("/secret?id=", Navigation.Uri, StringComparison.Ordinal));
        Assert.DoesNotContain("already", page.Markup, StringComparison.Ordinal);
        Assert.Single((await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Versions);
    }

    [Fact]
    public async Task A_generated_password_follows_the_policy_that_is_shown()
    {
        var page = Open();
        await Next(page, "value");
        Assert.Contains("32 characters", page.Find(".policy").TextContent, StringComparison.Ordinal);

        await Button(page, "Generate a password").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal(32, Field(page, "Password").GetAttribute("value")?.Length));
        Assert.DoesNotContain(Field(page, "Password").GetAttribute("value")!, c => "/@\"'\\:".Contains(c, StringComparison.Ordinal));
        Assert.Equal("password", Field(page, "Password").GetAttribute("type"));

        await Field(page, "Length").InputAsync("7");
        Assert.Contains("8 to 128", page.Markup, StringComparison.Ordinal);
        Assert.True(Button(page, "Generate a password").HasAttribute("disabled"));
        await Field(page, "Length").InputAsync("12");
        foreach (var label in new[] { "A to Z", "a to z", "punctuation" })
            await page.FindAll("label.mud-checkbox").Single(one => one.TextContent.Trim() == label).QuerySelector("input")!.ChangeAsync(false);
        await Button(page, "Generate a password").ClickAsync();
        page.WaitForAssertion(() => Assert.Matches("^[0-9]{12}$", Field(page, "Password").GetAttribute("value")));
    }

    [Fact]
    public async Task A_text_shows_its_size_and_where_its_json_ends()
    {
        var page = Open();
        await Choose(page, "Other type of secret");
        await Next(page, "value");
        await page.FindAll("[role=tab]").Single(tab => tab.TextContent.Trim() == "Plain text").ClickAsync();

        await Field(page, "Value").TypeAsync("{\n  \"ä\": 1,\n  \"ö\": x\n}");
        Assert.Contains("look at line 3, column 8", page.Find(".text-state").TextContent, StringComparison.Ordinal);
        await Field(page, "Value").TypeAsync("""{"b":1.50,"a":[1,2]}""");
        Assert.Contains("Valid JSON", page.Find(".text-state").TextContent, StringComparison.Ordinal);
        Assert.Contains("20 of 65,536 bytes", page.Find(".text-state").TextContent, StringComparison.Ordinal);
        await Button(page, "Format").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal("{\n  \"b\": 1.50,\n  \"a\": [\n    1,\n    2\n  ]\n}", Field(page, "Value").GetAttribute("value") ?? Field(page, "Value").TextContent));

        await Field(page, "Value").TypeAsync(new string('ä', 32_769));
        Assert.Contains("65,538 of 65,536 bytes", page.Find(".text-state .field-fault").TextContent, StringComparison.Ordinal);
        await page.Find("form").SubmitAsync();
        Assert.Contains("at most 65,536 can be stored", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_master_of_alternating_users_is_found_by_name()
    {
        var master = await Store("prod/master", """{"username":"root","password":"p","engine":"postgres","host":"db"}""");
        await Store("prod/other", "no database");
        var page = Open();
        await Next(page, "value");
        await FillDatabase(page);
        await Radio(page, "Two users in turn");
        await page.Find("form").SubmitAsync();
        Assert.Contains("Choose the secret of the user", page.Markup, StringComparison.Ordinal);

        await page.WaitForElement(".picks button").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains(master.Arn.ToString(), page.Find(".picked").TextContent, StringComparison.Ordinal));
        await Next(page, "name");
        await Field(page, "Name").InputAsync("prod/orders");
        await Next(page, "rotation");
        await Next(page, "review");
        await page.Find("form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("/secret?id=", Navigation.Uri, StringComparison.Ordinal));
        Assert.Equal(
            $$"""{"username":"app","password":"hunter2","engine":"postgres","host":"db","masterarn":"{{master.Arn}}"}""",
            (await Reader.GetValue(await Call(), "prod/orders", null, null, CancellationToken.None)).Value.Text);
    }

    [Fact]
    public async Task A_connection_that_nobody_answers_is_told_and_tests_are_slowed_down()
    {
        var page = Open();
        await Next(page, "value");
        await Button(page, "Test the connection").ClickAsync();
        Assert.Contains("Fill in the fields above first", page.Markup, StringComparison.Ordinal);
        await FillDatabase(page);
        await Field(page, "Host").TypeAsync("127.0.0.1");
        await Field(page, "Port").TypeAsync($"{SecretsPortal.Tests.Shared.FreePort.Next()}");

        for (var attempt = 1; attempt <= 6; attempt++)
        {
            await Button(page, "Test the connection").ClickAsync();
            page.WaitForAssertion(() => Assert.True(page.FindAll("[data-check=Reachable]").Count > 0 || page.FindAll(".fault").Count > 0));
        }

        page.WaitForAssertion(() => Assert.Contains("Too many failed attempts", page.Find(".fault").TextContent, StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", page.Find("form").TextContent, StringComparison.Ordinal);
    }

    private IRenderedComponent<SecretCreate> Open()
    {
        Go("/secrets/new");
        var page = Render<SecretCreate>();
        page.WaitForElement("[data-step=kind]");
        return page;
    }

    [Fact]
    public async Task Functions_that_permit_the_secret_are_offered_and_another_can_be_typed()
    {
        var functions = Services.GetRequiredService<FunctionService>();
        foreach (var (name, pattern) in ((string, string)[])[("rotate-api", "prod/*"), ("rotate-test", "test/*")])
            await functions.Create(
                await Call(), name, RotationFunctionKind.Webhook, new FunctionSettings { Webhook = new WebhookSettings("https://functions.example.com/rotate"), AllowedSecrets = [pattern] }, CancellationToken.None);
        var page = await OpenAtName();
        await Field(page, "Name").InputAsync("prod/api");
        await Next(page, "rotation");
        await Radio(page, "Rotate on a schedule");
        await page.FindAll("label:has(input[type=radio])").Single(one => one.TextContent.Trim() == "Rotation function").QuerySelector("input")!.ChangeAsync("on");
        Assert.DoesNotContain("rotate-test", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("ARN of the function", page.Markup, StringComparison.Ordinal);

        await ChooseItem(page, "Function", "Another one, by its ARN");
        page.WaitForAssertion(() => Assert.NotNull(Field(page, "ARN of the function")));
        await ChooseItem(page, "Function", "rotate-api (Webhook)");
        page.WaitForAssertion(() => Assert.DoesNotContain("ARN of the function", page.Markup, StringComparison.Ordinal));
        await Next(page, "review");

        Assert.Contains("function:rotate-api", page.Find(".review").TextContent, StringComparison.Ordinal);
    }

    private async Task<IRenderedComponent<SecretCreate>> OpenAtName()
    {
        var page = Open();
        await Choose(page, "Other type of secret");
        await Next(page, "value");
        await Field(page, "Key").TypeAsync("token");
        await Field(page, "Value").TypeAsync("x");
        await Next(page, "name");
        return page;
    }

    private async Task<IRenderedComponent<SecretCreate>> OpenAtReview(string name)
    {
        var page = await OpenAtName();
        await Field(page, "Name").InputAsync(name);
        await Next(page, "rotation");
        await Next(page, "review");
        return page;
    }

    private void Go(string address) => Navigation.NavigateTo(address);

    private static async Task Next(IRenderedComponent<SecretCreate> page, string step)
    {
        await page.Find("form").SubmitAsync();
        page.WaitForElement($"[data-step={step}]");
    }

    private static async Task FillDatabase(IRenderedComponent<SecretCreate> page)
    {
        await Field(page, "User name").TypeAsync("app");
        await Field(page, "Password").TypeAsync("hunter2");
        await Field(page, "Host").TypeAsync("db");
    }

    private static Task Choose(IRenderedComponent<SecretCreate> page, string kind) => Radio(page, kind);

    private static Task Radio(IRenderedComponent<SecretCreate> page, string name) =>
        page.FindAll("label:has(input[type=radio])").First(one => (one.QuerySelector(".kind-name") ?? one).TextContent.Trim() == name).QuerySelector("input")!.ChangeAsync("on");

    private async Task ChooseItem(IRenderedComponent<SecretCreate> page, string select, string item)
    {
        var id = page.FindAll("label").First(one => one.TextContent.Trim() == select && one.HasAttribute("for")).GetAttribute("for");
        await page.Find($"#{id}").MouseDownAsync(new());
        Around.WaitForElement(".mud-list-item");
        await Around.FindAll(".mud-list-item").Single(one => one.TextContent.Trim() == item).ClickAsync();
    }
}
