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

/// <summary>Finds what is due and registers runs for it.</summary>
public sealed partial class RotationDispatcher
{
    private const int BatchSize = 100;

    // A run that waits in a full queue is not enqueued with every tick again.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(10);

    private readonly SecretStore _store;
    private readonly RotationStore _rotations;
    private readonly HangingRotations _hanging;
    private readonly SecretChanges _changes;
    private readonly AuditRecorder _recorder;
    private readonly IRotationQueue _queue;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<RotationDispatcher> _log;
    private readonly ConcurrentDictionary<string, DateTimeOffset> _enqueued = new(StringComparer.Ordinal);

    internal RotationDispatcher(
        SecretStore store, RotationStore rotations, HangingRotations hanging, SecretChanges changes, AuditRecorder recorder, IRotationQueue queue,
        PortalOptions options, TimeProvider clock, ILogger<RotationDispatcher> log)
    {
        _store = store;
        _rotations = rotations;
        _hanging = hanging;
        _changes = changes;
        _recorder = recorder;
        _queue = queue;
        _options = options;
        _clock = clock;
        _log = log;
    }

    /// <summary>
    /// One tick: registers a run for each secret whose window has begun, purges secrets whose recovery window has ended, and
    /// enqueues every run that waits for a worker. Safe to run on several nodes at once.
    /// </summary>
    public async Task Tick(CancellationToken cancel)
    {
        var now = _clock.Now();
        foreach (var id in await _rotations.FindDue(now, BatchSize, cancel))
            await Attempt(id, () => StartDue(id, now, cancel));
        foreach (var id in await _hanging.Find(now, cancel))
            await Attempt(id, () => _hanging.Start(id, now, cancel));
        foreach (var id in await _store.FindPurgeable(now, BatchSize, cancel))
            await Attempt(id, () => Purge(id, now, cancel));
        Enqueue(await _rotations.FindClaimable(now, BatchSize, cancel), now);
    }

    /// <summary>One secret's fault does not keep the others waiting.</summary>
    private async Task Attempt(string secretId, Func<Task> act)
    {
        try
        {
            await act();
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            LogFault(fault, secretId);
        }
    }

    /// <summary>
    /// A window that ended while nothing could begin in it (the portal did not run, say) is caught up by one rotation now, however many have ended:
    /// the next window is set in the same transaction, so there is never a second.
    /// </summary>
    private Task<Secret?> StartDue(string id, DateTimeOffset now, CancellationToken cancel) => _changes.Change(id, NewId(now), secret =>
    {
        // Another node may have been here in between.
        if (secret.DeletedAt is not null || secret.Rotation is not { Enabled: true, Schedule: { } schedule, NextWindowStart: { } start, NextWindowEnd: { } end }
            || start > now)
            return null;
        var window = schedule.Next(now, now);
        var scheduled = secret with { Rotation = secret.Rotation with { NextWindowStart = window.Start, NextWindowEnd = window.End } };
        var token = RotationStart.HangingToken(secret) ?? Guid.CreateVersion7(now).ToString();
        var run = RotationStart.Run(secret, token, RotationMode.Rotate, RotationTrigger.Schedule, now, end);
        var detail = $"run {run.RunId}, version {token}";
        var change = RotationStart.Change(_changes, scheduled, run, Record(secret, "RotationScheduled", AuditOutcome.Succeeded, detail));
        return end > now ? change : change with
        {
            Also = [Record(secret, "RotationMissed", AuditOutcome.Failed, $"the window ended at {end:O} before its rotation began; run {run.RunId} catches it up")],
        };
    }, cancel);

    private async Task Purge(string id, DateTimeOffset now, CancellationToken cancel)
    {
        if (await _store.FindById(id, cancel) is { } secret)
            await _store.Remove(id, now, Record(secret, "PurgeSecret", AuditOutcome.Succeeded, $"name {secret.Name}"), cancel);
    }

    private void Enqueue(IReadOnlyList<string> runIds, DateTimeOffset now)
    {
        foreach (var old in _enqueued.Where(e => e.Value <= now - s_patience))
            _enqueued.TryRemove(old.Key, out _);
        foreach (var runId in runIds)
            if (_enqueued.TryAdd(runId, now))
                _queue.Enqueue(runId);
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
