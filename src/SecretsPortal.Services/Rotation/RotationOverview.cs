using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Rotation;

/// <summary>A window as it is shown.</summary>
/// <param name="Start">Its first instant.</param>
/// <param name="End">Its first instant after.</param>
public sealed record PlannedWindow(DateTimeOffset Start, DateTimeOffset End);

/// <summary>The windows of a schedule.</summary>
/// <param name="Schedule">The schedule in plain words.</param>
/// <param name="NextWindows">In their order.</param>
public sealed record PlannedWindows(string Schedule, IReadOnlyList<PlannedWindow> NextWindows);

/// <summary>How the rotation of one secret is planned.</summary>
public sealed record RotationPlan
{
    /// <summary>The secret's name.</summary>
    public required string Name { get; init; }

    /// <summary>The secret's ARN.</summary>
    public required string Arn { get; init; }

    /// <summary>True where the schedule runs.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>The schedule in plain words; null where it only rotates by hand, or not at all.</summary>
    public string? Schedule { get; init; }

    /// <summary>When it was rotated last; null where it never was.</summary>
    public DateTimeOffset? LastRotatedAt { get; init; }

    /// <summary>The next windows, in their order; empty where nothing is scheduled.</summary>
    public required IReadOnlyList<PlannedWindow> NextWindows { get; init; }
}

/// <summary>What is to be rotated when.</summary>
public sealed class RotationOverview
{
    /// <summary>How many windows are shown ahead.</summary>
    public const int WindowsAhead = 5;

    private readonly SecretFinder _finder;
    private readonly AuditRecorder _recorder;
    private readonly TimeProvider _clock;

    internal RotationOverview(SecretFinder finder, AuditRecorder recorder, TimeProvider clock)
    {
        _finder = finder;
        _recorder = recorder;
        _clock = clock;
    }

    /// <summary>How a secret's rotation is planned, with the next windows (action <c>secretsmanager:DescribeSecret</c>).</summary>
    public Task<RotationPlan> Describe(CallContext call, string secretId, CancellationToken cancel) =>
        _recorder.Recording(call, SecretActions.DescribeSecret, secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            return new RotationPlan
            {
                Name = secret.Name,
                Arn = secret.Arn.ToString(),
                IsEnabled = secret.Rotation is { Enabled: true },
                Schedule = secret.Rotation?.Schedule?.Describe(),
                LastRotatedAt = secret.LastRotatedAt,
                NextWindows = Ahead(secret),
            };
        }, cancel);

    /// <summary>
    /// The windows that a schedule would have if it were set now without a rotation at once (action <c>secretsmanager:DescribeSecret</c>). The
    /// schedule is read, and may be refused, only once the caller is allowed.
    /// </summary>
    public Task<PlannedWindows> Preview(CallContext call, string secretId, Func<RotationSchedule> read, CancellationToken cancel) =>
        _recorder.Recording(call, SecretActions.DescribeSecret, secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            var (schedule, now) = (read(), _clock.Now());
            return new PlannedWindows(schedule.Describe(), Planned(schedule.Upcoming(RotationStart.LastRotation(secret, now), now, WindowsAhead)));
        }, cancel);

    /// <summary>The windows ahead of a secret that the caller has read; for pages.</summary>
    public static IReadOnlyList<PlannedWindow> Ahead(Secret secret)
    {
        if (secret.Rotation is not { Enabled: true, Schedule: { } schedule, NextWindowStart: { } start, NextWindowEnd: { } end })
            return [];
        // The first one is stored; the others are counted from it, as a rotation in it will.
        return Planned([new RotationWindow(start, end), .. schedule.Upcoming(start, start, WindowsAhead - 1)]);
    }

    private static IReadOnlyList<PlannedWindow> Planned(IEnumerable<RotationWindow> windows) =>
        [.. windows.Select(window => new PlannedWindow(window.Start, window.End))];
}
