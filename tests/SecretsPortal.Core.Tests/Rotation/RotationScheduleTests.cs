using System.Globalization;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Core.Tests.Rotation;

public sealed class RotationScheduleTests
{
    // Sunday, 1 March 2026, is the day most cases count from.
    private const string Last = "2026-03-01T10:07:31Z";

    [Theory]
    [InlineData("rate(1 day)", null, "2026-03-02T00:00Z", "2026-03-03T00:00Z")]
    [InlineData("rate(30 days)", null, "2026-03-31T00:00Z", "2026-04-01T00:00Z")]
    [InlineData("rate(30 days)", "3h", "2026-03-31T00:00Z", "2026-03-31T03:00Z")]
    [InlineData("rate(1000 days)", "24h", "2028-11-25T00:00Z", "2028-11-26T00:00Z")]
    [InlineData("rate(4 hours)", null, "2026-03-01T14:00Z", "2026-03-01T15:00Z")]
    [InlineData("rate(36 hours)", "2h", "2026-03-02T22:00Z", "2026-03-03T00:00Z")]
    [InlineData("rate(4 hour)", "4h", "2026-03-01T14:00Z", "2026-03-01T18:00Z")]
    [InlineData("cron(0 2 * * ? *)", null, "2026-03-02T02:00Z", "2026-03-03T00:00Z")]
    [InlineData("cron(0 11 * * ? *)", null, "2026-03-01T11:00Z", "2026-03-02T00:00Z")]
    [InlineData("cron(0 11 * * ? *)", "13h", "2026-03-01T11:00Z", "2026-03-02T00:00Z")]
    [InlineData("cron(0 /8 * * ? *)", null, "2026-03-01T16:00Z", "2026-03-01T17:00Z")]
    [InlineData("cron(0 2/10 * * ? *)", "4h", "2026-03-01T12:00Z", "2026-03-01T16:00Z")]
    [InlineData("cron(0 0 1,15 * ? *)", null, "2026-03-15T00:00Z", "2026-03-16T00:00Z")]
    [InlineData("cron(0 17 L * ? *)", null, "2026-03-31T17:00Z", "2026-04-01T00:00Z")]
    [InlineData("cron(0 17 L FEB ? *)", null, "2027-02-28T17:00Z", "2027-03-01T00:00Z")]
    [InlineData("cron(0 10 ? * MON-FRI *)", "2h", "2026-03-02T10:00Z", "2026-03-02T12:00Z")]
    [InlineData("cron(0 10 ? * 2 *)", null, "2026-03-02T10:00Z", "2026-03-03T00:00Z")]
    [InlineData("cron(0 18 ? 1/3 SUN#1 *)", null, "2026-04-05T18:00Z", "2026-04-06T00:00Z")]
    [InlineData("cron(0 12 ? * SUN#1 *)", null, "2026-03-01T12:00Z", "2026-03-02T00:00Z")]
    [InlineData("cron(0 2 ? * fril *)", null, "2026-03-27T02:00Z", "2026-03-28T00:00Z")]
    [InlineData("cron(0 2 ? * L *)", null, "2026-03-07T02:00Z", "2026-03-08T00:00Z")]
    [InlineData("cron(0 2 ? jan-feb,DEC 3#5,L *)", null, "2026-12-05T02:00Z", "2026-12-06T00:00Z")]
    [InlineData("cron(0 0 29 2 ? *)", null, "2028-02-29T00:00Z", "2028-03-01T00:00Z")]
    [InlineData("cron(0 0 31 2/2 ? *)", null, "2026-08-31T00:00Z", "2026-09-01T00:00Z")]
    [InlineData("cron(0 1,23 1 * ? *)", null, "2026-03-01T23:00Z", "2026-03-02T00:00Z")]
    [InlineData("cron(0  6-14/4   ?  *  SUN  *)", null, "2026-03-01T14:00Z", "2026-03-01T15:00Z")]
    public void The_next_window_is(string expression, string? duration, string start, string end)
    {
        var schedule = RotationSchedule.Parse(expression, null, duration);

        Assert.Equal(new RotationWindow(Time(start), Time(end)), schedule.Next(Time(Last), Time(Last)));
    }

    [Fact]
    public void Days_count_like_a_rate_in_days()
    {
        var schedule = RotationSchedule.Parse(null, 30, null);

        Assert.Equal(RotationSchedule.Parse("rate(30 days)", null, null).Next(Time(Last), Time(Last)), schedule.Next(Time(Last), Time(Last)));
        Assert.Equal((30, null, null), (schedule.AutomaticallyAfterDays, schedule.Expression, schedule.Duration));
    }

    [Fact]
    public void A_start_is_after_and_never_at_the_time_that_was_asked_from()
    {
        var daily = RotationSchedule.Parse("cron(0 2 * * ? *)", null, null);
        Assert.Equal(Time("2026-03-02T02:00Z"), daily.Next(Time(Last), Time("2026-03-01T02:00Z")).Start);
        Assert.Equal(Time("2026-03-01T02:00Z"), daily.Next(Time(Last), Time("2026-03-01T01:59:59Z")).Start);

        var rate = RotationSchedule.Parse("rate(10 days)", null, null);
        Assert.Equal(Time("2026-03-21T00:00Z"), rate.Next(Time(Last), Time("2026-03-11T00:00Z")).Start);
        Assert.Equal(Time("2026-03-11T00:00Z"), rate.Next(Time(Last), Time("2026-02-01T00:00Z")).Start);
    }

    [Fact]
    public void Missed_windows_of_a_rate_are_passed_over_in_step() =>
        Assert.Equal(Time("2026-06-09T00:00Z"), RotationSchedule.Parse(null, 10, null).Next(Time(Last), Time("2026-06-01T12:00Z")).Start);

    [Fact]
    public void Times_with_an_offset_count_as_UTC()
    {
        var last = new DateTimeOffset(2026, 3, 1, 1, 30, 0, TimeSpan.FromHours(2));

        Assert.Equal(Time("2026-03-01T00:00Z"), RotationSchedule.Parse("rate(1 day)", null, null).Next(last, last).Start);
        Assert.Equal(TimeSpan.Zero, RotationSchedule.Parse("cron(0 1 * * ? *)", null, null).Next(last, last).Start.Offset);
        Assert.Equal(Time("2026-03-01T01:00Z"), RotationSchedule.Parse("cron(0 1 * * ? *)", null, null).Next(last, last).Start);
    }

    [Fact]
    public void A_fifth_Sunday_in_February_is_found_across_a_century() =>
        Assert.Equal(Time("2128-02-29T00:00Z"),
            RotationSchedule.Parse("cron(0 0 ? 2 SUN#5 *)", null, null).Next(Time("2088-03-01T00:00Z"), Time("2088-03-01T00:00Z")).Start);

    [Theory]
    [InlineData(null, null, null, "RotationRules needs a schedule. Give ScheduleExpression or AutomaticallyAfterDays.")]
    [InlineData(null, null, "3h", "RotationRules needs a schedule. Give ScheduleExpression or AutomaticallyAfterDays.")]
    [InlineData("rate(1 day)", 1, null, "You can't use both ScheduleExpression and AutomaticallyAfterDays. Give one of them.")]
    [InlineData(null, 0, null, "AutomaticallyAfterDays must be between 1 and 1000.")]
    [InlineData(null, 1001, null, "AutomaticallyAfterDays must be between 1 and 1000.")]
    [InlineData("", null, null, "ScheduleExpression must have 1 to 256 characters.")]
    [InlineData("rate(1 dåy)", null, null, "ScheduleExpression may only contain ASCII letters, digits, spaces and ( ) # ? * - / ,")]
    [InlineData("every day", null, null, "ScheduleExpression must be rate(N hours), rate(N days) or cron(0 H DoM Mon DoW *).")]
    [InlineData("rate(1 day", null, null, "ScheduleExpression must be rate(N hours), rate(N days) or cron(0 H DoM Mon DoW *).")]
    [InlineData("rate(1 week)", null, null, "ScheduleExpression must be rate(N hours) or rate(N days) with a whole number N.")]
    [InlineData("rate(-1 days)", null, null, "ScheduleExpression must be rate(N hours) or rate(N days) with a whole number N.")]
    [InlineData("rate(days)", null, null, "ScheduleExpression must be rate(N hours) or rate(N days) with a whole number N.")]
    [InlineData("rate(3 hours)", null, null, "ScheduleExpression must be between rate(4 hours) and rate(24000 hours).")]
    [InlineData("rate(24001 hours)", null, null, "ScheduleExpression must be between rate(4 hours) and rate(24000 hours).")]
    [InlineData("rate(0 days)", null, null, "ScheduleExpression must be between rate(1 day) and rate(1000 days).")]
    [InlineData("rate(99999999999999999999 days)", null, null, "ScheduleExpression must be between rate(1 day) and rate(1000 days).")]
    [InlineData("cron(0 2 * * *)", null, null, "ScheduleExpression must have six fields: cron(0 H DoM Mon DoW *).")]
    [InlineData("cron(5 2 * * ? *)", null, null, "ScheduleExpression must have 0 in its minutes field: windows open at full hours.")]
    [InlineData("cron(0 2 * * ? 2027)", null, null, "ScheduleExpression must have * in its year field.")]
    [InlineData("cron(0 2 * * * *)", null, null, "ScheduleExpression must have ? in exactly one of its day-of-month and day-of-week fields.")]
    [InlineData("cron(0 2 ? * ? *)", null, null, "ScheduleExpression must have ? in exactly one of its day-of-month and day-of-week fields.")]
    [InlineData("cron(0 24 * * ? *)", null, null, "ScheduleExpression's hours field has '24', which is no value from 0 to 23.")]
    [InlineData("cron(0 2 0 * ? *)", null, null, "ScheduleExpression's day-of-month field has '0', which is no value from 1 to 31.")]
    [InlineData("cron(0 2 15W * ? *)", null, null, "ScheduleExpression's day-of-month field has '15W', which is no value from 1 to 31.")]
    [InlineData("cron(0 2 1, * ? *)", null, null, "ScheduleExpression's day-of-month field has '', which is no value from 1 to 31.")]
    [InlineData("cron(0 2 * 13 ? *)", null, null, "ScheduleExpression's month field has '13', which is no value from 1 to 12 or JAN to DEC.")]
    [InlineData("cron(0 2 ? * DAY *)", null, null, "ScheduleExpression's day-of-week field has 'DAY', which is no value from 1 to 7 or SUN to SAT.")]
    [InlineData("cron(0 2 ? * SUN#6 *)", null, null, "ScheduleExpression's day-of-week field must have a number from 1 to 5 after #, such as SUN#1.")]
    [InlineData("cron(0 2 ? * FRI-MON *)", null, null, "ScheduleExpression's day-of-week field has the range 'FRI-MON', which ends before it starts.")]
    [InlineData("cron(0 2/0 * * ? *)", null, null, "ScheduleExpression's hours field has the step '0', which is no number from 1 to 23.")]
    [InlineData("cron(0 /24 * * ? *)", null, null, "ScheduleExpression's hours field has the step '24', which is no number from 1 to 23.")]
    [InlineData("cron(0 2 30 FEB ? *)", null, null, "ScheduleExpression names days that no month has. Choose days that its months have.")]
    [InlineData("cron(0 * * * ? *)", null, null, "ScheduleExpression rotates more often than every 4 hours. Leave at least 4 hours between two windows.")]
    [InlineData("cron(0 1,23 * * ? *)", null, null, "ScheduleExpression rotates more often than every 4 hours. Leave at least 4 hours between two windows.")]
    [InlineData("cron(0 1,23 1,L * ? *)", null, null, "ScheduleExpression rotates more often than every 4 hours. Leave at least 4 hours between two windows.")]
    [InlineData("rate(1 day)", null, "3", "Duration must be a number of hours between 1h and 24h, such as 3h.")]
    [InlineData("rate(1 day)", null, "0h", "Duration must be a number of hours between 1h and 24h, such as 3h.")]
    [InlineData("rate(1 day)", null, "25h", "Duration must be a number of hours between 1h and 24h, such as 3h.")]
    [InlineData("rate(1 day)", null, "-1h", "Duration must be a number of hours between 1h and 24h, such as 3h.")]
    [InlineData("rate(1 day)", null, "h", "Duration must be a number of hours between 1h and 24h, such as 3h.")]
    [InlineData("rate(4 hours)", null, "5h", "Duration 5h reaches past the start of the next window. Give at most 4h.")]
    [InlineData("cron(0 2/10 * * ? *)", null, "5h", "Duration 5h reaches past the start of the next window. Give at most 4h.")]
    [InlineData("cron(0 20 * * ? *)", null, "5h", "Duration 5h reaches past the UTC day that its window starts in. Give at most 4h.")]
    public void Wrong_rules_name_the_member_and_the_remedy(string? expression, int? days, string? duration, string message)
    {
        var refused = Assert.Throws<PortalException>(() => RotationSchedule.Parse(expression, days, duration));

        Assert.Equal((PortalError.InvalidParameter, message), (refused.Error, refused.Message));
    }

    [Fact]
    public void An_expression_has_at_most_256_characters()
    {
        var hours = "cron(0 2 " + string.Join(",", Enumerable.Repeat("1", 150)) + " * ? *)";

        Assert.Equal("ScheduleExpression must have 1 to 256 characters.",
            Assert.Throws<PortalException>(() => RotationSchedule.Parse(hours, null, null)).Message);
    }

    [Theory]
    [InlineData("rate(1 day)", null, "every day")]
    [InlineData("rate(30 days)", null, "every 30 days")]
    [InlineData("rate(4 hours)", null, "every 4 hours")]
    [InlineData("rate(7 days)", "3h", "every 7 days, in a window of 3 hours")]
    [InlineData("rate(7 days)", "1h", "every 7 days, in a window of 1 hour")]
    [InlineData("cron(0 2 * * ? *)", null, "at 02:00 UTC every day")]
    [InlineData("cron(0 2 ? * * *)", null, "at 02:00 UTC every day")]
    [InlineData("cron(0 2 ? * SUN#1 *)", null, "at 02:00 UTC on the first Sunday of the month")]
    [InlineData("cron(0 18 ? 1/3 SUN#1 *)", null, "at 18:00 UTC on the first Sunday of January, April, July and October")]
    [InlineData("cron(0 17 L * ? *)", null, "at 17:00 UTC on the last day of the month")]
    [InlineData("cron(0 0 1,2,3,11,22 * ? *)", null, "at 00:00 UTC on the 1st, the 2nd, the 3rd, the 11th and the 22nd of the month")]
    [InlineData("cron(0 2/10 * * ? *)", null, "at 02:00, 12:00 and 22:00 UTC every day")]
    [InlineData("cron(0 2 ? * MON-FRI *)", null, "at 02:00 UTC from Monday to Friday")]
    [InlineData("cron(0 2 ? JUN TUE,THU *)", null, "at 02:00 UTC on Tuesdays and Thursdays in June")]
    [InlineData("cron(0 2 * JUN ? *)", null, "at 02:00 UTC every day in June")]
    [InlineData("cron(0 2 ? * FRIL *)", null, "at 02:00 UTC on the last Friday of the month")]
    [InlineData("cron(0 2 ? * MON,FRIL *)", null, "at 02:00 UTC on Mondays and on the last Friday of the month")]
    public void It_is_described_in_plain_words(string expression, string? duration, string words) =>
        Assert.Equal(words, RotationSchedule.Parse(expression, null, duration).Describe());

    private static DateTimeOffset Time(string text) => DateTimeOffset.Parse(text, CultureInfo.InvariantCulture);
}
