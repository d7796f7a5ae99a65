using Hangfire;
using Hangfire.InMemory;
using Hangfire.SqlServer;
using Hangfire.States;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Web.Configuration;
using SecretsPortal.Web.Doors;

namespace SecretsPortal.Web.Jobs;

/// <summary>
/// Wires Hangfire, which only executes: what is due, what runs and how it ended stands in the portal's own tables, so its storage may be lost.
/// </summary>
internal static class JobsRegistration
{
    /// <summary>Hangfire's queue of rotations, which has workers of its own.</summary>
    internal const string RotationsQueue = "rotations";

    // One for each of the five ticks, and one for those that come while theirs still works and end at once.
    private const int TickWorkers = 6;

    // Every ten seconds: the first field is seconds.
    private const string TickCron = "*/10 * * * * *";

    /// <summary>Adds Hangfire's storage and servers, and the queue that hands runs to it.</summary>
    public static IServiceCollection AddRotationJobs(this IServiceCollection services, PortalOptions options)
    {
        // Registered here and not through Hangfire's static JobStorage.Current, so that two hosts in one process do not share it.
        services.AddSingleton<JobStorage>(_ => options.DatabaseProvider == "SqlServer"
            ? new SqlServerStorage(options.ConnectionString, SqlServer())
            : new InMemoryStorage(new InMemoryStorageOptions { MaxExpirationTime = TimeSpan.FromHours(3) }));
        services.AddHangfire(static hangfire => hangfire
            .SetDataCompatibilityLevel(CompatibilityLevel.Version_180)
            .UseSimpleAssemblyNameTypeSerializer()
            .UseRecommendedSerializerSettings());
        // Apart from each other: a target that hangs may hold a worker for minutes, and no tick may wait for that.
        services.AddHangfireServer((provider, server) => SetUp(server, provider, EnqueuedState.DefaultQueue, TickWorkers));
        services.AddHangfireServer((provider, server) =>
        {
            SetUp(server, provider, RotationsQueue, Math.Clamp(Environment.ProcessorCount * 2, 4, 20));
            // Workers and nothing else: the other server plans and cleans up.
            server.IsLightweightServer = true;
        });
        return services
            .AddSingleton<IRotationQueue, HangfireRotationQueue>()
            .AddSingleton<JobBoard>()
            .AddHostedService<AuditUpkeepService>()
            .AddTransient<RotationTick>()
            .AddTransient<HeartbeatTick>()
            .AddTransient<NotificationTick>()
            .AddTransient<ReplicaTick>()
            .AddTransient<KeyTick>()
            .AddTransient<RotateSecretJob>();
    }

    /// <summary>Maps the dashboard at <c>/hangfire</c> and registers the ticks. Opens Hangfire's storage, so the database must be ready.</summary>
    public static void MapRotationJobs(this WebApplication app)
    {
        app.MapHangfireDashboard("/hangfire", new DashboardOptions
        {
            DashboardTitle = "Secrets Portal jobs",
            AppPath = "/",
            DisplayStorageConnectionString = false,
            IsReadOnlyFunc = DashboardRecord.IsReadOnly,
            Authorization = [],
            AsyncAuthorization = [new DashboardRecord()],
        }).WithDoor(PortalActions.ViewJobs).WithMetadata(Frameable.Mark);
        app.Lifetime.ApplicationStarted.Register(() =>
        {
            var jobs = app.Services.GetRequiredService<IRecurringJobManager>();
            jobs.AddOrUpdate<RotationTick>("rotation-tick", tick => tick.Run(CancellationToken.None), TickCron);
            jobs.AddOrUpdate<HeartbeatTick>("heartbeat-tick", tick => tick.Run(CancellationToken.None), TickCron);
            jobs.AddOrUpdate<NotificationTick>("notification-tick", tick => tick.Run(CancellationToken.None), TickCron);
            jobs.AddOrUpdate<ReplicaTick>("replica-tick", tick => tick.Run(CancellationToken.None), TickCron);
            jobs.AddOrUpdate<KeyTick>("key-tick", tick => tick.Run(CancellationToken.None), TickCron);
        });
    }

    private static void SetUp(BackgroundJobServerOptions server, IServiceProvider provider, string queue, int workers)
    {
        // Named here and not left to Hangfire's static one, which belongs to the host that started last.
        server.Activator = new Hangfire.AspNetCore.AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>());
        server.SchedulePollingInterval = TimeSpan.FromSeconds(1);
        server.Queues = [queue];
        server.WorkerCount = workers;
        server.ShutdownTimeout = TimeSpan.FromSeconds(10);
    }

    private static SqlServerStorageOptions SqlServer() => new()
    {
        // Workers wait at the database for a job instead of asking again and again, so a manual rotation starts at once.
        QueuePollInterval = TimeSpan.Zero,
        SlidingInvisibilityTimeout = TimeSpan.FromMinutes(5),
        CommandBatchMaxTimeout = TimeSpan.FromMinutes(5),
        UseRecommendedIsolationLevel = true,
        DisableGlobalLocks = true,
    };
}
