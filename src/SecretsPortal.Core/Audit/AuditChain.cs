using System.Buffers;
using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace SecretsPortal.Core.Audit;

/// <summary>A record at its place in the chain.</summary>
/// <param name="Sequence">From 1 on, without a gap.</param>
/// <param name="Id">32 hexadecimal digits, unique; given before the record reaches the chain.</param>
/// <param name="Record">The record, as <see cref="AuditChain.Normalize"/> leaves it.</param>
/// <param name="Mac">What chains it to all records before it.</param>
public sealed record ChainedRecord(long Sequence, string Id, AuditRecord Record, byte[] Mac);

/// <summary>Where the log ends, and how many checkpoints and anchors it has.</summary>
/// <param name="Sequence">The last record's; 0 where there never was one.</param>
/// <param name="Mac">The last record's.</param>
/// <param name="Checkpoints">How many have been signed.</param>
/// <param name="Anchors">How many ranges have been archived.</param>
public sealed record AuditHead(long Sequence, byte[] Mac, long Checkpoints, long Anchors)
{
    /// <summary>Of a log without any record.</summary>
    public static AuditHead Empty => new(0, AuditChain.Genesis, 0, 0);
}

/// <summary>
/// The hash chain: each record's MAC is HMAC-SHA256, under a key of the portal's own, over the MAC before it and the record. Without the key nobody
/// can change, drop, add or move a record and compute the MACs that follow.
/// </summary>
/// <remarks>
/// What is authenticated (numbers big-endian): the byte 1 (a record, format 1), the MAC before, the sequence (8 bytes), the id, the time (8 bytes,
/// microseconds since 1970), then caller, access key id, action, resource, outcome, detail, source address and request id. Each text is its length in
/// bytes (4 bytes, -1 where it is null) and its UTF-8, so that no two records have the same encoding. The head's begins with the byte 2.
/// </remarks>
public static class AuditChain
{
    /// <summary>Bytes of a MAC.</summary>
    public const int MacSize = HMACSHA256.HashSizeInBytes;

    private const byte RecordFormat = 1;
    private const byte HeadFormat = 2;

    /// <summary>The MAC before the first record.</summary>
    public static byte[] Genesis => new byte[MacSize];

    /// <summary>The MAC of a record.</summary>
    /// <param name="key">32 bytes.</param>
    /// <param name="previous">The MAC of the record before it; <see cref="Genesis"/> for the first.</param>
    /// <param name="sequence">Its place.</param>
    /// <param name="id">Its id.</param>
    /// <param name="record">As <see cref="Normalize"/> leaves it.</param>
    public static byte[] MacOf(ReadOnlySpan<byte> key, ReadOnlySpan<byte> previous, long sequence, string id, AuditRecord record)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(LongestEncoding(id, record));
        try
        {
            var writer = new Writer(buffer);
            writer.Byte(RecordFormat);
            writer.Bytes(previous);
            writer.Number(sequence);
            writer.Text(id);
            writer.Number(MicrosecondsOf(record.At));
            writer.Text(record.Caller);
            writer.Text(record.AccessKeyId);
            writer.Text(record.Action);
            writer.Text(record.Resource);
            writer.Text(NameOf(record.Outcome));
            writer.Text(record.Detail);
            writer.Text(record.SourceAddress);
            writer.Text(record.RequestId);
            return HMACSHA256.HashData(key, writer.Written);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>The MAC that makes a head authentic.</summary>
    public static byte[] SealOf(ReadOnlySpan<byte> key, AuditHead head)
    {
        ArgumentNullException.ThrowIfNull(head);
        var writer = new Writer(new byte[1 + MacSize + (3 * sizeof(long))]);
        writer.Byte(HeadFormat);
        writer.Number(head.Sequence);
        writer.Bytes(head.Mac);
        writer.Number(head.Checkpoints);
        writer.Number(head.Anchors);
        return HMACSHA256.HashData(key, writer.Written);
    }

    /// <summary>True where both are the same MAC; takes the same time for any difference.</summary>
    public static bool Matches(ReadOnlySpan<byte> stored, ReadOnlySpan<byte> computed) => CryptographicOperations.FixedTimeEquals(stored, computed);

    /// <summary>
    /// The record as both databases give it back: its time in whole microseconds, and U+FFFD in place of what is no Unicode text and of NUL. What
    /// is authenticated must be what is read again.
    /// </summary>
    public static AuditRecord Normalize(AuditRecord record)
    {
        ArgumentNullException.ThrowIfNull(record);
        return record with
        {
            At = new DateTimeOffset(record.At.UtcTicks - (record.At.UtcTicks % TimeSpan.TicksPerMicrosecond), TimeSpan.Zero),
            Caller = Clean(record.Caller)!,
            AccessKeyId = Clean(record.AccessKeyId),
            Action = Clean(record.Action)!,
            Resource = Clean(record.Resource),
            Detail = Clean(record.Detail),
            SourceAddress = Clean(record.SourceAddress)!,
            RequestId = Clean(record.RequestId)!,
        };
    }

    private static string? Clean(string? text)
    {
        if (text is null || (!text.Contains('\0', StringComparison.Ordinal) && IsUnicode(text)))
            return text;
        return Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text)).Replace('\0', '\uFFFD');
    }

    private static bool IsUnicode(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (!char.IsSurrogate(text[i]))
                continue;
            if (i + 1 == text.Length || !char.IsSurrogatePair(text[i], text[i + 1]))
                return false;
            i++;
        }

        return true;
    }

    private static string NameOf(AuditOutcome outcome) => outcome switch
    {
        AuditOutcome.Succeeded => nameof(AuditOutcome.Succeeded),
        AuditOutcome.Denied => nameof(AuditOutcome.Denied),
        AuditOutcome.Failed => nameof(AuditOutcome.Failed),
        _ => outcome.ToString(),
    };

    private static long MicrosecondsOf(DateTimeOffset at) => (at.UtcTicks - DateTime.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    private static int LongestEncoding(string id, AuditRecord record)
    {
        const int numbers = 1 + MacSize + (2 * sizeof(long)) + (9 * sizeof(int)) + 16;
        // Three bytes of UTF-8 are the most that one UTF-16 unit becomes.
        return numbers + (3 * (id.Length + record.Caller.Length + record.Action.Length + record.SourceAddress.Length + record.RequestId.Length
            + (record.AccessKeyId?.Length ?? 0) + (record.Resource?.Length ?? 0) + (record.Detail?.Length ?? 0)));
    }

    private ref struct Writer(Span<byte> buffer)
    {
        private readonly Span<byte> _buffer = buffer;
        private int _length;

        public readonly ReadOnlySpan<byte> Written => _buffer[.._length];

        public void Byte(byte value) => _buffer[_length++] = value;

        public void Bytes(ReadOnlySpan<byte> value)
        {
            value.CopyTo(_buffer[_length..]);
            _length += value.Length;
        }

        public void Number(long value)
        {
            BinaryPrimitives.WriteInt64BigEndian(_buffer[_length..], value);
            _length += sizeof(long);
        }

        public void Text(string? value)
        {
            var start = _length;
            _length += sizeof(int);
            var size = -1;
            if (value is not null)
            {
                size = Encoding.UTF8.GetBytes(value, _buffer[_length..]);
                _length += size;
            }

            BinaryPrimitives.WriteInt32BigEndian(_buffer[start..], size);
        }
    }
}
