using CsCheck;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Core.Tests.SigV4;

/// <summary>
/// What holds for every request. A short run is an ordinary test; <c>tests/fuzz.sh</c> runs as many requests as it is told. What it finds
/// becomes a case of <see cref="SigV4VerifierTests"/>.
/// </summary>
public sealed class CanonicalRequestFuzz
{
    private const string Service = "secretsmanager";
    private const string Region = "eu-west-1";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

    private static readonly DateTimeOffset s_now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly SigningCredentials s_credentials = new("AKIDEXAMPLE", new SecretText(Secret));
    private static readonly SigningCredentials s_temporary = s_credentials with { SessionToken = "a/session+token==" };

    /// <summary>Changes of one signed part each, all of which survive normalisation.</summary>
    private static readonly (string Name, Func<SignedRequest, int, SignedRequest?> Change)[] s_changes =
    [
        ("method", (r, _) => r with { Method = r.Method == "POST" ? "PUT" : "POST" }),
        ("path: a segment more", (r, _) => r with { Path = r.Path.EndsWith('/') ? $"{r.Path}zz" : $"{r.Path}/zz" }),
        ("path: a segment before", (r, _) => r with { Path = $"/zz/{new string('a', 40)}{(r.Path.Contains("..", StringComparison.Ordinal) ? "" : r.Path)}" }),
        ("path: a slash at the end", (r, _) => r.Path.Trim('/').Split('/')[^1] is "" or "." or ".." ? null : r with { Path = r.Path.EndsWith('/') ? r.Path.TrimEnd('/') : $"{r.Path}/" }),
        ("query: a pair more", (r, _) => r with { Query = r.Query.Length == 0 ? "zz" : $"{r.Query}&zz" }),
        ("query: a pair twice", (r, n) => r.Query.Length == 0 ? null : r with { Query = $"{r.Query}&{Pick(r.Query.Split('&'), n)}" }),
        ("query: a pair less", (r, n) => r.Query.Length == 0 ? null : r with { Query = string.Join('&', Without(r.Query.Split('&'), n)) }),
        ("query: another value", (r, n) => r.Query.Length == 0 ? null : r with { Query = string.Join('&', Changed(r.Query.Split('&'), n, p => p.Contains('=', StringComparison.Ordinal) ? $"{p}z" : $"{p}=z")) }),
        ("header: another value", (r, n) => r with { Headers = Changed(r.Headers, n, h => new(h.Key, h.Key == "Authorization" ? Flipped(h.Value) : $"{h.Value}z")) }),
        ("header: gone", (r, n) => r with { Headers = Without(r.Headers, n) }),
        ("header: once more", (r, n) => r with { Headers = [.. r.Headers, Pick(r.Headers, n)] }),
        ("header: an AWS header that is not signed", (r, _) => r with { Headers = [.. r.Headers, new("x-amz-zz", "")] }),
        ("header: a blank inside", (r, n) => r with { Headers = Changed(r.Headers, n, h => new(h.Key, h.Key == "Authorization" ? Flipped(h.Value) : $"z {h.Value}")) }),
        ("body", (r, _) => r with { BodyHash = new string('0', 64) }),
        ("date", (r, _) => Replaced(r, "X-Amz-Date", "20260301T120000Z", "20260301T120001Z")),
        ("scope: date", (r, _) => Replaced(r, "Authorization", "/20260301/", "/20260302/")),
        ("scope: region", (r, _) => Replaced(r, "Authorization", "/eu-west-1/", "/eu-west-2/")),
        ("scope: service", (r, _) => Replaced(r, "Authorization", "/secretsmanager/", "/ssm/")),
        ("signed headers: one less", (r, _) => Replaced(r, "Authorization", ";x-amz-target", "")),
        ("signed headers: one more", (r, _) => Replaced(r, "Authorization", ";x-amz-target", ";x-amz-target;zz")),
        ("signature", (r, _) => Replaced(r, "Authorization", null, null)),
    ];

    [Fact]
    public void What_the_signer_signs_the_verifier_accepts() =>
        Gen.Select(GeneratedRequest.Any, Gen.Bool).Sample((generated, isTemporary) =>
        {
            var claim = Verified(Signed(generated, isTemporary));
            Assert.Equal(isTemporary ? s_temporary.SessionToken : null, claim.SessionToken);
        }, iter: Fuzzing.Iterations(2000));

    [Fact]
    public void A_change_of_any_signed_part_is_refused() =>
        Gen.Select(GeneratedRequest.Any, Gen.Bool, Gen.Int[0, s_changes.Length - 1], Gen.Int[0, 1000]).Sample((generated, isTemporary, change, n) =>
        {
            var signed = Signed(generated, isTemporary);
            if (s_changes[change].Change(signed, n) is { } changed && Accepts(changed))
                Assert.Fail($"A request was accepted after a change of {s_changes[change].Name}.");
        }, iter: Fuzzing.Iterations(5000));

    [Fact]
    public void Each_kind_of_change_is_tried()
    {
        var request = Signed(new GeneratedRequest("POST", ["a"], false, [("b", "c")], [("X-Custom", "v")], [], 0), isTemporary: true);
        Assert.All(s_changes, c => Assert.False(Accepts(c.Change(request, 0)!), c.Name));
    }

    [Fact]
    public void An_Authorization_header_of_any_kind_is_accepted_or_refused_and_nothing_else()
    {
        var piece = Gen.Int[0, s_pieces.Length - 1].Select(i => s_pieces[i]);
        var header = Gen.OneOf(Gen.String, Gen.OneOf(piece, Gen.String[0, 5]).Array[0, 14].Select(string.Concat));
        Gen.Select(header, Gen.OneOf(Gen.String, Gen.Const("20260301T120000Z")), Gen.OneOf(Gen.String, Gen.Const("")), Gen.String, GeneratedRequest.Any)
            .Sample((authorization, date, query, extra, generated) =>
            {
                var request = generated.ToRequest();
                Accepts(request with
                {
                    Query = query,
                    Path = extra,
                    Headers = [.. request.Headers, new("Authorization", authorization), new("X-Amz-Date", date), new("X-Amz-Security-Token", extra)],
                });
                // Everything else sound, so that the header itself is reached.
                var sound = Signed(generated, isTemporary: false);
                Accepts(sound with { Headers = [.. sound.Headers.Where(h => h.Key != "Authorization"), new("Authorization", authorization)] });
            }, iter: Fuzzing.Iterations(5000));
    }

    private static readonly string[] s_pieces =
    [
        "AWS4-HMAC-SHA256", " ", ",", ", ", "=", "/", ";", "\t", "Credential=", "SignedHeaders=", "Signature=", "AKIDEXAMPLE", "20260301", "eu-west-1",
        Service, "aws4_request", "AKIDEXAMPLE/20260301/eu-west-1/secretsmanager/aws4_request", "host;x-amz-date;x-amz-target",
        "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/eu-west-1/secretsmanager/aws4_request, SignedHeaders=host;x-amz-date;x-amz-target, Signature=",
        new string('0', 64), new string('f', 64), "\ud800", "\0", "%",
    ];

    private static SignedRequest Signed(GeneratedRequest generated, bool isTemporary)
    {
        var request = generated.ToRequest();
        return request with { Headers = [.. request.Headers, .. SigV4Signer.Sign(request, isTemporary ? s_temporary : s_credentials, Region, Service, s_now)] };
    }

    private static SigV4Claim Verified(SignedRequest request)
    {
        var claim = SigV4Verifier.Read(request, Service, s_now);
        SigV4Verifier.Verify(request, claim, SigningKey.Derive(Secret, claim.Date, claim.Region, claim.Service));
        return claim;
    }

    private static bool Accepts(SignedRequest request)
    {
        try
        {
            Verified(request);
            return true;
        }
        catch (PortalException)
        {
            return false;
        }
    }

    private static T Pick<T>(IReadOnlyList<T> items, int n) => items[n % items.Count];

    private static T[] Without<T>(IReadOnlyList<T> items, int n) => [.. items.Where((_, i) => i != n % items.Count)];

    private static T[] Changed<T>(IReadOnlyList<T> items, int n, Func<T, T> change) => [.. items.Select((item, i) => i == n % items.Count ? change(item) : item)];

    private static SignedRequest Replaced(SignedRequest request, string name, string? part, string? by) => request with
    {
        Headers = [.. request.Headers.Select(h => h.Key != name ? h : new(name, part is null ? Flipped(h.Value) : h.Value.Replace(part, by, StringComparison.Ordinal)))],
    };

    /// <summary>With another last digit.</summary>
    private static string Flipped(string authorization) => authorization[..^1] + (authorization[^1] == '0' ? '1' : '0');
}
