using System.Net;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Web.Jobs;

namespace SecretsPortal.Web.Tests.Jobs;

/// <summary>What the page of the jobs tells and does, on the running host.</summary>
public sealed class JobBoardTests(SharedPortal shared) : ApiTest(shared)
{
    private JobBoard Board => Portal.Services.GetRequiredService<JobBoard>();

    [Fact]
    public async Task Ticks_queues_and_servers_are_told_and_the_opening_is_recorded()
    {
        var admin = await Call(await Portal.SignIn());

        var jobs = await Board.Open(admin, default);

        Assert.Equal(["heartbeat-tick", "key-tick", "notification-tick", "replica-tick", "rotation-tick"], jobs.Recurring.Select(job => job.Id));
        Assert.All(jobs.Recurring, job => Assert.Null(job.Error));
        Assert.Equal(["default", "rotations"], jobs.Queues.Select(queue => queue.Name));
        Assert.Equal(2, jobs.Servers.Count);
        Assert.Equal(1, await Records(admin, PortalActions.ViewJobs, AuditOutcome.Succeeded));
    }

    [Fact]
    public async Task An_auditor_looks_and_an_operator_triggers_and_both_leave_their_records()
    {
        var (auditor, operates) = (await With("Auditor"), await With("Operator"));

        Assert.NotEmpty((await Board.Open(auditor, default)).Recurring);
        Assert.Equal(PortalError.AccessDenied, (await Assert.ThrowsAsync<PortalException>(() => Board.Trigger(auditor, "rotation-tick", default))).Error);
        await Board.Trigger(operates, "rotation-tick", default);
        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => Board.Trigger(operates, "no-such", default))).Error);
        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => Board.Requeue(operates, "no-such", "Failed", default))).Error);

        Assert.Equal(1, await Records(auditor, PortalActions.ManageJobs, AuditOutcome.Denied));
        Assert.True(await Records(operates, PortalActions.ManageJobs, AuditOutcome.Succeeded) >= 1);
    }

    [Fact]
    public async Task The_dashboard_may_stand_in_the_portals_own_frame_and_nothing_else_in_any()
    {
        var admin = await Portal.SignIn();
        using var dashboard = await Portal.GetAs(admin, "/hangfire");
        using var page = await Portal.GetAs(admin, "/jobs");

        Assert.Equal(("SAMEORIGIN", "frame-ancestors 'self'"), (Header(dashboard, "X-Frame-Options"), Header(dashboard, "Content-Security-Policy")));
        Assert.Equal("DENY", Header(page, "X-Frame-Options"));
        Assert.Contains("frame-ancestors 'none'", Header(page, "Content-Security-Policy"), StringComparison.Ordinal);
        Assert.Contains("frame-src 'self'", Header(page, "Content-Security-Policy"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_dashboard_shows_its_buttons_to_those_alone_who_may_use_them_and_takes_no_command_without_its_token()
    {
        var (auditor, operates) = (await With("Auditor"), await With("Operator"));

        Assert.DoesNotContain("Trigger now", await Text(auditor.Caller, "/hangfire/recurring"), StringComparison.Ordinal);
        Assert.Contains("Trigger now", await Text(operates.Caller, "/hangfire/recurring"), StringComparison.Ordinal);
        foreach (var caller in new[] { auditor, operates })
        {
            using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false });
            using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(Portal.Address, "/hangfire/recurring/trigger"))
            {
                Content = new FormUrlEncodedContent([KeyValuePair.Create("jobs[]", "rotation-tick")]),
            };
            request.Headers.Add("Cookie", await Portal.Cookie(caller.Caller));
            using var answer = await http.SendAsync(request);
            Assert.Contains(answer.StatusCode, (HttpStatusCode[])[HttpStatusCode.Forbidden, HttpStatusCode.Unauthorized]);
            Assert.Equal(0, await Records(caller, PortalActions.ManageJobs, AuditOutcome.Succeeded));
        }
    }

    private async Task<CallContext> With(string policy)
    {
        var admin = await Call(await Portal.SignIn());
        var caller = await Portal.AddUser("jobs");
        await Portal.Services.GetRequiredService<PolicyService>().Attach(admin, policy, new PolicyTarget(PolicyTargetKind.User, caller.Name), default);
        return await Call(caller);
    }

    private static Task<CallContext> Call(Caller caller) =>
        Task.FromResult(new CallContext(caller, TestPortal.Region, "127.0.0.1", Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString()));

    private async Task<int> Records(CallContext call, string action, AuditOutcome outcome) => (await Portal.Services.GetRequiredService<AuditLog>().Search(
        await Call(await Portal.SignIn()), new AuditQuery { Caller = call.Caller.Arn, Action = action, Outcome = outcome, RequestId = outcome == AuditOutcome.Denied ? null : call.RequestId, Limit = 100 },
        nextToken: null, default)).Events.Count;

    private async Task<string> Text(Caller caller, string path)
    {
        using var answer = await Portal.GetAs(caller, path);
        return await answer.Content.ReadAsStringAsync();
    }

    private static string Header(HttpResponseMessage answer, string name) => answer.Headers.GetValues(name).Single();
}
