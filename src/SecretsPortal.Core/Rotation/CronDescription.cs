using System.Globalization;

namespace SecretsPortal.Core.Rotation;

/// <summary>A cron expression in plain words, such as <c>at 02:00 UTC on the first Sunday of the month</c>.</summary>
internal static class CronDescription
{
    private static readonly string[] s_ordinals = ["first", "second", "third", "fourth", "fifth"];

    /// <summary>The words.</summary>
    public static string Of(CronExpression cron) => $"at {Hours(cron)} UTC {DaysAndMonths(cron)}";

    private static string Hours(CronExpression cron) =>
        Joined(cron.Hours.Select(h => string.Create(CultureInfo.InvariantCulture, $"{h:00}:00")));

    private static string DaysAndMonths(CronExpression cron)
    {
        var days = cron.Days;
        var months = cron.Months.Count == 12 ? null : Joined(cron.Months.Order().Select(CultureInfo.InvariantCulture.DateTimeFormat.GetMonthName));
        if (days.DaysOfMonth.Count == 31 || days.DaysOfWeek.Count == 7)
            return months is null ? "every day" : $"every day in {months}";

        var ofMonth = days.DaysOfMonth.Order().Select(d => $"the {Ordinal(d)}")
            .Concat(days.Ordinals.Order().Select(o => $"the {s_ordinals[o.Ordinal - 1]} {Name(o.Day)}"))
            .Concat(days.LastDaysOfWeek.Order().Select(d => $"the last {Name(d)}"))
            .Concat(days.IsLastOfMonth ? ["the last day"] : []).ToList();
        var week = days.DaysOfWeek.Count == 0 ? null : Week(days.DaysOfWeek.Order().ToList());
        return (week, ofMonth) switch
        {
            (null, _) => $"on {Joined(ofMonth)} of {months ?? "the month"}",
            (_, []) => months is null ? week : $"{week} in {months}",
            _ => $"{week} and on {Joined(ofMonth)} of the month{(months is null ? "" : $" in {months}")}",
        };
    }

    private static string Week(List<int> days) => days.Count > 2 && days[^1] - days[0] == days.Count - 1
        ? $"from {Name(days[0])} to {Name(days[^1])}"
        : $"on {Joined(days.Select(d => $"{Name(d)}s"))}";

    private static string Name(int day) => CultureInfo.InvariantCulture.DateTimeFormat.GetDayName((DayOfWeek)(day - 1));

    private static string Ordinal(int day) => string.Create(CultureInfo.InvariantCulture, $"{day}{(day % 10, day / 10) switch
    {
        (1, not 1) => "st",
        (2, not 1) => "nd",
        (3, not 1) => "rd",
        _ => "th",
    }}");

    private static string Joined(IEnumerable<string> parts)
    {
        var list = parts.ToList();
        return list.Count < 2 ? string.Concat(list) : $"{string.Join(", ", list[..^1])} and {list[^1]}";
    }
}
