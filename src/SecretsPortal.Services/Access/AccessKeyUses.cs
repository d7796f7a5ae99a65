using System.Collections.Concurrent;
using System.Data.Common;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Notes when access keys were last used, beside the requests: at most once a minute for each key, and a note that can't be written costs nobody
/// anything.
/// </summary>
internal sealed partial class AccessKeyUses(ClientStore store, TimeProvider clock, ILogger<AccessKeyUses> log) : IAsyncDisposable, IDisposable
{
    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<string, DateTimeOffset> _noted = new(StringComparer.Ordinal);

    private readonly ConcurrentDictionary<string, Task> _writing = new(StringComparer.Ordinal);

    /// <summary>Ends when all notes so far are written, or could not be.</summary>
    public Task Written => Task.WhenAll(_writing.Values);

    /// <summary>Notes a use by a request that was found to be signed with the key. Returns at once.</summary>
    public void Note(string accessKeyId, string region)
    {
        var now = clock.Now();
        var last = _noted.GetOrAdd(accessKeyId, DateTimeOffset.MinValue);
        // Of requests that come at once, one writes.
        if (now - last < s_pause || !_noted.TryUpdate(accessKeyId, now, last))
            return;
        _writing[accessKeyId] = Task.Run(() => Write(accessKeyId, now, region));
    }

    /// <summary>Waits for what is being written.</summary>
    public async ValueTask DisposeAsync() => await Written;

    /// <summary>Waits for nothing; for those who cannot.</summary>
    public void Dispose()
    {
    }

    private async Task Write(string accessKeyId, DateTimeOffset at, string region)
    {
        try
        {
            await store.NoteKeyUse(accessKeyId, at, region, CancellationToken.None);
        }
        catch (Exception fault) when (fault is PortalException or DbException or ObjectDisposedException)
        {
            LogNotNoted(accessKeyId, fault.GetType().Name);
        }
    }

    [LoggerMessage(EventId = 1121, Level = LogLevel.Warning, Message = "The use of the access key {AccessKeyId} could not be noted: {Fault}")]
    private partial void LogNotNoted(string accessKeyId, string fault);
}
