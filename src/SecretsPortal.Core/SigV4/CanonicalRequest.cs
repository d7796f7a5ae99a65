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

    /// <summary>The canonical request.</summary>
    /// <param name="request">The request; each of <paramref name="signedHeaders"/> is among its headers.</param>
    /// <param name="signedHeaders">Lower case, by ordinal order, each name once.</param>
    /// <param name="normalizePath">False only for clients that were told to leave the path alone.</param>
    public static string Text(SignedRequest request, IReadOnlyList<string> signedHeaders, bool normalizePath = true)
    {
        var text = new StringBuilder(512);
        text.Append(request.Method).Append('\n');
        AppendPath(text, request.Path, normalizePath);
        text.Append('\n');
        AppendQuery(text, request.Query);
        text.Append('\n');
        foreach (var name in signedHeaders)
        {
            text.Append(name).Append(':');
            var separator = "";
            foreach (var value in ValuesOf(request, name))
            {
                text.Append(separator);
                AppendHeaderValue(text, value);
                separator = ",";
            }

            text.Append('\n');
        }

        text.Append('\n').AppendJoin(';', signedHeaders).Append('\n').Append(request.BodyHash);
        return text.ToString();
    }

    /// <summary>The text that the signing key signs.</summary>
    public static string StringToSign(string timestamp, string date, string region, string service, string canonicalRequest) =>
        $"{Algorithm}\n{timestamp}\n{Scope(date, region, service)}\n{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonicalRequest)))}";

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

    /// <summary>A part of a query without its percent escapes.</summary>
    public static string Decode(string part) => Encoding.UTF8.GetString(Decoded(part));

    private static void AppendPath(StringBuilder text, string path, bool normalize)
    {
        if (!normalize)
        {
            AppendEncoded(text, Encoding.UTF8.GetBytes(path.Length == 0 ? "/" : path), keepSlash: true);
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
            text.Append('/');
            AppendEncoded(text, Encoding.UTF8.GetBytes(segment), keepSlash: false);
        }

        if (segments.Count == 0 || path.EndsWith('/'))
            text.Append('/');
    }

    private static void AppendQuery(StringBuilder text, string query)
    {
        // Names are compared before values, so "Param" comes before "Param-3" although '-' sorts before '='.
        var parameters = query.Split('&', StringSplitOptions.RemoveEmptyEntries)
            .Select(p => p.IndexOf('=', StringComparison.Ordinal) is var at and >= 0 ? (Name: p[..at], Value: p[(at + 1)..]) : (Name: p, Value: ""))
            .Select(p => (Name: Reencoded(p.Name), Value: Reencoded(p.Value)))
            .OrderBy(p => p.Name, StringComparer.Ordinal).ThenBy(p => p.Value, StringComparer.Ordinal);
        var separator = "";
        foreach (var (name, value) in parameters)
        {
            text.Append(separator).Append(name).Append('=').Append(value);
            separator = "&";
        }
    }

    /// <summary>Encoded once, whether or not it already was.</summary>
    private static string Reencoded(string part)
    {
        var text = new StringBuilder(part.Length);
        AppendEncoded(text, Decoded(part), keepSlash: false);
        return text.ToString();
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

    private static void AppendEncoded(StringBuilder text, ReadOnlySpan<byte> bytes, bool keepSlash)
    {
        foreach (var b in bytes)
        {
            if (char.IsAsciiLetterOrDigit((char)b) || b is (byte)'-' or (byte)'_' or (byte)'.' or (byte)'~' || keepSlash && b == '/')
                text.Append((char)b);
            else
                text.Append('%').Append(b.ToString("X2", CultureInfo.InvariantCulture));
        }
    }

    /// <summary>Trimmed, with each run of white space as one space; a folded header's line breaks count as white space.</summary>
    private static void AppendHeaderValue(StringBuilder text, string value)
    {
        var pending = false;
        var any = false;
        foreach (var c in value)
        {
            if (c is ' ' or '\t' or '\r' or '\n')
            {
                pending = any;
                continue;
            }

            if (pending)
                text.Append(' ');
            text.Append(c);
            pending = false;
            any = true;
        }
    }
}
