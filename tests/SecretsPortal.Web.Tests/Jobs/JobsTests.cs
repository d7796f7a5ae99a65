using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.RegularExpressions;
using Hangfire;
using Hangfire.Common;
using Hangfire.States;
using Hangfire.Storage;
using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Web.Tests.Jobs;

public sealed class JobsTests(SharedPortal shared) : ApiTest(shared)
{
    [Fact]
    public async Task The_dashboard_is_closed_to_visitors()
    {
        using var http = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false }) { BaseAddress = Portal.Address };
        foreach (var path in new[] { "/hangfire", "/hangfire/recurring", "/hangfire/stats" })
        {
            using var answer = await http.GetAsync(path, TestContext.Current.CancellationToken);
            Assert.Contains(answer.StatusCode, new[] { HttpStatusCode.Redirect, HttpStatusCode.Unauthorized });
            Assert.Equal("nosniff", answer.Headers.GetValues("X-Content-Type-Options").Single());
            Assert.DoesNotContain("Hangfire", await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task The_dashboard_opens_for_a_signed_in_administrator_to_look_at()
    {
        var admin = await Portal.SignIn();
        using var page = await Portal.GetAs(admin, "/hangfire/recurring");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains("rotation-tick", await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
        using var stranger = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        using var refused = await stranger.GetAsync(new Uri(Portal.Address, "/hangfire"), TestContext.Current.CancellationToken);
        Assert.Equal(HttpStatusCode.Redirect, refused.StatusCode);
    }

    [Fact]
    public async Task Each_page_of_the_dashboard_that_is_opened_leaves_one_record_and_its_assets_none()
    {
        // A portal of its own: other tests open the dashboard of the shared one.
        await using var portal = await TestPortal.Start();
        var admin = await portal.SignIn();
        using var page = await portal.GetAs(admin, "/hangfire");
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Equal(1, await Viewed(portal, admin));
        var html = await page.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var assets = Regex.Matches(html, "(?:src|href)=\"(/hangfire/(?:js|css)[^\"]*)\"").Select(m => m.Groups[1].Value).ToList();
        Assert.NotEmpty(assets);
        foreach (var path in assets)
        {
            using var asset = await portal.GetAs(admin, path);
            Assert.Equal(HttpStatusCode.OK, asset.StatusCode);
        }

        Assert.Equal(1, await Viewed(portal, admin));
        using var jobs = await portal.GetAs(admin, "/hangfire/jobs/succeeded");
        Assert.Equal(2, await Viewed(portal, admin));
    }

    private static async Task<int> Viewed(TestPortal portal, Caller admin) => (await portal.Services.GetRequiredService<AuditLog>().Search(
        new CallContext(admin, TestPortal.Region, "127.0.0.1", "test"),
        new AuditQuery { Action = "secretsportal:ViewJobs", Outcome = AuditOutcome.Succeeded, Limit = 500 }, nextToken: null,
        TestContext.Current.CancellationToken)).Events.Count(e => e.Record.Caller == admin.Arn);

    [Fact]
    public void The_recurring_jobs_tick_every_ten_seconds()
    {
        using var connection = Portal.Services.GetRequiredService<JobStorage>().GetConnection();
        var jobs = connection.GetRecurringJobs();
        Assert.All(jobs, job => Assert.Equal("*/10 * * * * *", job.Cron));
        Assert.Equal(["HeartbeatTick", "KeyTick", "NotificationTick", "ReplicaTick", "RotationTick"], jobs.Select(job => job.Job.Type.Name).Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task A_rotation_job_carries_the_runs_id_and_nothing_else()
    {
        // An id of no run: the runner leaves it alone, as it must with any job that comes twice.
        const string runId = "0123456789abcdef0123456789abcdef";
        Portal.Services.GetRequiredService<IRotationQueue>().Enqueue(runId);
        var jobs = Portal.Services.GetRequiredService<JobStorage>().GetMonitoringApi();
        Job? job = null;
        for (var attempt = 0; job is null && attempt < 600; attempt++)
        {
            job = jobs.SucceededJobs(0, 1000).Select(j => j.Value.Job).FirstOrDefault(j => j.Type.Name == "RotateSecretJob" && j.Args[0] is runId);
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal(["System.String", "System.Threading.CancellationToken"], job!.Method.GetParameters().Select(p => p.ParameterType.FullName));
        Assert.Equal(2, job.Args.Count);
    }

    [Fact]
    public async Task A_rotation_by_hand_waits_for_no_tick()
    {
        await using var portal = await TestPortal.Start();
        var aws = portal.Aws;
        portal.Services.GetRequiredService<IRecurringJobManager>().RemoveIfExists("rotation-tick");
        var jobs = portal.Services.GetRequiredService<JobStorage>().GetMonitoringApi();
        await Until(() => jobs.EnqueuedJobs("default", 0, 100).All(job => job.Value.Job?.Type.Name != "RotationTick") && jobs.ProcessingJobs(0, 100).All(job => job.Value.Job?.Type.Name != "RotationTick"));
        var ticks = Ticks();
        var value = JsonSerializer.Serialize(new { engine = "postgres", host = "127.0.0.1", port = 1, username = "u", password = "p", dbname = "d" });
        await aws.Ok("CreateSecret", new { Name = "prompt", SecretString = value, ClientRequestToken = NewToken() });
        var token = NewToken();

        await aws.Ok("RotateSecret", new { SecretId = "prompt", ClientRequestToken = token });

        // createSecret stores the new value; a version without one cannot be read.
        var began = TimeProvider.System.GetTimestamp();
        while ((await aws.Call("GetSecretValue", new { SecretId = "prompt", VersionId = token })).Status != HttpStatusCode.OK)
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromMinutes(1), "The rotation has not begun, and no tick comes that would begin it.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Assert.Equal(ticks, Ticks());

        List<string> Ticks() => [.. jobs.SucceededJobs(0, 1000).Where(job => job.Value.Job?.Type.Name == "RotationTick").Select(job => job.Key)];
    }

    [Fact]
    public async Task Ticks_go_on_while_every_worker_of_the_rotations_is_held()
    {
        await using var portal = await TestPortal.Start();
        var jobs = portal.Services.GetRequiredService<JobStorage>().GetMonitoringApi();
        await Until(() => jobs.Servers().Count == 2);
        var workers = Assert.Single(jobs.Servers(), server => server.Queues.Contains("rotations")).WorkersCount;
        using var held = new HeldWorkers();
        for (var worker = 0; worker < workers; worker++)
            portal.Services.GetRequiredService<IBackgroundJobClient>().Create(Job.FromExpression(() => HeldWorkers.Hold(held.Id, CancellationToken.None)), new EnqueuedState("rotations"));
        await Until(() => held.Count == workers);
        var before = Ticks();
        const string runId = "0123456789abcdef0123456789abcdef";
        portal.Services.GetRequiredService<IRotationQueue>().Enqueue(runId);

        // One may have been under way; the second began when no worker was left to rotations.
        await Until(() => Ticks().Except(before).Count() >= 2);
        Assert.Equal(runId, Assert.Single(jobs.EnqueuedJobs("rotations", 0, 10)).Value.Job.Args[0]);

        held.Release();
        await Until(() => jobs.SucceededJobs(0, 1000).Any(job => job.Value.Job.Type.Name == "RotateSecretJob"));

        List<string> Ticks() => [.. jobs.SucceededJobs(0, 1000).Where(job => job.Value.Job.Type.Name == "RotationTick").Select(job => job.Key)];
    }

    private static async Task Until(Func<bool> holds)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (!holds())
        {
            Assert.True(TimeProvider.System.GetElapsedTime(began) < TimeSpan.FromSeconds(60), "It did not come about within 60 seconds.");
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }
    }
}

/// <summary>Jobs that hold a worker each until they are released, as runs do whose function hangs.</summary>
public sealed class HeldWorkers : IDisposable
{
    private static readonly ConcurrentDictionary<string, HeldWorkers> s_all = new();

    private readonly TaskCompletionSource _released = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _count;

    public HeldWorkers() => s_all[Id] = this;

    public string Id { get; } = RandomNumberGenerator.GetHexString(32);

    public int Count => Volatile.Read(ref _count);

    public static Task Hold(string id, CancellationToken cancel)
    {
        Interlocked.Increment(ref s_all[id]._count);
        return s_all[id]._released.Task.WaitAsync(cancel);
    }

    public void Release() => _released.TrySetResult();

    public void Dispose()
    {
        Release();
        s_all.TryRemove(Id, out _);
    }
}
