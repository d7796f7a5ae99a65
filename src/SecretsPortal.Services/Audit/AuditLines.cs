using System.Text.Json.Serialization;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Services.Audit;

/// <summary>A record as a line of JSON: in exports and archives, and to sinks.</summary>
internal sealed record RecordLine
{
    public long Sequence { get; init; }

    /// <summary>Null in exports, which need no chain.</summary>
    public string? Id { get; init; }

    public DateTimeOffset Time { get; init; }

    public string Caller { get; init; } = "";

    public string? AccessKeyId { get; init; }

    public string Action { get; init; } = "";

    public string? Resource { get; init; }

    public AuditOutcome Outcome { get; init; }

    public string? Detail { get; init; }

    public string SourceAddress { get; init; } = "";

    public string RequestId { get; init; } = "";

    /// <summary>Hexadecimal; null in exports.</summary>
    public string? Mac { get; init; }

    public static RecordLine Of(long sequence, AuditRecord record) => new()
    {
        Sequence = sequence,
        Time = record.At,
        Caller = record.Caller,
        AccessKeyId = record.AccessKeyId,
        Action = record.Action,
        Resource = record.Resource,
        Outcome = record.Outcome,
        Detail = record.Detail,
        SourceAddress = record.SourceAddress,
        RequestId = record.RequestId,
    };

    public static RecordLine Of(ChainedRecord record) =>
        Of(record.Sequence, record.Record) with { Id = record.Id, Mac = Convert.ToHexStringLower(record.Mac) };

    public ChainedRecord ToChained() => new(
        Sequence, Id ?? "",
        new AuditRecord
        {
            At = Time,
            Caller = Caller,
            AccessKeyId = AccessKeyId,
            Action = Action,
            Resource = Resource,
            Outcome = Outcome,
            Detail = Detail,
            SourceAddress = SourceAddress,
            RequestId = RequestId,
        },
        Convert.FromHexString(Mac ?? ""));
}

/// <summary>A checkpoint as a line of JSON, to be kept elsewhere.</summary>
internal sealed record CheckpointLine
{
    public required long Number { get; init; }

    public required long Sequence { get; init; }

    public required string Mac { get; init; }

    public required long Count { get; init; }

    public required DateTimeOffset Time { get; init; }

    /// <summary>Base64.</summary>
    public required byte[] Signature { get; init; }

    /// <summary>A SubjectPublicKeyInfo in base64. For whoever checks it elsewhere; the portal trusts its own key alone.</summary>
    public byte[]? PublicKey { get; init; }

    public static CheckpointLine Of(AuditCheckpoint checkpoint, byte[] publicKey) => new()
    {
        Number = checkpoint.Number,
        Sequence = checkpoint.Sequence,
        Mac = Convert.ToHexStringLower(checkpoint.Mac),
        Count = checkpoint.Count,
        Time = checkpoint.At,
        Signature = checkpoint.Signature,
        PublicKey = publicKey,
    };

    public AuditCheckpoint ToCheckpoint() => new()
    {
        Number = Number, Sequence = Sequence, Mac = Convert.FromHexString(Mac), Count = Count, At = Time, Signature = Signature,
    };
}

/// <summary>The manifest beside an archive file.</summary>
internal sealed record ManifestFile
{
    public required long Number { get; init; }

    public required long First { get; init; }

    public required long Last { get; init; }

    public required string PreviousMac { get; init; }

    public required string LastMac { get; init; }

    public required string FileName { get; init; }

    public required string FileSha256 { get; init; }

    public required DateTimeOffset Time { get; init; }

    public required byte[] Signature { get; init; }

    public byte[]? PublicKey { get; init; }

    public static ManifestFile Of(AuditAnchor anchor, byte[] publicKey) => new()
    {
        Number = anchor.Number,
        First = anchor.First,
        Last = anchor.Last,
        PreviousMac = Convert.ToHexStringLower(anchor.PreviousMac),
        LastMac = Convert.ToHexStringLower(anchor.LastMac),
        FileName = anchor.FileName,
        FileSha256 = Convert.ToHexStringLower(anchor.FileSha256),
        Time = anchor.At,
        Signature = anchor.Signature,
        PublicKey = publicKey,
    };

    public AuditAnchor ToAnchor() => new()
    {
        Number = Number,
        First = First,
        Last = Last,
        PreviousMac = Convert.FromHexString(PreviousMac),
        LastMac = Convert.FromHexString(LastMac),
        FileName = FileName,
        FileSha256 = Convert.FromHexString(FileSha256),
        At = Time,
        Signature = Signature,
    };
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, UseStringEnumConverter = true)]
[JsonSerializable(typeof(RecordLine))]
[JsonSerializable(typeof(CheckpointLine))]
[JsonSerializable(typeof(ManifestFile))]
internal sealed partial class AuditJson : JsonSerializerContext;
