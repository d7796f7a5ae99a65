using System.Buffers.Binary;
using System.Text;

namespace SecretsPortal.Services.Kms;

/// <summary>The encryption context as bytes, for providers that bind it as associated data.</summary>
internal static class KmsContext
{
    /// <summary>
    /// The bytes of <paramref name="header"/>, the number of pairs, and each name and value behind its length (4 bytes, big-endian), names in ordinal
    /// order: no two contexts read the same.
    /// </summary>
    public static byte[] AssociatedData(ReadOnlySpan<byte> header, IReadOnlyDictionary<string, string> context)
    {
        using var data = new MemoryStream();
        data.Write(header);
        WriteLength(data, context.Count);
        foreach (var (name, value) in context.OrderBy(pair => pair.Key, StringComparer.Ordinal))
        {
            WriteText(data, name);
            WriteText(data, value);
        }

        return data.ToArray();
    }

    private static void WriteText(Stream data, string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        WriteLength(data, bytes.Length);
        data.Write(bytes);
    }

    private static void WriteLength(Stream data, int length)
    {
        Span<byte> prefix = stackalloc byte[4];
        BinaryPrimitives.WriteInt32BigEndian(prefix, length);
        data.Write(prefix);
    }
}
