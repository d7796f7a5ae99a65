namespace SecretsPortal.Core.Keys;

/// <summary>Where a re-wrapping stands.</summary>
public enum RewrapState
{
    /// <summary>It waits for a node, at first or after a pause.</summary>
    Queued,

    /// <summary>A node carries it on.</summary>
    Running,

    /// <summary>It waits for somebody to let it go on.</summary>
    Paused,

    /// <summary>All is wrapped anew.</summary>
    Succeeded,

    /// <summary>It has come to its end, and some could not be wrapped anew.</summary>
    Failed,

    /// <summary>It was given up; what is wrapped anew stays so.</summary>
    Cancelled,
}

/// <summary>What a re-wrapping works through, in this order.</summary>
public enum RewrapStage
{
    /// <summary>The versions of secrets.</summary>
    SecretVersion,

    /// <summary>The secret halves of access keys.</summary>
    AccessKey,

    /// <summary>The portal's own keys.</summary>
    PortalKey,

    /// <summary>The second factors of users.</summary>
    SecondFactor,

    /// <summary>The keys that requests to rotation functions are signed with.</summary>
    RotationFunction,
}

/// <summary>
/// Wraps data keys anew that lie under one KMS key: under a newer version of it, or under another key. Values stay closed and their
/// ciphertexts as they are.
/// </summary>
public sealed record RewrapJob
{
    /// <summary>32 hexadecimal digits that rise with time.</summary>
    public required string JobId { get; init; }

    /// <summary>The key whose wraps are replaced.</summary>
    public required string SourceKeyId { get; init; }

    /// <summary>The key that wraps from now on; the source itself for a newer version.</summary>
    public required string TargetKeyId { get; init; }

    /// <summary>The version that counts as done.</summary>
    public required string TargetVersion { get; init; }

    /// <summary>The portal's id of the one secret that it is about; null for all that lies under the source.</summary>
    public string? SecretId { get; init; }

    /// <summary>Where it stands.</summary>
    public required RewrapState State { get; init; }

    /// <summary>What is worked through now.</summary>
    public RewrapStage Stage { get; init; }

    /// <summary>The last row of the stage that is done; empty at its beginning.</summary>
    public string Position { get; init; } = "";

    /// <summary>How many there were to wrap when it began.</summary>
    public long Total { get; init; }

    /// <summary>How many are wrapped anew, by this job or meanwhile by a change of their own.</summary>
    public long Done { get; init; }

    /// <summary>How many could not be.</summary>
    public long Failed { get; init; }

    /// <summary>The last trouble in plain words; null without any.</summary>
    public string? Message { get; init; }

    /// <summary>The ARN of who started it.</summary>
    public required string StartedBy { get; init; }

    /// <summary>When it was started.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it ended; null while it is open.</summary>
    public DateTimeOffset? FinishedAt { get; init; }

    /// <summary>When it goes on after trouble with the KMS; null otherwise.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }
}
