using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Doors;
using SecretsPortal.Web.Portal;

namespace SecretsPortal.Web.Tests.Doors;

/// <summary>Every door has a rule, and the gate opens none that has not.</summary>
public sealed class DoorRuleTests(SharedPortal shared) : ApiTest(shared)
{
    [Fact]
    public void Every_endpoint_of_the_running_host_has_a_rule()
    {
        var endpoints = Endpoints(Portal.Services);
        Assert.True(endpoints.Count > 20, $"The host has only {endpoints.Count} endpoints.");
        Assert.Empty(WithoutRule(endpoints));
    }

    [Fact]
    public void Every_page_has_a_rule()
    {
        var pages = typeof(App).Assembly.GetTypes().Where(t => t.IsDefined(typeof(RouteAttribute), inherit: false)).ToList();
        Assert.True(pages.Count >= 6, $"There are only {pages.Count} pages.");
        Assert.Empty(pages.Where(page => DoorRule.Among(page.GetCustomAttributes(inherit: false)) is null).Select(page => page.Name));
    }

    [Fact]
    public void Every_rule_names_a_known_action_or_its_reason()
    {
        foreach (var endpoint in Endpoints(Portal.Services))
        {
            var rule = DoorRule.Among(endpoint.Metadata)!;
            Assert.Equal(rule.Kind is DoorKind.Action or DoorKind.Service, rule.Action is not null);
            Assert.Equal(rule.Kind == DoorKind.Public, !string.IsNullOrWhiteSpace(rule.Reason));
            if (rule.Action is not null)
                Assert.Contains(rule.Action, PortalActions.Known);
        }
    }

    [Fact]
    public void An_endpoint_without_a_rule_is_found()
    {
        var forgotten = new RouteEndpoint(_ => Task.CompletedTask, RoutePatternFactory.Parse("/forgotten"), 0, EndpointMetadataCollection.Empty, "forgotten");
        Assert.Equal(["forgotten"], WithoutRule([.. Endpoints(Portal.Services), forgotten]));
    }

    [Fact]
    public async Task An_endpoint_without_a_rule_opens_to_nobody_not_even_the_administrator()
    {
        await using var portal = await TestPortal.Start(static app => app.MapGet("/forgotten", static () => "open"));
        var admin = await portal.SignIn();
        using var answer = await portal.GetAs(admin, "/forgotten");
        Assert.Equal(HttpStatusCode.InternalServerError, answer.StatusCode);
        Assert.Equal(["HTTP: GET /forgotten"], WithoutRule(Endpoints(portal.Services)));
    }

    [Fact]
    public async Task A_page_that_policies_do_not_allow_is_refused_with_the_permissions_name_and_recorded()
    {
        var nobody = await Portal.AddUser("door");
        foreach (var (path, action) in new[] { ("/audit", PortalActions.SearchAudit), ("/secrets", SecretActions.ListSecrets), ("/hangfire", PortalActions.ViewJobs) })
        {
            using var answer = await Portal.GetAs(nobody, path);
            Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
            var page = await answer.Content.ReadAsStringAsync();
            Assert.Contains($"<code>{action}</code>", page, StringComparison.Ordinal);
            Assert.Contains(PortalActions.AttachPolicy, page, StringComparison.Ordinal);
            Assert.Contains("script-src 'self'", answer.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
            Assert.Equal("no-store", answer.Headers.CacheControl?.ToString());
            Assert.Equal(1, await Denials(nobody, action));
        }
    }

    [Fact]
    public async Task What_no_page_asks_for_is_refused_in_a_word()
    {
        using var anonymous = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Portal.Address };
        using var hub = await anonymous.PostAsync("/_blazor/negotiate?negotiateVersion=1", content: null);
        Assert.Equal(HttpStatusCode.Unauthorized, hub.StatusCode);
        using var figures = await anonymous.PostAsync("/hangfire/stats", content: null);
        Assert.Equal(HttpStatusCode.Unauthorized, figures.StatusCode);
    }

    private async Task<int> Denials(Caller caller, string action) => (await Portal.Services.GetRequiredService<AuditLog>().Search(
        new CallContext(await Portal.SignIn(), TestPortal.Region, "127.0.0.1", "test"),
        new AuditQuery { Caller = caller.Arn, Action = action, Outcome = AuditOutcome.Denied, Limit = 500 }, nextToken: null, default)).Events.Count;

    private static List<RouteEndpoint> Endpoints(IServiceProvider services) =>
        [.. services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()];

    private static IEnumerable<string?> WithoutRule(IEnumerable<Endpoint> endpoints) =>
        endpoints.Where(endpoint => DoorRule.Among(endpoint.Metadata) is null).Select(endpoint => endpoint.DisplayName);
}
