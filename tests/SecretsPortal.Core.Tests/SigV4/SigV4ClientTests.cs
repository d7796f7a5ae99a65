using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.SigV4;

namespace SecretsPortal.Core.Tests.SigV4;

/// <summary>Frozen requests that AWS's own client library signed for this service.</summary>
public sealed class SigV4ClientTests
{
    private static readonly JsonElement s_file = VectorFile.Read("sigv4-botocore.json");

    public static IEnumerable<TheoryDataRow<string>> Cases() =>
        s_file.GetProperty("cases").EnumerateArray().Select(c => new TheoryDataRow<string>(c.Text("name")));

    [Theory]
    [MemberData(nameof(Cases))]
    public void A_client_s_signature_holds(string name)
    {
        var vector = s_file.GetProperty("cases").EnumerateArray().Single(c => c.Text("name") == name);
        var request = new SignedRequest
        {
            Method = "POST",
            Path = vector.Text("path"),
            Query = vector.Text("query"),
            Headers = [.. vector.GetProperty("headers").EnumerateArray().Select(h => KeyValuePair.Create(h[0].GetString()!, h[1].GetString()!))],
            BodyHash = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(vector.Text("body")))),
        };
        var now = DateTimeOffset.ParseExact(s_file.Text("timestamp"), CanonicalRequest.TimestampFormat, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal);

        var claim = SigV4Verifier.Read(request, s_file.Text("service"), now);
        var key = SigningKey.Derive(s_file.Text("secretAccessKey"), claim.Date, claim.Region, claim.Service);

        SigV4Verifier.Verify(request, claim, key);
        Assert.Equal((s_file.Text("accessKeyId"), s_file.Text("region")), (claim.AccessKeyId, claim.Region));
        Assert.Throws<PortalException>(() => SigV4Verifier.Verify(request with { BodyHash = new string('0', 64) }, claim, key));
    }
}
