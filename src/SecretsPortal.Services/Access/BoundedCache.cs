using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Keeps what was found, up to a bound; what would go past it makes all the rest forgotten. That is rare and costs a reading, where an order of
/// last uses would cost every request.
/// </summary>
/// <param name="capacity">The greatest sum of sizes.</param>
internal sealed class BoundedCache<TKey, TValue>(long capacity)
    where TKey : notnull
{
    private readonly ConcurrentDictionary<TKey, (TValue Value, long Size)> _entries = new();
    private long _size;

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Count;

    /// <summary>True where the key is kept.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value)
    {
        var isKept = _entries.TryGetValue(key, out var entry);
        value = entry.Value;
        return isKept;
    }

    /// <summary>Keeps, in place of what was kept under the key; gives the value back.</summary>
    public TValue Keep(TKey key, TValue value, long size = 1)
    {
        Forget(key);
        if (Interlocked.Add(ref _size, size) > capacity)
        {
            // Two that do this at once forget a little more than they must.
            _entries.Clear();
            Interlocked.Exchange(ref _size, size);
        }

        _entries[key] = (value, size);
        return value;
    }

    /// <summary>Keeps the key no longer.</summary>
    public void Forget(TKey key)
    {
        if (_entries.TryRemove(key, out var entry))
            Interlocked.Add(ref _size, -entry.Size);
    }
}
