using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace SecretsPortal.TerraformProvider;

/// <summary>The start of the conversation with Terraform, as HashiCorp's go-plugin defines it.</summary>
internal static class Handshake
{
    /// <summary>The variable by which Terraform shows itself to a provider.</summary>
    public const string CookieName = "TF_PLUGIN_MAGIC_COOKIE";

    /// <summary>What it holds; public, and the same in every Terraform.</summary>
    public const string CookieValue = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2";

    private const string ProtocolVersion = "6";

    /// <summary>
    /// Reads what Terraform says in the environment. Throws <see cref="HandshakeException"/> where it is not Terraform that
    /// started the process, or one that we cannot speak with.
    /// </summary>
    /// <returns>The one certificate that may connect, and the folder for the socket (null for the system's).</returns>
    public static (X509Certificate2 Client, string? SocketDirectory) Read(Func<string, string?> environment)
    {
        if (environment(CookieName) != CookieValue)
        {
            throw new HandshakeException(
                "This is Secrets Portal's provider for Terraform. Terraform starts it; it does nothing by itself. See terraform/README.md.");
        }

        var versions = environment("PLUGIN_PROTOCOL_VERSIONS") ?? "";
        if (!versions.Split(',').Contains(ProtocolVersion))
            throw new HandshakeException($"Terraform offers plugin protocol {versions}; this provider speaks {ProtocolVersion}. Use Terraform 1.11 or later.");
        if (environment("PLUGIN_CLIENT_CERT") is not { Length: > 0 } pem)
            throw new HandshakeException("Terraform gave no client certificate; this provider does not speak without TLS.");
        try
        {
            return (X509Certificate2.CreateFromPem(pem), environment("PLUGIN_UNIX_SOCKET_DIR") is { Length: > 0 } directory ? directory : null);
        }
        catch (CryptographicException e)
        {
            throw new HandshakeException("Terraform's client certificate does not parse.", e);
        }
    }

    /// <summary>Makes the certificate of this process: for its life alone, known to nobody but the Terraform that started it.</summary>
    public static X509Certificate2 CreateCertificate(DateTimeOffset now)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        // Terraform trusts the certificate as its own authority, so it has to be one.
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(
            X509KeyUsageFlags.DigitalSignature | X509KeyUsageFlags.KeyAgreement | X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.1"), new Oid("1.3.6.1.5.5.7.3.2")], false));
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        var certificate = request.CreateSelfSigned(now.AddMinutes(-1), now.AddYears(1));
        if (!OperatingSystem.IsWindows())
            return certificate;
        // Windows' own TLS takes no key that was never loaded from somewhere.
        using (certificate)
            return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pkcs12), password: null);
    }

    /// <summary>Makes the folder for the socket, closed to other users, below <paramref name="parent"/>; in the system's folder for temporary files where that is null.</summary>
    public static DirectoryInfo CreateSocketFolder(string? parent)
    {
        if (parent is null)
            return Directory.CreateTempSubdirectory("tfp-");
        var path = Path.Combine(parent, Path.GetRandomFileName());
        return OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(path)
            : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    /// <summary>Whether the peer that connects is the Terraform that started this process.</summary>
    public static bool IsExpected(X509Certificate2 expected, X509Certificate2 peer) =>
        CryptographicOperations.FixedTimeEquals(expected.RawDataMemory.Span, peer.RawDataMemory.Span);

    /// <summary>The one line on stdout: core protocol, plugin protocol, where to connect, how, and whom to trust.</summary>
    public static string Line(string socket, X509Certificate2 server) =>
        $"1|{ProtocolVersion}|unix|{socket}|grpc|{Convert.ToBase64String(server.RawDataMemory.Span).TrimEnd('=')}";
}

/// <summary>No conversation can begin. The message is for the terminal.</summary>
internal sealed class HandshakeException(string message, Exception? inner = null) : Exception(message, inner);
