using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>The columns that a record has in the outbox and in the log.</summary>
internal sealed record AuditRow
{
    public long Sequence { get; init; }

    public string RecordId { get; init; } = "";

    public long OccurredAt { get; init; }

    public string Caller { get; init; } = "";

    public string? AccessKeyId { get; init; }

    public string Action { get; init; } = "";

    public string? Resource { get; init; }

    public string Outcome { get; init; } = "";

    public string? Detail { get; init; }

    public string SourceAddress { get; init; } = "";

    public string RequestId { get; init; } = "";

    public byte[] Mac { get; init; } = [];

    public AuditRecord ToRecord() => new()
    {
        At = Stored.Time(OccurredAt),
        Caller = Caller,
        AccessKeyId = AccessKeyId,
        Action = Action,
        Resource = Resource,
        Outcome = Stored.Member<AuditOutcome>(Outcome),
        Detail = Detail,
        SourceAddress = SourceAddress,
        RequestId = RequestId,
    };

    /// <summary>Null where somebody else than the portal has put in what is no record.</summary>
    public ChainedRecord? ToChained()
    {
        try
        {
            return new ChainedRecord(Sequence, RecordId, ToRecord(), Mac);
        }
        catch (Exception fault) when (fault is ArgumentException or OverflowException)
        {
            return null;
        }
    }

    /// <summary>
    /// The record as it will lie there: normalized, and its texts from outside clipped, so that a request with an overlong one leaves its record,
    /// too.
    /// </summary>
    public static AuditRecord Fit(AuditRecord record)
    {
        var clean = AuditChain.Normalize(record);
        return clean with
        {
            Caller = Stored.Clip(clean.Caller, 512),
            AccessKeyId = Clip(clean.AccessKeyId, 128),
            Action = Stored.Clip(clean.Action, 128),
            Resource = Clip(clean.Resource, 800),
            Detail = Clip(clean.Detail, 4000),
            SourceAddress = Stored.Clip(clean.SourceAddress, 128),
            RequestId = Stored.Clip(clean.RequestId, 128),
        };
    }

    public static string? Clip(string? text, int length) => text is null ? null : Stored.Clip(text, length);
}
