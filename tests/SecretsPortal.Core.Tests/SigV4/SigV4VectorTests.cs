using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Core.Tests.SigV4;

/// <summary>The published signing suite: canonical request, string to sign and signature of each case, then the way back.</summary>
public sealed class SigV4VectorTests
{
    private static readonly JsonElement s_suite = VectorFile.Read("sigv4.json");
    private static readonly string s_region = s_suite.Text("region");
    private static readonly string s_service = s_suite.Text("service");

    private static readonly DateTimeOffset s_now = DateTimeOffset.ParseExact(
        s_suite.Text("timestamp"), CanonicalRequest.TimestampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

    public static IEnumerable<TheoryDataRow<string>> Cases() =>
        s_suite.GetProperty("cases").EnumerateArray().Select(c => new TheoryDataRow<string>(c.Text("name")));

    /// <summary>Without the cases of a client that was told to leave the path alone: the verifier normalises every path.</summary>
    public static IEnumerable<TheoryDataRow<string>> NormalizedCases() => Cases().Where(c => Find(c.Data).Flag("normalizePath", absent: true));

    [Fact]
    public void The_suite_is_whole() => Assert.Equal(38, Cases().Count());

    [Theory]
    [MemberData(nameof(Cases))]
    public void Signs_as_published(string name)
    {
        var vector = Find(name);
        var request = Request(vector);
        var added = Sign(vector, request);
        var signed = request with { Headers = [.. request.Headers, .. added] };
        var signedHeaders = added.Single(h => h.Key == "Authorization").Value.Split("SignedHeaders=")[1].Split(',')[0].Split(';');

        var canonical = CanonicalRequest.Text(signed, signedHeaders, vector.Flag("normalizePath", absent: true));
        var timestamp = s_suite.Text("timestamp");

        Assert.Equal(vector.Text("canonicalRequest"), canonical);
        Assert.Equal(vector.Text("stringToSign"), CanonicalRequest.StringToSign(timestamp, timestamp[..8], s_region, s_service, canonical));
        Assert.EndsWith($"Signature={vector.Text("signature")}", added.Single(h => h.Key == "Authorization").Value, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(NormalizedCases))]
    public void Verifies_what_was_signed_as_published(string name)
    {
        var vector = Find(name);
        var request = Request(vector);
        var signed = request with { Headers = [.. request.Headers, .. Sign(vector, request)] };
        var claim = SigV4Verifier.Read(signed, s_service, s_now);
        var key = SigningKey.Derive(s_suite.Text("secretAccessKey"), claim.Date, claim.Region, claim.Service);

        SigV4Verifier.Verify(signed, claim, key);

        Assert.Equal("AKIDEXAMPLE", claim.AccessKeyId);
        Assert.Equal(vector.Text("signature"), claim.Signature);
        Assert.Throws<PortalException>(() => SigV4Verifier.Verify(signed with { Method = "PUT" }, claim, key));
    }

    private static JsonElement Find(string name) => s_suite.GetProperty("cases").EnumerateArray().Single(c => c.Text("name") == name);

    private static IReadOnlyList<KeyValuePair<string, string>> Sign(JsonElement vector, SignedRequest request)
    {
        var token = vector.Flag("sessionTokenSigned", absent: true) && vector.TryGetProperty("sessionToken", out var t) ? t.GetString() : null;
        var credentials = new SigningCredentials(s_suite.Text("accessKeyId"), new SecretText(s_suite.Text("secretAccessKey")), token);
        return SigV4Signer.Sign(request, credentials, s_region, s_service, s_now, vector.Flag("normalizePath", absent: true));
    }

    private static SignedRequest Request(JsonElement vector)
    {
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(vector.Text("body"))));
        var headers = vector.GetProperty("headers").EnumerateArray()
            .Select(h => KeyValuePair.Create(h[0].GetString()!, h[1].GetString()!)).ToList();
        if (vector.Flag("signBodyHash", absent: false))
            headers.Add(new("X-Amz-Content-Sha256", hash));
        return new SignedRequest
        {
            Method = vector.Text("method"),
            Path = vector.Text("path"),
            Query = vector.Text("query"),
            Headers = headers,
            BodyHash = hash,
        };
    }
}
