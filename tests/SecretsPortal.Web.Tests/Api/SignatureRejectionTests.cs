using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Web.Tests.Api;

/// <summary>Every way in which the header form of a signature is refused, as the bytes of a request to the running host.</summary>
public sealed class SignatureRejectionTests(SharedPortal shared) : ApiTest(shared)
{
    private const string Incomplete = "IncompleteSignatureException";
    private const string Invalid = "InvalidSignatureException";
    private const string Unrecognized = "UnrecognizedClientException";
    private const string UnknownToken = "The security token included in the request is invalid.";
    private const string Mismatch =
        "The request signature we calculated does not match the signature you provided. Check your AWS Secret Access Key and signing method. Consult the service documentation for details.";

    /// <summary>What is wrong, how the signed headers are spoilt, and the answer; a text that ends in an ellipsis is the answer's beginning.</summary>
    private static readonly (string Name, Action<HeaderList> Spoil, string Type, string Message)[] s_cases =
    [
        ("no Authorization", h => h.Remove("Authorization"), "MissingAuthenticationTokenException", "Missing Authentication Token"),
        ("an empty Authorization", h => h.Replace("Authorization", ""), "MissingAuthenticationTokenException", "Missing Authentication Token"),
        ("another scheme", h => h.Replace("Authorization", "Bearer abc"), Incomplete, "Unsupported AWS 'algorithm' in Authorization header …"),
        ("another algorithm", h => h.Edit("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA512"), Incomplete, "Unsupported AWS 'algorithm' in Authorization header …"),
        ("no parameter", h => h.Replace("Authorization", "AWS4-HMAC-SHA256"), Incomplete,
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders' parameter. (Hashed with SHA-256 and encoded with Base64) Authorization=…"),
        ("no Credential", h => h.EditParameter("Credential", _ => ""), Incomplete, "Authorization header requires 'Credential' parameter. (Hashed …"),
        ("an empty Credential", h => h.EditParameter("Credential", _ => "Credential="), Incomplete, "Authorization header requires 'Credential' parameter. (Hashed …"),
        ("Credential twice", h => h.EditParameter("Credential", p => $"{p}, {p}"), Incomplete, "Authorization header has the parameter 'Credential' more than once. …"),
        ("no SignedHeaders", h => h.EditParameter("SignedHeaders", _ => ""), Incomplete, "Authorization header requires 'SignedHeaders' parameter. (Hashed …"),
        ("an empty SignedHeaders", h => h.EditParameter("SignedHeaders", _ => "SignedHeaders="), Incomplete, "Authorization header requires 'SignedHeaders' parameter. (Hashed …"),
        ("SignedHeaders twice", h => h.EditParameter("SignedHeaders", p => $"{p}, {p}"), Incomplete, "Authorization header has the parameter 'SignedHeaders' more than once. …"),
        ("no Signature", h => h.EditParameter("Signature", _ => ""), Incomplete, "Authorization header requires 'Signature' parameter. (Hashed …"),
        ("an empty Signature", h => h.EditParameter("Signature", _ => "Signature="), Incomplete, "Authorization header requires 'Signature' parameter. (Hashed …"),
        ("Signature twice", h => h.EditParameter("Signature", p => $"{p}, {p}"), Incomplete, "Authorization header has the parameter 'Signature' more than once. …"),
        ("an unknown parameter", h => h.EditParameter("Signature", p => $"{p}, Colour=red"), Incomplete, "Authorization header has an unknown parameter. …"),
        ("a parameter without a value", h => h.EditParameter("Signature", p => $"{p}, Colour"), Incomplete, "Invalid key=value pair (missing equal-sign) in Authorization header …"),
        ("four elements", h => h.Edit("/secretsmanager/", "/"), Incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got …"),
        ("six elements", h => h.Edit("/secretsmanager/", "/secretsmanager/x/"), Incomplete, "Credential must have exactly 5 slash-delimited elements, e.g. keyid/date/region/service/term, got …"),
        ("another day", h => h.EditParameter("Credential", p => string.Join('/', p.Split('/').Select((e, i) => i == 1 ? "20150830" : e))), Invalid, "Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: '20150830' != '…"),
        ("another terminator", h => h.Edit("/aws4_request", "/aws5_request"), Invalid, "Credential should be scoped with a valid terminator: 'aws4_request'. "),
        ("another service", h => h.Edit("/secretsmanager/", "/ssm/"), Invalid, "Credential should be scoped to correct service: 'secretsmanager'. "),
        ("a region that is not served", h => h.Edit("/us-east-1/", "/eu-north-1/"), Invalid, "Credential should be scoped to a valid region. This portal serves: us-east-1."),
        ("a region of no form", h => h.Edit("/us-east-1/", "/US EAST/"), Invalid, "Credential should be scoped to a valid region. "),
        ("no date", h => h.Remove("X-Amz-Date"), Incomplete, "Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header. (Hashed …"),
        ("a date of another form", h => h.Replace("X-Amz-Date", "2026-03-01T12:00:00Z"), Incomplete, "Date must be in ISO-8601 'basic format'. Got '2026-03-01T12:00:00Z'. See http://en.wikipedia.org/wiki/ISO_8601"),
        ("an old date", h => h.Replace("X-Amz-Date", "20150830T123600Z"), Invalid, "Signature expired: 20150830T123600Z is now earlier than …"),
        ("a date to come", h => h.Replace("X-Amz-Date", "21150830T123600Z"), Invalid, "Signature not yet current: 21150830T123600Z is still later than …"),
        ("another second", h => h.ShiftDate(), Invalid, Mismatch),
        ("host unsigned", h => h.Edit("host;", ""), Invalid, "'Host' or ':authority' must be a 'SignedHeader' in the AWS Authorization."),
        ("target unsigned", h => h.Edit(";x-amz-target", ""), Invalid, "'X-Amz-Target' must be a 'SignedHeader' in the AWS Authorization."),
        ("date unsigned", h => h.Edit(";x-amz-date", ""), Invalid, "'X-Amz-Date' must be a 'SignedHeader' in the AWS Authorization."),
        ("another AWS header unsigned", h => h.Add("x-amz-meta", "x"), Invalid, "'x-amz-meta' must be a 'SignedHeader' in the AWS Authorization."),
        ("content type left out", h => h.Edit("content-type;", ""), Invalid, Mismatch),
        ("a name twice", h => h.Edit("host;", "host;host;"), Incomplete, "SignedHeaders names 'host' more than once."),
        ("a name in capitals", h => h.Edit("host;", "Host;"), Incomplete, "SignedHeaders must be header names in lower case, separated by semicolons."),
        ("a name that is none", h => h.Edit("host;", "host;;"), Incomplete, "SignedHeaders must be header names in lower case, separated by semicolons."),
        ("a signed header that is not there", h => h.Edit("host;", "host;x-missing;"), Invalid, Mismatch),
        ("Authorization twice", h => h.Repeat("Authorization"), Incomplete, "The header 'authorization' must not occur more than once."),
        ("X-Amz-Date twice", h => h.Repeat("X-Amz-Date"), Incomplete, "The header 'x-amz-date' must not occur more than once."),
        ("X-Amz-Target twice", h => h.Repeat("X-Amz-Target"), Incomplete, "The header 'x-amz-target' must not occur more than once."),
        ("Date twice", h => { h.Add("Date", "x"); h.Add("Date", "y"); }, Incomplete, "The header 'date' must not occur more than once."),
        ("two session tokens", h => { h.Add("X-Amz-Security-Token", "a"); h.Add("X-Amz-Security-Token", "b"); }, Incomplete, "The header 'x-amz-security-token' must not occur more than once."),
        ("a session token that is not signed", h => h.Add("X-Amz-Security-Token", "a"), Invalid, "'X-Amz-Security-Token' must be a 'SignedHeader' in the AWS Authorization."),
        ("a header changed", h => h.Replace("X-Amz-Target", "secretsmanager.GetRandomPassword"), Invalid, Mismatch),
        ("a signature of another length", h => h.EditParameter("Signature", p => p[..^2]), Invalid, Mismatch),
        ("a signature in upper case", h => h.EditParameter("Signature", p => "Signature=" + p[10..].ToUpperInvariant()), Invalid, Mismatch),
        ("a signature of zeros", h => h.EditParameter("Signature", _ => "Signature=" + new string('0', 64)), Invalid, Mismatch),
        ("a key id with a blank", h => h.Edit(TestPortal.AccessKeyId, "AKIA NOBODY"), Unrecognized, UnknownToken),
        ("an empty key id", h => h.Edit(TestPortal.AccessKeyId, ""), Unrecognized, UnknownToken),
        ("an unknown key id", h => h.Edit(TestPortal.AccessKeyId, "AKIANOBODYKNOWSTHIS1"), Unrecognized, UnknownToken),
    ];

    public static IEnumerable<TheoryDataRow<string>> Cases() => s_cases.Select(c => new TheoryDataRow<string>(c.Name));

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task A_signature_that_does_not_hold_is_refused_in_the_services_words(string name)
    {
        var (_, spoil, type, message) = s_cases.Single(c => c.Name == name);
        var headers = Signed();
        spoil(headers);
        await Refused(headers, type, message);
    }

    [Fact]
    public async Task The_order_of_SignedHeaders_does_not_matter()
    {
        var headers = Signed();
        headers.Edit("host;x-amz-date", "x-amz-date;host");
        Assert.Equal(200, (await Send(headers)).Status);
    }

    [Fact]
    public async Task What_a_proxy_adds_unsigned_is_borne()
    {
        var headers = Signed();
        headers.Add("X-Amzn-Trace-Id", "Root=1-67891233-abcdef012345678912345678");
        headers.Add("User-Agent", "a client");
        Assert.Equal(200, (await Send(headers)).Status);
    }

    [Theory]
    [InlineData("right", "")]
    [InlineData("wrong", "The provided 'x-amz-content-sha256' header does not match what was computed.")]
    [InlineData("UNSIGNED-PAYLOAD", "The payload must be signed: 'x-amz-content-sha256' must not be UNSIGNED-PAYLOAD.")]
    public async Task A_stated_body_hash_must_be_the_bodys(string stated, string message)
    {
        var headers = Signed(extra: new("X-Amz-Content-Sha256", stated == "right" ? Hash("{}") : stated));
        if (message.Length == 0)
            Assert.Equal(200, (await Send(headers)).Status);
        else
            await Refused(headers, Invalid, message);
    }

    [Fact]
    public async Task Another_body_than_the_signed_one_is_refused() => await Refused(Signed(), Invalid, Mismatch, body: "{ }");

    [Theory]
    [InlineData("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=00", true)]
    [InlineData("X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=a&X-Amz-Signature=00", false)]
    [InlineData("X%2DAmz%2DSignature=00", true)]
    [InlineData("x-amz-credential=a", false)]
    public async Task A_presigned_request_is_told_what_to_do(string query, bool withHeader)
    {
        var headers = Signed(query: query);
        if (!withHeader)
            headers.Remove("Authorization");
        await Refused(headers, Incomplete, "Signatures in the query string (presigned requests) are not accepted. Sign the request with the Authorization header.", query: query);
    }

    [Fact]
    public async Task A_second_Host_never_reaches_the_door()
    {
        var headers = Signed();
        headers.Repeat("Host");
        await NeverReached(headers);
    }

    [Fact]
    public async Task A_header_that_is_no_text_never_reaches_the_door()
    {
        var headers = Signed();
        headers.Add("X-Note", "caf\u00e9"); // One byte on the wire, 0xE9, which is no UTF-8.
        await NeverReached(headers);
    }

    /// <summary>The web server itself refuses it: there is no request that could be named.</summary>
    private async Task NeverReached(HeaderList headers)
    {
        var answer = await Send(headers);
        Assert.Equal((400, ""), (answer.Status, answer.Body));
        Assert.DoesNotContain("x-amzn-RequestId", answer.Headers);
    }

    private async Task Refused(HeaderList headers, string type, string message, string query = "", string body = "{}")
    {
        var answer = await Send(headers, query, body);
        Assert.Equal(400, answer.Status);
        Assert.Contains("x-amzn-RequestId", answer.Headers);
        using var json = JsonDocument.Parse(answer.Body);
        Assert.Equal(type, json.RootElement.GetProperty("__type").GetString());
        var text = json.RootElement.GetProperty("Message").GetString()!;
        if (message.EndsWith('…'))
            Assert.StartsWith(message[..^1], text, StringComparison.Ordinal);
        else
            Assert.Equal(message, text);
    }

    private HeaderList Signed(string query = "", KeyValuePair<string, string>? extra = null)
    {
        List<KeyValuePair<string, string>> headers =
        [
            new("Host", Portal.Address.Authority), new("Content-Type", "application/x-amz-json-1.1"), new("X-Amz-Target", "secretsmanager.ListSecrets"),
        ];
        if (extra is not null)
            headers.Add(extra.Value);
        var request = new SignedRequest { Method = "POST", Path = "/", Query = query, Headers = [.. headers], BodyHash = Hash("{}") };
        headers.AddRange(SigV4Signer.Sign(request, TestPortal.Credentials, TestPortal.Region, "secretsmanager", TimeProvider.System.GetUtcNow()));
        return new HeaderList(headers);
    }

    /// <summary>Byte for byte as given: an HTTP client would join, repair or refuse some of these headers.</summary>
    private async Task<RawAnswer> Send(HeaderList headers, string query = "", string body = "{}")
    {
        await using var connection = await RawConnection.Open(Portal.Address);
        var head = string.Concat(headers.All.Select(h => $"{h.Key}: {h.Value}\r\n"));
        var line = query.Length == 0 ? "POST / HTTP/1.1" : $"POST /?{query} HTTP/1.1";
        await connection.Send($"{line}\r\n{head}Content-Length: {body.Length}\r\n\r\n{body}");
        return await connection.Receive();
    }

    private static string Hash(string body) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(body)));

    /// <summary>The headers of a request that was signed, to be spoilt.</summary>
    private sealed class HeaderList(List<KeyValuePair<string, string>> headers)
    {
        public IEnumerable<KeyValuePair<string, string>> All => headers;

        public void Add(string name, string value) => headers.Add(new(name, value));

        public void Remove(string name) => Assert.Equal(1, headers.RemoveAll(h => h.Key == name));

        public void Repeat(string name) => headers.Add(headers.Single(h => h.Key == name));

        public void Replace(string name, string value)
        {
            Remove(name);
            Add(name, value);
        }

        /// <summary>Changes a part of the Authorization header.</summary>
        public void Edit(string part, string by)
        {
            var authorization = headers.Single(h => h.Key == "Authorization").Value;
            Assert.Contains(part, authorization, StringComparison.Ordinal);
            Replace("Authorization", authorization.Replace(part, by, StringComparison.Ordinal));
        }

        /// <summary>Changes a parameter of the Authorization header, name and value.</summary>
        public void EditParameter(string name, Func<string, string> change)
        {
            var parameters = headers.Single(h => h.Key == "Authorization").Value["AWS4-HMAC-SHA256 ".Length..].Split(", ");
            Assert.Single(parameters, p => p.StartsWith(name + "=", StringComparison.Ordinal));
            var changed = parameters.Select(p => p.StartsWith(name + "=", StringComparison.Ordinal) ? change(p) : p).Where(p => p.Length > 0);
            Replace("Authorization", "AWS4-HMAC-SHA256 " + string.Join(", ", changed));
        }

        /// <summary>Another second of the same minute.</summary>
        public void ShiftDate()
        {
            var date = headers.Single(h => h.Key == "X-Amz-Date").Value;
            Replace("X-Amz-Date", $"{date[..13]}{(date[13..15] == "00" ? "01" : "00")}Z");
        }
    }
}
