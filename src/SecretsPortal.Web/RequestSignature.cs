using System.Security.Cryptography;
using Microsoft.AspNetCore.Http.Features;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Web;

/// <summary>What a signature speaks of, as the request brought it.</summary>
internal static class RequestSignature
{
    /// <summary>Method, path, query and headers as they came, and the hash of the body that was read.</summary>
    public static SignedRequest Of(HttpContext http, byte[] body)
    {
        var target = http.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        // A client that believes it speaks to a proxy sends the whole URL; what is signed is the part after the authority.
        if (target.IndexOf("://", StringComparison.Ordinal) is var scheme and >= 0 && !target.StartsWith('/'))
            target = target.IndexOf('/', scheme + 3) is var path and >= 0 ? target[path..] : "/";
        var question = target.IndexOf('?', StringComparison.Ordinal);
        return new SignedRequest
        {
            Method = http.Request.Method,
            Path = question < 0 ? target : target[..question],
            Query = question < 0 ? "" : target[(question + 1)..],
            Headers = HeadersOf(http.Request.Headers),
            BodyHash = Convert.ToHexStringLower(SHA256.HashData(body)),
        };
    }

    private static List<KeyValuePair<string, string>> HeadersOf(IHeaderDictionary headers)
    {
        var all = new List<KeyValuePair<string, string>>(headers.Count);
        foreach (var (name, values) in headers)
        {
            foreach (var value in values)
                all.Add(KeyValuePair.Create(name, value ?? ""));
        }

        return all;
    }
}
