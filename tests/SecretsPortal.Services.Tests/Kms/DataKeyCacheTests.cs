using System.Security.Cryptography;
using Microsoft.Extensions.Time.Testing;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Services.Tests.Kms;

public sealed class DataKeyCacheTests
{
    private static readonly EncryptionContext s_context = new("123456789012", "arn:x", "v");

    private static readonly byte[] s_plaintext = [.. "value 1"u8];

    private readonly FakeTimeProvider _clock = new();
    private int _unwraps;

    [Fact]
    public async Task Many_at_once_ask_the_KMS_once()
    {
        using var cache = Cache();
        var (value, key) = Sealed(1);
        var gate = new TaskCompletionSource();
        var opening = Enumerable.Range(0, 64).Select(_ => Task.Run(async () => await cache.Open(Of(value), () => Unwrap(key, gate.Task), default))).ToList();
        while (Volatile.Read(ref _unwraps) == 0)
            await Task.Yield();
        gate.SetResult();

        Assert.All(await Task.WhenAll(opening), plaintext => Assert.Equal(s_plaintext, plaintext));
        Assert.Equal((1, 1), (_unwraps, cache.Count));
    }

    [Fact]
    public async Task A_key_is_kept_for_its_time_and_cleared_without_a_further_request()
    {
        using var cache = Cache();
        var (value, key) = Sealed(1);
        await cache.Open(Of(value), () => Unwrap(key), default);
        var first = _given[0];

        _clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromTicks(1));
        await cache.Open(Of(value), () => Unwrap(key), default);
        Assert.Equal(1, _unwraps);
        Assert.NotEqual(new byte[32], first);

        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(new byte[32], first);
        Assert.Equal(0, cache.Count);
        Assert.Equal(s_plaintext, await cache.Open(Of(value), () => Unwrap(key), default));
        Assert.Equal(2, _unwraps);
    }

    [Fact]
    public async Task No_more_keys_than_its_size_and_the_used_ones_stay()
    {
        using var cache = Cache(most: 8);
        var all = Enumerable.Range(0, 40).Select(Sealed).ToList();
        foreach (var (value, key) in all)
        {
            await cache.Open(Of(value), () => Unwrap(key), default);
            await cache.Open(Of(all[0].Value), () => Unwrap(all[0].Key), default);
        }

        Assert.Equal(8, cache.Count);
        Assert.Equal(_given.Count - 8, _given.Count(given => given.All(b => b == 0)));
        Assert.True(_unwraps < 60, $"{_unwraps} unwrappings of 40 keys, one of them used all the time");
    }

    [Fact]
    public void A_key_is_not_cleared_while_somebody_uses_it()
    {
        var key = new CachedDataKey(RandomNumberGenerator.GetBytes(32));
        Assert.True(key.TryHold());

        key.Release();
        Assert.False(key.IsCleared);
        Assert.True(key.TryHold());
        key.Release();
        key.Release();

        Assert.True(key.IsCleared);
        Assert.False(key.TryHold());
    }

    /// <summary>Readers beside evictions: each gets its own value, or this fails.</summary>
    [Fact]
    public async Task Readers_and_evictions_at_once_never_give_a_wrong_value()
    {
        using var cache = Cache(most: 4);
        var all = Enumerable.Range(0, 16).Select(Sealed).ToList();
        await Parallel.ForAsync(0, 20_000, async (i, _) =>
        {
            var number = (i * 7919) % all.Count;
            var opened = await cache.Open(Of(all[number].Value), () => Unwrap(all[number].Key), default);
            Assert.Equal($"value {number}", System.Text.Encoding.UTF8.GetString(opened));
        });
        Assert.InRange(cache.Count, 1, 4);
    }

    [Fact]
    public async Task A_failure_is_not_kept_and_a_caller_that_goes_takes_nobody_with_it()
    {
        using var cache = Cache();
        var (value, key) = Sealed(1);
        var away = new PortalException(PortalError.Unavailable, "away");
        foreach (var unwrap in (Func<Task<byte[]>>[])[() => throw away, () => Task.FromException<byte[]>(away), async () => { await Task.Yield(); throw away; }])
            await Assert.ThrowsAsync<PortalException>(() => cache.Open(Of(value), unwrap, default).AsTask());

        var gate = new TaskCompletionSource();
        using var gone = new CancellationTokenSource();
        var leaving = cache.Open(Of(value), () => Unwrap(key, gate.Task), gone.Token).AsTask();
        var staying = cache.Open(Of(value), () => Unwrap(key, gate.Task), default).AsTask();
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => leaving);
        gate.SetResult();

        Assert.Equal(s_plaintext, await staying);
        Assert.Equal(1, _unwraps);
    }

    [Fact]
    public async Task Without_a_time_nothing_is_kept()
    {
        using var cache = new DataKeyCache(TimeSpan.Zero, 8, _clock);
        var (value, key) = Sealed(1);
        for (var i = 0; i < 3; i++)
            Assert.Equal(s_plaintext, await cache.Open(Of(value), () => Unwrap(key), default));

        Assert.Equal((3, 0), (_unwraps, cache.Count));
        Assert.All(_given, given => Assert.Equal(new byte[32], given));
    }

    [Fact]
    public async Task Another_wrap_or_another_place_is_another_key()
    {
        using var cache = Cache();
        var (value, key) = Sealed(1);
        await cache.Open(Of(value), () => Unwrap(key), default);
        foreach (var (other, context) in ((SealedValue, EncryptionContext)[])[
            (value with { KeyId = "k2" }, s_context), (value with { KeyVersion = "2" }, s_context), (value with { WrappedKey = [2] }, s_context),
            (value with { WrapTag = new byte[32] }, s_context), (value, s_context with { Version = "w" })])
        {
            var before = _unwraps;
            await Assert.ThrowsAsync<PortalException>(() => cache.Open(new OpenableValue(other, context, WrapId.Of(other, context)), () => Check(other, context, key), default).AsTask());
            Assert.Equal(before + 1, _unwraps);
        }
    }

    private readonly List<byte[]> _given = [];

    private static OpenableValue Of(SealedValue value) => new(value, s_context, WrapId.Of(value, s_context));

    private DataKeyCache Cache(int most = 100) => new(TimeSpan.FromMinutes(5), most, _clock);

    private async Task<byte[]> Unwrap(byte[] key, Task? gate = null)
    {
        Interlocked.Increment(ref _unwraps);
        if (gate is not null)
            await gate;
        var given = key.ToArray();
        lock (_given)
            _given.Add(given);
        return given;
    }

    /// <summary>As the envelope does.</summary>
    private async Task<byte[]> Check(SealedValue value, EncryptionContext context, byte[] key)
    {
        var given = await Unwrap(key);
        AesGcmSealer.CheckWrap(value, given, context);
        return given;
    }

    private static (SealedValue Value, byte[] Key) Sealed(int number)
    {
        var key = RandomNumberGenerator.GetBytes(32);
        var value = AesGcmSealer.Seal(System.Text.Encoding.UTF8.GetBytes($"value {number}"), key, [1, (byte)number], "k", "1", s_context, RandomNumberGenerator.Fill);
        return (value, key);
    }
}
