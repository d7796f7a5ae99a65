namespace SecretsPortal.Storage;

/// <summary>How times, days and names lie in both databases.</summary>
internal static class Stored
{
    private const long TicksPerMicrosecond = TimeSpan.TicksPerMillisecond / 1000;

    private static readonly int s_epochDay = DateOnly.FromDateTime(DateTime.UnixEpoch).DayNumber;

    /// <summary>Microseconds since the Unix epoch; what is finer is cut off.</summary>
    public static long Time(DateTimeOffset time) =>
        (long)Math.Floor((time.UtcTicks - DateTime.UnixEpoch.Ticks) / (decimal)TicksPerMicrosecond);

    /// <inheritdoc cref="Time(DateTimeOffset)"/>
    public static long? Time(DateTimeOffset? time) => time is { } known ? Time(known) : null;

    /// <summary>The time of stored microseconds.</summary>
    public static DateTimeOffset Time(long stored) => new(DateTime.UnixEpoch.Ticks + (stored * TicksPerMicrosecond), TimeSpan.Zero);

    /// <inheritdoc cref="Time(long)"/>
    public static DateTimeOffset? Time(long? stored) => stored is { } known ? Time(known) : null;

    /// <summary>Days since the Unix epoch.</summary>
    public static long Day(DateOnly day) => day.DayNumber - s_epochDay;

    /// <inheritdoc cref="Day(DateOnly)"/>
    public static long? Day(DateOnly? day) => day is { } known ? Day(known) : null;

    /// <summary>The day of stored days.</summary>
    public static DateOnly? Day(long? stored) => stored is { } known ? DateOnly.FromDayNumber(checked((int)known + s_epochDay)) : null;

    /// <summary>The enum's member from its stored name.</summary>
    public static T Member<T>(string stored)
        where T : struct, Enum => Enum.Parse<T>(stored, ignoreCase: false);

    /// <summary>At most <paramref name="length"/> UTF-16 units, ending in … where something was cut off; never half a character.</summary>
    public static string Clip(string text, int length)
    {
        if (text.Length <= length)
            return text;
        var end = char.IsHighSurrogate(text[length - 2]) ? length - 2 : length - 1;
        return string.Concat(text.AsSpan(0, end), "…");
    }
}

/// <summary>What must hold for texts that both databases compare, so that both accept and refuse the same ones.</summary>
internal static class Comparable
{
    /// <summary>SQL Server ignores blanks at the end when it compares, in every collation; so nothing that is a key may end in one.</summary>
    public static void Check(string what, string text)
    {
        if (text.EndsWith(' '))
            throw new Core.PortalException(Core.PortalError.Validation, $"{what} can't end in a blank. Remove it.");
    }

    /// <summary>The first text after all those in ASCII that begin with <paramref name="prefix"/>.</summary>
    public static string PrefixEnd(string prefix) => prefix + '\uffff';
}
