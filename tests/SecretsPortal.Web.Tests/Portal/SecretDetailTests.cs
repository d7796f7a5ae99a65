using Bunit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Components;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class SecretDetailTests : PortalPageTest
{
    // A port that nothing listens on: the rotation fails at once, as it does when a database is away.
    private const string Database = """{"username":"app","password":"hunter2","engine":"postgres","host":"127.0.0.1","port":1}""";

    [Fact]
    public async Task The_value_is_masked_until_it_is_asked_for_and_gone_after_Hide()
    {
        var secret = await Store("prod/orders", Database);
        var page = Open("prod/orders");
        page.WaitForElement("button.reveal");
        Assert.DoesNotContain("hunter2", page.Markup, StringComparison.Ordinal);
        Assert.DoesNotContain("secretsmanager:GetSecretValue", await ActionsOn(secret));

        await page.Find("button.reveal").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("hunter2", page.Find(".revealed").TextContent, StringComparison.Ordinal));
        Assert.Single(await ActionsOn(secret), "secretsmanager:GetSecretValue");

        await Button(page, "Hide").ClickAsync();
        Assert.DoesNotContain("hunter2", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Each_label_reveals_its_own_version()
    {
        await Store("prod/api", "first");
        await Writer.PutValue(await Call(), new PutSecretValueRequest("prod/api", new string('b', 32), SecretValue.FromText("second"), null), CancellationToken.None);
        var page = Open("prod/api");
        page.WaitForElement("button.reveal");

        await Button(page, "AWSPREVIOUS").ClickAsync();
        await page.Find("button.reveal").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal("first", page.Find("pre.plain").TextContent));

        await Button(page, "AWSCURRENT").ClickAsync();
        Assert.Empty(page.FindAll("pre.plain"));
        await page.Find("button.reveal").ClickAsync();
        page.WaitForAssertion(() => Assert.Equal("second", page.Find("pre.plain").TextContent));
    }

    [Fact]
    public async Task A_replicated_secret_tells_its_replicas_and_a_replica_its_primary()
    {
        var (here, there) = (await Call(), await Call() with { Region = "eu-central-1" });
        CreateSecretRequest Request(string name, params string[] regions) => new()
        {
            Name = name, Value = SecretValue.FromText("v"), ClientRequestToken = new string('a', 32), ReplicaRegions = [.. regions.Select(region => new ReplicaRegion(region, null))],
        };
        await Writer.Create(here, Request("primary", "eu-central-1"), CancellationToken.None);
        await Writer.Create(there, Request("replica", "us-east-1"), CancellationToken.None);
        await Writer.Create(there, Request("taken"), CancellationToken.None);
        await Writer.Create(here, Request("taken", "eu-central-1"), CancellationToken.None);

        string Facts(string name)
        {
            var page = Open(name);
            page.WaitForElement("dl.facts");
            return page.Find("dl.facts").TextContent;
        }

        Assert.Contains("eu-central-1: up to date", Facts("primary"), StringComparison.Ordinal);
        Assert.Contains("the secret in eu-central-1, which it follows", Facts("replica"), StringComparison.Ordinal);
        Assert.Contains("eu-central-1: Replication failed: Secret name taken already exists in region eu-central-1.", Facts("taken"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_replicas_page_reads_but_offers_no_change()
    {
        var there = await Call() with { Region = "eu-central-1" };
        await Writer.Create(there, new CreateSecretRequest
        {
            Name = "replica", Value = SecretValue.FromText("v"), ClientRequestToken = new string('a', 32),
            ReplicaRegions = [new ReplicaRegion("us-east-1", null)],
        }, CancellationToken.None);
        var page = Open("replica");
        page.WaitForElement("button.reveal");

        Assert.Contains("this replica follows", page.Markup, StringComparison.Ordinal);
        Assert.Equal("/secret?id=replica&region=eu-central-1", page.Find("dl.facts a").GetAttribute("href"));
        var buttons = page.FindAll("button").Select(b => b.TextContent.Trim()).ToList();
        Assert.Contains("Reveal", buttons);
        Assert.All(["Delete…", "Put a new value…", "Set up…", "Edit"], change => Assert.DoesNotContain(change, buttons));
    }

    [Fact]
    public async Task Bytes_are_shown_as_base64()
    {
        await Writer.Create(await Call(), new CreateSecretRequest
        {
            Name = "bytes", Value = SecretValue.FromBytes([0, 255, 1]), ClientRequestToken = new string('a', 32),
        }, CancellationToken.None);
        var page = Open("bytes");
        page.WaitForElement("button.reveal");

        await page.Find("button.reveal").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal("AP8B", page.Find("pre.plain").TextContent));
    }

    [Fact]
    public void An_unknown_secret_says_so()
    {
        var page = Open("prod/nowhere");

        page.WaitForAssertion(() => Assert.Contains("There is no such secret", page.Markup, StringComparison.Ordinal));
    }

    [Fact]
    public async Task A_new_value_begins_from_the_one_in_use_and_moves_the_labels()
    {
        var secret = await Store("prod/orders", Database);
        var page = Open("prod/orders");
        page.WaitForElement("button.reveal");

        OpenDialog(page, "Put a new value…");
        await Around.FindAll("button").First(b => b.TextContent.Contains("Start from the value", StringComparison.Ordinal)).ClickAsync();
        Around.WaitForAssertion(() => Assert.Equal("app", Field(Around, "User name").GetAttribute("value")));
        await Field(Around, "Password").TypeAsync("new one");
        await Button(Around, "Store it").ClickAsync();

        page.WaitForAssertion(() => Assert.Contains("AWSPREVIOUS", page.Find(".stages").TextContent, StringComparison.Ordinal));
        var stored = await Reader.GetValue(await Call(), secret.Name, null, null, CancellationToken.None);
        Assert.Equal(Database.Replace("hunter2", "new one", StringComparison.Ordinal), stored.Value.Text);
        Assert.DoesNotContain("new one", page.Markup + Around.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_value_begun_from_one_that_is_in_use_no_more_is_kept_and_stored_only_all_the_same()
    {
        var secret = await Store("prod/orders", Database);
        var page = Open("prod/orders");
        page.WaitForElement("button.reveal");
        OpenDialog(page, "Put a new value…");
        await Around.FindAll("button").First(b => b.TextContent.Contains("Start from the value", StringComparison.Ordinal)).ClickAsync();
        Around.WaitForAssertion(() => Assert.Equal("app", Field(Around, "User name").GetAttribute("value")));
        await Field(Around, "User name").TypeAsync("mine");
        var rotated = Database.Replace("hunter2", "rotated", StringComparison.Ordinal);
        await Writer.PutValue(await Call(), new PutSecretValueRequest(secret.Name, new string('b', 32), SecretValue.FromText(rotated), null), CancellationToken.None);

        await Button(Around, "Store it").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("Another value was put meanwhile", Around.Find(".conflict").TextContent, StringComparison.Ordinal));
        Assert.Equal(rotated, (await Reader.GetValue(await Call(), secret.Name, null, null, CancellationToken.None)).Value.Text);
        Assert.Equal("mine", Field(Around, "User name").GetAttribute("value"));

        await Button(Around, "Store it all the same").ClickAsync();
        Around.WaitForAssertion(() => Assert.Empty(Around.FindAll(".conflict")));
        var stored = await Reader.GetValue(await Call(), secret.Name, null, null, CancellationToken.None);
        Assert.Equal(Database.Replace("\"app\"", "\"mine\"", StringComparison.Ordinal), stored.Value.Text);
    }

    [Fact]
    public async Task A_deleted_secret_offers_its_restoring_and_no_value()
    {
        await Store("prod/api", "hunter2");
        var page = Open("prod/api", "settings");
        page.WaitForElement(".end-card");

        OpenDialog(page, "Delete…");
        // The first letter of 15 is below the least: the field keeps it, and sends nothing.
        await Field(Around, "Days until it is removed").InputAsync("1");
        await Button(Around, "Delete").ClickAsync();
        Assert.Equal("1", Field(Around, "Days until it is removed").GetAttribute("value"));
        Assert.Contains("Type a whole number from 7 to 30.", Around.Markup, StringComparison.Ordinal);
        Assert.Null((await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).DeletedAt);
        await Field(Around, "Days until it is removed").InputAsync("15");
        Assert.DoesNotContain("Type a whole number", Around.Markup, StringComparison.Ordinal);
        await Button(Around, "Delete").ClickAsync();

        page.WaitForAssertion(() => Assert.Contains("Marked for deletion", page.Markup, StringComparison.Ordinal));
        var deleted = await Reader.Describe(await Call(), "prod/api", CancellationToken.None);
        Assert.Equal(15, Math.Round((deleted.PurgeAt! - deleted.DeletedAt!).Value.TotalDays));
        page = Open("prod/api");
        page.WaitForElement(".value-card .masked");
        Assert.Empty(page.FindAll("button.reveal"));

        await Button(page, "Restore it").ClickAsync();

        page.WaitForAssertion(() => Assert.DoesNotContain("Marked for deletion", page.Markup, StringComparison.Ordinal));
        Assert.Null((await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).DeletedAt);
    }

    [Fact]
    public async Task Tags_are_edited_in_place()
    {
        await Store("prod/api", "1", null, new SecretTag("team", "orders"), new SecretTag("old", "x"));
        var page = Open("prod/api", "settings");
        page.WaitForElement("button.edit-tags");

        await page.Find("button.edit-tags").ClickAsync();
        await page.FindAll(".row-fields input")[1].TypeAsync("payments");
        await page.Find("button[aria-label='Remove old']").ClickAsync();
        await Button(page, "Save").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal("teampayments", Assert.Single(page.FindAll("ul.tags li")).TextContent));
        Assert.Equal([new SecretTag("team", "payments")], (await Reader.Describe(await Call(), "prod/api", CancellationToken.None)).Tags);
    }

    [Fact]
    public async Task A_rotation_by_hand_is_followed_step_by_step()
    {
        var secret = await Store("prod/orders", Database);
        await Rotation.Rotate(await Call(), new RotateSecretRequest
        {
            SecretId = secret.Name, ClientRequestToken = new string('a', 32), RotateImmediately = false,
            Schedule = RotationSchedule.Parse("rate(30 days)", null, null),
        }, CancellationToken.None);
        await RunWaitingRotations();
        await Rotation.Cancel(await Call(), secret.Name, CancellationToken.None);
        var page = Open("prod/orders", "rotation");
        page.WaitForElement("button.rotate-now");

        await page.Find("button.rotate-now").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("Waiting for a worker", page.Find(".run").TextContent, StringComparison.Ordinal));
        Assert.Equal(4, page.FindAll(".run .step.waiting").Count);
        Assert.True(page.Find("button.rotate-now").HasAttribute("disabled"));

        await RunWaitingRotations();

        page.WaitForAssertion(() => Assert.NotEmpty(page.FindAll(".run .step.failed")), TimeSpan.FromSeconds(10));
        Assert.NotEmpty(page.FindAll(".run .step.done"));
        Assert.Equal("Retrying", page.Find(".run").GetAttribute("data-state"));
        Assert.DoesNotContain("hunter2", page.Markup, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_rotation_from_another_door_shows_by_itself()
    {
        var secret = await Store("prod/orders", Database);
        var page = Open("prod/orders", "rotation");
        page.WaitForElement(".rotation-card");
        Assert.Empty(page.FindAll(".run"));

        await Rotation.Rotate(await Call(), new RotateSecretRequest { SecretId = secret.Name, ClientRequestToken = new string('a', 32) }, CancellationToken.None);

        page.WaitForAssertion(() => Assert.Equal("Queued", page.Find(".run").GetAttribute("data-state")), TimeSpan.FromSeconds(15));
        page.WaitForAssertion(() => Assert.Equal("Rotating", page.Find(".subtitle [data-health]").TextContent));
    }

    [Fact]
    public async Task A_schedule_is_said_in_words_before_it_is_saved()
    {
        await Store("prod/orders", Database);
        var page = Open("prod/orders", "rotation");
        page.WaitForAssertion(() => Button(page, "Set up…"));

        OpenDialog(page, "Set up…");
        await Around.FindAll("label.mode").First(l => l.TextContent.Contains("Cron", StringComparison.Ordinal)).QuerySelector("input")!.ChangeAsync("on");
        await Field(Around, "Cron expression").InputAsync("0 25 ? * SUN *");
        Assert.NotEmpty(Around.FindAll(".preview .field-fault"));
        await Field(Around, "Cron expression").InputAsync("0 4 ? * SUN *");
        Assert.Equal(5, Around.FindAll(".preview .windows li").Count);
        await Button(Around, "Save").ClickAsync();

        page.WaitForAssertion(() => Assert.Equal("Healthy", page.Find(".subtitle [data-health]").TextContent));
        Assert.Equal("cron(0 4 ? * SUN *)", (await Reader.Describe(await Call(), "prod/orders", CancellationToken.None)).Rotation!.Schedule!.Expression);
        await RunWaitingRotations();
    }

    [Fact]
    public async Task The_log_of_the_secret_is_beside_it()
    {
        await Store("prod/api", "1");
        var page = Open("prod/api", "activity");

        page.WaitForAssertion(() => Assert.Contains("CreateSecret", page.FindComponent<SecretAudit>().Markup, StringComparison.Ordinal));
    }

    // The click is over when the dialog is, so nobody waits for it.
    private void OpenDialog(IRenderedComponent<SecretDetail> page, string button)
    {
        _ = Button(page, button).ClickAsync();
        Around.WaitForElement(".mud-dialog");
    }

    private IRenderedComponent<SecretDetail> Open(string name, string part = "overview")
    {
        Navigation.NavigateTo($"/secret?id={Uri.EscapeDataString(name)}&tab={part}");
        return Render<SecretDetail>();
    }
}
