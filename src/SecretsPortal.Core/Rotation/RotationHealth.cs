namespace SecretsPortal.Core.Rotation;

/// <summary>How the rotation of a secret is.</summary>
public enum RotationHealth
{
    /// <summary>No rotation is to run: it was never set up or was stopped, or the secret is marked for deletion.</summary>
    Off,

    /// <summary>The last rotation succeeded, and the next one is not due.</summary>
    Healthy,

    /// <summary>A window has begun; its rotation begins shortly.</summary>
    Due,

    /// <summary>A rotation is under way.</summary>
    Rotating,

    /// <summary>An attempt failed; another follows by itself.</summary>
    Retrying,

    /// <summary>The last rotation was given up. Somebody must look; the next window tries again.</summary>
    Failed,

    /// <summary>A window has ended without a rotation that succeeded.</summary>
    Overdue,

    /// <summary>The target refuses the value that AWSCURRENT has: programs that read it cannot log in.</summary>
    OutOfSync,
}

/// <summary>What the health of a rotation follows from.</summary>
public sealed record RotationFacts
{
    /// <summary>False where rotation was stopped.</summary>
    public required bool IsEnabled { get; init; }

    /// <summary>True where the secret is marked for deletion.</summary>
    public bool IsDeleted { get; init; }

    /// <summary>When the next scheduled rotation begins; null where nothing is scheduled.</summary>
    public DateTimeOffset? DueAt { get; init; }

    /// <summary>By when one must have succeeded; null where nothing is scheduled.</summary>
    public DateTimeOffset? OverdueAt { get; init; }

    /// <summary>Where the open run stands; null where there is none. Runs that only test do not count.</summary>
    public RotationRunState? OpenRun { get; init; }

    /// <summary>When a run was given up last; null where none was.</summary>
    public DateTimeOffset? FailedAt { get; init; }

    /// <summary>The later of the last rotation that succeeded and the last value that was put by hand.</summary>
    public DateTimeOffset? ChangedAt { get; init; }

    /// <summary>True where the target, when it was asked last, refused the value that AWSCURRENT still has.</summary>
    public bool IsRefused { get; init; }

    /// <summary>The health at <paramref name="now"/>.</summary>
    public RotationHealth At(DateTimeOffset now)
    {
        if (IsDeleted)
            return RotationHealth.Off;
        var isOverdue = IsEnabled && OverdueAt <= now;
        // A run that comes too late is still overdue, however often it is tried: it must stay red until the secret has a new value.
        if (OpenRun is { } state)
            return isOverdue ? RotationHealth.Overdue : state == RotationRunState.Retrying ? RotationHealth.Retrying : RotationHealth.Rotating;
        return this switch
        {
            { IsEnabled: false } => RotationHealth.Off,
            { IsRefused: true } => RotationHealth.OutOfSync,
            { FailedAt: { } failed } when !(ChangedAt >= failed) => RotationHealth.Failed,
            _ when isOverdue => RotationHealth.Overdue,
            _ when DueAt <= now => RotationHealth.Due,
            _ => RotationHealth.Healthy,
        };
    }

    /// <summary>The first instant after <paramref name="now"/> at which the health becomes another one by itself; null where it does not.</summary>
    public DateTimeOffset? ChangesAfter(DateTimeOffset now)
    {
        var health = At(now);
        var next = new[] { DueAt, OverdueAt }.Where(at => at > now).Order().FirstOrDefault(at => At(at!.Value) != health);
        return next;
    }
}
