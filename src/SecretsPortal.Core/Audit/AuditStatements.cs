using System.Globalization;
using System.Text;

namespace SecretsPortal.Core.Audit;

/// <summary>A signed statement of where the log ended at a time. Kept elsewhere, it shows that the log was cut or replaced, whoever did it.</summary>
public sealed record AuditCheckpoint
{
    /// <summary>From 1 on, without a gap.</summary>
    public required long Number { get; init; }

    /// <summary>The last record's at the time.</summary>
    public required long Sequence { get; init; }

    /// <summary>The last record's at the time.</summary>
    public required byte[] Mac { get; init; }

    /// <summary>How many records lay in the log, without those that were archived.</summary>
    public required long Count { get; init; }

    /// <summary>When, in whole microseconds.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>ECDSA P-256 with SHA-256 over <see cref="Signed"/>, in DER.</summary>
    public byte[] Signature { get; init; } = [];

    /// <summary>What is signed: a line for each member, so that <c>openssl dgst -verify</c> can check it, too.</summary>
    public byte[] Signed() => SignedText.Of("secretsportal-audit-checkpoint/1", Number, Sequence, Mac, Count, At);
}

/// <summary>A signed statement that stands in the log for a range of records that lies in an archive file; the file's manifest is the same.</summary>
public sealed record AuditAnchor
{
    /// <summary>From 1 on, without a gap.</summary>
    public required long Number { get; init; }

    /// <summary>The first record of the range.</summary>
    public required long First { get; init; }

    /// <summary>The last record of the range.</summary>
    public required long Last { get; init; }

    /// <summary>The MAC before the first.</summary>
    public required byte[] PreviousMac { get; init; }

    /// <summary>The MAC of the last, from which the chain goes on.</summary>
    public required byte[] LastMac { get; init; }

    /// <summary>The archive's name, without its folder.</summary>
    public required string FileName { get; init; }

    /// <summary>SHA-256 of the archive as it lies on disk.</summary>
    public required byte[] FileSha256 { get; init; }

    /// <summary>When, in whole microseconds.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>ECDSA P-256 with SHA-256 over <see cref="Signed"/>, in DER.</summary>
    public byte[] Signature { get; init; } = [];

    /// <inheritdoc cref="AuditCheckpoint.Signed"/>
    public byte[] Signed() => SignedText.Of("secretsportal-audit-anchor/1", Number, First, Last, PreviousMac, LastMac, FileName, FileSha256, At);
}

/// <summary>Values as lines of text, the one way they are signed.</summary>
internal static class SignedText
{
    public static byte[] Of(string purpose, params object[] values)
    {
        var text = new StringBuilder(purpose).Append('\n');
        foreach (var value in values)
        {
            text.Append(value switch
            {
                byte[] bytes => Convert.ToHexStringLower(bytes),
                DateTimeOffset time => time.UtcDateTime.ToString("yyyy-MM-ddTHH:mm:ss.ffffffZ", CultureInfo.InvariantCulture),
                _ => Convert.ToString(value, CultureInfo.InvariantCulture),
            }).Append('\n');
        }

        return Encoding.UTF8.GetBytes(text.ToString());
    }
}
