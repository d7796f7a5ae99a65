using Microsoft.Extensions.Logging;
using SecretsPortal.Services.Audit.Sinks;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit;

/// <summary>A sink of the log.</summary>
/// <param name="Name">Its name.</param>
/// <param name="AwaySince">Since when it takes nothing; null where it does.</param>
/// <param name="Waiting">How many records it has not taken yet.</param>
public sealed record AuditSinkState(string Name, DateTimeOffset? AwaySince, long Waiting);

/// <summary>What the log needs while the portal runs: carrying what others left, checkpoints, archiving, and its sinks.</summary>
public sealed partial class AuditUpkeep : IAsyncDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_archiveInterval = TimeSpan.FromHours(1);

    private readonly AuditStore _store;
    private readonly AuditChainStore _chain;
    private readonly AuditCheckpoints _checkpoints;
    private readonly AuditArchiver _archiver;
    private readonly AuditOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<AuditUpkeep> _log;
    private readonly List<AuditSinkFeed> _feeds = [];
    private long? _signed;
    private DateTimeOffset _signedAt;
    private DateTimeOffset _archivedAt;
    private readonly CancellationTokenSource _ending = new();
    private Task _work = Task.CompletedTask;

    internal AuditUpkeep(
        AuditStore store, AuditChainStore chain, AuditSinkStore sinks, AuditCheckpoints checkpoints, AuditArchiver archiver, AuditOptions options,
        TimeProvider clock, ILogger<AuditUpkeep> log)
    {
        _store = store;
        _chain = chain;
        _checkpoints = checkpoints;
        _archiver = archiver;
        _options = options;
        _clock = clock;
        _log = log;
        if (options.Syslog is { } syslog)
            _feeds.Add(new AuditSinkFeed(new SyslogSink(syslog), chain, sinks, clock, log));
        if (options.OpenTelemetry is { } openTelemetry)
            _feeds.Add(new AuditSinkFeed(new OpenTelemetrySink(openTelemetry), chain, sinks, clock, log));
    }

    /// <summary>Works until it is told to stop; then signs where the log ends.</summary>
    public Task Run(CancellationToken cancel) => _work = Work(cancel);

    private async Task Work(CancellationToken stopping)
    {
        using var either = CancellationTokenSource.CreateLinkedTokenSource(stopping, _ending.Token);
        var cancel = either.Token;
        var feeding = _feeds.Select(feed => Task.Run(() => feed.Run(cancel), CancellationToken.None)).ToList();
        while (!cancel.IsCancellationRequested)
        {
            await Guarded(() => Tick(cancel), cancel);
            await Task.Delay(s_pause, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        await Task.WhenAll(feeding);
        try
        {
            await _store.Flush(CancellationToken.None);
            await _checkpoints.Sign(CancellationToken.None);
        }
        catch (Exception fault)
        {
            // The database or the KMS is away, say. What is not signed now is signed by the next start.
            LogNotSigned(fault.Message);
        }
    }

    /// <summary>The sinks that take nothing, each with how far it is behind.</summary>
    public async Task<IReadOnlyDictionary<string, string>> Behind(CancellationToken cancel)
    {
        var behind = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var feed in _feeds)
        {
            if (feed.AwaySince is { } since)
                behind[feed.Name] = $"It has taken nothing since {since:u}; {await feed.Lag(cancel)} records wait in the log.";
        }

        return behind;
    }

    /// <summary>Every sink with how far it is behind.</summary>
    internal async Task<IReadOnlyList<AuditSinkState>> Sinks(CancellationToken cancel)
    {
        var states = new List<AuditSinkState>();
        foreach (var feed in _feeds)
            states.Add(new AuditSinkState(feed.Name, feed.AwaySince, await feed.Lag(cancel)));
        return states;
    }

    /// <summary>Ends the work first, where nobody has told it to stop (a start that failed, say): it needs what is taken away next.</summary>
    public async ValueTask DisposeAsync()
    {
        await _ending.CancelAsync();
        await _work.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        _ending.Dispose();
        foreach (var feed in _feeds)
            await feed.DisposeAsync();
    }

    /// <summary>One round.</summary>
    internal async Task Tick(CancellationToken cancel)
    {
        await _store.Flush(cancel);
        var now = _clock.GetUtcNow();
        var end = (await _chain.End(cancel)).Head?.Sequence ?? 0;
        if (_signed is null || end - _signed >= _options.CheckpointRecords || (end != _signed && now - _signedAt >= _options.CheckpointInterval))
        {
            await _checkpoints.Sign(cancel);
            (_signed, _signedAt) = (end, now);
        }

        if (now - _archivedAt < s_archiveInterval)
            return;
        _archivedAt = now;
        await _archiver.Tick(cancel);
    }

    private async Task Guarded(Func<Task> work, CancellationToken cancel)
    {
        try
        {
            await work();
        }
        catch (Exception) when (cancel.IsCancellationRequested)
        {
            // The portal stops.
        }
        catch (Exception fault)
        {
            // The next round tries again: nothing of this is needed for an answer.
            LogFailed(fault);
        }
    }

    [LoggerMessage(EventId = 1011, Level = LogLevel.Error, Message = "The upkeep of the audit log failed; it is tried again")]
    private partial void LogFailed(Exception fault);

    [LoggerMessage(EventId = 1015, Level = LogLevel.Warning, Message = "The end of the audit log was not signed at the stop: {Reason}")]
    private partial void LogNotSigned(string reason);
}
