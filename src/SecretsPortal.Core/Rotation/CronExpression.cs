namespace SecretsPortal.Core.Rotation;

/// <summary>
/// The six fields inside <c>cron(…)</c>: <c>0 H DoM Mon DoW *</c>, in UTC. Exactly one of the two day fields is <c>?</c>.
/// </summary>
internal sealed class CronExpression
{
    /// <summary>
    /// Days to look ahead: the rarest day there is, a fifth weekday in February, comes back after 40 years where a century without a
    /// leap day lies between.
    /// </summary>
    private const int HorizonDays = 41 * 366;

    private CronExpression(IReadOnlyList<int> hours, CronDays days, IReadOnlySet<int> months)
    {
        Hours = hours;
        Days = days;
        Months = months;
    }

    /// <summary>The hours, rising, each once.</summary>
    public IReadOnlyList<int> Hours { get; }

    /// <summary>Which days.</summary>
    public CronDays Days { get; }

    /// <summary>Which months, 1–12.</summary>
    public IReadOnlySet<int> Months { get; }

    /// <summary>Hours between the two windows that are nearest to each other; at least 24 where there is one a day.</summary>
    public int ShortestGapHours { get; private init; }

    /// <summary>Reads what stands inside <c>cron(…)</c>; InvalidParameter names the field.</summary>
    public static CronExpression Parse(string text)
    {
        if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var minutes, var hours, var dayOfMonth, var months, var dayOfWeek, var year])
            throw RotationSchedule.Invalid("ScheduleExpression must have six fields: cron(0 H DoM Mon DoW *).");
        if (minutes != "0")
            throw RotationSchedule.Invalid("ScheduleExpression must have 0 in its minutes field: windows open at full hours.");
        if (year != "*")
            throw RotationSchedule.Invalid("ScheduleExpression must have * in its year field.");
        if (dayOfMonth == "?" == (dayOfWeek == "?"))
            throw RotationSchedule.Invalid("ScheduleExpression must have ? in exactly one of its day-of-month and day-of-week fields.");

        var days = dayOfWeek == "?" ? CronDays.OfMonth(dayOfMonth) : CronDays.OfWeek(dayOfWeek);
        var hourList = CronField.Hours.ReadList(hours).Order().ToList();
        var cron = new CronExpression(hourList, days, CronField.Months.ReadList(months).ToHashSet());
        // Any start does: from 2000 on the horizon holds every kind of day that there is.
        if (cron.FirstDay(new DateOnly(2000, 1, 1)) is null)
            throw RotationSchedule.Invalid("ScheduleExpression names days that no month has. Choose days that its months have.");
        return new CronExpression(hourList, days, cron.Months) { ShortestGapHours = cron.FindShortestGap() };
    }

    /// <summary>The first start after <paramref name="after"/>.</summary>
    public DateTimeOffset Next(DateTimeOffset after)
    {
        var utc = after.UtcDateTime;
        for (var day = FirstDay(DateOnly.FromDateTime(utc)); day is { } found; day = FirstDay(found.AddDays(1)))
        {
            foreach (var hour in Hours)
            {
                var start = new DateTimeOffset(found, new TimeOnly(hour, 0), TimeSpan.Zero);
                if (start > after)
                    return start;
            }
        }

        throw new InvalidOperationException("The calendar ends before the next window.");
    }

    private DateOnly? FirstDay(DateOnly from)
    {
        var last = DateOnly.MaxValue.DayNumber - 1;
        for (var number = from.DayNumber; number <= Math.Min(from.DayNumber + HorizonDays, last); number++)
        {
            var day = DateOnly.FromDayNumber(number);
            if (!Months.Contains(day.Month))
                number += DateTime.DaysInMonth(day.Year, day.Month) - day.Day;
            else if (Days.Contains(day))
                return day;
        }

        return null;
    }

    private int FindShortestGap()
    {
        var gap = 24;
        for (var i = 1; i < Hours.Count; i++)
            gap = Math.Min(gap, Hours[i] - Hours[i - 1]);
        var overMidnight = 24 - Hours[^1] + Hours[0];
        return overMidnight < gap && HasNeighbouringDays() ? overMidnight : gap;
    }

    private bool HasNeighbouringDays()
    {
        // Weekdays and leap years repeat within 28 years, where no century lies between.
        var until = new DateOnly(2028, 1, 1);
        var day = FirstDay(new DateOnly(2000, 1, 1));
        while (day is { } found && found < until)
        {
            day = FirstDay(found.AddDays(1));
            if (day == found.AddDays(1))
                return true;
        }

        return false;
    }
}
