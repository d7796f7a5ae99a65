using Bunit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Web.Portal.Components;
using SecretsPortal.Web.Portal.Pages;

namespace SecretsPortal.Web.Tests.Portal;

/// <summary>What a secret's page offers where a rotation does not go through, over a database that is away.</summary>
public sealed class RotationCardTests : PortalPageTest
{
    // A port that nothing listens on.
    private const string Database = """{"username":"app","password":"hunter2","engine":"postgres","host":"127.0.0.1","port":1}""";

    [Fact]
    public async Task A_check_lists_what_it_found_and_changes_nothing()
    {
        var secret = await Store("prod/orders", Database);
        var card = Open("prod/orders");

        await card.WaitForElement("button.check").ClickAsync();

        card.WaitForAssertion(() => Assert.Contains("A rotation would fail. Nothing was changed.", card.Find(".preflight").TextContent, StringComparison.Ordinal));
        Assert.Contains("Failed", card.Find("[data-check=Reachable]").TextContent, StringComparison.Ordinal);
        Assert.Contains("can't be reached", card.Find("[data-check=Reachable]").TextContent, StringComparison.Ordinal);
        Assert.Contains("Passed", card.Find("[data-check=Json]").TextContent, StringComparison.Ordinal);
        Assert.Contains("Not looked at", card.Find("[data-check=LogIn]").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", card.Markup, StringComparison.Ordinal);
        Assert.Null((await Reader.Describe(await Call(), secret.Name, CancellationToken.None)).Rotation);
    }

    [Fact]
    public async Task An_AWSPENDING_without_a_rotation_is_told_and_one_click_asks_the_target()
    {
        await Store("prod/orders", Database);
        await Writer.PutValue(
            await Call(), new PutSecretValueRequest("prod/orders", new string('b', 32), SecretValue.FromText(Database), [StagingLabels.Pending]), CancellationToken.None);
        var card = Open("prod/orders");
        card.WaitForAssertion(() => Assert.Contains("AWSPENDING hangs", card.Find(".resolve").TextContent, StringComparison.Ordinal));

        await card.Find("button.resolve-now").ClickAsync();

        card.WaitForAssertion(() => Assert.Contains(
            "The target does not say whether it accepts the value of AWSCURRENT", card.Find(".run-message").TextContent, StringComparison.Ordinal));
        Assert.Contains("Nothing was changed; it is asked again.", card.Find(".run-message").TextContent, StringComparison.Ordinal);
        Assert.Contains("Question to the target", card.Find(".run-head").TextContent, StringComparison.Ordinal);
        Assert.Empty(card.FindAll(".run .step"));
    }

    [Fact]
    public async Task A_run_that_waits_is_begun_again_now_and_one_that_failed_offers_to_ask_the_target()
    {
        var secret = await Store("prod/orders", Database);
        await Rotation.Rotate(await Call(), new RotateSecretRequest { SecretId = secret.Name, ClientRequestToken = new string('a', 32) }, CancellationToken.None);
        await RunWaitingRotations();
        var card = Open("prod/orders");

        await card.WaitForElement("button.retry-now").ClickAsync();
        await RunWaitingRotations();
        card.WaitForAssertion(() => Assert.Contains("attempt 2", card.Find(".run-head").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(15));
        await card.Find("button.resolve-now").ClickAsync();
        card.WaitForAssertion(() => Assert.Contains("attempt 3", card.Find(".run-head").TextContent, StringComparison.Ordinal), TimeSpan.FromSeconds(15));

        await Writer.PutValue(await Call(), new PutSecretValueRequest("prod/orders", new string('c', 32), SecretValue.FromText("""{"engine":"postgres","username":"app","password":"hunter2"}"""), null), CancellationToken.None);
        await Rotation.Rotate(await Call(), new RotateSecretRequest { SecretId = secret.Name, ClientRequestToken = new string('d', 32) }, CancellationToken.None);
        await RunWaitingRotations();
        card.WaitForAssertion(() => Assert.Equal("Failed", card.Find(".run").GetAttribute("data-state")), TimeSpan.FromSeconds(15));
        Assert.Contains("\"host\" must be", card.Find(".run-message").TextContent, StringComparison.Ordinal);
        Assert.Empty(card.FindAll("button.retry-now"));
        Assert.NotEmpty(card.FindAll("button.resolve-now"));
    }

    [Fact]
    public async Task A_rotation_in_trouble_says_what_is_wrong_and_what_to_do_before_anything_else()
    {
        var secret = await Store("prod/orders", Database);
        var at = new DateTimeOffset(2026, 3, 4, 10, 0, 0, TimeSpan.Zero);
        const string said = "The target refuses the current value: programs that read it cannot log in.";

        var outOfSync = Render<RotationCard>(p => p.Add(c => c.Secret, secret).Add(c => c.State, new RotationState(RotationHealth.OutOfSync, at, said)));

        var trouble = outOfSync.WaitForElement(".trouble").TextContent;
        Assert.Contains(said, trouble, StringComparison.Ordinal);
        Assert.Contains("Resolve, below, asks the target", trouble, StringComparison.Ordinal);
        Assert.NotEmpty(outOfSync.FindAll("button.resolve-now"));

        var overdue = Render<RotationCard>(p => p.Add(c => c.Secret, secret).Add(c => c.State, new RotationState(RotationHealth.Overdue, null, null)));
        Assert.Contains("A window has ended without a rotation that succeeded.", overdue.WaitForElement(".trouble").TextContent, StringComparison.Ordinal);
        Assert.Empty(overdue.FindAll("button.resolve-now"));
        var healthy = Render<RotationCard>(p => p.Add(c => c.Secret, secret).Add(c => c.State, new RotationState(RotationHealth.Healthy, at, said)));
        Assert.Empty(healthy.FindAll(".trouble"));
    }

    [Fact]
    public async Task Earlier_runs_are_shown_page_by_page_to_the_first_one()
    {
        var secret = await Store("prod/orders", Database);
        for (var i = 0; i < 35; i++)
        {
            await Rotation.Rotate(
                await Call(), new RotateSecretRequest { SecretId = secret.Name, ClientRequestToken = $"{i:D32}", RotateImmediately = true }, CancellationToken.None);
            await Rotation.Cancel(await Call(), secret.Name, CancellationToken.None);
        }

        var card = Open("prod/orders");
        card.WaitForAssertion(() => Assert.Equal(9, card.FindAll("[data-run]").Count));
        await Button(card, "Show more runs").ClickAsync();
        card.WaitForAssertion(() => Assert.Equal(29, card.FindAll("[data-run]").Count));
        await Button(card, "Show more runs").ClickAsync();
        card.WaitForAssertion(() => Assert.Equal(34, card.FindAll("[data-run]").Count));

        Assert.DoesNotContain("Show more runs", card.Markup, StringComparison.Ordinal);
        Assert.Equal(34, card.FindAll("[data-run]").Select(run => run.GetAttribute("data-run")).Distinct(StringComparer.Ordinal).Count());
    }

    private IRenderedComponent<RotationCard> Open(string name)
    {
        Navigation.NavigateTo($"/secret?id={Uri.EscapeDataString(name)}&tab=rotation");
        var page = Render<SecretDetail>();
        page.WaitForElement(".rotation-card");
        return page.FindComponent<RotationCard>();
    }
}
