using SecretsPortal.Core;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>
/// Appends to the chain by a thread of its own: one transaction takes everything that came while the one before was being committed. No timer: a
/// record that comes alone is committed at once.
/// </summary>
#pragma warning disable CA1001 // Stop ends the thread, which is the last to use the semaphore; it holds no handle.
internal sealed class AuditWriter(Database log)
#pragma warning restore CA1001
{
    private const int LargestBatch = 1000;

    private readonly Lock _lock = new();
    private readonly SemaphoreSlim _arrived = new(0, 1);
    private List<Entry> _waiting = [];
    private List<Entry> _taken = [];
    private bool _isStopped;
    private Thread? _thread;
    private byte[] _key = [];
    private AuditAppender? _appender;
    private AuditFileKeeper? _keeper;

    /// <summary>A record on its way; the task is done once it is durable.</summary>
    internal sealed class Entry(string id, AuditRecord record, bool isCarried) : TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)
    {
        public string Id { get; } = id;

        public AuditRecord Record { get; } = record;

        /// <summary>True for one that the chain may have already.</summary>
        public bool IsCarried { get; } = isCarried;
    }

    /// <summary>Hands a record to the thread. <see cref="PortalError.Unavailable"/> where it could not be written; nothing is retried.</summary>
    public Task Append(Entry entry, byte[] key)
    {
        lock (_lock)
        {
            if (_isStopped)
                return Task.FromException(new PortalException(PortalError.Unavailable, "The audit log is closed: the portal is stopping."));
            _key = key;
            _waiting.Add(entry);
            if (_waiting.Count == 1)
                _arrived.Release();
            if (_thread is null)
            {
                _thread = new Thread(Run) { IsBackground = true, Name = "audit log" };
                _thread.Start();
            }
        }

        return entry.Task;
    }

    /// <summary>Ends the thread once it has written what it was handed.</summary>
    public void Stop()
    {
        lock (_lock)
        {
            if (_isStopped)
                return;
            _isStopped = true;
            if (_waiting.Count == 0)
                _arrived.Release();
        }

        _thread?.Join(TimeSpan.FromSeconds(5));
    }

    private void Run()
    {
        while (true)
        {
            _arrived.Wait();
            bool isLast;
            lock (_lock)
            {
                (_waiting, _taken) = (_taken, _waiting);
                isLast = _isStopped;
            }

            for (var start = 0; start < _taken.Count; start += LargestBatch)
                Commit(_taken.GetRange(start, Math.Min(LargestBatch, _taken.Count - start)));
            _taken.Clear();
            if (isLast)
                break;
        }

        _appender?.Dispose();
        _keeper?.Stop();
    }

    private void Commit(List<Entry> batch)
    {
        try
        {
            _appender ??= new AuditAppender(log);
            _appender.Append(batch, _key);
            if (log.Provider == DatabaseProvider.Sqlite)
                (_keeper ??= new AuditFileKeeper(log)).Note(batch.Count);
        }
        catch (Exception fault)
        {
            // The next batch begins with a new connection: a full disk that has room again, or a server that is back, needs no restart.
            _appender?.Dispose();
            _appender = null;
            var told = fault as PortalException ?? fault as AuditLogBrokenException ?? (Exception)new PortalException(PortalError.Unavailable, "The audit log cannot be written. Try again later.", fault);
            foreach (var entry in batch)
                entry.TrySetException(told);
            return;
        }

        foreach (var entry in batch)
            entry.TrySetResult();
    }
}
