namespace SecretsPortal.Core.Rotation;

/// <summary>When a secret is rotated: <c>rate(…)</c>, <c>cron(…)</c> or a number of days.</summary>
public sealed record RotationSchedule
{
    /// <summary>The expression as given; null where AutomaticallyAfterDays was used.</summary>
    public string? Expression { get; private init; }

    /// <summary>1–1000; null where an expression was used.</summary>
    public int? AutomaticallyAfterDays { get; private init; }

    /// <summary>The window's length as given, such as <c>3h</c>; null where the default holds.</summary>
    public string? Duration { get; private init; }

    /// <summary>Reads the three members of RotationRules; InvalidParameter names the member and the remedy.</summary>
    public static RotationSchedule Parse(string? expression, int? automaticallyAfterDays, string? duration) =>
        throw new NotImplementedException();

    /// <summary>The first window that starts after <paramref name="after"/>; for a rate, counted from <paramref name="lastRotation"/>.</summary>
    public RotationWindow Next(DateTimeOffset lastRotation, DateTimeOffset after) => throw new NotImplementedException();
}

/// <summary>A stretch of time in which a rotation may begin.</summary>
/// <param name="Start">Its first instant.</param>
/// <param name="End">Its first instant after.</param>
public sealed record RotationWindow(DateTimeOffset Start, DateTimeOffset End);
