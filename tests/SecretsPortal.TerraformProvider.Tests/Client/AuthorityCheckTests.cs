using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SecretsPortal.TerraformProvider.Client;

namespace SecretsPortal.TerraformProvider.Tests.Client;

/// <summary>What an authority of one's own is trusted for.</summary>
public sealed class AuthorityCheckTests : IDisposable
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";

    private const string ClientAuthentication = "1.3.6.1.5.5.7.3.2";

    private readonly DateTimeOffset _now = TimeProvider.System.GetUtcNow();

    private readonly X509Certificate2 _authority;

    public AuthorityCheckTests() => _authority = Authority("CN=Ours");

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData(null, true)]
    [InlineData(ServerAuthentication, true)]
    [InlineData(ClientAuthentication, false)]
    public void A_certificate_has_to_be_a_servers(string? purpose, bool accepted)
    {
        using var certificate = Issue(_authority, _now.AddDays(1), purpose);
        Assert.Equal(accepted, Accepts(certificate, SslPolicyErrors.RemoteCertificateChainErrors));
    }

    [Fact]
    public void Another_authority_a_wrong_name_and_an_old_certificate_are_refused()
    {
        using var stranger = Authority("CN=Somebody");
        using var strange = Issue(stranger, _now.AddDays(1), ServerAuthentication);
        Assert.False(Accepts(strange, SslPolicyErrors.RemoteCertificateChainErrors));
        using var old = Issue(_authority, _now.AddMinutes(-1), ServerAuthentication);
        Assert.False(Accepts(old, SslPolicyErrors.RemoteCertificateChainErrors));
        using var good = Issue(_authority, _now.AddDays(1), ServerAuthentication);
        Assert.False(Accepts(good, SslPolicyErrors.RemoteCertificateChainErrors | SslPolicyErrors.RemoteCertificateNameMismatch));
        Assert.True(Accepts(good, SslPolicyErrors.None));
    }

    private bool Accepts(X509Certificate2 certificate, SslPolicyErrors faults) => new AuthorityCheck([_authority]).Accepts(certificate, chain: null, faults);

    private X509Certificate2 Authority(string name)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest(name, key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        return request.CreateSelfSigned(_now.AddDays(-2), _now.AddDays(2));
    }

    private X509Certificate2 Issue(X509Certificate2 authority, DateTimeOffset end, string? purpose)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        if (purpose is not null)
            request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid(purpose)], critical: false));
        return request.Create(authority, _now.AddDays(-1), end, [1, 2, 3, 4]);
    }
}
