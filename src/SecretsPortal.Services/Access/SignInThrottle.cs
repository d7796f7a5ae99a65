using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Slows down guessing, on all nodes together. What is guessed is counted in buckets, each with a delay that grows: see docs/decisions/0017.
/// Nobody is locked out: the delays end by themselves, and who guesses from elsewhere does not slow down a browser that the user has signed in
/// with before.
/// </summary>
internal sealed class SignInThrottle(SignInFailureStore store, PortalKeys keys, TimeProvider clock)
{
    private static readonly TimeSpan s_longestMemory = TimeSpan.FromHours(1);
    private static readonly TimeSpan s_purgeEvery = TimeSpan.FromMinutes(10);

    // A name from an address, or from a browser that its user has signed in with.
    private static readonly Schedule s_pair = new(Free: 3, TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(15));

    // A name from wherever: many addresses do not help. The wait is short, since anybody can bring it about for anybody.
    private static readonly Schedule s_name = new(Free: 20, TimeSpan.FromSeconds(30), s_longestMemory);

    // Whoever guesses this has the password or a session already.
    private static readonly Schedule s_proof = new(Free: 5, TimeSpan.FromMinutes(15), s_longestMemory);

    private long _purgedAt;

    /// <summary>
    /// Lets an attempt on a name begin, and counts it as failed until <see cref="PasswordFits"/> says otherwise, so that many attempts at once do
    /// not pass together. Throws <see cref="PortalError.Throttling"/> while it has to wait.
    /// </summary>
    /// <param name="name">As typed; it may be a password, and nothing of it is stored.</param>
    /// <param name="address">Where from.</param>
    /// <param name="device">The browser, where the user of this name has signed in with it before: it is counted apart.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task BeginPassword(string name, string address, byte[]? device, CancellationToken cancel)
    {
        var pair = await PairOf(name, address, device, cancel);
        await Begin(pair, s_pair, cancel);
        if (device is not null)
            return;
        try
        {
            await Begin(await NameAlone(name, cancel), s_name, cancel);
        }
        catch (PortalException)
        {
            // It was not tried, so it is no failure of the address.
            await TakeBack(pair, cancel);
            throw;
        }
    }

    /// <summary>It was no failure: the name's failures from there are forgotten, those from elsewhere stay.</summary>
    public async Task PasswordFits(string name, string address, byte[]? device, CancellationToken cancel)
    {
        await store.Change(await PairOf(name, address, device, cancel), static _ => null, cancel);
        if (device is null)
            await TakeBack(await NameAlone(name, cancel), cancel);
    }

    /// <summary>
    /// As <see cref="BeginPassword"/>, for what is guessed by somebody who has got further: a second factor, or the password of an open session.
    /// It counts for the user, wherever it comes from, and the delay grows to 15 minutes.
    /// </summary>
    public async Task BeginProof(string proof, string callerId, CancellationToken cancel) => await Begin(await ProofOf(proof, callerId, cancel), s_proof, cancel);

    /// <summary>It was no failure; the former ones are forgotten.</summary>
    public async Task ProofFits(string proof, string callerId, CancellationToken cancel) =>
        await store.Change(await ProofOf(proof, callerId, cancel), static _ => null, cancel);

    /// <summary>It was no failure; the former ones stay, for whoever makes one that fits at will would forgive themselves all others.</summary>
    public async Task ProofTakenBack(string proof, string callerId, CancellationToken cancel) => await TakeBack(await ProofOf(proof, callerId, cancel), cancel);

    private async Task Begin(string bucket, Schedule schedule, CancellationToken cancel)
    {
        var now = clock.Now();
        await Purge(now, cancel);
        await store.Change(bucket, before => before?.WaitUntil > now ? throw TooMany(before.WaitUntil - now) : schedule.After(before, now), cancel);
    }

    private async Task TakeBack(string bucket, CancellationToken cancel) => await store.Change(
        bucket, static before => before is { Failures: > 1 } ? before with { Failures = before.Failures - 1 } : null, cancel);

    private static PortalException TooMany(TimeSpan wait)
    {
        var seconds = (long)Math.Ceiling(wait.TotalSeconds);
        return new PortalException(PortalError.Throttling, $"Too many failed attempts. Wait {seconds} second{(seconds == 1 ? "" : "s")}, then try again.");
    }

    /// <summary>Old rows go now and then, so that made-up names do not fill the table.</summary>
    private async Task Purge(DateTimeOffset now, CancellationToken cancel)
    {
        var last = Interlocked.Read(ref _purgedAt);
        if (now.Ticks - last < s_purgeEvery.Ticks || Interlocked.CompareExchange(ref _purgedAt, now.Ticks, last) != last)
            return;
        await store.Purge(now - s_longestMemory, cancel);
    }

    private Task<string> PairOf(string name, string address, byte[]? device, CancellationToken cancel) =>
        BucketOf(device is null ? $"pair\0{name}\0{address}" : $"device\0{name}\0{Convert.ToHexString(device)}", cancel);

    private Task<string> NameAlone(string name, CancellationToken cancel) => BucketOf($"name\0{name}", cancel);

    private async Task<string> BucketOf(string text, CancellationToken cancel) =>
        Convert.ToHexStringLower(HMACSHA256.HashData(await keys.Get(PortalKeys.SignInBucket, cancel), Encoding.UTF8.GetBytes(text)));

    private Task<string> ProofOf(string proof, string callerId, CancellationToken cancel) => BucketOf($"{proof}\0{callerId}", cancel);

    /// <summary>How failures slow the next attempt down: not at all while they are few, then for 1, 2, 4 … seconds.</summary>
    /// <param name="Free">The first failure that has to wait.</param>
    /// <param name="Longest">No wait is longer.</param>
    /// <param name="Memory">After so long without a failure, counting begins anew.</param>
    private sealed record Schedule(int Free, TimeSpan Longest, TimeSpan Memory)
    {
        /// <summary>One more failure.</summary>
        public SignInFailures After(SignInFailures? before, DateTimeOffset now)
        {
            var failures = before is not null && before.LastFailedAt > now - Memory ? before.Failures + 1 : 1;
            var seconds = failures < Free ? 0 : Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(failures - Free, 20)));
            return new SignInFailures(failures, now, now + TimeSpan.FromSeconds(seconds));
        }
    }
}
