namespace SecretsPortal.Core.Audit;

/// <summary>What to look for in the log; members that are null do not narrow.</summary>
public sealed record AuditQuery
{
    /// <summary>From this time on.</summary>
    public DateTimeOffset? From { get; init; }

    /// <summary>Before this time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>The caller's ARN, exactly; a search by a caller takes a bare name, too.</summary>
    public string? Caller { get; init; }

    /// <summary>The action, exactly.</summary>
    public string? Action { get; init; }

    /// <summary>The resource, exactly.</summary>
    public string? Resource { get; init; }

    /// <summary>How it ended.</summary>
    public AuditOutcome? Outcome { get; init; }

    /// <summary>The request's id, exactly.</summary>
    public string? RequestId { get; init; }

    /// <summary>The address the request came from, exactly.</summary>
    public string? SourceAddress { get; init; }

    /// <summary>Only records before this sequence number (the last of the page before); null for the newest.</summary>
    public long? Before { get; init; }

    /// <summary>The most records to give; a search by a caller allows 1–500.</summary>
    public int Limit { get; init; } = 100;
}
