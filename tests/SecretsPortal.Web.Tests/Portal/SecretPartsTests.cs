using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>The parts of a secret's page over the real services.</summary>
public sealed class SecretPartsTests : PortalPageTest
{
    private const string Value = """{"username":"app","password":"hunter2"}""";

    [Fact]
    public async Task One_field_is_shown_and_copied_without_the_others_and_each_is_recorded()
    {
        var secret = await Store("prod/api", Value);
        JSInterop.Setup<bool>("portal.copy", "hunter2").SetResult(true);
        var page = Open("prod/api", "overview");
        Assert.Equal(["username", "password"], page.WaitForElements(".revealed dt").Select(name => name.TextContent));

        await page.Find("[data-field=username] button.reveal-field").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal("app", page.Find("[data-field=username] code").TextContent));
        await page.Find("[data-field=password] button.copy-field").ClickAsync();

        page.WaitForAssertion(() => Assert.Contains("Copied: password.", Around.Markup, StringComparison.Ordinal));
        Assert.DoesNotContain("hunter2", page.Markup, StringComparison.Ordinal);
        Assert.Equal(2, (await ActionsOn(secret)).Count(action => action == "secretsmanager:GetSecretValue"));
        Assert.NotEmpty(page.FindAll(".countdown"));
    }

    [Fact]
    public async Task A_label_is_moved_after_saying_where_all_will_be_and_moved_back()
    {
        await Store("prod/api", "first");
        await Writer.PutValue(await Call(), new PutSecretValueRequest("prod/api", new string('b', 32), SecretValue.FromText("second"), null), CancellationToken.None);
        var before = await Reader.Describe(await Call(), "prod/api", CancellationToken.None);
        var page = Open("prod/api", "versions");

        _ = page.WaitForElements("button.labels")[1].ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("AWSCURRENT is on this version", Around.Find(".preview").TextContent, StringComparison.Ordinal));
        Assert.Contains("AWSPREVIOUS is on bbbb…bbbbbbbb", Around.Find(".preview").TextContent, StringComparison.Ordinal);
        await Around.Find("button.move-now").ClickAsync();
        page.WaitForElement("button.undo");
        Assert.Equal(before.Labels.VersionOf("AWSPREVIOUS"), (await Labels()).VersionOf("AWSCURRENT"));

        await page.Find("button.undo").ClickAsync();

        page.WaitForAssertion(() => Assert.Empty(page.FindAll("button.undo")));
        Assert.Equal(before.Labels.ByLabel, (await Labels()).ByLabel);
        async Task<StagingLabels> Labels() => (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Labels;
    }

    [Fact]
    public async Task A_move_against_the_rules_is_explained_and_not_offered()
    {
        await Store("prod/api", "first");
        var page = Open("prod/api", "versions");

        _ = page.WaitForElement("button.labels").ClickAsync();
        Around.WaitForElement(".moves");
        await Around.FindAll("label.move").First(label => label.TextContent.Contains("Take AWSCURRENT off", StringComparison.Ordinal)).QuerySelector("input")!.ChangeAsync("on");

        Assert.Contains("Move it to another version instead", Around.Find(".preview").TextContent, StringComparison.Ordinal);
        Assert.True(Around.Find("button.move-now").HasAttribute("disabled"));
    }

    [Fact]
    public async Task Two_versions_are_compared_and_no_value_is_in_the_page()
    {
        await Store("prod/api", Value);
        await Writer.PutValue(await Call(), new PutSecretValueRequest("prod/api", new string('b', 32), SecretValue.FromText(Value.Replace("hunter2", "hunter3", StringComparison.Ordinal)), null), CancellationToken.None);
        var page = Open("prod/api", "versions");

        await page.WaitForElement("button.compare-now").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal("Changed", page.Find("[data-field=password]").GetAttribute("data-change")));
        Assert.Equal("Same", page.Find("[data-field=username]").GetAttribute("data-change"));
        Assert.DoesNotContain("hunter", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_second_editor_of_a_policy_sees_the_firsts_and_keeps_what_was_typed()
    {
        await Store("prod/api", Value);
        const string theirs = """{"Version":"2012-10-17","Statement":[{"Sid":"Theirs","Effect":"Allow","Principal":{"AWS":"arn:aws:iam::000000000000:user/admin"},"Action":"secretsmanager:*","Resource":"*"}]}""";
        var mine = theirs.Replace("Theirs", "Mine", StringComparison.Ordinal);
        var page = Open("prod/api", "access");
        await page.WaitForElement("button.edit-policy").ClickAsync();
        await page.Find(".policy-form textarea").InputAsync(mine);
        page.WaitForAssertion(() => Assert.Contains("Mine: Allows", page.Find(".statements").TextContent, StringComparison.Ordinal));
        await Services.GetRequiredService<SecretPolicies>().Put(await Call(), "prod/api", theirs, blockPublic: true, CancellationToken.None);

        await page.Find(".policy-form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("Theirs", page.Find(".conflict pre").TextContent, StringComparison.Ordinal));
        await page.Find(".policy-form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("Mine", page.Find(".policy-card pre").TextContent, StringComparison.Ordinal));
        Assert.Equal(mine, (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).ResourcePolicy);
    }

    [Fact]
    public async Task The_second_editor_of_a_schedule_sees_the_firsts_and_keeps_what_was_typed()
    {
        await Store("prod/api", "hunter2");
        var page = Open("prod/api", "rotation");
        page.WaitForAssertion(() => Button(page, "Set up…"));
        Button(page, "Set up…").Click();
        Around.WaitForElement(".preview");
        await Rotation.Rotate(await Call(), new RotateSecretRequest
        {
            SecretId = "prod/api", ClientRequestToken = new string('a', 32), RotationLambdaArn = "SecretsPortalGenerate", RotateImmediately = false, Schedule = RotationSchedule.Parse("rate(7 days)", null, null),
        }, CancellationToken.None);
        await Field(Around, "Days").InputAsync("14");

        await Button(Around, "Save").ClickAsync();

        Around.WaitForAssertion(() => Assert.Contains("Every 7 days", Around.Find(".conflict").TextContent, StringComparison.OrdinalIgnoreCase));
        Assert.Equal("14", Field(Around, "Days").GetAttribute("value"));
        Assert.Equal(RotationSchedule.Parse("rate(7 days)", null, null), (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Rotation!.Schedule);
        await Button(Around, "Save mine over it").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("14 days", page.Find(".rotation-card").TextContent, StringComparison.Ordinal));
        Assert.Equal("SecretsPortalGenerate", (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Rotation!.FunctionArn);
    }

    [Fact]
    public async Task Replicas_are_added_and_removed()
    {
        await Store("prod/api", Value);
        var page = Open("prod/api", "settings");

        await page.WaitForElement(".replica-card form").SubmitAsync();
        page.WaitForAssertion(() => Assert.Contains("up to date", page.Find("[data-region=eu-central-1]").TextContent, StringComparison.Ordinal));
        Assert.Contains("Remove them first", page.Find(".end-card").TextContent, StringComparison.Ordinal);
        _ = page.Find("button.remove-replica").ClickAsync();
        Around.WaitForAssertion(() => Button(Around, "Remove it"));
        await Button(Around, "Remove it").ClickAsync();

        page.WaitForAssertion(() => Assert.Empty(page.FindAll("[data-region]")));
        Assert.Empty((await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Replicas);
    }

    [Fact]
    public async Task A_key_that_the_other_region_does_not_have_is_told_beside_its_field()
    {
        await Store("prod/api", Value);
        var page = Open("prod/api", "settings");
        page.WaitForElement(".replica-card form");
        await Field(page, "Key").TypeAsync("alias/nobody");
        await page.Find(".replica-card form").SubmitAsync();

        page.WaitForAssertion(() => Assert.Contains("alias/nobody is not registered in eu-central-1", page.Find(".replica-card form").TextContent, StringComparison.Ordinal));
        Assert.Empty(page.FindAll(".replica-card .fault"));
        Assert.Equal("alias/nobody", Field(page, "Key").GetAttribute("value"));
    }

    [Fact]
    public async Task A_secret_that_is_not_open_to_the_user_names_the_permission()
    {
        await Store("prod/api", Value);
        await Services.GetRequiredService<SecretPolicies>().Put(
            await Call(), "prod/api", """{"Version":"2012-10-17","Statement":[{"Effect":"Deny","Principal":{"AWS":"arn:aws:iam::000000000000:user/admin"},"Action":"secretsmanager:DescribeSecret","Resource":"*"}]}""",
            blockPublic: true, CancellationToken.None);
        var page = Open("prod/api", "overview");

        page.WaitForAssertion(() => Assert.Contains("secretsmanager:DescribeSecret", page.Find(".denied").TextContent, StringComparison.Ordinal));
        Assert.Single(page.FindAll("h1"));
    }

    [Fact]
    public async Task A_secret_is_deleted_at_once_only_where_its_name_is_typed()
    {
        await Store("prod/api", Value);
        var page = Open("prod/api", "settings");
        page.WaitForElement(".end-card");
        _ = Button(page, "Delete…").ClickAsync();
        Around.WaitForElement(".mud-dialog");
        await Around.Find(".mud-dialog input[type=checkbox]").ChangeAsync(true);
        Assert.True(Button(Around, "Delete for good").HasAttribute("disabled"));

        await Field(Around, "Type the secret's name").InputAsync("prod/api");
        await Button(Around, "Delete for good").ClickAsync();

        page.WaitForAssertion(() => Assert.EndsWith("/secrets", Navigation.Uri, StringComparison.Ordinal));
        Assert.Empty((await Reader.List(await Call(), new ListSecretsRequest { IncludePlannedDeletion = true }, CancellationToken.None)).Secrets);
    }

    private IRenderedComponent<SecretDetail> Open(string name, string part)
    {
        Navigation.NavigateTo($"/secret?id={Uri.EscapeDataString(name)}&tab={part}");
        return Render<SecretDetail>();
    }
}
