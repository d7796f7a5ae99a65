using System.Globalization;
using System.Text.RegularExpressions;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Web.Portal.Texts;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The ways to say when a secret rotates.</summary>
public enum ScheduleMode
{
    /// <summary>Every so many hours.</summary>
    Hours,

    /// <summary>Every so many days.</summary>
    Days,

    /// <summary>On days of the week, of every week or of one in the month.</summary>
    Week,

    /// <summary>On days of the month.</summary>
    Month,

    /// <summary>As a cron or rate expression.</summary>
    Expression,
}

/// <summary>What a schedule that is being typed means.</summary>
/// <param name="Words">In words; null where it means nothing.</param>
/// <param name="Windows">The next windows, in their order; empty where it means nothing.</param>
/// <param name="Fault">What is wrong with it; null where nothing is.</param>
public sealed record SchedulePreview(string? Words, IReadOnlyList<RotationWindow> Windows, string? Fault)
{
    /// <summary>True where the fault is about the window's length alone.</summary>
    public bool IsOfDuration => Fault?.StartsWith("Duration", StringComparison.Ordinal) == true;
}

/// <summary>A schedule while it is put together.</summary>
public sealed partial class ScheduleDraft
{
    /// <summary>The days of the week as cron names them, in the order in which they are shown.</summary>
    public static readonly IReadOnlyList<string> Weekdays = ["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"];

    private const int WindowsShown = 5;

    // AWS has two ways to say the same; what was stored the one way stays so.
    private bool _isAfterDays;

    /// <summary>Which fields count.</summary>
    public ScheduleMode Mode { get; set; } = ScheduleMode.Days;

    /// <summary>The number of hours or days, as typed.</summary>
    public string Every { get; set; } = "30";

    /// <summary>The chosen days of the week, of <see cref="Weekdays"/>.</summary>
    public ISet<string> DaysOfWeek { get; private init; } = new HashSet<string>(StringComparer.Ordinal) { "SUN" };

    /// <summary>Which of the month's: 0 for every week's, 1–4 for the first to the fourth, 5 for the last.</summary>
    public int WeekOfMonth { get; set; }

    /// <summary>The chosen days of the month, 1–31.</summary>
    public ISet<int> DaysOfMonth { get; private init; } = new HashSet<int> { 1 };

    /// <summary>True for the month's last day, too.</summary>
    public bool IsLastOfMonth { get; set; }

    /// <summary>The hour at which windows of days of the week and of the month open, 0–23, in UTC.</summary>
    public int Hour { get; set; } = 4;

    /// <summary><c>cron(…)</c> or <c>rate(…)</c>, or what stands inside a cron.</summary>
    public string Expression { get; set; } = "";

    /// <summary>Such as <c>3h</c>; empty for the default.</summary>
    public string Duration { get; set; } = "";

    /// <summary>The fields of a stored schedule; the usual ones where there is none.</summary>
    public static ScheduleDraft From(RotationSchedule? schedule)
    {
        if (schedule is null)
            return new ScheduleDraft();
        var duration = schedule.Duration ?? "";
        if (schedule.AutomaticallyAfterDays is { } days)
            return new ScheduleDraft { _isAfterDays = true, Every = days.ToString(CultureInfo.InvariantCulture), Duration = duration };
        var expression = schedule.Expression ?? "";
        var built = OfRate(expression) ?? OfWeek(expression) ?? OfMonth(expression);
        if (built is not null)
            built.Duration = duration;
        // Only what the fields say in the very same words: saving without a change must change nothing.
        return built is not null && schedule.Equals(built.TrySchedule()) ? built : new ScheduleDraft { Mode = ScheduleMode.Expression, Expression = expression, Duration = duration };
    }

    /// <summary>The fields of an expression as it was typed, right or wrong.</summary>
    public static ScheduleDraft Typed(string expression, string duration)
    {
        var typed = new ScheduleDraft { Mode = ScheduleMode.Expression, Expression = expression, Duration = duration };
        return typed.TrySchedule() is { } schedule ? From(schedule) : typed;
    }

    /// <summary>The schedule; throws <see cref="PortalException"/> where the fields make none.</summary>
    public RotationSchedule ToSchedule()
    {
        var duration = string.IsNullOrWhiteSpace(Duration) ? null : Duration.Trim();
        return Mode switch
        {
            ScheduleMode.Hours => RotationSchedule.Parse(Rate("hour"), null, duration),
            ScheduleMode.Days when _isAfterDays => RotationSchedule.Parse(null, Number(), duration),
            ScheduleMode.Days => RotationSchedule.Parse(Rate("day"), null, duration),
            ScheduleMode.Week => RotationSchedule.Parse(Cron("?", WeekField()), null, duration),
            ScheduleMode.Month => RotationSchedule.Parse(Cron(MonthField(), "?"), null, duration),
            _ => RotationSchedule.Parse(Whole(Expression.Trim()), null, duration),
        };
    }

    /// <summary>What the fields mean, for a secret that was last rotated then.</summary>
    public SchedulePreview Preview(DateTimeOffset lastRotation, DateTimeOffset now)
    {
        try
        {
            var schedule = ToSchedule();
            return new SchedulePreview(Model.Words.Of(schedule), schedule.Upcoming(lastRotation, now, WindowsShown), null);
        }
        catch (PortalException fault)
        {
            return new SchedulePreview(null, [], fault.Message);
        }
    }

    private static ScheduleDraft? OfRate(string expression) => RateText().Match(expression) is { Success: true } rate
        ? new ScheduleDraft { Mode = rate.Groups[2].Value == "hour" ? ScheduleMode.Hours : ScheduleMode.Days, Every = rate.Groups[1].Value }
        : null;

    private static ScheduleDraft? OfWeek(string expression)
    {
        if (WeekText().Match(expression) is not { Success: true } cron)
            return null;
        var items = cron.Groups[2].Value.Split(',');
        var week = items[0][3..] switch { "" => 0, "L" => 5, var ordinal => ordinal[1] - '0' };
        return new ScheduleDraft
        {
            Mode = ScheduleMode.Week,
            Hour = int.Parse(cron.Groups[1].Value, CultureInfo.InvariantCulture),
            WeekOfMonth = week,
            DaysOfWeek = items.Select(static item => item[..3]).ToHashSet(StringComparer.Ordinal),
        };
    }

    private static ScheduleDraft? OfMonth(string expression)
    {
        if (MonthText().Match(expression) is not { Success: true } cron)
            return null;
        var items = cron.Groups[2].Value.Split(',');
        return new ScheduleDraft
        {
            Mode = ScheduleMode.Month,
            Hour = int.Parse(cron.Groups[1].Value, CultureInfo.InvariantCulture),
            IsLastOfMonth = items.Contains("L"),
            DaysOfMonth = items.Where(static item => item != "L").Select(static item => int.Parse(item, CultureInfo.InvariantCulture)).ToHashSet(),
        };
    }

    private RotationSchedule? TrySchedule()
    {
        try
        {
            return ToSchedule();
        }
        catch (PortalException)
        {
            return null;
        }
    }

    private int Number() => int.TryParse(Every.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
        ? number
        : throw Fault(CreateText.NumberFault);

    private string Rate(string unit) => Number() is var number && number == 1 ? $"rate(1 {unit})" : $"rate({number} {unit}s)";

    private string Cron(string dayOfMonth, string dayOfWeek) => string.Create(CultureInfo.InvariantCulture, $"cron(0 {Hour} {dayOfMonth} * {dayOfWeek} *)");

    private string WeekField()
    {
        var suffix = WeekOfMonth switch { 0 => "", 5 => "L", var ordinal => $"#{ordinal}" };
        var days = Weekdays.Where(DaysOfWeek.Contains).Select(day => day + suffix).ToList();
        return days.Count > 0 ? string.Join(',', days) : throw Fault(CreateText.WeekDaysNone);
    }

    private string MonthField()
    {
        var days = DaysOfMonth.Order().Select(static day => day.ToString(CultureInfo.InvariantCulture)).Concat(IsLastOfMonth ? ["L"] : []).ToList();
        return days.Count > 0 ? string.Join(',', days) : throw Fault(CreateText.MonthDaysNone);
    }

    private static string Whole(string expression) => expression.Length == 0
        ? throw Fault(CreateText.ExpressionNone)
        : expression.StartsWith("cron(", StringComparison.Ordinal) || expression.StartsWith("rate(", StringComparison.Ordinal) ? expression : $"cron({expression})";

    private static PortalException Fault(string message) => new(PortalError.InvalidParameter, message);

    [GeneratedRegex(@"^rate\((\d+) (hour|day)s?\)$", RegexOptions.CultureInvariant)]
    private static partial Regex RateText();

    [GeneratedRegex(@"^cron\(0 (\d{1,2}) \? \* ((?:(?:MON|TUE|WED|THU|FRI|SAT|SUN)(?:#[1-4]|L)?,?)+) \*\)$", RegexOptions.CultureInvariant)]
    private static partial Regex WeekText();

    [GeneratedRegex(@"^cron\(0 (\d{1,2}) ((?:(?:\d{1,2}|L),?)+) \* \? \*\)$", RegexOptions.CultureInvariant)]
    private static partial Regex MonthText();
}
