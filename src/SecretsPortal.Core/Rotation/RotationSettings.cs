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

    /// <summary>When it runs; null where it only runs by hand.</summary>
    public RotationSchedule? Schedule { get; init; }

    /// <summary>The start of the next window; null where nothing is scheduled.</summary>
    public DateTimeOffset? NextWindowStart { get; init; }

    /// <summary>The end of the next window; the API's NextRotationDate. Null where nothing is scheduled.</summary>
    public DateTimeOffset? NextWindowEnd { get; init; }
}

/// <summary>One item of what a partner's rotation needs to know.</summary>
/// <param name="Key">1–256 characters.</param>
/// <param name="Value">1–2,048 characters.</param>
public sealed record ExternalRotationItem(string Key, string Value);
