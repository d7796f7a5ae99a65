using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using CsCheck;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Core.Tests.SigV4;

/// <summary>A request as a client means it: query names and values without their escapes, which <see cref="Spelling"/> decides.</summary>
internal sealed record GeneratedRequest(
    string Method, string[] Segments, bool EndsWithSlash, (string Name, string Value)[] Query, (string Name, string Value)[] Headers, byte[] Body, int Spelling)
{
    public const string Host = "localhost:8210";

    private static readonly Gen<string> s_method = OneOf("POST", "GET", "PUT", "DELETE", "PATCH", "M-SEARCH");

    // A path stands in the canonical request as it stood on the request line, escapes and all; '?' and '#' end it, '/' parts it.
    private static readonly Gen<string> s_segment = Gen.OneOf(
        OneOf("", ".", "..", "...", "a", "%2e%2e", "%2F", "%", "%zz", "a%20b", "ሴ", "~", "*", "+", ";v=1", "@:", "é%C3%A9", "\ud83d\udd11"),
        Text("abcXYZ019-._~!$&'()*+,;=:@%\"<>[]{}|\\^`éሴ", 12));

    private static readonly Gen<string> s_queryText = Gen.OneOf(
        OneOf("", "a", "A", "Param", "Param-3", "%", "%2F", "+", " ", "&", "=", "a=b&c", "ሴ", "\ud83d\udd11", "\u0001"),
        Text("abAB019-._~!$&'()*+,;=:@/?% \"éሴ", 8));

    private static readonly Gen<string> s_headerName = OneOf(
        "X-Custom", "x-custom", "X-CUSTOM", "Content-Type", "content-type", "My-Header1", "X-Amz-Meta-A", "x-amz-meta-b", "A", "X-Odd!#$%&'*+.^_`|~9");

    private static readonly Gen<string> s_blank = OneOf(" ", "  ", "\t", " \t ", "\r\n ", "\r\n\t", "\n  ");

    private static readonly Gen<string> s_word = Gen.OneOf(OneOf("", ",", ";", ":", "\"a   b\"", "a,b", "=", "%20", "é", "鍵"), Text("abcXYZ019-._~!$&'()*+,;=:@%\"<>[]{}|\\^`éሴ", 6));

    private static readonly Gen<string> s_headerValue =
        Gen.Select(s_blank.Array[0, 1], Gen.Select(s_word, s_blank).Array[0, 3], s_word).Select((lead, words, last) =>
            string.Concat(lead) + string.Concat(words.Select(w => w.Item1 + w.Item2)) + last);

    /// <summary>Requests with everything that a canonical form has to make alike.</summary>
    public static Gen<GeneratedRequest> Any { get; } = Gen.Select(
        s_method, s_segment.Array[0, 5], Gen.Bool, Gen.Select(s_queryText, s_queryText).Array[0, 5], Gen.Select(s_headerName, s_headerValue).Array[0, 5],
        Gen.Byte.Array[0, 32], Gen.Int[0, int.MaxValue])
        .Select((method, segments, slash, query, headers, body, spelling) => new GeneratedRequest(method, segments, slash, query, headers, body, spelling));

    public string Path => "/" + string.Join('/', Segments) + (EndsWithSlash ? "/" : "");

    /// <summary>The request on the wire, without what the signer adds.</summary>
    public SignedRequest ToRequest() => new()
    {
        Method = Method,
        Path = Path,
        Query = Spelt(),
        Headers = [new("Host", Host), new("X-Amz-Target", "secretsmanager.ListSecrets"), .. Headers.Select(h => KeyValuePair.Create(h.Name, h.Value))],
        BodyHash = Convert.ToHexStringLower(SHA256.HashData(Body)),
    };

    private static Gen<string> OneOf(params string[] texts) => Gen.Int[0, texts.Length - 1].Select(i => texts[i]);

    private static Gen<string> Text(string alphabet, int longest) => Gen.Int[0, alphabet.Length - 1].Array[0, longest].Select(all => string.Concat(all.Select(i => alphabet[i])));

    /// <summary>The query with each character escaped or not as chance will, where both mean the same.</summary>
    private string Spelt()
    {
        var choices = 0;
        return string.Join('&', Query.Select(p => Spelt(p.Name) + (p.Value.Length == 0 && p.Name.Length > 0 && Choice() ? "" : "=") + Spelt(p.Value)));

        // The bits of Spelling, over and over.
        bool Choice() => (Spelling >> (choices++ % 31) & 1) == 0;

        string Spelt(string text)
        {
            var spelt = new StringBuilder();
            foreach (var rune in text.EnumerateRunes())
            {
                if (rune.Value is '%' or '&' or '=' or '#' or <= ' ' || Choice())
                {
                    var format = Choice() ? "X2" : "x2";
                    foreach (var b in Encoding.UTF8.GetBytes(rune.ToString()))
                        spelt.Append('%').Append(b.ToString(format, CultureInfo.InvariantCulture));
                }
                else
                {
                    spelt.Append(rune);
                }
            }

            return spelt.ToString();
        }
    }
}
