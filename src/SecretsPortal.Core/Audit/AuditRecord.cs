namespace SecretsPortal.Core.Audit;

/// <summary>How a request ended.</summary>
public enum AuditOutcome
{
    /// <summary>It was carried out.</summary>
    Succeeded,

    /// <summary>The caller was not allowed, or not who it said.</summary>
    Denied,

    /// <summary>It was allowed and failed.</summary>
    Failed,
}

/// <summary>One line of the log: who did what to which resource, from where, and how it ended. Never a value.</summary>
public sealed record AuditRecord
{
    /// <summary>When.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>The caller's principal ARN; <c>anonymous</c> where nobody was recognised.</summary>
    public required string Caller { get; init; }

    /// <summary>The access key that signed; null in the portal and for the portal's own work.</summary>
    public string? AccessKeyId { get; init; }

    /// <summary>The action, such as <c>secretsmanager:GetSecretValue</c> or <c>secretsportal:SignIn</c>.</summary>
    public required string Action { get; init; }

    /// <summary>The resource's ARN, or the name that was asked for where there is none; null where the action has no resource.</summary>
    public string? Resource { get; init; }

    /// <summary>How it ended.</summary>
    public required AuditOutcome Outcome { get; init; }

    /// <summary>More in plain words: the error's code, the version, the statements that decided. Never a value.</summary>
    public string? Detail { get; init; }

    /// <summary>The address the request came from; <c>internal</c> for the portal's own work.</summary>
    public required string SourceAddress { get; init; }

    /// <summary>The id that the answer carried, too.</summary>
    public required string RequestId { get; init; }
}

/// <summary>A stored record with its place in the log.</summary>
/// <param name="Sequence">From 1 on, without a gap.</param>
/// <param name="Record">The record.</param>
public sealed record AuditEvent(long Sequence, AuditRecord Record);
