using System.Globalization;

namespace SecretsPortal.Core.Rotation;

/// <summary>When a secret is rotated: <c>rate(…)</c>, <c>cron(…)</c> or a number of days. Equal where the three members are.</summary>
/// <remarks>
/// All times are UTC. A schedule is "in days" where it opens at most one window a day, otherwise "in hours". Windows:
/// a rate in days opens at midnight, counted from the day of the last rotation; a rate in hours opens at a full hour, counted
/// from the hour of the last rotation; a cron opens at its hours. Without a Duration a window in hours is one hour long and
/// one in days ends with its day.
/// </remarks>
public sealed record RotationSchedule
{
    /// <summary>The shortest distance of two windows, in hours.</summary>
    public const int MinHours = 4;

    /// <summary>The longest distance of two windows of a rate, in days.</summary>
    public const int MaxDays = 1000;

    private const int MaxExpressionLength = 256;
    private const int HoursPerDay = 24;

    /// <summary>The expression as given; null where AutomaticallyAfterDays was used.</summary>
    public string? Expression { get; private init; }

    /// <summary>1–1000; null where an expression was used.</summary>
    public int? AutomaticallyAfterDays { get; private init; }

    /// <summary>The window's length as given, such as <c>3h</c>; null where the default holds.</summary>
    public string? Duration { get; private init; }

    /// <summary>Set for a cron; otherwise <see cref="Rate"/> holds.</summary>
    private CronExpression? Cron { get; init; }

    private TimeSpan Rate { get; init; }

    private bool IsInDays { get; init; }

    private TimeSpan? Length { get; init; }

    /// <summary>Reads the three members of RotationRules; InvalidParameter names the member and the remedy.</summary>
    /// <param name="expression">ScheduleExpression: <c>rate(N hours)</c>, <c>rate(N days)</c> or <c>cron(0 H DoM Mon DoW *)</c>.</param>
    /// <param name="automaticallyAfterDays">1–1000; never beside an expression.</param>
    /// <param name="duration"><c>1h</c>–<c>24h</c>; no longer than the distance to the next window, and in days no longer than the rest of the day.</param>
    public static RotationSchedule Parse(string? expression, int? automaticallyAfterDays, string? duration)
    {
        var schedule = (expression, automaticallyAfterDays) switch
        {
            (not null, not null) => throw Invalid("You can't use both ScheduleExpression and AutomaticallyAfterDays. Give one of them."),
            (null, null) => throw Invalid("RotationRules needs a schedule. Give ScheduleExpression or AutomaticallyAfterDays."),
            (null, { } days) => OfDays(days, $"AutomaticallyAfterDays must be between 1 and {MaxDays}."),
            ({ } text, null) => OfExpression(text),
        };
        schedule = schedule with { Expression = expression, AutomaticallyAfterDays = automaticallyAfterDays, Duration = duration };
        return duration is null ? schedule : schedule with { Length = ReadDuration(duration, schedule) };
    }

    /// <summary>The first window that starts after <paramref name="after"/>; for a rate, counted from <paramref name="lastRotation"/>.</summary>
    /// <param name="lastRotation">The later of the last rotation and the last manual change.</param>
    /// <param name="after">Now, or the start of the window that was used.</param>
    public RotationWindow Next(DateTimeOffset lastRotation, DateTimeOffset after)
    {
        var start = Cron is null ? NextOfRate(lastRotation.ToUniversalTime(), after) : Cron.Next(after);
        var end = start + (Length ?? TimeSpan.FromHours(1));
        return new RotationWindow(start, Length is null && IsInDays ? Midnight(start).AddDays(1) : end);
    }

    /// <summary>The windows that follow, in their order, as if each is used: a preview.</summary>
    /// <param name="lastRotation">The later of the last rotation and the last manual change.</param>
    /// <param name="after">Now.</param>
    /// <param name="count">How many.</param>
    public IReadOnlyList<RotationWindow> Upcoming(DateTimeOffset lastRotation, DateTimeOffset after, int count)
    {
        var windows = new List<RotationWindow>(count);
        while (windows.Count < count)
            windows.Add(Next(lastRotation, windows.Count == 0 ? after : windows[^1].Start));
        return windows;
    }

    /// <summary>The schedule in plain words, such as <c>every 30 days</c> or <c>at 02:00 UTC on the first Sunday of the month</c>.</summary>
    public string Describe()
    {
        var when = (Cron, IsInDays) switch
        {
            ({ } cron, _) => CronDescription.Of(cron),
            (null, true) => Every((int)Rate.TotalDays, "day"),
            (null, false) => Every((int)Rate.TotalHours, "hour"),
        };
        return Length is not { } length ? when : $"{when}, in a window of {Count((int)length.TotalHours, "hour")}";

        static string Every(int n, string unit) => n == 1 ? $"every {unit}" : $"every {Count(n, unit)}";
        static string Count(int n, string unit) => string.Create(CultureInfo.InvariantCulture, $"{n} {unit}{(n == 1 ? "" : "s")}");
    }

    /// <inheritdoc/>
    public bool Equals(RotationSchedule? other) =>
        other is not null && Expression == other.Expression && AutomaticallyAfterDays == other.AutomaticallyAfterDays && Duration == other.Duration;

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Expression, AutomaticallyAfterDays, Duration);

    internal static PortalException Invalid(string message) => new(PortalError.InvalidParameter, message);

    private DateTimeOffset NextOfRate(DateTimeOffset lastRotation, DateTimeOffset after)
    {
        var unit = IsInDays ? TimeSpan.FromDays(1) : TimeSpan.FromHours(1);
        // Cut to the unit, or each rotation's own delay would push the windows on.
        var from = new DateTimeOffset(lastRotation.Ticks - lastRotation.Ticks % unit.Ticks, TimeSpan.Zero);
        var passed = after < from ? 0 : (after - from).Ticks / Rate.Ticks;
        return from + TimeSpan.FromTicks((passed + 1) * Rate.Ticks);
    }

    private static RotationSchedule OfExpression(string text)
    {
        if (text.Length is 0 or > MaxExpressionLength)
            throw Invalid($"ScheduleExpression must have 1 to {MaxExpressionLength} characters.");
        if (!text.All(c => char.IsAsciiLetterOrDigit(c) || "()#?*-/, ".Contains(c, StringComparison.Ordinal)))
            throw Invalid("ScheduleExpression may only contain ASCII letters, digits, spaces and ( ) # ? * - / ,");
        if (Inside(text, "rate(") is { } rate)
            return OfRate(rate);
        if (Inside(text, "cron(") is not { } fields)
            throw Invalid("ScheduleExpression must be rate(N hours), rate(N days) or cron(0 H DoM Mon DoW *).");
        var cron = CronExpression.Parse(fields);
        if (cron.ShortestGapHours < MinHours)
            throw Invalid($"ScheduleExpression rotates more often than every {MinHours} hours. Leave at least {MinHours} hours between two windows.");
        return new RotationSchedule { Cron = cron, IsInDays = cron.Hours.Count == 1 };
    }

    private static string? Inside(string text, string prefix) =>
        text.StartsWith(prefix, StringComparison.Ordinal) && text.EndsWith(')') ? text[prefix.Length..^1] : null;

    private static RotationSchedule OfRate(string text)
    {
        if (text.Split(' ', StringSplitOptions.RemoveEmptyEntries) is not [var number, "hour" or "hours" or "day" or "days"] parts
            || !number.All(char.IsAsciiDigit))
            throw Invalid("ScheduleExpression must be rate(N hours) or rate(N days) with a whole number N.");
        // Digits that do not fit an int are out of range, too.
        var n = int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var parsed) ? parsed : int.MaxValue;
        if (parts[1].StartsWith("day", StringComparison.Ordinal))
            return OfDays(n, $"ScheduleExpression must be between rate(1 day) and rate({MaxDays} days).");
        return n is >= MinHours and <= MaxDays * HoursPerDay
            ? new RotationSchedule { Rate = TimeSpan.FromHours(n) }
            : throw Invalid($"ScheduleExpression must be between rate({MinHours} hours) and rate({MaxDays * HoursPerDay} hours).");
    }

    private static RotationSchedule OfDays(int days, string message) =>
        days is >= 1 and <= MaxDays ? new RotationSchedule { Rate = TimeSpan.FromDays(days), IsInDays = true } : throw Invalid(message);

    private static TimeSpan ReadDuration(string text, RotationSchedule schedule)
    {
        if (text.Length is < 2 or > 3 || text[^1] != 'h' || !int.TryParse(text[..^1], NumberStyles.None, CultureInfo.InvariantCulture, out var hours)
            || hours is < 1 or > HoursPerDay)
            throw Invalid("Duration must be a number of hours between 1h and 24h, such as 3h.");
        var (longest, limit) = schedule switch
        {
            { IsInDays: true, Cron: { } cron } => (HoursPerDay - cron.Hours[0], "the UTC day that its window starts in"),
            { IsInDays: true } => (HoursPerDay, "the UTC day that its window starts in"),
            { Cron: { } cron } => (cron.ShortestGapHours, "the start of the next window"),
            _ => ((int)schedule.Rate.TotalHours, "the start of the next window"),
        };
        return hours <= longest
            ? TimeSpan.FromHours(hours)
            : throw Invalid($"Duration {text} reaches past {limit}. Give at most {longest}h.");
    }

    private static DateTimeOffset Midnight(DateTimeOffset time) => new(time.UtcDateTime.Date, TimeSpan.Zero);
}
