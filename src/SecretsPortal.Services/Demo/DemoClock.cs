namespace SecretsPortal.Services.Demo;

/// <summary>
/// The clock of a demonstration: while its history is filled in it stands where it was put, and goes on a little with each look, so that what is
/// recorded has the times of the days that it tells of. From <see cref="GoLive"/> on it is the system's.
/// </summary>
/// <param name="isLive">True where the history is there already, so that the system's time holds from the beginning.</param>
internal sealed class DemoClock(bool isLive = false) : TimeProvider
{
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(4);

    private long _ticks = isLive ? 0 : (System.GetUtcNow() - History).UtcTicks;

    /// <summary>How far the history reaches back.</summary>
    public static readonly TimeSpan History = TimeSpan.FromDays(30);

    /// <summary>False once the system's time holds.</summary>
    public bool IsFilling => Volatile.Read(ref _ticks) != 0;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => IsFilling ? new DateTimeOffset(Interlocked.Add(ref _ticks, s_look.Ticks), TimeSpan.Zero) : System.GetUtcNow();

    /// <summary>Puts the clock to a time; never back.</summary>
    public void MoveTo(DateTimeOffset time) => Volatile.Write(ref _ticks, Math.Max(_ticks, time.UtcTicks));

    /// <summary>Lets a time pass that something is said to take.</summary>
    public void Pass(TimeSpan time) => Interlocked.Add(ref _ticks, time.Ticks);

    /// <summary>Ends the filling: the system's time holds.</summary>
    public void GoLive() => Volatile.Write(ref _ticks, 0);
}
