using System.Globalization;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace SecretsPortal.Services.Rotation.Rotators;

/// <summary>
/// Judges a server's certificate in a driver's callback, and remembers why it was refused: drivers say no more than that the handshake
/// failed. One for each attempt to connect.
/// </summary>
internal sealed class ServerCertificateCheck(DatabaseCredential credential)
{
    /// <summary>What is wrong with the certificate and what to do; null where it was accepted or none was seen.</summary>
    public string? Refusal { get; private set; }

    /// <summary>True once a certificate was verified and found good.</summary>
    public bool Accepted { get; private set; }

    /// <summary>A <see cref="RemoteCertificateValidationCallback"/>.</summary>
#pragma warning disable IDE0060 // The shape of the callback.
    public bool Accept(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors)
#pragma warning restore IDE0060
    {
        if (credential.Tls == TlsMode.Unverified)
            return true;
        if (certificate is not X509Certificate2 shown)
        {
            Refusal = "it shows none: give the server one";
            return false;
        }

        var faults = ChainFaults(shown, chain, errors);
        if (errors.HasFlag(SslPolicyErrors.RemoteCertificateNameMismatch))
            faults.Add($"it is not for the host {credential.Host}{NamesOf(shown)}: put a name that it has into \"host\", or give the server a certificate for this one");
        Accepted = faults.Count == 0;
        if (Accepted)
            return true;
        Refusal = string.Join("; ", faults);
        return false;
    }

    private List<string> ChainFaults(X509Certificate2 shown, X509Chain? chain, SslPolicyErrors errors)
    {
        if (credential.Roots.Count == 0)
            return errors.HasFlag(SslPolicyErrors.RemoteCertificateChainErrors) ? Faults(shown, chain?.ChainStatus ?? []) : [];
        using var own = new X509Chain();
        own.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        own.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        foreach (var root in credential.Roots)
            own.ChainPolicy.CustomTrustStore.Add(root);
        foreach (var sent in chain?.ChainElements ?? Enumerable.Empty<X509ChainElement>())
            own.ChainPolicy.ExtraStore.Add(sent.Certificate);
        // What a server's certificate is for: TLS servers (RFC 5280, 4.2.1.12).
        own.ChainPolicy.ApplicationPolicy.Add(new System.Security.Cryptography.Oid("1.3.6.1.5.5.7.3.1"));
        return own.Build(shown) ? [] : Faults(shown, own.ChainStatus);
    }

    private List<string> Faults(X509Certificate2 shown, X509ChainStatus[] statuses)
    {
        var all = statuses.Aggregate(X509ChainStatusFlags.NoError, static (flags, status) => flags | status.Status);
        var faults = new List<string>();
        if (all.HasFlag(X509ChainStatusFlags.NotTimeValid))
            faults.Add(string.Create(CultureInfo.InvariantCulture,
                $"it, or an authority behind it, is not valid at this time (it is from {shown.NotBefore.ToUniversalTime():yyyy-MM-dd HH:mm} to {shown.NotAfter.ToUniversalTime():yyyy-MM-dd HH:mm} UTC): renew it on the server"));
        if ((all & (X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain)) != 0)
            faults.Add(credential.Roots.Count > 0
                ? "none of the authorities in \"sslrootcert\" signed it: put the one that did into that member"
                : "no authority that this machine trusts signed it: put the certificate of the authority that did (PEM) into the member \"sslrootcert\" of the secret's value");
        var known = X509ChainStatusFlags.NotTimeValid | X509ChainStatusFlags.UntrustedRoot | X509ChainStatusFlags.PartialChain;
        if ((all & ~known) != 0 || faults.Count == 0)
            faults.Add($"it can't be verified ({all & ~known}): give the server another one");
        return faults;
    }

    private static string NamesOf(X509Certificate2 shown)
    {
        const int Most = 3;
        var names = shown.Extensions.OfType<X509SubjectAlternativeNameExtension>()
            .SelectMany(e => e.EnumerateDnsNames().Concat(e.EnumerateIPAddresses().Select(a => a.ToString()))).Take(Most).ToList();
        return names.Count == 0 ? "" : $" but for {string.Join(", ", names)}";
    }
}
