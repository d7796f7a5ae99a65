using System.Globalization;
using System.Security.Cryptography;
using Microsoft.Extensions.Caching.Memory;
using Microsoft.Extensions.Internal;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Keeps derived signing keys for the day they are good for, so that the KMS opens the secret half of an access key once a day and not at each
/// request. It says nothing about whether the key may still be used: that is read from the store each time.
/// </summary>
internal sealed class SigningKeyCache : IDisposable
{
    private const int MostEntries = 10_000;

    // As long as a real one; nothing is opened with it.
    private const string NobodysSecret = "0000000000000000000000000000000000000000";
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    private readonly AccessKeySealer _sealer;
    private readonly MemoryCache _cache;
    private readonly TimeSpan _patience;

    // The first request of a day opens the secret, the others wait for it. A lane is shared by some keys, which costs a wait and no more.
    private readonly SemaphoreSlim[] _lanes = [.. Enumerable.Range(0, 64).Select(_ => new SemaphoreSlim(1))];

    public SigningKeyCache(AccessKeySealer sealer, TimeProvider clock, int mostEntries = MostEntries, TimeSpan? patience = null)
    {
        _sealer = sealer;
        _patience = patience ?? s_patience;
        _cache = new MemoryCache(new MemoryCacheOptions { SizeLimit = mostEntries, Clock = new Clock(clock) });
    }

    /// <summary>How many keys are kept.</summary>
    internal int Count => _cache.Count;

    /// <summary>What is to be known of a key's sealed secret: one that was replaced or sealed anew never meets the old one's signing key.</summary>
    public static string HashOf(StoredAccessKey key) => Convert.ToHexString(SHA256.HashData(key.SealedSecret));

    /// <summary>A copy of the signing key for the claim's scope, 32 bytes; the caller clears it.</summary>
    public ValueTask<byte[]> Get(StoredAccessKey key, SigV4Claim claim, CancellationToken cancel) => Get(key, HashOf(key), claim, cancel);

    /// <summary>As the other one, with what <see cref="HashOf"/> gave.</summary>
    public async ValueTask<byte[]> Get(StoredAccessKey key, string sealedHash, SigV4Claim claim, CancellationToken cancel)
    {
        var name = (key.AccessKeyId, claim.Date, claim.Region, sealedHash);
        if (_cache.Get<Entry>(name)?.Copy() is { } known)
            return known;
        var lane = _lanes[(uint)name.GetHashCode() % _lanes.Length];
        // Without an end to the wait, requests would queue one behind the other for a KMS that does not answer.
        var isMine = await lane.WaitAsync(_patience, cancel);
        try
        {
            if (_cache.Get<Entry>(name)?.Copy() is { } made)
                return made;
            var secret = await _sealer.Open(key.AccessKeyId, key.SealedSecret, cancel);
            var signingKey = SigningKey.Derive(secret.Reveal(), claim.Date, claim.Region, claim.Service);
            Keep(name, new Entry([.. signingKey]), claim.Date);
            return signingKey;
        }
        finally
        {
            if (isMine)
                lane.Release();
        }
    }

    /// <summary>
    /// A copy of a key that signs nothing, for a request whose access key is unknown: it is verified all the same and takes as long as a known
    /// one's.
    /// </summary>
    public byte[] OfNobody(SigV4Claim claim)
    {
        var name = ("", claim.Date, claim.Region, "");
        if (_cache.Get<Entry>(name)?.Copy() is { } known)
            return known;
        var signingKey = SigningKey.Derive(NobodysSecret, claim.Date, claim.Region, claim.Service);
        Keep(name, new Entry([.. signingKey]), claim.Date);
        return signingKey;
    }

    /// <summary>Clears all keys.</summary>
    public void Dispose()
    {
        _cache.Clear();
        _cache.Dispose();
        foreach (var lane in _lanes)
            lane.Dispose();
    }

    private void Keep(object name, Entry entry, string date)
    {
        var day = DateTimeOffset.ParseExact(date, "yyyyMMdd", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);
        var options = new MemoryCacheEntryOptions { Size = 1, AbsoluteExpiration = day.AddDays(1) + SigV4Verifier.MaxSkew };
        options.RegisterPostEvictionCallback(static (_, evicted, _, _) => ((Entry)evicted!).Clear());
        // A full cache drops the new entry and makes room; it is cleared all the same.
        _cache.Set(name, entry, options);
    }

    /// <summary>A key that is copied out or cleared, never both at once: an eviction beside a request takes nothing from under it.</summary>
    private sealed class Entry(byte[] key)
    {
        private readonly Lock _lock = new();
        private bool _isCleared;

        /// <summary>Null once it was cleared.</summary>
        public byte[]? Copy()
        {
            lock (_lock)
                return _isCleared ? null : [.. key];
        }

        public void Clear()
        {
            lock (_lock)
            {
                _isCleared = true;
                CryptographicOperations.ZeroMemory(key);
            }
        }
    }

    private sealed class Clock(TimeProvider clock) : ISystemClock
    {
        public DateTimeOffset UtcNow => clock.GetUtcNow();
    }
}
