using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SecretsPortal.TerraformProvider.Client;

/// <summary>Trusts certificates of the given authorities beside those that the machine trusts. Name, dates and purpose have to be right as ever.</summary>
internal sealed class AuthorityCheck(X509Certificate2Collection authorities)
{
    private static readonly Oid s_serverAuthentication = new("1.3.6.1.5.5.7.3.1");

    /// <summary>Whether a connection may be used.</summary>
    public bool Accepts(X509Certificate? certificate, X509Chain? chain, SslPolicyErrors faults)
    {
        if (faults == SslPolicyErrors.None)
            return true;
        if (faults != SslPolicyErrors.RemoteCertificateChainErrors || certificate is not X509Certificate2 server)
            return false;
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        own.ChainPolicy.CustomTrustStore.AddRange(authorities);
        // A chain of one's own asks for no purpose by itself: without this, a client's certificate of the same authority could play the portal.
        own.ChainPolicy.ApplicationPolicy.Add(s_serverAuthentication);
        if (chain is not null)
            own.ChainPolicy.ExtraStore.AddRange(chain.ChainElements.Select(e => e.Certificate).ToArray());
        return own.Build(server);
    }
}
