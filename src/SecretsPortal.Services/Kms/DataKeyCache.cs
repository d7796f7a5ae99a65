using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Crypto;

namespace SecretsPortal.Services.Kms;

/// <summary>What a cached data key is found by: a SHA-256 over wrapping key, version, wrapped bytes, wrap tag, and what the value belongs to.</summary>
internal readonly record struct WrapId(ulong A, ulong B, ulong C, ulong D)
{
    /// <summary>The identity of a value's wrap.</summary>
    public static WrapId Of(SealedValue value, EncryptionContext context)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Append(hash, context.AssociatedData(1, value.SealedUnder));
        Append(hash, Encoding.UTF8.GetBytes(value.KeyId));
        Append(hash, Encoding.UTF8.GetBytes(value.KeyVersion));
        Append(hash, value.WrappedKey);
        Append(hash, value.WrapTag);
        Span<byte> digest = stackalloc byte[32];
        hash.GetHashAndReset(digest);
        return new WrapId(
            BinaryPrimitives.ReadUInt64LittleEndian(digest), BinaryPrimitives.ReadUInt64LittleEndian(digest[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(digest[16..]), BinaryPrimitives.ReadUInt64LittleEndian(digest[24..]));
    }

    private static void Append(IncrementalHash hash, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hash.AppendData(length);
        hash.AppendData(part);
    }
}

/// <summary>
/// Unwrapped data keys for a bounded time, counted from the unwrapping, and a bounded count, the least used going first. Keys are cleared when
/// they leave, but never while somebody uses them. Misses of one key that come together ask the KMS once, and a failure is not kept.
/// </summary>
internal sealed class DataKeyCache : IDisposable
{
    private readonly ConcurrentDictionary<WrapId, Entry> _entries = new();
    private readonly ConcurrentQueue<Entry> _order = new();
    private readonly TimeProvider _clock;
    private readonly TimeSpan _lifetime;
    private readonly int _most;
    private readonly ITimer? _sweeper;
    private int _count;

    /// <summary>A cache; a lifetime of zero keeps nothing.</summary>
    public DataKeyCache(TimeSpan lifetime, int most, TimeProvider clock)
    {
        _clock = clock;
        _lifetime = lifetime;
        _most = most;
        if (lifetime > TimeSpan.Zero)
            _sweeper = clock.CreateTimer(_ => Sweep(), null, lifetime, lifetime);
    }

    /// <summary>How many keys it holds.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Opens a value with its data key: the cached one, or the one that <paramref name="unwrap"/> gives (checked, and cleared by this class).</summary>
    public async ValueTask<byte[]> Open(OpenableValue openable, Func<Task<byte[]>> unwrap, CancellationToken cancel)
    {
        var key = _lifetime > TimeSpan.Zero ? await Hold(openable.Wrap, unwrap, cancel) : new CachedDataKey(await unwrap());
        try
        {
            return key.Open(openable.Value, openable.Context);
        }
        finally
        {
            key.Release();
        }
    }

    /// <summary>Lets go of all keys.</summary>
    public void Dispose()
    {
        _sweeper?.Dispose();
        foreach (var entry in _entries.Values)
            Remove(entry);
    }

    private async ValueTask<CachedDataKey> Hold(WrapId id, Func<Task<byte[]>> unwrap, CancellationToken cancel)
    {
        while (true)
        {
            if (!_entries.TryGetValue(id, out var entry))
            {
                entry = new Entry(id);
                if (!_entries.TryAdd(id, entry))
                    continue;
                // Not ended with this caller's wait: others may wait for the same key.
                _ = Fill(entry, unwrap);
            }
            else if (IsExpired(entry))
            {
                Remove(entry);
                continue;
            }

            entry.IsUsed = true;
            var key = entry.Filled ?? await entry.Key.Task.WaitAsync(cancel);
            if (key.TryHold())
                return key;
            // It was evicted meanwhile.
            Remove(entry);
        }
    }

    private async Task Fill(Entry entry, Func<Task<byte[]>> unwrap)
    {
        try
        {
            var key = new CachedDataKey(await unwrap());
            Interlocked.Increment(ref _count);
            entry.FilledAt = _clock.GetTimestamp();
            entry.Filled = key;
            entry.Key.SetResult(key);
            if (entry.IsRemoved)
                LetGo(entry);
            _order.Enqueue(entry);
            Trim();
        }
        catch (Exception fault)
        {
            _entries.TryRemove(new KeyValuePair<WrapId, Entry>(entry.Id, entry));
            entry.Key.SetException(fault);
            // Seen, even where every caller has gone.
            _ = entry.Key.Task.Exception;
        }
    }

    private bool IsExpired(Entry entry) => entry.Filled is not null && _clock.GetElapsedTime(entry.FilledAt) >= _lifetime;

    /// <summary>The oldest go first, but one that was used since it last came up gets another turn.</summary>
    private void Trim()
    {
        while (Count > _most && _order.TryDequeue(out var oldest))
        {
            if (oldest.IsRemoved)
                continue;
            if (oldest.IsUsed)
            {
                oldest.IsUsed = false;
                _order.Enqueue(oldest);
            }
            else
                Remove(oldest);
        }
    }

    private void Sweep()
    {
        for (var left = _order.Count; left > 0 && _order.TryDequeue(out var entry); left--)
        {
            if (IsExpired(entry))
                Remove(entry);
            else if (!entry.IsRemoved)
                _order.Enqueue(entry);
        }
    }

    private void Remove(Entry entry)
    {
        if (!_entries.TryRemove(new KeyValuePair<WrapId, Entry>(entry.Id, entry)))
            return;
        entry.IsRemoved = true;
        LetGo(entry);
    }

    /// <summary>Ends the cache's own hold, once; one that is still being filled is let go of when it is.</summary>
    private void LetGo(Entry entry)
    {
        if (entry.Filled is not { } key || !entry.TryLetGo())
            return;
        Interlocked.Decrement(ref _count);
        key.Release();
    }

    private sealed class Entry(WrapId id)
    {
        private volatile bool _isUsed = true;
        private volatile bool _isRemoved;
        private volatile CachedDataKey? _filled;
        private int _isLetGo;

        public WrapId Id { get; } = id;

        public TaskCompletionSource<CachedDataKey> Key { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        /// <summary>Set before the key is.</summary>
        public long FilledAt { get; set; }

        /// <summary>The key; null while it is being unwrapped.</summary>
        public CachedDataKey? Filled
        {
            get => _filled;
            set => _filled = value;
        }

        /// <summary>True for the first who asks.</summary>
        public bool TryLetGo() => Interlocked.Exchange(ref _isLetGo, 1) == 0;

        /// <summary>True where it was used since it last came up for eviction; a new one is about to be.</summary>
        public bool IsUsed
        {
            get => _isUsed;
            set => _isUsed = value;
        }

        public bool IsRemoved
        {
            get => _isRemoved;
            set => _isRemoved = value;
        }
    }
}
