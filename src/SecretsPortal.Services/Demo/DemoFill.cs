using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Demo;

/// <summary>
/// Fills an empty store with thirty days of a company that nobody runs, all of it through the services that the doors use: what stands in the log
/// happened here, at the times that the clock was put to. Only the hosts that are rotated on are made up.
/// </summary>
public sealed class DemoFill
{
    // Lies beside a store that was filled to its end.
    private const string Mark = "demonstration.txt";

    /// <summary>
    /// How long before the end the heartbeats begin: each host is asked at its place within 24 hours, counted from the tick of the hour that is the first one. What a host
    /// said before that would be forgotten.
    /// </summary>
    internal static readonly TimeSpan Asking = TimeSpan.FromHours(25);

    private readonly IServiceProvider _services;
    private readonly DemoClock _clock;
    private readonly DemoTargets _targets;
    private readonly DemoQueue _queue;

    internal DemoFill(IServiceProvider services, DemoClock clock, DemoTargets targets, DemoQueue queue)
    {
        _services = services;
        _clock = clock;
        _targets = targets;
        _queue = queue;
    }

    /// <summary>Fills. <see cref="PortalStartException"/> where the start found a store that was not empty.</summary>
    /// <param name="first">What the start gave, which must come before.</param>
    /// <param name="functions">The folder of processes' code; null where there are none.</param>
    /// <param name="cancel">Ends it, with a store that is half filled.</param>
    public async Task Run(FirstStart first, string? functions, CancellationToken cancel)
    {
        var options = _services.Get<PortalOptions>();
        if (first.AdminUser is not { } admin)
            throw NotEmpty(options);
        var begin = _clock.GetUtcNow();
        var end = TimeProvider.System.GetUtcNow().AddMinutes(-2);
        var timeline = new DemoTimeline(_clock, begin, end);
        var callers = new DemoCallers(_services.Get<CallerStore>(), _services.Get<UserStore>(), _services.Get<AccessKeyUses>(), options, _clock);
        var password = first.GeneratedAdminPassword ?? options.BootstrapAdminPassword ?? new SecretText("");
        await new DemoHouse(_services, callers).Build(admin, functions, cancel);
        new DemoStory(_services, callers, timeline, _targets, begin, end, cancel).Tell(admin, password);
        await timeline.Run(hour => Tick(hour, end, cancel), () => Work(cancel));
        await _services.Get<AccessKeyUses>().Written;
        await File.WriteAllTextAsync(Path.Combine(options.DataDirectory, Mark), "The store in this folder was filled by --demo. Nothing in it is real.\n", cancel);
        _clock.GoLive();
    }

    /// <summary>True where the store of a data directory is a demonstration, filled to its end.</summary>
    public static bool IsFilled(string dataDirectory) => File.Exists(Path.Combine(dataDirectory, Mark));

    /// <summary>Why a store that is not empty is not filled.</summary>
    public static PortalStartException NotEmpty(PortalOptions options) => new(
    [
        $"--demo: the store in {options.DataDirectory} is not empty and no demonstration that was filled to its end, and a demonstration is not mixed with what is there. "
            + "Remove that folder if a demonstration was cut short in it, or name another one by Portal:DataDirectory; without --demo the portal starts with what it holds.",
    ]);

    private async Task Tick(DateTimeOffset hour, DateTimeOffset end, CancellationToken cancel)
    {
        await _services.Get<RotationDispatcher>().Tick(cancel);
        await Work(cancel);
        if (hour.Hour % 6 == 0 || hour == end)
        {
            await _services.Get<ReplicaFollower>().Tick(cancel);
            await _services.Get<AuditUpkeep>().Tick(cancel);
        }

        if (end - hour < Asking)
            await _services.Get<RotationHeartbeat>().Tick(cancel);
    }

    private async Task Work(CancellationToken cancel)
    {
        foreach (var run in _queue.TakeAll())
            await _services.Get<RotationDispatcher>().Execute(run, cancel);
    }
}
