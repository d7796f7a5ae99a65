using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SecretsPortal.Tests.Shared;

/// <summary>A server's certificate for the loopback, made for one test run by an authority that nobody else trusts.</summary>
/// <param name="AuthorityPem">The authority's certificate: what a client must trust.</param>
/// <param name="CertificatePem">The server's certificate.</param>
/// <param name="KeyPem">Its private key (PKCS#8).</param>
public sealed record ServerCertificate(string AuthorityPem, string CertificatePem, string KeyPem)
{
    /// <summary>
    /// Good for 127.0.0.1 and localhost, or for another name alone, from the day before yesterday until <paramref name="expires"/> (a year from now by
    /// default).
    /// </summary>
    public static ServerCertificate Create(DateTimeOffset? expires = null, string? name = null)
    {
        var from = TimeProvider.System.GetUtcNow().AddDays(-2);
        using var authorityKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var authorityRequest = new CertificateRequest($"CN=Test authority {Convert.ToHexString(RandomNumberGenerator.GetBytes(8))}", authorityKey, HashAlgorithmName.SHA256);
        authorityRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, hasPathLengthConstraint: false, 0, critical: true));
        authorityRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign | X509KeyUsageFlags.CrlSign, critical: true));
        using var authority = authorityRequest.CreateSelfSigned(from, from.AddYears(2));

        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName(name ?? "localhost");
        if (name is null)
            names.AddIpAddress(IPAddress.Loopback);
        request.CertificateExtensions.Add(names.Build());
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1")], critical: false));
        var serial = RandomNumberGenerator.GetBytes(16);
        serial[0] &= 0x7F;
        using var certificate = request.Create(authority, from, expires ?? from.AddYears(1), serial);
        return new ServerCertificate(authority.ExportCertificatePem(), certificate.ExportCertificatePem(), key.ExportPkcs8PrivateKeyPem());
    }
}
