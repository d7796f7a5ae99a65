using Microsoft.Extensions.Logging;
using SecretsPortal.Core.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit.Sinks;

/// <summary>
/// Feeds one sink from the log itself, in order, from the stored place on: a sink that is away delays nothing and loses nothing. One node at a
/// time feeds a sink.
/// </summary>
internal sealed partial class AuditSinkFeed(IAuditSink sink, AuditChainStore chain, AuditSinkStore places, TimeProvider clock, ILogger log) : IAsyncDisposable
{
    private const int BatchSize = 200;

    private static readonly TimeSpan s_idle = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan s_lease = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan s_longestPause = TimeSpan.FromSeconds(30);

    private readonly string _owner = Guid.CreateVersion7(clock.GetUtcNow()).ToString("N");
    private int _failures;

    /// <summary>The sink's name.</summary>
    public string Name => sink.Name;

    /// <summary>Since when nothing has been taken, where the last attempt failed.</summary>
    public DateTimeOffset? AwaySince { get; private set; }

    /// <summary>Feeds until it is told to stop.</summary>
    public async Task Run(CancellationToken cancel)
    {
        while (!cancel.IsCancellationRequested)
        {
            var pause = TimeSpan.Zero;
            try
            {
                if (!await Next(cancel))
                    pause = s_idle;
                if (AwaySince is not null)
                    LogBack(Name);
                (_failures, AwaySince) = (0, null);
            }
            catch (Exception) when (cancel.IsCancellationRequested)
            {
                break;
            }
            catch (Exception fault)
            {
                // One line when it begins; the health tells how long it lasts.
                if (_failures++ == 0)
                    LogAway(fault, Name);
                AwaySince ??= clock.GetUtcNow();
                pause = TimeSpan.FromTicks(Math.Min(s_longestPause.Ticks, s_idle.Ticks << Math.Min(_failures, 16)));
            }

            await Task.Delay(pause, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        try
        {
            await places.Release(Name, _owner, CancellationToken.None);
        }
        catch (Exception fault)
        {
            // Then the next node waits until the lease has run out.
            LogAway(fault, Name);
        }
    }

    /// <summary>How many records it has not taken yet.</summary>
    public async Task<long> Lag(CancellationToken cancel)
    {
        var (head, _) = await chain.End(cancel);
        return (head?.Sequence ?? 0) - (await places.Cursor(Name, cancel) ?? 0);
    }

    public ValueTask DisposeAsync() => sink.DisposeAsync();

    /// <summary>Sends what comes next; false where there is nothing, or another node feeds.</summary>
    private async Task<bool> Next(CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        if (!await places.Claim(Name, _owner, now, now + s_lease, cancel))
            return false;
        var place = await places.Cursor(Name, cancel) ?? 0;
        var page = await chain.Page(place, BatchSize, cancel);
        // What cannot be read is told by verify; the others go on.
        List<ChainedRecord> records = [.. page.Select(stored => stored.Record).OfType<ChainedRecord>()];
        if (page.Count == 0)
            return false;
        if (records.Count > 0)
            await sink.Send(records, cancel);
        await places.Advance(Name, _owner, page[^1].Sequence, clock.GetUtcNow() + s_lease, cancel);
        return true;
    }

    [LoggerMessage(EventId = 1013, Level = LogLevel.Warning, Message = "The audit sink {Sink} takes nothing; its records wait in the log")]
    private partial void LogAway(Exception fault, string sink);

    [LoggerMessage(EventId = 1014, Level = LogLevel.Information, Message = "The audit sink {Sink} is back")]
    private partial void LogBack(string sink);
}
