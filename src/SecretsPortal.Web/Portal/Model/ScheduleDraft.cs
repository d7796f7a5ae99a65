using System.Globalization;
using System.Text.RegularExpressions;
using SecretsPortal.Core;
using SecretsPortal.Core.Rotation;

namespace SecretsPortal.Web.Portal.Model;

/// <summary>The three ways to say when a secret rotates.</summary>
internal enum ScheduleMode
{
    /// <summary><c>rate(N hours)</c> or <c>rate(N days)</c>.</summary>
    Rate,

    /// <summary>AutomaticallyAfterDays.</summary>
    Days,

    /// <summary><c>cron(…)</c>.</summary>
    Cron,
}

/// <summary>What a schedule that is being typed means.</summary>
/// <param name="Words">In words; null where it means nothing.</param>
/// <param name="Windows">The next windows, in their order; empty where it means nothing.</param>
/// <param name="Fault">What is wrong with it; null where nothing is.</param>
internal sealed record SchedulePreview(string? Words, IReadOnlyList<RotationWindow> Windows, string? Fault);

/// <summary>A schedule while it is typed.</summary>
internal sealed partial class ScheduleDraft
{
    private const int WindowsShown = 5;

    /// <summary>Which fields count.</summary>
    public ScheduleMode Mode { get; set; } = ScheduleMode.Rate;

    /// <summary>The number, as typed.</summary>
    public string Every { get; set; } = "30";

    /// <summary><c>hours</c> or <c>days</c>.</summary>
    public string Unit { get; set; } = "days";

    /// <summary>The cron expression, with or without <c>cron(…)</c> around it.</summary>
    public string Cron { get; set; } = "";

    /// <summary>Such as <c>3h</c>; empty for the default.</summary>
    public string Duration { get; set; } = "";

    /// <summary>The fields of a stored schedule; the usual ones where there is none.</summary>
    public static ScheduleDraft From(RotationSchedule? schedule)
    {
        if (schedule is null)
            return new ScheduleDraft();
        var duration = schedule.Duration ?? "";
        if (schedule.AutomaticallyAfterDays is { } days)
            return new ScheduleDraft { Mode = ScheduleMode.Days, Every = days.ToString(CultureInfo.InvariantCulture), Duration = duration };
        var expression = schedule.Expression ?? "";
        return Rate().Match(expression) is { Success: true } rate
            ? new ScheduleDraft { Every = rate.Groups[1].Value, Unit = rate.Groups[2].Value + "s", Duration = duration }
            : new ScheduleDraft { Mode = ScheduleMode.Cron, Cron = expression, Duration = duration };
    }

    /// <summary>The schedule; throws <see cref="PortalException"/> where the fields make none.</summary>
    public RotationSchedule ToSchedule()
    {
        var duration = string.IsNullOrWhiteSpace(Duration) ? null : Duration.Trim();
        if (Mode == ScheduleMode.Cron)
        {
            var cron = Cron.Trim();
            return RotationSchedule.Parse(cron.StartsWith("cron(", StringComparison.Ordinal) ? cron : $"cron({cron})", null, duration);
        }

        if (!int.TryParse(Every.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            throw new PortalException(PortalError.InvalidParameter, "Type a whole number, 1 or more.");
        return Mode == ScheduleMode.Days
            ? RotationSchedule.Parse(null, number, duration)
            : RotationSchedule.Parse($"rate({number} {(number == 1 ? Unit.TrimEnd('s') : Unit)})", null, duration);
    }

    /// <summary>What the fields mean, for a secret that was last rotated then.</summary>
    public SchedulePreview Preview(DateTimeOffset lastRotation, DateTimeOffset now)
    {
        if (Mode == ScheduleMode.Cron && string.IsNullOrWhiteSpace(Cron))
            return new SchedulePreview(null, [], "Type a cron expression, such as cron(0 4 ? * SUN *) for Sundays at 4.");
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

    [GeneratedRegex(@"^rate\((\d+) (hour|day)s?\)$", RegexOptions.CultureInvariant)]
    private static partial Regex Rate();
}
