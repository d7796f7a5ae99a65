using System.IO.Compression;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>The portal gives Terraform its provider, over HTTPS with a certificate of an authority of its own.</summary>
public sealed class MirrorTests : IDisposable
{
    private const string Archive = "terraform-provider-secretsportal_0.1.0_linux_amd64.zip";

    private readonly TemporaryDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Terraform_installs_the_provider_from_the_portal_and_it_trusts_the_portals_certificate()
    {
        var port = FreePort.Next();
        WriteCertificates();
        WriteArchive();
        await using var portal = await PortalProcess.Start();
        await portal.Restart(
            $"--Portal:Terraform:PackagesDirectory={_directory["packages"]}", $"--Kestrel:Endpoints:Plain:Url={portal.Address}",
            $"--Kestrel:Endpoints:Tls:Url=https://localhost:{port}", $"--Kestrel:Endpoints:Tls:Certificate:Path={_directory["server.pem"]}",
            $"--Kestrel:Endpoints:Tls:Certificate:KeyPath={_directory["server.key"]}");
        using var terraform = new TerraformWorkspace(portal, $$"""  network_mirror { url = "https://localhost:{{port}}/terraform/mirror/" }""");
        await File.WriteAllTextAsync(Path.Combine(terraform.Folder, "main.tf"), TerraformWorkspace.Header + """resource "secretsportal_secret" "a" { name = "mirror/one" }""", TestContext.Current.CancellationToken);
        var stranger = await terraform.Run("init");
        Assert.Contains("certificate", stranger.Error, StringComparison.Ordinal);

        terraform.Set("SSL_CERT_FILE", _directory["ca.pem"]);
        (await terraform.Run("init")).Succeeded("terraform init");
        // What Terraform unpacked fits the hash that the portal told, and it notes that one.
        var locked = await File.ReadAllTextAsync(Path.Combine(terraform.Folder, ".terraform.lock.hcl"), TestContext.Current.CancellationToken);
        Assert.Contains("h1:", locked, StringComparison.Ordinal);

        terraform.Set("SSL_CERT_FILE", null);
        terraform.Set("SECRETSPORTAL_ENDPOINT", $"https://localhost:{port}");
        var untrusted = await terraform.FailedApply();
        Assert.Contains("TLS", untrusted, StringComparison.Ordinal);
        Assert.True(untrusted.Contains("ca_file", StringComparison.Ordinal), untrusted);
        terraform.Set("SECRETSPORTAL_CA_FILE", _directory["ca.pem"]);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
    }

    [Fact]
    public async Task The_checksums_are_signed_and_what_is_missing_is_said()
    {
        WriteArchive();
        await using var portal = await PortalProcess.Start($"--Portal:Terraform:PackagesDirectory={_directory["packages"]}");
        using var http = new HttpClient { BaseAddress = portal.Address };
        var cancel = TestContext.Current.CancellationToken;
        var sums = await http.GetByteArrayAsync("/terraform/packages/SHA256SUMS", cancel);
        var archive = await http.GetByteArrayAsync($"/terraform/packages/{Archive}", cancel);
        Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData(archive))}  {Archive}\n", System.Text.Encoding.UTF8.GetString(sums));
        using var key = ECDsa.Create();
        key.ImportFromPem(await http.GetStringAsync("/terraform/packages/signing-key.pem", cancel));
        var signature = await http.GetByteArrayAsync("/terraform/packages/SHA256SUMS.sig", cancel);
        Assert.True(key.VerifyData(sums, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

        using var list = System.Text.Json.JsonDocument.Parse(await http.GetStringAsync("/terraform/packages", cancel));
        Assert.Contains("windows_arm64", list.RootElement.GetProperty("missing").EnumerateArray().Select(p => p.GetString()));
        foreach (var path in new[] { "/terraform/packages/terraform-provider-secretsportal_0.1.0_darwin_arm64.zip", "/terraform/packages/..%2fx.zip", "/terraform/mirror/registry.terraform.io/secrets-portal/secretsportal/9.9.9.json" })
        {
            using var missing = await http.GetAsync(path, cancel);
            Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.StatusCode);
            if (!path.Contains("%2f", StringComparison.Ordinal))
                Assert.Contains("build-packages.sh", await missing.Content.ReadAsStringAsync(cancel), StringComparison.Ordinal);
        }
    }

    /// <summary>An archive as terraform/build-packages.sh makes it, but with a script that becomes the provider that the tests build.</summary>
    private void WriteArchive()
    {
        Directory.CreateDirectory(_directory["packages"]);
        using var zip = ZipFile.Open(Path.Combine(_directory["packages"], Archive), ZipArchiveMode.Create);
        var entry = zip.CreateEntry("terraform-provider-secretsportal_v0.1.0");
        entry.ExternalAttributes = 0x81ED << 16; // A file of mode 0755.
        using var content = new StreamWriter(entry.Open());
        content.Write($"#!/bin/sh\nexec '{TerraformWorkspace.Program}' \"$@\"\n");
    }

    private void WriteCertificates()
    {
        var now = TimeProvider.System.GetUtcNow();
        using var caKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var caRequest = new CertificateRequest("CN=Test CA", caKey, HashAlgorithmName.SHA256);
        caRequest.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        caRequest.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        using var ca = caRequest.CreateSelfSigned(now.AddDays(-1), now.AddDays(2));
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        using var server = request.Create(ca, now.AddDays(-1), now.AddDays(1), [1, 2, 3, 4]);
        File.WriteAllText(_directory["ca.pem"], ca.ExportCertificatePem());
        File.WriteAllText(_directory["server.pem"], server.ExportCertificatePem());
        File.WriteAllText(_directory["server.key"], key.ExportPkcs8PrivateKeyPem());
    }
}
