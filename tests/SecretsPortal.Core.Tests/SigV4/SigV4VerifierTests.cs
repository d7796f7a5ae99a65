using System.Security.Cryptography;
using System.Text;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Core.Tests.SigV4;

public sealed class SigV4VerifierTests
{
    private const string Service = "secretsmanager";
    private const string Secret = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

    private static readonly DateTimeOffset s_now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
    private static readonly SigningCredentials s_credentials = new("AKIDEXAMPLE", new SecretText(Secret));
    private static readonly SigningCredentials s_temporary = s_credentials with { SessionToken = "a/session+token==" };

    [Fact]
    public void A_signed_request_is_verified_and_its_claim_tells_the_scope()
    {
        var request = Signed();

        var claim = Verified(request);

        Assert.Equal(("AKIDEXAMPLE", "20260301", "eu-west-1", Service, "20260301T120000Z"),
            (claim.AccessKeyId, claim.Date, claim.Region, claim.Service, claim.Timestamp));
        Assert.Equal(["content-type", "host", "x-amz-date", "x-amz-target"], claim.SignedHeaders);
        Assert.Null(claim.SessionToken);
    }

    [Fact]
    public void A_session_token_is_signed_and_told() =>
        Assert.Equal("a/session+token==", Verified(Signed(credentials: s_temporary)).SessionToken);

    [Fact]
    public void No_credentials_are_missing_credentials()
    {
        Refused(PortalError.MissingAuthenticationToken, "Missing Authentication Token", Request());
        Refused(PortalError.MissingAuthenticationToken, "Missing Authentication Token", With(Request(), "Authorization", " "));
    }

    [Theory]
    [InlineData("Bearer abc", "Unsupported AWS 'algorithm' in Authorization header ")]
    [InlineData("AWS4-ECDSA-P256-SHA256 Credential=a", "Unsupported AWS 'algorithm' in Authorization header ")]
    [InlineData("AWS4-HMAC-SHA256", "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. ")]
    [InlineData("AWS4-HMAC-SHA256 Credential=k/20260301/r/s/aws4_request, SignedHeaders=host", "Authorization header requires 'Signature' parameter. ")]
    [InlineData("AWS4-HMAC-SHA256 Credential=k/20260301/r/s/aws4_request, SignedHeaders=, Signature=00", "Authorization header requires 'SignedHeaders' parameter. ")]
    [InlineData("AWS4-HMAC-SHA256 Credential= k/20260301, x", "Invalid key=value pair (missing equal-sign) in Authorization header (hashed with SHA-256 and encoded with Base64): '")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a, Credential=b", "Authorization header has the parameter 'Credential' more than once. ")]
    [InlineData("AWS4-HMAC-SHA256 Credential=a, Colour=b", "Authorization header has an unknown parameter. ")]
    [InlineData("AWS4-HMAC-SHA256 Signature=00, SignedHeaders=host", "Authorization header requires 'Credential' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=")]
    [InlineData("AWS4-HMAC-SHA256 Credential=k/20260301/r/s/aws4_request, SignedHeaders=host, Signature=", "Authorization header requires 'Signature' parameter. ")]
    [InlineData("AWS4-HMAC-SHA256 Credential=, SignedHeaders=host, Signature=00", "Authorization header requires 'Credential' parameter. ")]
    [InlineData("AWS4-HMAC-SHA256 SignedHeaders=a, SignedHeaders=b", "Authorization header has the parameter 'SignedHeaders' more than once. ")]
    [InlineData("AWS4-HMAC-SHA256 Signature=a, Signature=a", "Authorization header has the parameter 'Signature' more than once. ")]
    [InlineData("AWS4-HMAC-SHA256 =a", "Invalid key=value pair (missing equal-sign) in Authorization header ")]
    [InlineData("AWS4-HMAC-SHA256 Credential=k/r/s, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=00", "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got ")]
    public void A_malformed_header_is_an_incomplete_signature(string authorization, string start)
    {
        var refused = Assert.Throws<PortalException>(() => Read(Replace(Signed(), "Authorization", authorization)));

        Assert.Equal(PortalError.IncompleteSignature, refused.Error);
        Assert.StartsWith(start, refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_secret_pasted_in_place_of_the_key_id_is_not_echoed()
    {
        var refused = Assert.Throws<PortalException>(() => Read(Replace(Signed(), "Authorization",
            $"AWS4-HMAC-SHA256 Credential={Secret}/20260301/r/s/aws4_request, SignedHeaders=host, Signature=00")));

        Assert.DoesNotContain(Secret[..10], refused.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Authorization")]
    [InlineData("Host")]
    [InlineData("X-Amz-Date")]
    [InlineData("X-Amz-Target")]
    public void A_header_that_decides_must_not_come_twice(string name) =>
        Refused(PortalError.IncompleteSignature, $"The header '{name.ToLowerInvariant()}' must not occur more than once.", With(Signed(), name, "x"));

    [Fact]
    public void Signed_headers_must_be_named_once() =>
        Refused(PortalError.IncompleteSignature, "SignedHeaders names 'host' more than once.", Edited(Signed(), "content-type;host", "content-type;host;host"));

    [Fact]
    public void Signed_headers_in_another_order_mean_the_same() =>
        Verified(Edited(Signed(), "content-type;host", "host;content-type"));

    [Theory]
    [InlineData("Content-Type;host;x-amz-date;x-amz-target")]
    [InlineData("content-type;HOST;x-amz-date;x-amz-target")]
    [InlineData("host;;x-amz-date")]
    [InlineData("host;x amz date")]
    [InlineData("host;")]
    public void Signed_headers_must_be_names(string list) =>
        Refused(PortalError.IncompleteSignature, "SignedHeaders must be header names in lower case, separated by semicolons.", Edited(Signed(), "content-type;host;x-amz-date;x-amz-target", list));

    [Fact]
    public void The_date_is_required()
    {
        var undated = Assert.Throws<PortalException>(() => Read(Without(Signed(), "X-Amz-Date")));
        Assert.Equal(PortalError.IncompleteSignature, undated.Error);
        Assert.StartsWith("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed with SHA-256 and encoded with Base64) Authorization=", undated.Message, StringComparison.Ordinal);
        var all = Assert.Throws<PortalException>(() => Read(Replace(Without(Signed(), "X-Amz-Date"), "Authorization", CanonicalRequest.Algorithm)));
        Assert.StartsWith(
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. " +
            "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed", all.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("2026-03-01", "2026-03-01")]
    [InlineData("20260301T120000", "20260301T120000")]
    [InlineData("20261301T120000Z", "20261301T120000Z")]
    [InlineData("20260301T126000Z", "20260301T126000Z")]
    [InlineData("Sun, 01 Mar 2026 12:00:00 GMT", "Sun, 01 Mar 2026 12:00:00 GMT")]
    [InlineData("1111111111111111111111111111111111111111111111111111111111111111111", "111111111111111111111111111111111111111111111111111111111111111…")]
    public void The_date_has_one_form(string date, string got) =>
        Refused(PortalError.IncompleteSignature, $"Date must be in ISO-8601 'basic format'. Got '{got}'. See http://en.wikipedia.org/wiki/ISO_8601", Replace(Signed(), "X-Amz-Date", date));

    [Fact]
    public void A_Date_header_that_cannot_be_read_is_refused_in_the_same_words() => Refused(
        PortalError.IncompleteSignature, "Date must be in ISO-8601 'basic format'. Got 'yesterday'. See http://en.wikipedia.org/wiki/ISO_8601",
        With(Without(Edited(Signed(), ";x-amz-date", ""), "X-Amz-Date"), "Date", "yesterday"));

    [Theory]
    [InlineData("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a")]
    [InlineData("x=1&x-amz-signature=00")]
    [InlineData("X%2DAmz%2DSignature=00")]
    public void A_signature_in_the_query_is_refused_with_and_without_the_header(string query)
    {
        const string refusal = "Signatures in the query string (presigned requests) are not accepted. Sign the request with the Authorization header.";
        Refused(PortalError.IncompleteSignature, refusal, Request() with { Query = query });
        Refused(PortalError.IncompleteSignature, refusal, Sign(Request() with { Query = query }));
    }

    [Theory]
    [InlineData("20260301T120000Z")]
    [InlineData("Sun, 01 Mar 2026 12:00:00 GMT")]
    public void A_Date_header_stands_in_for_X_Amz_Date(string date)
    {
        var request = With(Request(), "Date", date);
        string[] signedHeaders = ["content-type", "date", "host", "x-amz-target"];
        var key = SigningKey.Derive(Secret, "20260301", "eu-west-1", Service);
        var signature = CanonicalRequest.Signature(key, CanonicalRequest.StringToSign(
            "20260301T120000Z", "20260301", "eu-west-1", Service, CanonicalRequest.Text(request, signedHeaders)));

        var claim = Verified(With(request, "Authorization",
            $"AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20260301/eu-west-1/{Service}/aws4_request,SignedHeaders={string.Join(';', signedHeaders)},Signature={Convert.ToHexStringLower(signature)}"));

        Assert.Equal("20260301T120000Z", claim.Timestamp);
    }

    [Fact]
    public void The_scope_must_be_of_this_service_day_and_terminator()
    {
        Refused(PortalError.InvalidSignature, "Credential should be scoped to correct service: 'secretsmanager'. ", Edited(Signed(), "/secretsmanager/", "/s3/"));
        Refused(PortalError.InvalidSignature, "Credential should be scoped with a valid terminator: 'aws4_request'. ", Edited(Signed(), "aws4_request", "aws5_request"));
        Refused(PortalError.InvalidSignature, "Credential should be scoped to a valid region. ", Edited(Signed(), "eu-west-1", "eu west"));
        Refused(PortalError.InvalidSignature, "Date in Credential scope must be YYYYMMDD. ", Edited(Signed(), "/20260301/", "/today/"));
        Refused(PortalError.InvalidSignature,
            "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20260228' != '20260301', from '20260301T120000Z'. ",
            Edited(Signed(), "/20260301/", "/20260228/"));
    }

    [Fact]
    public void Five_minutes_are_borne_and_a_second_more_is_not()
    {
        Verified(Signed(s_now.AddMinutes(-5)));
        Verified(Signed(s_now.AddMinutes(5)));
        Refused(PortalError.InvalidSignature,
            "Signature expired: 20260301T115459Z is now earlier than 20260301T115500Z (20260301T120000Z - 5 min.)", Signed(s_now.AddSeconds(-301)));
        Refused(PortalError.InvalidSignature,
            "Signature not yet current: 20260301T120501Z is still later than 20260301T120500Z (20260301T120000Z + 5 min.)", Signed(s_now.AddSeconds(301)));
    }

    [Fact]
    public void What_decides_must_be_signed()
    {
        Refused(PortalError.InvalidSignature, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization.", Edited(Signed(), "content-type;host;", "content-type;"));
        Refused(PortalError.InvalidSignature, "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization.", Edited(Signed(), ";x-amz-target", ""));
        Refused(PortalError.InvalidSignature, "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization.", Edited(Signed(), ";x-amz-date", ""));
        Refused(PortalError.InvalidSignature, "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization.", With(Signed(), "X-Amz-Security-Token", "t"));
        Refused(PortalError.InvalidSignature, "'x-amz-user-agent' must be a 'SignedHeader' in the AWS Authorization.", With(Signed(), "x-amz-user-agent", "t"));
        Verified(With(With(Signed(), "X-Amzn-Trace-Id", "added on the way"), "User-Agent", "x"));
    }

    [Fact]
    public void All_faults_of_a_scope_are_told_at_once_in_the_services_order() => Refused(
        PortalError.InvalidSignature,
        "Credential should be scoped to a valid region. Credential should be scoped to correct service: 'secretsmanager'. " +
        "Credential should be scoped with a valid terminator: 'aws4_request'. Date in Credential scope must be YYYYMMDD. ",
        Edited(Signed(), "20260301/eu-west-1/secretsmanager/aws4_request", "a/B/c/d"));

    [Fact]
    public void A_signed_header_that_is_absent_is_a_mismatch() =>
        Refused(PortalError.InvalidSignature, Mismatch, Without(Signed(), "Content-Type"));

    [Fact]
    public void A_stated_body_hash_must_be_the_body_s()
    {
        var request = Request();
        Verified(Sign(With(request, "X-Amz-Content-Sha256", request.BodyHash)));
        Refused(PortalError.InvalidSignature, "The payload must be signed: 'x-amz-content-sha256' must not be UNSIGNED-PAYLOAD.",
            Sign(With(request, "X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD")));
        Refused(PortalError.InvalidSignature, "The provided 'x-amz-content-sha256' header does not match what was computed.",
            Sign(With(request, "X-Amz-Content-Sha256", new string('0', 64))));
    }

    [Theory]
    [InlineData("")]
    [InlineData("AKID EXAMPLE")]
    [InlineData("AKID\u00e9")]
    public void A_key_id_that_no_key_has_is_unknown(string keyId) =>
        Refused(PortalError.UnrecognizedClient, "The security token included in the request is invalid.", Edited(Signed(), "AKIDEXAMPLE", keyId));

    [Fact]
    public void Another_secret_or_any_change_of_the_request_is_a_mismatch()
    {
        var signed = Signed();
        var claim = Read(signed);
        var key = SigningKey.Derive(Secret, claim.Date, claim.Region, claim.Service);

        foreach (var changed in (SignedRequest[])[
            signed with { Method = "GET" }, signed with { Path = "/x" }, signed with { Query = "x=1" },
            signed with { BodyHash = Hash("{ }") }, Replace(signed, "Host", "evil"), Replace(signed, "X-Amz-Target", "secretsmanager.DeleteSecret")])
        {
            Assert.Equal(Mismatch, Assert.Throws<PortalException>(() => SigV4Verifier.Verify(changed, claim, key)).Message);
        }

        Assert.Throws<PortalException>(() => SigV4Verifier.Verify(signed, claim, SigningKey.Derive("other", claim.Date, claim.Region, claim.Service)));
        Assert.Throws<PortalException>(() => SigV4Verifier.Verify(signed, claim with { Region = "us-east-1" }, key));
    }

    [Theory]
    [InlineData("00")]
    [InlineData("ZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZZ")]
    public void A_signature_that_is_none_is_a_mismatch(string signature)
    {
        var signed = Signed();
        var authorization = CanonicalRequest.ValuesOf(signed, "Authorization").Single();

        Refused(PortalError.InvalidSignature, Mismatch,
            Replace(signed, "Authorization", authorization[..(authorization.LastIndexOf('=') + 1)] + signature));
    }

    [Fact]
    public void A_path_that_was_encoded_on_the_wire_is_encoded_once_more()
    {
        Assert.Equal("/a%2520b", CanonicalRequest.Text(Request() with { Path = "/a%20b" }, []).Split('\n')[1]);
        Assert.Equal("/a%20b", CanonicalRequest.Text(Request() with { Path = "/a b" }, []).Split('\n')[1]);
        Assert.Equal("/", CanonicalRequest.Text(Request() with { Path = "" }, []).Split('\n')[1]);
        Assert.Equal("/", CanonicalRequest.Text(Request() with { Path = "" }, [], normalizePath: false).Split('\n')[1]);
    }

    [Theory]
    [InlineData("a=%2f&A=%zz&b", "A=%25zz&a=%2F&b=")]
    [InlineData("x=b&x=a&x", "x=&x=a&x=b")]
    [InlineData("a+b=c%20d", "a%2Bb=c%20d")]
    [InlineData("a=%4", "a=%254")]
    public void A_query_is_encoded_once_and_sorted(string query, string canonical) =>
        Assert.Equal(canonical, CanonicalRequest.Text(Request() with { Query = query }, []).Split('\n')[2]);

    [Fact]
    public void The_signer_refuses_what_it_cannot_sign()
    {
        Assert.Throws<ArgumentException>(() => Sign(Without(Request(), "Host")));
        Assert.Throws<ArgumentException>(() => Sign(With(Request(), "x-amz-date", "20260301T120000Z")));
    }

    [Fact]
    public void Neither_credentials_nor_claims_print_their_secrets()
    {
        Assert.DoesNotContain("token==", s_temporary.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Secret, s_temporary.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain("token==", Verified(Signed(credentials: s_temporary)).ToString(), StringComparison.Ordinal);
    }

    private static SigV4Claim Verified(SignedRequest request)
    {
        var claim = Read(request);
        SigV4Verifier.Verify(request, claim, SigningKey.Derive(Secret, claim.Date, claim.Region, claim.Service));
        return claim;
    }

    private static void Refused(PortalError error, string message, SignedRequest request)
    {
        var refused = Assert.Throws<PortalException>(() => Verified(request));
        Assert.Equal((error, message), (refused.Error, refused.Message));
    }

    private static SigV4Claim Read(SignedRequest request) => SigV4Verifier.Read(request, Service, s_now);

    private static SignedRequest Signed(DateTimeOffset? now = null, SigningCredentials? credentials = null) => Sign(Request(), now, credentials);

    private static SignedRequest Sign(SignedRequest request, DateTimeOffset? now = null, SigningCredentials? credentials = null) =>
        request with { Headers = [.. request.Headers, .. SigV4Signer.Sign(request, credentials ?? s_credentials, "eu-west-1", Service, now ?? s_now)] };

    private static SignedRequest Request() => new()
    {
        Method = "POST",
        Path = "/",
        Query = "",
        Headers =
        [
            new("Host", "localhost:8210"), new("Content-Type", "application/x-amz-json-1.1"), new("X-Amz-Target", "secretsmanager.ListSecrets"),
        ],
        BodyHash = Hash("{}"),
    };

    private static string Hash(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));

    private static SignedRequest With(SignedRequest request, string name, string value) =>
        request with { Headers = [.. request.Headers, new(name, value)] };

    private static SignedRequest Without(SignedRequest request, string name) =>
        request with { Headers = [.. request.Headers.Where(h => h.Key != name)] };

    private static SignedRequest Replace(SignedRequest request, string name, string value) => With(Without(request, name), name, value);

    private static SignedRequest Edited(SignedRequest request, string part, string by)
    {
        var authorization = CanonicalRequest.ValuesOf(request, "Authorization").Single();
        Assert.Contains(part, authorization, StringComparison.Ordinal);
        return Replace(request, "Authorization", authorization.Replace(part, by, StringComparison.Ordinal));
    }
}
