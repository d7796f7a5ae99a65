namespace SecretsPortal.Core.Rotation;

/// <summary>How and when a secret is rotated.</summary>
public sealed record RotationSettings
{
    /// <summary>False after CancelRotateSecret: the settings stay, the schedule does not run.</summary>
    public required bool Enabled { get; init; }

    /// <summary>
    /// The ARN of the rotation function; null where the secret's own engine decides which built-in rotator runs.
    /// </summary>
    public string? FunctionArn { get; init; }

    /// <summary>What a partner's rotation needs to know, in the order given; null where nothing was given.</summary>
    public IReadOnlyList<ExternalRotationItem>? ExternalMetadata { get; init; }

    /// <summary>The role that a partner's rotation assumes; null where none was given.</summary>
    public string? ExternalRoleArn { get; init; }

    /// <summary>
    /// The ARN of the master secret that whoever set the rotation up may read, and that it therefore uses; null where it needs none. A value that
    /// names another one later is not rotated before somebody who may read that one asks for it.
    /// </summary>
    public string? MasterArn { get; init; }

    /// <summary>When it runs; null where it only runs by hand.</summary>
    public RotationSchedule? Schedule { get; init; }

    /// <summary>The start of the next window; null where nothing is scheduled.</summary>
    public DateTimeOffset? NextWindowStart { get; init; }

    /// <summary>The end of the next window; the API's NextRotationDate. Null where nothing is scheduled.</summary>
    public DateTimeOffset? NextWindowEnd { get; init; }

    /// <summary>
    /// The end of the first window that has begun since the last rotation; null where none has. It stays when the next window is set, until a
    /// rotation succeeds or somebody puts a value.
    /// </summary>
    public DateTimeOffset? OpenWindowEnd { get; init; }

    /// <summary>By when a rotation must have succeeded so that the secret is not overdue; null where nothing is scheduled.</summary>
    public DateTimeOffset? OverdueAt => OpenWindowEnd ?? NextWindowEnd;

    /// <summary>
    /// Which server or function the rotation is for: a keyed fingerprint in 64 hexadecimal digits, because host and port are content of the value.
    /// Null where the value names none. Rotations of one target are limited together.
    /// </summary>
    public string? TargetKey { get; init; }
}

/// <summary>One item of what a partner's rotation needs to know.</summary>
/// <param name="Key">1–256 characters.</param>
/// <param name="Value">1–2,048 characters.</param>
public sealed record ExternalRotationItem(string Key, string Value);
