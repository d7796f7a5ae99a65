using SecretsPortal.Core;

namespace SecretsPortal.Services.Access;

/// <summary>
/// Slows down guessing: after three failures of one name from one address, further attempts are refused for 1, 2, 4 … up to 60 seconds.
/// Kept in memory: a restart forgets it, the log does not.
/// </summary>
internal sealed class SignInThrottle(TimeProvider clock)
{
    private const int FreeFailures = 3;
    private const int MostEntries = 10_000;
    private static readonly TimeSpan s_longestWait = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan s_memory = TimeSpan.FromMinutes(15);

    private readonly Dictionary<(string Name, string Address), Failures> _failures = [];
    private readonly Lock _lock = new();

    /// <summary>
    /// Lets an attempt begin, and counts it as failed until <see cref="Succeeded"/> says otherwise, so that many attempts at once do not pass
    /// together. Throws <see cref="PortalError.Throttling"/> while the pair has to wait.
    /// </summary>
    public void Begin(string name, string address)
    {
        var now = clock.Now();
        lock (_lock)
        {
            var known = _failures.GetValueOrDefault((name, address));
            if (known is not null && known.WaitUntil > now)
                throw new PortalException(PortalError.Throttling,
                    $"Too many failed attempts. Wait {Math.Ceiling((known.WaitUntil - now).TotalSeconds):0} seconds, then try again.");
            if (known is null && _failures.Count >= MostEntries)
                Forget(now);
            var count = known is not null && known.Last > now - s_memory ? known.Count + 1 : 1;
            var wait = count < FreeFailures ? TimeSpan.Zero : TimeSpan.FromSeconds(Math.Pow(2, Math.Min(count - FreeFailures, 6)));
            _failures[(name, address)] = new Failures(count, now, now + (wait > s_longestWait ? s_longestWait : wait));
        }
    }

    /// <summary>Forgets the pair's failures.</summary>
    public void Succeeded(string name, string address)
    {
        lock (_lock)
            _failures.Remove((name, address));
    }

    private void Forget(DateTimeOffset now)
    {
        foreach (var old in _failures.Where(f => f.Value.Last <= now - s_memory).Select(f => f.Key).ToList())
            _failures.Remove(old);
        if (_failures.Count >= MostEntries)
            _failures.Remove(_failures.MinBy(f => f.Value.Last).Key);
    }

    private sealed record Failures(int Count, DateTimeOffset Last, DateTimeOffset WaitUntil);
}
