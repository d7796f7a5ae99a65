namespace SecretsPortal.Core.Rotation;

/// <summary>The four steps, in their order.</summary>
public enum RotationStep
{
    /// <summary>Make the new value and store it under AWSPENDING.</summary>
    CreateSecret,

    /// <summary>Give the new value to the database or service.</summary>
    SetSecret,

    /// <summary>Prove that the new value works.</summary>
    TestSecret,

    /// <summary>Move AWSCURRENT to the new version.</summary>
    FinishSecret,
}

/// <summary>Where a run stands.</summary>
public enum RotationRunState
{
    /// <summary>Registered; nobody works on it yet.</summary>
    Queued,

    /// <summary>A node holds its lease.</summary>
    Running,

    /// <summary>A step failed; another attempt follows at <see cref="RotationRun.NextAttemptAt"/>.</summary>
    Retrying,

    /// <summary>AWSCURRENT is on the new version.</summary>
    Succeeded,

    /// <summary>
    /// Ended without a new value in use; AWSPENDING is gone. AWSCURRENT is on a value that works if the target has said of one that it does; see
    /// <see cref="RotationCycle"/>.
    /// </summary>
    Failed,

    /// <summary>A new value was put by hand, or the schedule was cancelled, while the run was open.</summary>
    Abandoned,
}

/// <summary>What asked for a run.</summary>
public enum RotationTrigger
{
    /// <summary>RotateSecret, from the API or the portal.</summary>
    Manual,

    /// <summary>The schedule.</summary>
    Schedule,
}

/// <summary>What a run does.</summary>
public enum RotationMode
{
    /// <summary>All four steps.</summary>
    Rotate,

    /// <summary>Only testSecret (RotateImmediately = false).</summary>
    TestOnly,

    /// <summary>
    /// None of the steps: the target is asked which of the values it accepts, and the labels are moved to match. The run's token is the version that
    /// AWSPENDING hangs on, or AWSCURRENT's.
    /// </summary>
    Resolve,
}

/// <summary>One rotation of one secret.</summary>
public sealed record RotationRun
{
    /// <summary>32 hexadecimal digits, rising with time.</summary>
    public required string RunId { get; init; }

    /// <summary>The portal's id of the secret.</summary>
    public required string SecretId { get; init; }

    /// <summary>The version that this run makes; the event's ClientRequestToken.</summary>
    public required string Token { get; init; }

    /// <summary>All four steps or the test alone.</summary>
    public required RotationMode Mode { get; init; }

    /// <summary>What asked for the run.</summary>
    public required RotationTrigger Trigger { get; init; }

    /// <summary>Where it stands.</summary>
    public required RotationRunState State { get; init; }

    /// <summary>How often the cycle was begun, from 1; 0 while queued.</summary>
    public required int Attempt { get; init; }

    /// <summary>When it was registered.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended; null while it is open.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When a retry is due; null otherwise.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>The end of the window that it was begun in, until which it is tried again; null where no schedule asked for it.</summary>
    public DateTimeOffset? RetryUntil { get; init; }

    /// <summary>Since when it waits for its target to say which value works, after its window; null otherwise.</summary>
    public DateTimeOffset? StalledAt { get; init; }

    /// <summary>Why it failed or retries, safe to show; null where nothing went wrong.</summary>
    public string? Message { get; init; }

    /// <summary>The steps of the latest attempt that were begun, in order.</summary>
    public required IReadOnlyList<RotationStepRecord> Steps { get; init; }

    /// <summary>True while the run may still change the secret.</summary>
    public bool IsOpen => State is RotationRunState.Queued or RotationRunState.Running or RotationRunState.Retrying;
}

/// <summary>One step of a run.</summary>
/// <param name="Step">Which of the four.</param>
/// <param name="Attempt">In which attempt of the run, from 1.</param>
/// <param name="StartedAt">When it began.</param>
/// <param name="FinishedAt">When it ended; null while it runs.</param>
/// <param name="Succeeded">True once it is done; false while it runs or after it failed.</param>
/// <param name="Message">What it did or why it failed, safe to show.</param>
public sealed record RotationStepRecord(
    RotationStep Step, int Attempt, DateTimeOffset StartedAt, DateTimeOffset? FinishedAt, bool Succeeded, string? Message);
