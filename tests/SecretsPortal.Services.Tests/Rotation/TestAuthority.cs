using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>Signs the certificates of test servers; no machine trusts it.</summary>
internal sealed class TestAuthority : IDisposable
{
    private static readonly DateTimeOffset s_start = DateTimeOffset.UnixEpoch;
    private readonly RSA _key = RSA.Create(2048);
    private readonly X509Certificate2 _certificate;

    public TestAuthority(string name = "test authority")
    {
        var request = new CertificateRequest($"CN={name}", _key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        _certificate = request.CreateSelfSigned(s_start, s_start.AddYears(100));
    }

    public string Pem => _certificate.ExportCertificatePem();

    /// <summary>A server's certificate and key (PEM) for host names and addresses.</summary>
    public (string Certificate, string Key) Issue(string[] names, DateTimeOffset? from = null, DateTimeOffset? until = null)
    {
        using var key = RSA.Create(2048);
        using var issued = Request(key, names).Create(_certificate, from ?? s_start, until ?? s_start.AddYears(99), RandomNumberGenerator.GetBytes(8));
        return (issued.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    /// <summary>One that no authority signed.</summary>
    public static (string Certificate, string Key) SelfSigned(params string[] names)
    {
        using var key = RSA.Create(2048);
        using var signed = Request(key, names).CreateSelfSigned(s_start, s_start.AddYears(100));
        return (signed.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }

    public void Dispose()
    {
        _certificate.Dispose();
        _key.Dispose();
    }

    private static CertificateRequest Request(RSA key, string[] names)
    {
        var request = new CertificateRequest("CN=test server", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        var alternatives = new SubjectAlternativeNameBuilder();
        foreach (var name in names)
        {
            if (IPAddress.TryParse(name, out var address))
                alternatives.AddIpAddress(address);
            else
                alternatives.AddDnsName(name);
        }

        request.CertificateExtensions.Add(alternatives.Build());
        return request;
    }
}
