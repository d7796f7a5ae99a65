namespace SecretsPortal.Services.Demo;

/// <summary>What happens when: events in the order of their times, with the portal's own ticks between them.</summary>
internal sealed class DemoTimeline(DemoClock clock, DateTimeOffset begin, DateTimeOffset end)
{
    private readonly PriorityQueue<Func<Task>, (DateTimeOffset At, int Order)> _events = new();
    private int _order;

    /// <summary>An event at a time of day (UTC) of the history's day, from 0 on; left out where that is not within the history.</summary>
    public void At(int day, int hour, int minute, Func<Task> what) =>
        At(new DateTimeOffset(begin.UtcDateTime.Date, TimeSpan.Zero).AddDays(day).AddHours(hour).AddMinutes(minute), what);

    /// <summary>An event at a time.</summary>
    public void At(DateTimeOffset time, Func<Task> what)
    {
        if (time > begin && time < end)
            _events.Enqueue(what, (time, _order++));
    }

    /// <summary>Lets everything happen; <paramref name="tick"/> each time an hour begins, and <paramref name="after"/> after each event.</summary>
    public async Task Run(Func<DateTimeOffset, Task> tick, Func<Task> after)
    {
        for (var hour = begin; hour < end; hour = hour.AddHours(1))
        {
            while (_events.TryPeek(out var what, out var place) && place.At < hour)
            {
                _events.Dequeue();
                clock.MoveTo(place.At);
                await what();
                await after();
            }

            clock.MoveTo(hour);
            await tick(hour);
        }

        // What began at the very end is carried on once: nothing is left that only a running portal would take up.
        clock.MoveTo(end);
        await tick(end);
        clock.MoveTo(end.AddSeconds(45));
        await tick(end);
    }
}
