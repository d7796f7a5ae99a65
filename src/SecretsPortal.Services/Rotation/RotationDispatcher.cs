using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>
/// Finds what is due and registers runs for it, as many as the queue and each target bear; what finds no room waits for a later tick, in the
/// order of its time.
/// </summary>
public sealed partial class RotationDispatcher
{
    private const int PageSize = 500;
    private const int PurgeSize = 100;

    // What begins at the same time shares transactions.
    private const int StartsAtOnce = 16;

    // A run that waits in the queue is not enqueued with every tick again; one that the queue has lost, after this.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(5);

    private static readonly TimeSpan s_observation = TimeSpan.FromSeconds(30);

    private readonly SecretStore _store;
    private readonly RotationStore _rotations;
    private readonly RotationScheduleStore _schedules;
    private readonly HangingRotations _hanging;
    private readonly SecretChanges _changes;
    private readonly RotationRunner _runner;
    private readonly RotationMetrics _metrics;
    private readonly AuditRecorder _recorder;
    private readonly IRotationQueue _queue;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<RotationDispatcher> _log;
    private readonly OneAtATime _ticks = new();
    private readonly ConcurrentDictionary<(string RunId, long Fence), DateTimeOffset> _enqueued = new();
    private DateTimeOffset _observedAt;

    internal RotationDispatcher(
        SecretStore store, RotationStore rotations, RotationScheduleStore schedules, HangingRotations hanging, SecretChanges changes, RotationRunner runner,
        RotationMetrics metrics, AuditRecorder recorder, IRotationQueue queue, PortalOptions options, TimeProvider clock, ILogger<RotationDispatcher> log)
    {
        _store = store;
        _rotations = rotations;
        _schedules = schedules;
        _hanging = hanging;
        _changes = changes;
        _runner = runner;
        _metrics = metrics;
        _recorder = recorder;
        _queue = queue;
        _options = options;
        _clock = clock;
        _log = log;
    }

    /// <summary>
    /// One tick: has AWSPENDING that hangs resolved, enqueues every run that waits for a worker, registers and enqueues a run for each secret whose time in its window has come, purges
    /// secrets whose recovery window has ended, and tells the health of rotations anew. Safe to run on several nodes at once; on one node a tick
    /// that comes while another still works does nothing.
    /// </summary>
    public Task Tick(CancellationToken cancel) => _ticks.Run(async () =>
    {
        var began = _clock.GetTimestamp();
        var now = _clock.Now();
        var isPaused = await _schedules.FindPause(cancel) is not null;
        foreach (var id in isPaused ? [] : await _hanging.Find(now, cancel))
            await Attempt(id, () => Resolve(id, now, cancel));
        var load = new TargetLoad(await _schedules.CountByTarget(cancel), _options.Rotation);
        await EnqueueWaiting(load, isPaused, now, cancel);
        if (!isPaused)
            await StartDue(load, now, cancel);
        foreach (var id in await _store.FindPurgeable(now, PurgeSize, cancel))
            await Attempt(id, () => Purge(id, now, cancel));
        await RefreshHealth(now, cancel);
        await Observe(now, cancel);
        _metrics.Ticked(_clock.GetElapsedTime(began));
    });

    /// <summary>
    /// Executes a run, on behalf of the queue. While rotations are paused only one that has begun to change its target goes on: ended half-way it
    /// would leave a secret whose value may not work.
    /// </summary>
    public async Task Execute(string runId, CancellationToken cancel)
    {
        if (await _schedules.FindPause(cancel) is null || await _rotations.HasBegun(runId, RotationStep.SetSecret, cancel))
        {
            if (await _runner.Run(runId, cancel) && await _rotations.Find(runId, cancel) is { } run)
                _metrics.Attempted(run);
        }
    }

    /// <summary>One secret's fault does not keep the others waiting.</summary>
    private async Task<bool> Attempt(string secretId, Func<Task<bool>> act)
    {
        try
        {
            return await act();
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            LogFault(fault, secretId);
            return false;
        }
    }

    /// <summary>Page by page along the index: a target that has its fill costs a row of it and nothing more.</summary>
    private async Task StartDue(TargetLoad load, DateTimeOffset now, CancellationToken cancel)
    {
        for (DueRotation? last = null; !load.IsFull;)
        {
            var page = await _schedules.FindDue(now, last, PageSize, cancel);
            // A place that one gives back, because it could not begin, is the next one's: else those that never can would keep a target's places.
            for (var waiting = page; waiting.Count > 0;)
                waiting = await StartAll(waiting, load, now, cancel);
            if (page.Count < PageSize)
                return;
            last = page[^1];
        }
    }

    /// <summary>Begins those that there is room for. Gives those that found none, if there may be some now, otherwise none.</summary>
    private async Task<IReadOnlyList<DueRotation>> StartAll(IReadOnlyList<DueRotation> waiting, TargetLoad load, DateTimeOffset now, CancellationToken cancel)
    {
        var room = waiting.ToLookup(due => load.TryAdd(due.TargetKey));
        var idle = new ConcurrentBag<DueRotation>();
        var together = new ParallelOptions { MaxDegreeOfParallelism = StartsAtOnce, CancellationToken = cancel };
        await Parallel.ForEachAsync(room[true], together, async (due, stop) =>
        {
            if (!await Attempt(due.SecretId, () => StartDue(due.SecretId, now, stop)))
                idle.Add(due);
        });
        foreach (var due in idle)
            load.Remove(due.TargetKey);
        return idle.IsEmpty ? [] : [.. room[false]];
    }

    /// <summary>
    /// Registers the run of a secret and enqueues it; false where nothing was to be done. A window that ended while nothing could begin in it (the
    /// portal did not run, say) is caught up by one rotation now, however many have ended: the next window is set in the same transaction, so there
    /// is never a second.
    /// </summary>
    private async Task<bool> StartDue(string id, DateTimeOffset now, CancellationToken cancel)
    {
        RotationRun? started = null;
        await _changes.Change(id, NewId(now), secret =>
        {
            started = null;
            // Another node may have been here in between.
            if (secret.DeletedAt is not null || secret.Rotation is not { Enabled: true, Schedule: { } schedule, NextWindowStart: { } start, NextWindowEnd: { } end }
                || new RotationWindow(start, end).BeginOf(id) > now)
                return null;
            var window = schedule.Next(now, now);
            var scheduled = secret with
            {
                Rotation = secret.Rotation with { NextWindowStart = window.Start, NextWindowEnd = window.End, OpenWindowEnd = secret.Rotation.OpenWindowEnd ?? end },
            };
            var token = RotationStart.HangingToken(secret) ?? Guid.CreateVersion7(now).ToString();
            started = RotationStart.Run(secret, token, RotationMode.Rotate, RotationTrigger.Schedule, now, end);
            var change = RotationStart.Change(_changes, scheduled, started, Record(secret, "RotationScheduled", AuditOutcome.Succeeded, $"run {started.RunId}, version {token}"));
            return end > now ? change : change with
            {
                Also = [Record(secret, "RotationMissed", AuditOutcome.Failed, $"the window ended at {end:O} before its rotation began; run {started.RunId} catches it up")],
            };
        }, cancel);
        if (started is null)
            return false;
        _metrics.Started();
        Enqueue(started.RunId, fence: 0, now);
        return true;
    }

    private async Task<bool> Resolve(string id, DateTimeOffset now, CancellationToken cancel)
    {
        await _hanging.Start(id, now, cancel);
        return true;
    }

    private async Task<bool> Purge(string id, DateTimeOffset now, CancellationToken cancel) =>
        await _store.FindById(id, cancel) is { } secret
        && await _store.Remove(id, now, Record(secret, "PurgeSecret", AuditOutcome.Succeeded, $"name {secret.Name}"), cancel);

    private async Task EnqueueWaiting(TargetLoad load, bool isPaused, DateTimeOffset now, CancellationToken cancel)
    {
        // What was held up is looked at anew as soon as the pause is over.
        if (isPaused)
            _enqueued.Clear();
        foreach (var old in _enqueued.Where(e => e.Value <= now - s_patience))
            _enqueued.TryRemove(old.Key, out _);
        foreach (var run in await _schedules.FindWaiting(now, _options.Rotation.OpenLimit, cancel))
        {
            if (isPaused && !run.HasBegun)
                continue;
            // A retry comes on top of what is under way. One that has begun to change its target is not kept waiting for others.
            if (run.IsCounted || run.HasBegun || load.TryAdd(run.TargetKey))
                Enqueue(run.RunId, run.Fence, now);
        }
    }

    private void Enqueue(string runId, long fence, DateTimeOffset now)
    {
        if (_enqueued.TryAdd((runId, fence), now))
            _queue.Enqueue(runId);
    }

    private async Task RefreshHealth(DateTimeOffset now, CancellationToken cancel)
    {
        while (await _schedules.RefreshHealth(now, PageSize, cancel) == PageSize)
        {
            // A page is a transaction, so that other writers get their turn between two.
        }
    }

    /// <summary>For the gauges, which are read far less often than ticks come.</summary>
    private async Task Observe(DateTimeOffset now, CancellationToken cancel)
    {
        if (now - _observedAt < s_observation)
            return;
        _metrics.Observe(await _schedules.CountByHealth(cancel));
        _observedAt = now;
    }

    private AuditRecord Record(Secret secret, string action, AuditOutcome outcome, string detail)
    {
        var call = CallerArn.System("scheduler", _options.AccountId, secret.Arn.Region, NewId(_clock.Now()));
        return _recorder.For(call, $"secretsportal:{action}", secret.Arn.ToString(), outcome, detail);
    }

    private static string NewId(DateTimeOffset now) => Guid.CreateVersion7(now).ToString();

    [LoggerMessage(EventId = 1211, Level = LogLevel.Error, Message = "The tick could not deal with the secret {SecretId}; the next one tries again")]
    private partial void LogFault(Exception fault, string secretId);
}
