using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Keeps what was found, up to a bound. The oldest go first, but one that was asked for since it last came up gets another turn (second chance): what is
/// in use stays without an order of last uses, which would cost every request.
/// </summary>
/// <param name="capacity">The greatest sum of sizes.</param>
internal sealed class BoundedCache<TKey, TValue>(long capacity)
    where TKey : notnull
{
    // So many that were replaced may wait for their turn to go, beside as many as are kept.
    private const int MostLeft = 64;

    private readonly ConcurrentDictionary<TKey, Entry> _entries = new();
    private readonly ConcurrentQueue<Entry> _order = new();
    private long _size;
    private int _kept;
    private int _left;

    /// <summary>How many entries there are.</summary>
    public int Count => Volatile.Read(ref _kept);

    /// <summary>True where the key is kept.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        if (!_entries.TryGetValue(key, out var entry))
        {
            value = default;
            return false;
        }

        // Written once a turn and not at each request: a write takes the line from the other processors.
        if (!entry.IsUsed)
            entry.IsUsed = true;
        value = entry.Value;
        return true;
    }

    /// <summary>Keeps, in place of what was kept under the key; gives the value back. What is larger than the bound is not kept.</summary>
    public TValue Keep(TKey key, TValue value, long size = 1)
    {
        var entry = new Entry(key, value, size);
        while (!_entries.TryAdd(key, entry))
            Forget(key);
        Interlocked.Increment(ref _kept);
        Interlocked.Add(ref _size, size);
        _order.Enqueue(entry);
        while (Volatile.Read(ref _size) > capacity && Turn())
        {
        }

        return value;
    }

    /// <summary>Keeps the key no longer.</summary>
    public void Forget(TKey key)
    {
        if (!_entries.TryRemove(key, out var entry))
            return;
        Leave(entry);
        entry.IsGone = true;
        if (Interlocked.Increment(ref _left) <= Count + MostLeft)
            return;
        // What is replaced again and again would stay in the order for ever where the bound is never reached.
        for (var turns = _order.Count; turns > 0 && Turn(); turns--)
        {
        }
    }

    /// <summary>The next one's turn; false where there is none.</summary>
    private bool Turn()
    {
        if (!_order.TryDequeue(out var oldest))
            return false;
        if (oldest.IsGone)
            Interlocked.Decrement(ref _left);
        else if (oldest.IsUsed || Volatile.Read(ref _size) <= capacity)
        {
            oldest.IsUsed = false;
            _order.Enqueue(oldest);
        }
        else if (_entries.TryRemove(new KeyValuePair<TKey, Entry>(oldest.Key, oldest)))
            Leave(oldest);
        else
            // Forgotten at this very moment, and counted as left.
            Interlocked.Decrement(ref _left);
        return true;
    }

    private void Leave(Entry entry)
    {
        Interlocked.Decrement(ref _kept);
        Interlocked.Add(ref _size, -entry.Size);
    }

    private sealed class Entry(TKey key, TValue value, long size)
    {
        private volatile bool _isUsed;
        private volatile bool _isGone;

        public TKey Key { get; } = key;

        public TValue Value { get; } = value;

        public long Size { get; } = size;

        /// <summary>Asked for since it last came up.</summary>
        public bool IsUsed
        {
            get => _isUsed;
            set => _isUsed = value;
        }

        /// <summary>Forgotten or replaced.</summary>
        public bool IsGone
        {
            get => _isGone;
            set => _isGone = value;
        }
    }
}
