using AngleSharp.Html.Dom;
using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Backups;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Notifications;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Start;
using SecretsPortal.Web.Portal.Layout;
using SecretsPortal.Web.Portal.Pages.Operation;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class SystemPageTests : PortalPageTest
{
    [Fact]
    public async Task Rotations_are_paused_with_a_reason_that_everybody_is_told_and_resumed()
    {
        var banner = Render<PauseBanner>();
        Assert.Empty(banner.FindAll(".pause-banner"));
        var page = Render<SystemPage>();

        page.WaitForElement("button.pause-all");
        page.Find("button.pause-all").Click();
        Around.WaitForElement("input");
        await Field(Around, "Reason").TypeAsync("Maintenance");
        await Button(Around, "Pause all").ClickAsync();

        page.WaitForElement("[data-paused]");
        Assert.Equal("Maintenance", (await Services.GetRequiredService<RotationOverview>().FindHold(CancellationToken.None))!.Reason);
        Assert.Contains("Maintenance", Render<PauseBanner>().WaitForElement(".pause-banner").TextContent, StringComparison.Ordinal);
        page.WaitForElement("button.resume-all");
        await page.Find("button.resume-all").ClickAsync();
        page.WaitForElement("button.pause-all");
        Assert.Null(await Services.GetRequiredService<RotationOverview>().FindHold(CancellationToken.None));
    }

    [Fact]
    public async Task A_backup_is_made_listed_offered_and_deleted()
    {
        var page = Render<SystemPage>();
        page.WaitForElement("button.make-backup");

        await page.Find("button.make-backup").ClickAsync();

        page.WaitForElement("[data-backup]");
        var made = Assert.Single((await Services.GetRequiredService<PortalBackups>().List(await Call(), CancellationToken.None)).Backups);
        await Button(page, "Download").ClickAsync();
        page.WaitForAssertion(() => Assert.EndsWith($"/system/backups/download?name={made.Name}", Navigation.Uri, StringComparison.Ordinal));
        Button(page, "Delete…").Click();
        Around.WaitForAssertion(() => Assert.Contains(made.Name, Around.Markup, StringComparison.Ordinal));
        await Button(Around, "Delete").ClickAsync();
        page.WaitForState(() => page.FindAll("[data-backup]").Count == 0);
    }

    [Fact]
    public async Task An_auditor_sees_the_state_and_the_backups_and_no_button()
    {
        await Services.GetRequiredService<PortalBackups>().Create(await Call(), CancellationToken.None);
        await BecomeSomebody(ManagedPolicyDocuments.Auditor.Name);

        var page = Render<SystemPage>();

        page.WaitForElement("[data-backup]");
        Assert.Equal("true", page.Find("[data-ready]").GetAttribute("data-ready"));
        Assert.Empty(page.FindAll("button.make-backup, button.pause-all, [data-backup] button"));
        Assert.Contains("SQLite 3.", page.Find("[data-version=database]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task An_operator_makes_backups_and_takes_none_home()
    {
        await BecomeSomebody(ManagedPolicyDocuments.Operator.Name);
        var page = Render<SystemPage>();
        page.WaitForElement("button.make-backup");

        await page.Find("button.make-backup").ClickAsync();

        page.WaitForElement("[data-backup]");
        Assert.Empty(page.FindAll("[data-backup] button[aria-label^='Download']"));
    }

    [Fact]
    public void Settings_say_where_they_come_from_and_secret_ones_only_whether_they_are_set()
    {
        var card = Render<SettingsCard>(parameters => parameters
            .Add(p => p.ShowsAll, true)
            .Add(p => p.Settings,
            [
                new PortalSetting("Portal:Region", "eu-central-1", "environment", IsSecret: false), new PortalSetting("Portal:Bootstrap:AdminPassword", null, "command line", IsSecret: true),
                new PortalSetting("Portal:Telemetry:Authorization", null, null, IsSecret: true), new PortalSetting("Portal:AccountId", null, null, IsSecret: false),
            ]));

        Assert.Equal(
            ["Portal:Region eu-central-1 environment", "Portal:Bootstrap:AdminPassword set command line", "Portal:Telemetry:Authorization not set default", "Portal:AccountId — default"],
            card.FindAll("tbody tr").Select(row => string.Join(' ', row.Children.Select(cell => cell.TextContent.Trim()))));
    }

    [Fact]
    public async Task A_channel_is_added_with_its_key_shown_once_changed_and_deleted()
    {
        var channels = Services.GetRequiredService<NotificationChannels>();
        var page = Render<Notifications>();
        page.WaitForElement(".empty");
        Button(page, "Add a channel").Click();
        Around.WaitForElement(".events");

        await Field(Around, "Name").TypeAsync("operators");
        await Field(Around, "Address").TypeAsync("not an address");
        await Button(Around, "Add").ClickAsync();
        Around.WaitForAssertion(() => Assert.Contains("Address must be an address of https", Around.Markup, StringComparison.Ordinal));
        Assert.Equal("operators", ((IHtmlInputElement)Field(Around, "Name")).Value);
        Assert.Empty(await channels.List(await Call(), CancellationToken.None));
        await Field(Around, "Address").TypeAsync("https://hooks.example.com/x");
        await Button(Around, "Add").ClickAsync();

        page.WaitForElement(".once code");
        Assert.StartsWith("whsec_", page.Find(".once code").TextContent, StringComparison.Ordinal);
        await Button(page, "I have kept it").ClickAsync();
        Assert.Empty(page.FindAll(".once"));
        Assert.Contains("https://hooks.example.com/x", page.Find("[data-channel=operators]").TextContent, StringComparison.Ordinal);

        Button(page, "Edit…").Click();
        Around.WaitForElement(".events");
        Assert.DoesNotContain("whsec_", Around.Markup, StringComparison.Ordinal);
        await Field(Around, "Address").TypeAsync("https://hooks.example.com/y");
        await Button(Around, "Save").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("https://hooks.example.com/y", page.Find("[data-channel=operators]").TextContent, StringComparison.Ordinal));

        Button(page, "Delete…").Click();
        Around.WaitForAssertion(() => Assert.Contains("is told nothing more", Around.Markup, StringComparison.Ordinal));
        await Button(Around, "Delete").ClickAsync();
        page.WaitForElement(".empty");
    }

    [Fact]
    public async Task The_second_of_two_editors_of_a_channel_sees_what_changed_and_loses_nothing()
    {
        var channels = Services.GetRequiredService<NotificationChannels>();
        await channels.Create(await Call(), "operators", new ChannelRequest { Webhook = new WebhookAddress("https://hooks.example.com/x") }, CancellationToken.None);
        var page = Render<Notifications>();
        page.WaitForElement("[data-channel=operators]");
        Button(page, "Edit…").Click();
        Around.WaitForElement(".events");
        await channels.Update(
            await Call(), "operators", new ChannelRequest { Webhook = new WebhookAddress("https://hooks.example.com/x"), Events = [RotationEvent.Failed] }, CancellationToken.None);
        await Field(Around, "Address").TypeAsync("https://hooks.example.com/mine");

        await Button(Around, "Save").ClickAsync();

        Around.WaitForElement(".conflict");
        Assert.Equal("https://hooks.example.com/mine", ((IHtmlInputElement)Field(Around, "Address")).Value);
        await Button(Around, "Save mine over it").ClickAsync();
        page.WaitForAssertion(() => Assert.Contains("https://hooks.example.com/mine", page.Find("[data-channel=operators]").TextContent, StringComparison.Ordinal));
        Assert.Equal([RotationEvent.Failed], (await channels.Get(await Call(), "operators", CancellationToken.None)).Events);
    }
}
