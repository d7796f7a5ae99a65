using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Secrets;

/// <summary>
/// Notes the days of reads in memory and writes them a second later, all that came together in one transaction, so that no read waits for a write and
/// caches of secrets are disturbed once and not by each first read of a day. A process that is killed loses the days of its last second.
/// </summary>
internal sealed partial class AccessNotes : IAsyncDisposable
{
    private const int LargestBatch = 500;
    private const int MostRemembered = 100_000;
    private static readonly TimeSpan s_delay = TimeSpan.FromSeconds(1);

    private readonly SecretStore _store;
    private readonly TimeProvider _clock;
    private readonly ILogger<AccessNotes> _log;
    private readonly ConcurrentDictionary<(string SecretId, string VersionId), DateOnly> _waiting = new();

    // Of these the store knows already, or will: what a cached secret says of its versions may be older.
    private readonly BoundedCache<(string SecretId, string VersionId), DateOnly> _noted = new(MostRemembered);
    private readonly SemaphoreSlim _writing = new(1, 1);
    private readonly ITimer _timer;

    public AccessNotes(SecretStore store, TimeProvider clock, ILogger<AccessNotes> log)
    {
        _store = store;
        _clock = clock;
        _log = log;
        _timer = clock.CreateTimer(_ => _ = Flush(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
    }

    /// <summary>Notes that a version was read today.</summary>
    public void Note(Secret secret, SecretVersion version)
    {
        var day = DateOnly.FromDateTime(_clock.GetUtcNow().UtcDateTime);
        if (secret.LastAccessedOn >= day && version.LastAccessedOn >= day)
            return;
        var key = (secret.Id, version.VersionId);
        if (_noted.TryGet(key, out var noted) && noted >= day)
            return;
        _noted.Keep(key, day);
        _waiting[key] = day;
        _timer.Change(s_delay, Timeout.InfiniteTimeSpan);
    }

    /// <summary>The secret with the days that are still to be written.</summary>
    public Secret With(Secret secret)
    {
        if (_waiting.IsEmpty)
            return secret;
        var versions = secret.Versions.Select(v => v with { LastAccessedOn = Later(v.LastAccessedOn, WaitingOf(secret, v)) }).ToList();
        return secret with { Versions = versions, LastAccessedOn = versions.Select(v => WaitingOf(secret, v)).Aggregate(secret.LastAccessedOn, Later) };
    }

    /// <summary>Writes what waits. What can't be written waits for another second; a read is not at fault that its day can't be noted.</summary>
    public async Task Flush()
    {
        await _writing.WaitAsync();
        try
        {
            foreach (var batch in _waiting.ToArray().Chunk(LargestBatch))
            {
                await _store.NoteAccess([.. batch.Select(note => new AccessNote(note.Key.SecretId, note.Key.VersionId, note.Value))], CancellationToken.None);
                foreach (var note in batch)
                    _waiting.TryRemove(note);
            }
        }
        catch (Exception fault) when (fault is PortalException or DbException)
        {
            LogNotNoted(_waiting.Count, fault.GetType().Name);
            _timer.Change(s_delay, Timeout.InfiniteTimeSpan);
        }
        finally
        {
            _writing.Release();
        }
    }

    /// <summary>Writes what waits.</summary>
    public async ValueTask DisposeAsync()
    {
        await _timer.DisposeAsync();
        await Flush();
        _writing.Dispose();
    }

    private DateOnly? WaitingOf(Secret secret, SecretVersion version) => _waiting.TryGetValue((secret.Id, version.VersionId), out var day) ? day : null;

    private static DateOnly? Later(DateOnly? one, DateOnly? other) => one is null || other > one ? other : one;

    [LoggerMessage(EventId = 1111, Level = LogLevel.Warning, Message = "The days of access to {Count} versions could not be noted yet ({FaultType})")]
    private partial void LogNotNoted(int count, string faultType);
}
