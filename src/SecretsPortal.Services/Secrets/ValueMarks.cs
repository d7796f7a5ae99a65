using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.Secrets;

namespace SecretsPortal.Services.Secrets;

/// <summary>
/// Fingerprints by which two values of one secret are told to be the same without opening either: HMAC-SHA256 under a key of the portal's own, cut to
/// 16 bytes, over the secret's ARN, what is meant (the whole, or one member by its name), and the content. The ARN is in it, so that equal
/// passwords of two secrets are not seen to be equal. Who may write values and see fingerprints can try a guess by each write; therefore they
/// have an action of their own, which no managed policy but the administrator's gives.
/// </summary>
internal static class ValueMarks
{
    private const int MarkSize = 16;
    private const int NameSize = 8;
    private const int MostFields = 64;

    private static readonly JsonReaderOptions s_options = new() { MaxDepth = 64 };

    /// <summary>The marks of a value: of the whole, then of each member of a JSON object, of the first 64.</summary>
    public static byte[] Of(byte[] key, SecretArn arn, SecretValue value)
    {
        var marks = new List<byte>(MarkSize);
        marks.AddRange(Mark(key, arn, value.IsText ? "text"u8 : "bytes"u8, "", value.Bytes, MarkSize));
        if (!value.IsText)
            return [.. marks];
        var whole = marks.Count;
        try
        {
            AddFields(marks, key, arn, value.Bytes);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // No JSON: it has no members.
            marks.RemoveRange(whole, marks.Count - whole);
        }

        return [.. marks];
    }

    /// <summary>The mark of the whole, for the wire.</summary>
    public static string OfWhole(ReadOnlySpan<byte> marks) => Convert.ToHexStringLower(marks[..MarkSize]);

    /// <summary>The mark of a member, for the wire; null where the value has no such member, or too many.</summary>
    public static string? OfField(byte[] key, SecretArn arn, ReadOnlySpan<byte> marks, string field)
    {
        var name = NameOf(key, arn, field);
        for (var at = MarkSize; at + NameSize + MarkSize <= marks.Length; at += NameSize + MarkSize)
        {
            if (marks.Slice(at, NameSize).SequenceEqual(name))
                return Convert.ToHexStringLower(marks.Slice(at + NameSize, MarkSize));
        }

        return null;
    }

    private static void AddFields(List<byte> marks, byte[] key, SecretArn arn, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, s_options);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return;
        for (var n = 0; reader.Read() && reader.TokenType == JsonTokenType.PropertyName; n++)
        {
            var name = reader.GetString()!;
            reader.Read();
            var start = (int)reader.TokenStartIndex;
            // A text is compared by what it says, anything else by how it is written.
            var text = reader.TokenType == JsonTokenType.String ? Encoding.UTF8.GetBytes(reader.GetString()!) : null;
            reader.Skip();
            if (n >= MostFields)
                continue;
            marks.AddRange(NameOf(key, arn, name));
            marks.AddRange(text is null
                ? Mark(key, arn, "json member"u8, name, json[start..(int)reader.BytesConsumed], MarkSize)
                : Mark(key, arn, "text member"u8, name, text, MarkSize));
            CryptographicOperations.ZeroMemory(text);
        }

        // What follows the object would make it no JSON.
        reader.Read();
    }

    private static byte[] NameOf(byte[] key, SecretArn arn, string field) => Mark(key, arn, "name"u8, field, [], NameSize);

    private static byte[] Mark(byte[] key, SecretArn arn, ReadOnlySpan<byte> what, string name, ReadOnlySpan<byte> content, int size)
    {
        using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        Append(hmac, Encoding.UTF8.GetBytes(arn.ToString()));
        Append(hmac, what);
        Append(hmac, Encoding.UTF8.GetBytes(name));
        Append(hmac, content);
        return hmac.GetHashAndReset()[..size];
    }

    private static void Append(IncrementalHash hmac, ReadOnlySpan<byte> part)
    {
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(length, part.Length);
        hmac.AppendData(length);
        hmac.AppendData(part);
    }
}
