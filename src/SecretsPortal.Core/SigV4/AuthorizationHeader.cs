using System.Security.Cryptography;
using System.Text;

namespace SecretsPortal.Core.SigV4;

/// <summary>The parts of an Authorization header, read strictly and not yet judged.</summary>
/// <param name="Credential">The Credential parameter: key id, date, region, service and terminator, if it is well formed.</param>
/// <param name="SignedHeaders">The names as listed.</param>
/// <param name="Signature">The signature as given.</param>
internal sealed record AuthorizationHeader(string Credential, string[] SignedHeaders, string Signature)
{
    private const string CredentialName = "Credential";
    private const string SignedHeadersName = "SignedHeaders";
    private const string SignatureName = "Signature";

    /// <summary>Reads the header's value. IncompleteSignature names all that is missing, in AWS's words.</summary>
    /// <param name="value">The header's value.</param>
    /// <param name="isDated">False where the request has neither X-Amz-Date nor Date, which AWS reports with the header's own gaps.</param>
    public static AuthorizationHeader Parse(string value, bool isDated)
    {
        var space = value.AsSpan().IndexOfAny(' ', '\t');
        var algorithm = space < 0 ? value : value[..space];
        if (algorithm != CanonicalRequest.Algorithm)
            throw Incomplete($"Unsupported AWS 'algorithm' in Authorization header {Hashed(value)}. Sign with {CanonicalRequest.Algorithm}.");

        string? credential = null, signedHeaders = null, signature = null;
        foreach (var part in (space < 0 ? "" : value[(space + 1)..]).Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            var equals = part.IndexOf('=', StringComparison.Ordinal);
            if (equals <= 0)
                throw Incomplete($"Invalid key=value pair (missing equal-sign) in Authorization header {Hashed(value)}.");
            switch (part.AsSpan(0, equals))
            {
                case CredentialName:
                    Take(ref credential, CredentialName, part, value);
                    break;
                case SignedHeadersName:
                    Take(ref signedHeaders, SignedHeadersName, part, value);
                    break;
                case SignatureName:
                    Take(ref signature, SignatureName, part, value);
                    break;
                default:
                    throw Incomplete($"Authorization header has an unknown parameter. {Hashed(value)}");
            }
        }

        var missing = "";
        foreach (var (name, given) in (ReadOnlySpan<(string, string?)>)[(CredentialName, credential), (SignatureName, signature), (SignedHeadersName, signedHeaders)])
        {
            if (string.IsNullOrEmpty(given))
                missing += $"Authorization header requires '{name}' parameter. ";
        }

        if (!isDated)
            missing += "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. ";
        if (missing.Length > 0)
            throw Incomplete($"{missing}(Hashed with SHA-256 and encoded with Base64) Authorization={Hash(value)}");
        return new AuthorizationHeader(credential!, signedHeaders!.Split(';'), signature!);
    }

    /// <summary>The elements of the credential; IncompleteSignature unless there are five.</summary>
    public (string KeyId, string Date, string Region, string Service, string Terminator) Scope() =>
        Credential.Split('/') is [var keyId, var date, var region, var service, var terminator]
            ? (keyId, date, region, service, terminator)
            : throw Incomplete($"Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got {Hashed(Credential)}");

    private static void Take(ref string? parameter, string name, string part, string header)
    {
        if (parameter is not null)
            throw Incomplete($"Authorization header has the parameter '{name}' more than once. {Hashed(header)}");
        parameter = part[(name.Length + 1)..].Trim();
    }

    /// <summary>
    /// The header's hash in place of the header, as AWS answers today: people do paste secrets where the key id belongs.
    /// </summary>
    private static string Hashed(string value) => $"(hashed with SHA-256 and encoded with Base64): '{Hash(value)}'";

    private static string Hash(string value) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(value)));

    private static PortalException Incomplete(string message) => new(PortalError.IncompleteSignature, message);
}
