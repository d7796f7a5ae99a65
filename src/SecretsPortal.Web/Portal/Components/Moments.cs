namespace SecretsPortal.Web.Portal.Components;

/// <summary>
/// The clock behind the times of one open page: it ticks once a minute while any is shown, so that "2 minutes ago" does not stay that. One timer for all of
/// them, none for a page without.
/// </summary>
internal sealed class Moments(TimeProvider time) : IDisposable
{
    private static readonly TimeSpan s_every = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly List<Action> _shown = [];
    private ITimer? _timer;

    /// <summary>Calls <paramref name="tick"/> every minute, from any thread.</summary>
    public void Add(Action tick)
    {
        lock (_gate)
        {
            _shown.Add(tick);
            _timer ??= time.CreateTimer(static state => ((Moments)state!).Tick(), this, s_every, s_every);
        }
    }

    /// <summary>Calls it no more.</summary>
    public void Remove(Action tick)
    {
        lock (_gate)
        {
            _shown.Remove(tick);
            if (_shown.Count == 0)
                Stop();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        lock (_gate)
            Stop();
    }

    private void Stop()
    {
        _timer?.Dispose();
        _timer = null;
    }

    private void Tick()
    {
        Action[] shown;
        lock (_gate)
            shown = [.. _shown];
        foreach (var tick in shown)
            tick();
    }
}
