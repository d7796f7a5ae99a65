namespace SecretsPortal.Services;

/// <summary>The time as the portal stores it.</summary>
internal static class ClockExtensions
{
    /// <summary>Now in UTC, cut to milliseconds, so that what is stored equals what was decided with.</summary>
    public static DateTimeOffset Now(this TimeProvider clock)
    {
        var now = clock.GetUtcNow();
        return now.AddTicks(-(now.Ticks % TimeSpan.TicksPerMillisecond));
    }

    /// <summary>Now, but at least a millisecond after <paramref name="last"/>: times of change rise strictly.</summary>
    public static DateTimeOffset After(this TimeProvider clock, DateTimeOffset last)
    {
        var now = clock.Now();
        return now > last ? now : last.AddMilliseconds(1);
    }
}
