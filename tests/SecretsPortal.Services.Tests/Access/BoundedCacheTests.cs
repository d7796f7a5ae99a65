using SecretsPortal.Services.Access;

namespace SecretsPortal.Services.Tests.Access;

public sealed class BoundedCacheTests
{
    [Fact]
    public void What_is_asked_for_stays_and_the_oldest_of_the_others_go()
    {
        var cache = new BoundedCache<int, string>(100);
        for (var i = 0; i < 100; i++)
            cache.Keep(i, $"{i}");

        for (var i = 100; i < 1000; i++)
        {
            Assert.True(cache.TryGet(7, out var used), $"7 was lost at {i}");
            Assert.Equal("7", used);
            cache.Keep(i, $"{i}");
            Assert.Equal(100, cache.Count);
        }

        Assert.False(cache.TryGet(8, out _));
        Assert.True(cache.TryGet(999, out _));
        Assert.True(cache.TryGet(910, out _));
    }

    [Fact]
    public void Sizes_count_and_what_is_larger_than_the_bound_is_not_kept()
    {
        var cache = new BoundedCache<int, string>(100);
        cache.Keep(1, "small", 10);
        cache.Keep(2, "large", 90);
        Assert.Equal(2, cache.Count);

        cache.Keep(3, "one more", 5);
        Assert.InRange(cache.Count, 1, 2);
        Assert.True(cache.TryGet(3, out _));

        Assert.Equal("too large", cache.Keep(4, "too large", 101));
        Assert.False(cache.TryGet(4, out _));
    }

    [Fact]
    public void What_is_replaced_and_forgotten_again_and_again_leaves_nothing_behind()
    {
        var cache = new BoundedCache<int, byte[]>(1_000_000);
        var replaced = Replace(cache);

        GC.Collect();
        Assert.InRange(replaced.Count(value => value.IsAlive), 0, 200);
        Assert.Equal(2, cache.Count);
        cache.Forget(0);
        cache.Forget(1);
        Assert.Equal(0, cache.Count);
    }

    // Not inlined, so that no local keeps a value alive.
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    private static List<WeakReference> Replace(BoundedCache<int, byte[]> cache) => [.. Enumerable.Range(0, 10_000).Select(i => new WeakReference(cache.Keep(i % 2, new byte[100], 100)))];

    [Fact]
    public async Task Threads_at_once_keep_the_count_and_find_what_belongs_to_the_key()
    {
        var cache = new BoundedCache<int, string>(1000);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(() =>
        {
            var state = (uint)worker;
            for (var i = 0; i < 50_000; i++)
            {
                var key = Next(ref state) % 3000;
                if (cache.TryGet(key, out var found))
                    Assert.Equal($"{key}", found);
                else if (Next(ref state) % 10 == 0)
                    cache.Forget(key);
                else
                    cache.Keep(key, $"{key}");
            }
        })));

        // Numbers that are scattered enough, the same each time.
        static int Next(ref uint state) => (int)((state = (state * 1_664_525) + 1_013_904_223) >> 8);

        Assert.InRange(cache.Count, 500, 1000);
        Assert.Equal(cache.Count, Enumerable.Range(0, 3000).Count(key => cache.TryGet(key, out _)));
    }
}
