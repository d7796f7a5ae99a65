using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace SecretsPortal.Core.SigV4;

/// <summary>
/// The one text that signer and verifier derive from a request. The rules are those of services other than S3: the path
/// is normalised and then percent-encoded once more than it stood on the request line.
/// </summary>
internal static class CanonicalRequest
{
    /// <summary>The only algorithm.</summary>
    public const string Algorithm = "AWS4-HMAC-SHA256";

    /// <summary>The last element of every scope.</summary>
    public const string Terminator = "aws4_request";

    /// <summary>The format of X-Amz-Date.</summary>
    public const string TimestampFormat = "yyyyMMdd'T'HHmmss'Z'";

    // Kept between requests by the thread that builds the text; a request with headers of an unusual length does not make it keep that much.
    private const int LargestKept = 16 * 1024;

    [ThreadStatic]
    private static ArrayBufferWriter<char>? t_text;

    /// <summary>The canonical request.</summary>
    /// <param name="request">The request; each of <paramref name="signedHeaders"/> is among its headers.</param>
    /// <param name="signedHeaders">Lower case, by ordinal order, each name once.</param>
    /// <param name="normalizePath">False only for clients that were told to leave the path alone.</param>
    public static string Text(SignedRequest request, IReadOnlyList<string> signedHeaders, bool normalizePath = true)
    {
        var text = Write(request, signedHeaders, normalizePath);
        try
        {
            return text.WrittenSpan.ToString();
        }
        finally
        {
            GiveBack(text);
        }
    }

    /// <summary>SHA-256 of the canonical request, 64 lower-case hexadecimal digits.</summary>
    /// <inheritdoc cref="Text"/>
    public static string Hash(SignedRequest request, IReadOnlyList<string> signedHeaders)
    {
        var text = Write(request, signedHeaders, normalizePath: true);
        var bytes = ArrayPool<byte>.Shared.Rent(Encoding.UTF8.GetMaxByteCount(text.WrittenCount));
        try
        {
            var length = Encoding.UTF8.GetBytes(text.WrittenSpan, bytes);
            Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
            SHA256.HashData(bytes.AsSpan(0, length), hash);
            return Convert.ToHexStringLower(hash);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(bytes);
            GiveBack(text);
        }
    }

    /// <summary>The text that the signing key signs.</summary>
    public static string StringToSign(string timestamp, string date, string region, string service, string canonicalRequest) =>
        StringToSignHash(timestamp, date, region, service, Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonicalRequest))));

    /// <summary>As <see cref="StringToSign"/>, of what <see cref="Hash"/> gives.</summary>
    public static string StringToSignHash(string timestamp, string date, string region, string service, string canonicalHash) =>
        $"{Algorithm}\n{timestamp}\n{date}/{region}/{service}/{Terminator}\n{canonicalHash}";

    /// <summary>The credential scope.</summary>
    public static string Scope(string date, string region, string service) => $"{date}/{region}/{service}/{Terminator}";

    /// <summary>The 32 bytes of the signature.</summary>
    public static byte[] Signature(ReadOnlySpan<byte> signingKey, string stringToSign) =>
        HMACSHA256.HashData(signingKey, Encoding.UTF8.GetBytes(stringToSign));

    /// <summary>A time in the format of X-Amz-Date, in UTC.</summary>
    public static string Timestamp(DateTimeOffset time) => time.UtcDateTime.ToString(TimestampFormat, CultureInfo.InvariantCulture);

    /// <summary>The values of one header, in the request's order.</summary>
    public static IEnumerable<string> ValuesOf(SignedRequest request, string name) =>
        request.Headers.Where(h => string.Equals(h.Key, name, StringComparison.OrdinalIgnoreCase)).Select(h => h.Value);

    /// <summary>The first value of a header, in the request's order; null where it has none.</summary>
    public static string? First(SignedRequest request, string name)
    {
        var headers = request.Headers;
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                return headers[i].Value;
        }

        return null;
    }

    /// <summary>How often a header occurs.</summary>
    public static int Count(SignedRequest request, string name)
    {
        var (headers, count) = (request.Headers, 0);
        for (var i = 0; i < headers.Count; i++)
        {
            if (headers[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                count++;
        }

        return count;
    }

    /// <summary>A part of a query without its percent escapes.</summary>
    public static string Decode(string part) => Encoding.UTF8.GetString(Decoded(part));

    private static ArrayBufferWriter<char> Write(SignedRequest request, IReadOnlyList<string> signedHeaders, bool normalizePath)
    {
        var text = t_text ?? new ArrayBufferWriter<char>(1024);
        t_text = null;
        text.Add(request.Method);
        text.Add('\n');
        AppendPath(text, request.Path, normalizePath);
        text.Add('\n');
        AppendQuery(text, request.Query);
        text.Add('\n');
        for (var i = 0; i < signedHeaders.Count; i++)
            AppendHeader(text, request, signedHeaders[i]);
        text.Add('\n');
        for (var i = 0; i < signedHeaders.Count; i++)
        {
            if (i > 0)
                text.Add(';');
            text.Add(signedHeaders[i]);
        }

        text.Add('\n');
        text.Add(request.BodyHash);
        return text;
    }

    private static void GiveBack(ArrayBufferWriter<char> text)
    {
        if (text.Capacity > LargestKept)
            return;
        text.ResetWrittenCount();
        t_text = text;
    }

    private static void Add(this ArrayBufferWriter<char> text, char c)
    {
        text.GetSpan(1)[0] = c;
        text.Advance(1);
    }

    private static void Add(this ArrayBufferWriter<char> text, string part) => text.Write(part);

    private static void AppendHeader(ArrayBufferWriter<char> text, SignedRequest request, string name)
    {
        text.Add(name);
        text.Add(':');
        var (headers, any) = (request.Headers, false);
        for (var i = 0; i < headers.Count; i++)
        {
            if (!headers[i].Key.Equals(name, StringComparison.OrdinalIgnoreCase))
                continue;
            if (any)
                text.Add(',');
            AppendHeaderValue(text, headers[i].Value);
            any = true;
        }

        text.Add('\n');
    }

    private static void AppendPath(ArrayBufferWriter<char> text, string path, bool normalize)
    {
        if (path is "/" or "")
        {
            text.Add('/');
            return;
        }

        if (!normalize)
        {
            AppendEncoded(text, Encoding.UTF8.GetBytes(path), keepSlash: true);
            return;
        }

        var segments = new List<string>();
        foreach (var segment in path.Split('/', StringSplitOptions.RemoveEmptyEntries))
        {
            if (segment == ".." && segments.Count > 0)
                segments.RemoveAt(segments.Count - 1);
            else if (segment is not ("." or ".."))
                segments.Add(segment);
        }

        foreach (var segment in segments)
        {
            text.Add('/');
            AppendEncoded(text, Encoding.UTF8.GetBytes(segment), keepSlash: false);
        }

        if (segments.Count == 0 || path.EndsWith('/'))
            text.Add('/');
    }

    private static void AppendQuery(ArrayBufferWriter<char> text, string query)
    {
        if (query.Length == 0)
            return;
        // Names are compared before values, so "Param" comes before "Param-3" although '-' sorts before '='.
        var parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.IndexOf('=', StringComparison.Ordinal) is var at and >= 0 ? (Name: p[..at], Value: p[(at + 1)..]) : (Name: p, Value: ""))
            .Select(p => (Name: Reencoded(p.Name), Value: Reencoded(p.Value)))
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Value, StringComparer.Ordinal);
        var separator = "";
        foreach (var (name, value) in parameters)
        {
            text.Add(separator);
            text.Add(name);
            text.Add('=');
            text.Add(value);
            separator = "&";
        }
    }

    /// <summary>Encoded once, whether or not it already was.</summary>
    private static string Reencoded(string part)
    {
        var text = new ArrayBufferWriter<char>(part.Length + 1);
        AppendEncoded(text, Decoded(part), keepSlash: false);
        return text.WrittenSpan.ToString();
    }

    private static ReadOnlySpan<byte> Decoded(string part)
    {
        var bytes = Encoding.UTF8.GetBytes(part);
        var length = 0;
        for (var i = 0; i < bytes.Length; i++)
        {
            if (bytes[i] == '%' && i + 2 < bytes.Length && char.IsAsciiHexDigit((char)bytes[i + 1]) && char.IsAsciiHexDigit((char)bytes[i + 2]))
            {
                bytes[length++] = (byte)(Nibble(bytes[i + 1]) << 4 | Nibble(bytes[i + 2]));
                i += 2;
            }
            else
            {
                bytes[length++] = bytes[i];
            }
        }

        return bytes.AsSpan(0, length);

        static int Nibble(byte digit) => digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10;
    }

    private static void AppendEncoded(ArrayBufferWriter<char> text, ReadOnlySpan<byte> bytes, bool keepSlash)
    {
        foreach (var b in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~' || keepSlash && b == '/')
            {
                text.Add((char)b);
                continue;
            }

            text.Add('%');
            b.TryFormat(text.GetSpan(2), out var written, "X2", CultureInfo.InvariantCulture);
            text.Advance(written);
        }
    }

    /// <summary>Trimmed, with each run of white space as one space; a folded header's line breaks count as white space.</summary>
    private static void AppendHeaderValue(ArrayBufferWriter<char> text, string value)
    {
        // Never longer than the value itself.
        var target = text.GetSpan(value.Length + 1);
        var length = 0;
        var pending = false;
        foreach (var c in value)
        {
            if (c is ' ' or '\t' or '\r' or '\n')
            {
                pending = length > 0;
                continue;
            }

            if (pending)
                target[length++] = ' ';
            target[length++] = c;
            pending = false;
        }

        text.Advance(length);
    }
}
