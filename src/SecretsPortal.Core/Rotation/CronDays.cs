namespace SecretsPortal.Core.Rotation;

/// <summary>The days that one of the two day fields names; what the field does not name is empty.</summary>
internal sealed class CronDays
{
    /// <summary>Days of the month, 1–31; empty where the week decides.</summary>
    public IReadOnlySet<int> DaysOfMonth { get; private init; } = new HashSet<int>();

    /// <summary>True for <c>L</c>: the month's last day.</summary>
    public bool IsLastOfMonth { get; private init; }

    /// <summary>Days of every week, 1 (Sunday) – 7.</summary>
    public IReadOnlySet<int> DaysOfWeek { get; private init; } = new HashSet<int>();

    /// <summary>Days such as <c>SUN#1</c>: the day of the week and which one in the month, 1–5.</summary>
    public IReadOnlySet<(int Day, int Ordinal)> Ordinals { get; private init; } = new HashSet<(int, int)>();

    /// <summary>Days such as <c>FRIL</c>: the month's last of them.</summary>
    public IReadOnlySet<int> LastDaysOfWeek { get; private init; } = new HashSet<int>();

    /// <summary>Reads a day-of-month field.</summary>
    public static CronDays OfMonth(string text)
    {
        var items = text.Split(',');
        var plain = items.Where(i => !IsLast(i)).ToArray();
        return new CronDays
        {
            IsLastOfMonth = plain.Length < items.Length,
            DaysOfMonth = plain.SelectMany(CronField.DaysOfMonth.ReadItem).ToHashSet(),
        };
    }

    /// <summary>Reads a day-of-week field.</summary>
    public static CronDays OfWeek(string text)
    {
        var (week, ordinals, last) = (new HashSet<int>(), new HashSet<(int, int)>(), new HashSet<int>());
        foreach (var item in text.Split(','))
        {
            if (IsLast(item))
                week.Add(7);
            else if (item.Split('#') is [var day, var ordinal])
                ordinals.Add((CronField.DaysOfWeek.ReadValue(day), ReadOrdinal(ordinal)));
            else if (item.Length > 1 && IsLast(item[^1..]))
                last.Add(CronField.DaysOfWeek.ReadValue(item[..^1]));
            else
                week.UnionWith(CronField.DaysOfWeek.ReadItem(item));
        }

        return new CronDays { DaysOfWeek = week, Ordinals = ordinals, LastDaysOfWeek = last };
    }

    /// <summary>True where the field names the day.</summary>
    public bool Contains(DateOnly day)
    {
        var dayOfWeek = (int)day.DayOfWeek + 1;
        var daysInMonth = DateTime.DaysInMonth(day.Year, day.Month);
        return DaysOfMonth.Contains(day.Day)
            || IsLastOfMonth && day.Day == daysInMonth
            || DaysOfWeek.Contains(dayOfWeek)
            || Ordinals.Contains((dayOfWeek, (day.Day + 6) / 7))
            || day.Day > daysInMonth - 7 && LastDaysOfWeek.Contains(dayOfWeek);
    }

    private static bool IsLast(string item) => item is "L" or "l";

    private static int ReadOrdinal(string text) =>
        text is [>= '1' and <= '5'] ? text[0] - '0'
            : throw RotationSchedule.Invalid("ScheduleExpression's day-of-week field must have a number from 1 to 5 after #, such as SUN#1.");
}
