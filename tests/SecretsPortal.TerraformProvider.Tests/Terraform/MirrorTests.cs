using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.TerraformProvider.Tests.Terraform;

/// <summary>The portal gives Terraform its provider, over HTTPS with a certificate of an authority of its own.</summary>
public sealed class MirrorTests : IDisposable
{
    private static readonly string s_own = RuntimeInformation.ProcessArchitecture == Architecture.Arm64 ? "linux_arm64" : "linux_amd64";

    private static readonly string s_archive = $"terraform-provider-secretsportal_0.1.0_{s_own}.zip";

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
        Assert.Contains("h1:", await Locked(terraform), StringComparison.Ordinal);
        // A team on several platforms notes the hashes of all, as Terraform computes them from what the portal gives.
        foreach (var (platform, header) in s_headers)
            (await Pack(Program(platform, header), platform)).Succeeded("pack-provider.sh");
        (await terraform.Run("providers", ["lock", $"-net-mirror=https://localhost:{port}/terraform/mirror/", .. s_headers.Keys.Select(p => $"-platform={p}")])).Succeeded("terraform providers lock");
        var locked = await Locked(terraform);
        using var mirror = await Json(portal, "/terraform/mirror/registry.terraform.io/secrets-portal/secretsportal/0.1.0.json");
        foreach (var platform in s_headers.Keys)
        {
            var hashes = mirror.RootElement.GetProperty("archives").GetProperty(platform).GetProperty("hashes").EnumerateArray().Select(h => h.GetString()!).ToList();
            Assert.Contains(hashes, h => h.StartsWith("zh:", StringComparison.Ordinal));
            Assert.Contains(hashes.Single(h => h.StartsWith("h1:", StringComparison.Ordinal)), locked, StringComparison.Ordinal);
        }

        terraform.Set("SSL_CERT_FILE", null);
        terraform.Set("SECRETSPORTAL_ENDPOINT", $"https://localhost:{port}");
        var untrusted = await terraform.FailedApply();
        Assert.Contains("TLS", untrusted, StringComparison.Ordinal);
        Assert.Contains("ca_file", untrusted, StringComparison.Ordinal);
        terraform.Set("SECRETSPORTAL_CA_FILE", _directory["ca.pem"]);
        await terraform.Apply();
        Assert.False(await terraform.PlansChanges());
        terraform.Set("SECRETSPORTAL_CA_FILE", _directory["missing.pem"]);
        var missing = await terraform.FailedApply();
        Assert.Contains("missing.pem", missing, StringComparison.Ordinal);
        Assert.Contains("SECRETSPORTAL_CA_FILE", missing, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_checksums_are_signed_and_what_is_missing_is_said()
    {
        WriteArchive();
        await using var portal = await PortalProcess.Start($"--Portal:Terraform:PackagesDirectory={_directory["packages"]}");
        using var http = new HttpClient { BaseAddress = portal.Address };
        var cancel = TestContext.Current.CancellationToken;
        var sums = await http.GetByteArrayAsync("/terraform/packages/SHA256SUMS", cancel);
        var archive = await http.GetByteArrayAsync($"/terraform/packages/{s_archive}", cancel);
        Assert.Equal($"{Convert.ToHexStringLower(SHA256.HashData(archive))}  {s_archive}\n", System.Text.Encoding.UTF8.GetString(sums));
        using var key = ECDsa.Create();
        key.ImportFromPem(await http.GetStringAsync("/terraform/packages/signing-key.pem", cancel));
        var signature = await http.GetByteArrayAsync("/terraform/packages/SHA256SUMS.sig", cancel);
        Assert.True(key.VerifyData(sums, signature, HashAlgorithmName.SHA256, DSASignatureFormat.Rfc3279DerSequence));

        using var list = JsonDocument.Parse(await http.GetStringAsync("/terraform/packages", cancel));
        Assert.Contains("windows_arm64", list.RootElement.GetProperty("missing").EnumerateArray().Select(p => p.GetString()));
        foreach (var path in new[] { "/terraform/packages/terraform-provider-secretsportal_0.1.0_darwin_arm64.zip", "/terraform/packages/..%2fx.zip", "/terraform/mirror/registry.terraform.io/secrets-portal/secretsportal/9.9.9.json" })
        {
            using var missing = await http.GetAsync(path, cancel);
            Assert.Equal(System.Net.HttpStatusCode.NotFound, missing.StatusCode);
            if (!path.Contains("%2f", StringComparison.Ordinal))
                Assert.Contains("build-packages.sh", await missing.Content.ReadAsStringAsync(cancel), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task A_program_is_packed_under_the_name_that_Terraform_looks_for_and_refused_for_another_platform()
    {
        var program = Path.Combine(AppContext.BaseDirectory, "SecretsPortal.TerraformProvider");
        (await Pack(program, s_own)).Succeeded("pack-provider.sh");
        using (var zip = ZipFile.OpenRead(Path.Combine(_directory["packages"], s_archive)))
        {
            var entry = Assert.Single(zip.Entries);
            Assert.Equal("terraform-provider-secretsportal_v0.1.0", entry.FullName);
            Assert.Equal(0x81ED, entry.ExternalAttributes >> 16 & 0xFFFF);
            await using var packed = entry.Open();
            Assert.Equal(SHA256.HashData(await File.ReadAllBytesAsync(program, TestContext.Current.CancellationToken)), await SHA256.HashDataAsync(packed, TestContext.Current.CancellationToken));
        }

        (await Pack(Program("windows_amd64", s_headers["windows_amd64"]), "windows_amd64")).Succeeded("pack-provider.sh");
        using (var zip = ZipFile.OpenRead(Path.Combine(_directory["packages"], "terraform-provider-secretsportal_0.1.0_windows_amd64.zip")))
            Assert.Equal("terraform-provider-secretsportal_v0.1.0.exe", Assert.Single(zip.Entries).FullName);

        foreach (var other in s_headers.Keys.Where(p => p != s_own && p != "windows_amd64"))
        {
            var refused = await Pack(program, other);
            Assert.Equal(65, refused.ExitCode);
            Assert.Contains(other, refused.Error, StringComparison.Ordinal);
        }

        // The kernel of macOS on arm64 ends a program without a signature, which Terraform could only call a plugin that did not respond.
        var unsigned = await Pack(Program("unsigned", s_headers["darwin_arm64"][..32]), "darwin_arm64");
        Assert.Equal(65, unsigned.ExitCode);
        Assert.Contains("codesign", unsigned.Error, StringComparison.Ordinal);
        Assert.Equal(64, (await Pack(program, "plan9_amd64")).ExitCode);
        Assert.Equal(2, Directory.EnumerateFileSystemEntries(_directory["packages"]).Count());
    }

    /// <summary>The first bytes of a program for each platform, and of a signature where it needs one.</summary>
    private static readonly Dictionary<string, byte[]> s_headers = new(StringComparer.Ordinal)
    {
        ["linux_amd64"] = Elf(0x3E),
        ["linux_arm64"] = Elf(0xB7),
        ["darwin_amd64"] = [0xCF, 0xFA, 0xED, 0xFE, 7, 0, 0, 1],
        ["darwin_arm64"] = [0xCF, 0xFA, 0xED, 0xFE, 12, 0, 0, 1, .. new byte[24], 0xFA, 0xDE, 0x0C, 0xC0],
        ["windows_amd64"] = Pe(0x64, 0x86),
        ["windows_arm64"] = Pe(0x64, 0xAA),
    };

    private static byte[] Elf(byte machine) => [0x7F, (byte)'E', (byte)'L', (byte)'F', .. new byte[14], machine, 0];

    private static byte[] Pe(byte low, byte high) => [(byte)'M', (byte)'Z', .. new byte[58], 0x80, 0, 0, 0, .. new byte[64], (byte)'P', (byte)'E', 0, 0, low, high];

    private string Program(string name, byte[] content)
    {
        File.WriteAllBytes(_directory[$"program-{name}"], content);
        return _directory[$"program-{name}"];
    }

    private Task<CommandResult> Pack(string program, string platform) =>
        ExternalCommand.Run("bash", [RepositoryRoot.File("terraform/pack-provider.sh"), program, platform, _directory["packages"]]);

    private static Task<string> Locked(TerraformWorkspace terraform) =>
        File.ReadAllTextAsync(Path.Combine(terraform.Folder, ".terraform.lock.hcl"), TestContext.Current.CancellationToken);

    private static async Task<JsonDocument> Json(PortalProcess portal, string path)
    {
        using var http = new HttpClient { BaseAddress = portal.Address };
        return JsonDocument.Parse(await http.GetStringAsync(path, TestContext.Current.CancellationToken));
    }

    /// <summary>An archive as terraform/build-packages.sh makes it, but with a script that becomes the provider that the tests build.</summary>
    private void WriteArchive()
    {
        Directory.CreateDirectory(_directory["packages"]);
        using var zip = ZipFile.Open(Path.Combine(_directory["packages"], s_archive), ZipArchiveMode.Create);
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
