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
    private readonly ConcurrentDictionary<TKey, TValue> _entries = new();
    private long _size;

    /// <summary>How many entries there are.</summary>
    public int Count => _entries.Count;

    /// <summary>True where the key is kept.</summary>
    public bool TryGet(TKey key, [MaybeNullWhen(false)] out TValue value) => _entries.TryGetValue(key, out value);

    /// <summary>Keeps; gives the value back.</summary>
    public TValue Keep(TKey key, TValue value, long size = 1)
    {
        if (Interlocked.Add(ref _size, size) > capacity)
        {
            // Two that do this at once forget a little more than they must.
            _entries.Clear();
            Interlocked.Exchange(ref _size, size);
        }

        _entries[key] = value;
        return value;
    }
}
