using Bunit;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Overview;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Portal.Pages.Overview;

namespace SecretsPortal.Web.Tests.Portal;

public sealed class OverviewTests : PortalPageTest
{
    [Fact]
    public async Task An_empty_store_shows_the_next_step()
    {
        var page = Render<OverviewPage>();

        page.WaitForElement(".empty");
        Assert.Equal("/secrets/new", page.Find(".empty a").GetAttribute("href"));
        Assert.Contains("aws secretsmanager create-secret", page.Find(".empty pre").TextContent, StringComparison.Ordinal);
        Assert.Equal(1, await Count(PortalActions.ViewOverview));
    }

    [Fact]
    public async Task Every_number_leads_to_the_list_behind_it()
    {
        await Store("prod/api", """{"token":"x"}""");
        await Store("prod/note", "plain");
        var gone = await Store("old", "plain");
        await Writer.Delete(await Call(), gone.Name, recoveryWindowInDays: null, force: false, CancellationToken.None);

        var page = Render<OverviewPage>();

        page.WaitForElement("[data-number=secrets]");
        Assert.Equal(("2", "/secrets"), Number(page, "secrets"));
        Assert.Equal(("1", "/secrets?status=Deleted"), Number(page, "deleted"));
        Assert.Equal("/secrets?kind=KeyValue", page.Find("[data-kind=KeyValue]").GetAttribute("href"));
        Assert.Equal(("0", "/secrets?status=Replica"), Number(page, "replicas"));
        Assert.Contains("DeleteSecret", page.Find(".changes-card").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("ViewOverview", page.Find(".changes-card").TextContent, StringComparison.Ordinal);
        Assert.Contains("Reachable", page.Find("[data-provider=local]").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Rotations_that_ended_and_come_next_are_told()
    {
        await Services.GetRequiredService<AuditVerifier>().Verify(await Call(), null, CancellationToken.None);
        await Store("token", "old");
        await Rotation.Rotate(await Call(), new RotateSecretRequest
        {
            SecretId = "token", ClientRequestToken = new string('a', 32), Schedule = RotationSchedule.Parse("rate(4 hours)", null, null),
            RotationLambdaArn = "arn:aws:lambda:us-east-1:000000000000:function:SecretsPortalGenerate",
        }, CancellationToken.None);
        await RunWaitingRotations();

        var page = Render<OverviewPage>();

        page.WaitForElement("[data-number=success]");
        Assert.Equal("100 %", page.Find("[data-number=success]").TextContent);
        Assert.Equal("1", page.Find("[data-health=Healthy] strong").TextContent);
        Assert.Equal("/secrets?status=Healthy", page.Find("[data-health=Healthy]").GetAttribute("href"));
        Assert.Equal("/secrets?status=OutOfSync", page.Find("[data-health=OutOfSync]").GetAttribute("href"));
        Assert.Contains("token", page.Find(".next-card").TextContent, StringComparison.Ordinal);
        Assert.Contains("records verified", page.Find(".audit-card").TextContent, StringComparison.Ordinal);
        // Who asked for it is a change; what the rotation did then stands in the other parts.
        Assert.Contains("RotateSecret", page.Find(".changes-card").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("RotationS", page.Find(".changes-card").TextContent, StringComparison.Ordinal);
        Assert.DoesNotContain("RotationValueCreated", page.Find(".changes-card").TextContent, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Who_may_see_nothing_sees_a_calm_page_and_no_number()
    {
        await Store("prod/api", "plain");
        await BecomeSomebody();

        var page = Render<OverviewPage>();

        page.WaitForElement(".empty");
        Assert.Contains("Nothing here is for you to see yet", page.Markup, StringComparison.Ordinal);
        Assert.Empty(page.FindAll(".card"));
        Assert.Empty(page.FindAll("[role=alert]"));
    }

    [Fact]
    public async Task Each_part_is_for_those_whose_policies_open_it()
    {
        await Store("prod/api", "plain");
        await BecomeSomebody(ManagedPolicyDocuments.Reader.Name);

        var page = Render<OverviewPage>();

        page.WaitForElement("[data-number=secrets]");
        Assert.Single(page.FindAll(".card"));
    }

    [Fact]
    public async Task A_refresh_reads_anew_and_leaves_no_second_record()
    {
        var overview = Services.GetRequiredService<PortalOverview>();
        var before = await overview.Open(await Call(), CancellationToken.None);
        await Store("prod/api", "plain");

        var after = await overview.Refresh(await Call(), CancellationToken.None);

        Assert.Equal((0, 1), (before.Secrets!.Total, after.Secrets!.Total));
        Assert.Equal(1, await Count(PortalActions.ViewOverview));
    }

    private static (string Number, string? Link) Number(IRenderedComponent<OverviewPage> page, string name) =>
        (page.Find($"[data-number={name}] strong").TextContent, page.Find($"[data-number={name}]").GetAttribute("href"));

    private async Task<int> Count(string action) => (await Services.GetRequiredService<AuditLog>().Search(
        await Call(), new AuditQuery { Action = action, Limit = 100 }, null, CancellationToken.None)).Events.Count;
}
