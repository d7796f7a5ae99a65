using System.Globalization;

namespace SecretsPortal.Core.Rotation;

/// <summary>
/// One field of a cron expression: its name for messages, its range, and the names that stand for numbers. Items are separated by
/// commas; each is <c>*</c>, a value, a range <c>a-b</c>, or one of these with a step: <c>/n</c>, <c>*/n</c>, <c>a/n</c>, <c>a-b/n</c>.
/// </summary>
internal sealed class CronField
{
    public static readonly CronField Hours = new("hours", 0, 23);
    public static readonly CronField DaysOfMonth = new("day-of-month", 1, 31);

    public static readonly CronField Months = new("month", 1, 12,
        "JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC");

    public static readonly CronField DaysOfWeek = new("day-of-week", 1, 7, "SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT");

    private readonly string _name;
    private readonly int _min;
    private readonly int _max;
    private readonly string[] _names;

    private CronField(string name, int min, int max, params string[] names)
    {
        _name = name;
        _min = min;
        _max = max;
        _names = names;
    }

    /// <summary>All values that a list of items names, each once.</summary>
    public IEnumerable<int> ReadList(string text) => text.Split(',').SelectMany(ReadItem).Distinct();

    /// <summary>The values that one item names.</summary>
    public IEnumerable<int> ReadItem(string item)
    {
        var slash = item.IndexOf('/', StringComparison.Ordinal);
        var step = slash < 0 ? 1 : ReadStep(item[(slash + 1)..]);
        var range = slash < 0 ? item : item[..slash];
        var (first, last) = ReadRange(range, isStepped: slash >= 0);
        var values = new List<int>();
        for (var value = first; value <= last; value += step)
            values.Add(value);
        return values;
    }

    /// <summary>One number or name.</summary>
    public int ReadValue(string text)
    {
        var named = Array.FindIndex(_names, n => n.Equals(text, StringComparison.OrdinalIgnoreCase));
        if (named >= 0)
            return _min + named;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= _min && value <= _max
            ? value
            : throw Invalid($"has '{text}', which is no value from {_min} to {_max}{(_names.Length == 0 ? "" : $" or {_names[0]} to {_names[^1]}")}.");
    }

    private (int First, int Last) ReadRange(string text, bool isStepped)
    {
        if (text == "*" || text.Length == 0 && isStepped)
            return (_min, _max);
        if (text.Split('-') is [var from, var to])
        {
            var range = (First: ReadValue(from), Last: ReadValue(to));
            return range.First <= range.Last ? range : throw Invalid($"has the range '{text}', which ends before it starts.");
        }

        var value = ReadValue(text);
        return (value, isStepped ? _max : value);
    }

    private int ReadStep(string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var step) && step >= 1 && step <= _max
            ? step
            : throw Invalid($"has the step '{text}', which is no number from 1 to {_max}.");

    private PortalException Invalid(string what) => RotationSchedule.Invalid($"ScheduleExpression's {_name} field {what}");
}
