using CsCheck;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Core.Tests.Rotation;

public sealed class RotationSchedulePropertyTests
{
    private static readonly DateTimeOffset s_epoch = new(2023, 12, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly Gen<DateTimeOffset> s_time = Gen.Int[0, 5 * 366 * 24 * 60].Select(m => s_epoch.AddMinutes(m));

    private static readonly Gen<string> s_rate = Gen.OneOf(
        Gen.Int[4, 2000].Select(n => $"rate({n} hours)"), Gen.Int[1, 1000].Select(n => $"rate({n} days)"));

    private static readonly int[][] s_hourLists = [[0], [23], [2, 12, 22], [0, 8, 16], [5, 9], [0, 4, 8, 12, 16, 20]];
    private static readonly Gen<int[]> s_hours = Gen.Int[0, s_hourLists.Length - 1].Select(i => s_hourLists[i]);

    [Fact]
    public void Windows_of_any_rate_follow_each_other_without_overlap()
    {
        Gen.Select(s_rate, s_time, Gen.Int[0, 10_000_000]).Sample((expression, last, seconds) =>
        {
            var schedule = RotationSchedule.Parse(expression, null, null);
            var after = last.AddSeconds(seconds);
            var window = schedule.Next(last, after);
            var following = schedule.Next(last, window.Start);
            return window.Start > after && window.Start > last && window.End > window.Start && window.End <= following.Start
                && window.Start.Minute == 0 && (!expression.Contains("day", StringComparison.Ordinal) || window.Start.Hour == 0);
        });
    }

    [Fact]
    public void Days_of_the_month_are_found_as_a_walk_over_every_hour_finds_them()
    {
        var days = Gen.Int[1, 31].Array[1, 4].Select(d => d.Distinct().ToArray());
        var months = Gen.Int[1, 12].Array[1, 12].Select(m => m.Distinct().ToArray());
        Gen.Select(s_hours, days, months, Gen.Bool, s_time).Sample((hours, daysOfMonth, inMonths, lastToo, after) =>
        {
            var last = lastToo || daysOfMonth.All(d => d > 28);
            var text = $"cron(0 {string.Join(',', hours)} {string.Join(',', daysOfMonth)}{(last ? ",L" : "")} {string.Join(',', inMonths)} ? *)";
            return RotationSchedule.Parse(text, null, null).Next(after, after).Start == Walk(after, t => hours.Contains(t.Hour)
                && inMonths.Contains(t.Month) && (daysOfMonth.Contains(t.Day) || last && t.AddDays(1).Day == 1));
        });
    }

    [Fact]
    public void Days_of_the_week_are_found_as_a_walk_over_every_hour_finds_them()
    {
        Gen.Select(s_hours, Gen.Int[1, 7], Gen.Int[1, 7], Gen.Int[1, 4], s_time).Sample((hours, plain, other, ordinal, after) =>
        {
            var text = $"cron(0 {string.Join(',', hours)} ? * {plain}#{ordinal},{other}L *)";
            return RotationSchedule.Parse(text, null, null).Next(after, after).Start == Walk(after, t => hours.Contains(t.Hour)
                && (DayOfWeek(t) == plain && t.Day > 7 * (ordinal - 1) && t.Day <= 7 * ordinal || DayOfWeek(t) == other && t.AddDays(7).Month != t.Month));
        });
    }

    [Fact]
    public void Windows_of_any_cron_stay_in_their_day_or_before_the_next_window()
    {
        Gen.Select(s_hours, Gen.Int[1, 24], s_time).Sample((hours, duration, after) =>
        {
            RotationSchedule schedule;
            try
            {
                schedule = RotationSchedule.Parse($"cron(0 {string.Join(',', hours)} * * ? *)", null, $"{duration}h");
            }
            catch (PortalException e)
            {
                return e.Error == PortalError.InvalidParameter;
            }

            var window = schedule.Next(after, after);
            return window.End - window.Start == TimeSpan.FromHours(duration)
                && window.End <= schedule.Next(after, window.Start).Start
                && (hours.Length > 1 || window.End <= window.Start.Date.AddDays(1));
        });
    }

    [Fact]
    public void The_three_members_say_all_there_is()
    {
        Gen.Select(s_rate, Gen.Int[1, 1000], Gen.Bool, Gen.Int[0, 4], s_time).Sample((expression, days, useDays, hours, after) =>
        {
            var duration = hours == 0 ? null : $"{hours}h";
            var schedule = RotationSchedule.Parse(useDays ? null : expression, useDays ? days : null, duration);
            var again = RotationSchedule.Parse(schedule.Expression, schedule.AutomaticallyAfterDays, schedule.Duration);
            return schedule == again && schedule.GetHashCode() == again.GetHashCode()
                && schedule.Next(after, after) == again.Next(after, after) && schedule.Describe() == again.Describe();
        });
    }

    [Fact]
    public void Any_text_is_read_or_refused_and_never_fails()
    {
        var soup = Gen.String[Gen.Char["0123456789*?,-/#L SUNMOFRIJAcronrate()hdays "], 0, 40];
        Gen.OneOf(soup, soup.Select(s => $"cron({s})"), soup.Select(s => $"cron(0 {s} *)"), soup.Select(s => $"rate({s})")).Sample(text =>
        {
            try
            {
                var schedule = RotationSchedule.Parse(text, null, null);
                Assert.True(schedule.Next(s_epoch, s_epoch).Start > s_epoch);
                Assert.NotEmpty(schedule.Describe());
            }
            catch (PortalException e)
            {
                Assert.Equal(PortalError.InvalidParameter, e.Error);
            }
        });
    }

    private static int DayOfWeek(DateTimeOffset time) => (int)time.DayOfWeek + 1;

    private static DateTimeOffset Walk(DateTimeOffset after, Func<DateTimeOffset, bool> matches)
    {
        var time = new DateTimeOffset(after.Year, after.Month, after.Day, after.Hour, 0, 0, TimeSpan.Zero).AddHours(1);
        while (!matches(time))
            time = time.AddHours(1);
        return time;
    }
}
