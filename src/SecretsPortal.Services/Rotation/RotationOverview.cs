using SecretsPortal.Core;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>A window as it is shown.</summary>
/// <param name="Start">Its first instant.</param>
/// <param name="End">Its first instant after.</param>
/// <param name="BeginsAt">When the secret's rotation begins in it; see <see cref="RotationWindow.BeginOf"/>.</param>
public sealed record PlannedWindow(DateTimeOffset Start, DateTimeOffset End, DateTimeOffset BeginsAt);

/// <summary>The windows of a schedule.</summary>
/// <param name="Schedule">The schedule in plain words.</param>
/// <param name="NextWindows">In their order.</param>
public sealed record PlannedWindows(string Schedule, IReadOnlyList<PlannedWindow> NextWindows);

/// <summary>How the rotation of one secret is, and how it is planned.</summary>
public sealed record RotationPlan
{
    /// <summary>The secret's name.</summary>
    public required string Name { get; init; }

    /// <summary>The secret's ARN.</summary>
    public required string Arn { get; init; }

    /// <summary>How it is.</summary>
    public required RotationHealth Health { get; init; }

    /// <summary>Since when it is so; null where it was never anything else.</summary>
    public DateTimeOffset? HealthSince { get; init; }

    /// <summary>True where the schedule runs.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>The schedule in plain words; null where it only rotates by hand, or not at all.</summary>
    public string? Schedule { get; init; }

    /// <summary>When it was rotated last; null where it never was.</summary>
    public DateTimeOffset? LastRotatedAt { get; init; }

    /// <summary>By when a rotation must have succeeded so that the secret is not overdue; null where nothing is scheduled.</summary>
    public DateTimeOffset? OverdueAt { get; init; }

    /// <summary>When the target was asked last whether it takes AWSCURRENT; null where it never was.</summary>
    public DateTimeOffset? HeartbeatAt { get; init; }

    /// <summary>What the target said then, in plain words.</summary>
    public string? HeartbeatMessage { get; init; }

    /// <summary>The next windows, in their order; empty where nothing is scheduled.</summary>
    public required IReadOnlyList<PlannedWindow> NextWindows { get; init; }
}

/// <summary>A page of rotations.</summary>
public sealed record RotationPage
{
    /// <summary>What holds all rotations up; null where nothing does.</summary>
    public RotationHold? Pause { get; init; }

    /// <summary>How many of the region there are of each health; those that are off are left out.</summary>
    public required IReadOnlyDictionary<RotationHealth, long> Counts { get; init; }

    /// <summary>The rotations, in an order that stays.</summary>
    public required IReadOnlyList<ListedRotation> Rotations { get; init; }

    /// <summary>Asks for the next page; null on the last one.</summary>
    public string? NextToken { get; init; }
}

/// <summary>One rotation in a list.</summary>
public sealed record ListedRotation
{
    /// <summary>The secret's name.</summary>
    public required string Name { get; init; }

    /// <summary>The secret's ARN.</summary>
    public required string Arn { get; init; }

    /// <summary>How it is.</summary>
    public required RotationHealth Health { get; init; }

    /// <summary>Since when it is so; null where it was never anything else.</summary>
    public DateTimeOffset? HealthSince { get; init; }

    /// <summary>When the next scheduled rotation begins; null where nothing is scheduled.</summary>
    public DateTimeOffset? BeginsAt { get; init; }

    /// <summary>By when one must have succeeded; null where nothing is scheduled.</summary>
    public DateTimeOffset? OverdueAt { get; init; }

    /// <summary>When it was rotated last; null where it never was.</summary>
    public DateTimeOffset? LastRotatedAt { get; init; }
}

/// <summary>How a secret's rotation is, and what its target said last.</summary>
/// <param name="Health">How it is; Off where none was ever set up.</param>
/// <param name="HeartbeatAt">When the target was asked last whether it takes AWSCURRENT; null where it never was.</param>
/// <param name="HeartbeatMessage">What it said then, in words without particulars.</param>
public sealed record RotationState(RotationHealth Health, DateTimeOffset? HeartbeatAt, string? HeartbeatMessage);

/// <summary>All rotations are held up.</summary>
/// <param name="Since">Since when.</param>
/// <param name="By">The ARN of who did it.</param>
/// <param name="Reason">Why, in that one's words; null where nothing was said.</param>
public sealed record RotationHold(DateTimeOffset Since, string By, string? Reason);

/// <summary>How rotations are, what is to be rotated when, and the switch that holds all of them up.</summary>
public sealed class RotationOverview
{
    /// <summary>How many windows are shown ahead.</summary>
    public const int WindowsAhead = 5;

    private const int MostResults = 100;
    private const int LongestReason = 2048;

    private readonly RotationScheduleStore _schedules;
    private readonly SecretFinder _finder;
    private readonly Authorizer _authorizer;
    private readonly AuditRecorder _recorder;
    private readonly PageTokens _tokens;
    private readonly TimeProvider _clock;

    internal RotationOverview(
        RotationScheduleStore schedules, SecretFinder finder, Authorizer authorizer, AuditRecorder recorder, PageTokens tokens, TimeProvider clock)
    {
        _schedules = schedules;
        _finder = finder;
        _authorizer = authorizer;
        _recorder = recorder;
        _tokens = tokens;
        _clock = clock;
    }

    /// <summary>How a secret's rotation is and how it is planned, with the next windows (action <c>secretsmanager:DescribeSecret</c>).</summary>
    public Task<RotationPlan> Describe(CallContext call, string secretId, CancellationToken cancel) =>
        _recorder.Recording(call, SecretActions.DescribeSecret, secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            var entry = (await _schedules.FindHealth([secret.Id], cancel)).GetValueOrDefault(secret.Id);
            return new RotationPlan
            {
                Name = secret.Name,
                Arn = secret.Arn.ToString(),
                Health = entry?.Health ?? RotationHealth.Off,
                HealthSince = entry?.Since,
                IsEnabled = secret.Rotation is { Enabled: true },
                Schedule = secret.Rotation?.Schedule?.Describe(),
                LastRotatedAt = secret.LastRotatedAt,
                OverdueAt = secret.Rotation?.OverdueAt,
                HeartbeatAt = entry?.HeartbeatAt,
                HeartbeatMessage = entry?.HeartbeatMessage,
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
            return new PlannedWindows(schedule.Describe(), Planned(secret, schedule.Upcoming(RotationStart.LastRotation(secret, now), now, WindowsAhead)));
        }, cancel);

    /// <summary>How many rotations of the call's region are how, and those of one health, or all that are not off (action <c>secretsportal:ListRotations</c>).</summary>
    public Task<RotationPage> List(CallContext call, RotationHealth? health, int? maxResults, string? nextToken, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ListRotations, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            var limit = SecretRules.Range("maxResults", maxResults ?? MostResults, 1, MostResults);
            var scope = PageTokens.ScopeOf($"rotations {health}", call);
            var after = await _tokens.Read<Position>(nextToken, scope, cancel);
            var found = await _schedules.List(call.Region, health, after?.SecretId, limit + 1, cancel);
            var counts = await _schedules.CountByHealth(cancel);
            return new RotationPage
            {
                Pause = HoldOf(await _schedules.FindPause(cancel)),
                Counts = Enum.GetValues<RotationHealth>().Where(h => h != RotationHealth.Off)
                    .ToDictionary(h => h, h => counts.GetValueOrDefault((call.Region, h))),
                Rotations = [.. found.Take(limit).Select(Listed)],
                NextToken = found.Count <= limit ? null : await _tokens.Write(new Position(found[limit - 1].SecretId), scope, cancel),
            };
        }, cancel);

    /// <summary>
    /// How the rotations of secrets are that the caller has read, by the portal's ids of them; for pages, which have recorded that reading.
    /// </summary>
    public async Task<IReadOnlyDictionary<string, RotationHealth>> HealthOf(IReadOnlyList<Secret> secrets, CancellationToken cancel) =>
        (await _schedules.FindHealth([.. secrets.Where(secret => secret.Rotation is not null).Select(secret => secret.Id)], cancel))
            .ToDictionary(found => found.Key, found => found.Value.Health, StringComparer.Ordinal);

    /// <summary>As <see cref="HealthOf"/>, of one secret, with what its target said last.</summary>
    public async Task<RotationState> StateOf(Secret secret, CancellationToken cancel) =>
        secret.Rotation is not null && (await _schedules.FindHealth([secret.Id], cancel)).GetValueOrDefault(secret.Id) is { } entry
            ? new RotationState(entry.Health, entry.HeartbeatAt, entry.HeartbeatMessage)
            : new RotationState(RotationHealth.Off, null, null);

    /// <summary>
    /// Holds all rotations of all regions up, on all nodes at once (action <c>secretsportal:PauseRotations</c>): none begins, by schedule or by hand,
    /// no retry and no heartbeat. Those that have begun to change their targets go on to their end. Repeated, it changes nothing.
    /// </summary>
    public Task<RotationHold> Pause(CallContext call, string? reason, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.PauseRotations, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            if (reason is { Length: > LongestReason } || reason?.Any(char.IsControl) == true)
                throw new PortalException(PortalError.InvalidParameter, $"reason must have at most {LongestReason} characters and no control characters.");
            op.Detail = reason;
            var pause = new RotationPause(_clock.Now(), call.Caller.Arn, reason);
            op.IsRecorded = await _schedules.SetPause(pause, _recorder.Success(op), cancel);
            return HoldOf(await _schedules.FindPause(cancel)) ?? HoldOf(pause)!;
        }, cancel);

    /// <summary>
    /// Lets rotations go on (action <c>secretsportal:ResumeRotations</c>). What was missed meanwhile is caught up once. Repeated, it changes nothing.
    /// </summary>
    public Task Resume(CallContext call, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ResumeRotations, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            return op.IsRecorded = await _schedules.SetPause(null, _recorder.Success(op), cancel);
        }, cancel);

    /// <summary>What holds all rotations up, which every page tells every user; null where nothing does.</summary>
    public async Task<RotationHold?> FindHold(CancellationToken cancel) => HoldOf(await _schedules.FindPause(cancel));

    /// <summary>Refuses to begin a rotation while all are paused.</summary>
    internal async Task RefusePaused(CancellationToken cancel)
    {
        if (await FindRefusal(cancel) is { } refusal)
            throw refusal;
    }

    /// <summary>What <see cref="RefusePaused"/> refuses with; null where rotations are not paused.</summary>
    internal async Task<PortalException?> FindRefusal(CancellationToken cancel) => await _schedules.FindPause(cancel) is { } pause
        ? new PortalException(PortalError.InvalidRequest,
            $"All rotations of this portal are paused since {pause.Since:yyyy-MM-dd HH:mm} UTC by {pause.By}. Resume them (POST /api/v1/rotations/resume), then rotate again.")
        : null;

    private static IReadOnlyList<PlannedWindow> Ahead(Secret secret)
    {
        if (secret.Rotation is not { Enabled: true, Schedule: { } schedule, NextWindowStart: { } start, NextWindowEnd: { } end })
            return [];
        // The first one is stored; the others are counted from it, as a rotation in it will.
        return Planned(secret, [new RotationWindow(start, end), .. schedule.Upcoming(start, start, WindowsAhead - 1)]);
    }

    private static IReadOnlyList<PlannedWindow> Planned(Secret secret, IEnumerable<RotationWindow> windows) =>
        [.. windows.Select(window => new PlannedWindow(window.Start, window.End, window.BeginOf(secret.Id)))];

    private static RotationHold? HoldOf(RotationPause? pause) => pause is null ? null : new RotationHold(pause.Since, pause.By, pause.Reason);

    private static ListedRotation Listed(RotationHealthEntry entry) => new()
    {
        Name = entry.Name,
        Arn = entry.Arn,
        Health = entry.Health,
        HealthSince = entry.Since,
        BeginsAt = entry.DueAt,
        OverdueAt = entry.OverdueAt,
        LastRotatedAt = entry.LastRotatedAt,
    };

    private sealed record Position(string SecretId);
}
