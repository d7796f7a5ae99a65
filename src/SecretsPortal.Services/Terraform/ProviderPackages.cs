using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using SecretsPortal.Services.Audit;

namespace SecretsPortal.Services.Terraform;

/// <summary>A package of the Terraform provider: a zip archive with its program.</summary>
/// <param name="File">The archive's name.</param>
/// <param name="Version">Such as <c>0.1.0</c>.</param>
/// <param name="Platform">As Terraform calls it: <c>linux_amd64</c>.</param>
/// <param name="Size">Of the archive, in bytes.</param>
/// <param name="Sha256">Of the archive: 64 hexadecimal digits.</param>
/// <param name="ContentHash">As Terraform notes it in its lock file: <c>h1:</c> and base64.</param>
public sealed record ProviderPackage(string File, string Version, string Platform, long Size, string Sha256, string ContentHash);

/// <summary>
/// The packages that lie in the configured folder, made by <c>terraform/build-packages.sh</c>: which there are, their checksums, and the checksums'
/// signature by a key of this portal's own. What is in the folder is trusted as it lies there: whoever may write to it decides what the
/// portal gives away.
/// </summary>
public sealed partial class ProviderPackages
{
    private static readonly string[] s_platforms = ["linux_amd64", "linux_arm64", "darwin_amd64", "darwin_arm64", "windows_amd64", "windows_arm64"];

    private readonly string? _folder;
    private readonly AuditSigner _signer;
    private readonly ConcurrentDictionary<(string File, long Size, DateTime Written), ProviderPackage> _known = new();

    internal ProviderPackages(string? folder, AuditSigner signer)
    {
        _folder = folder;
        _signer = signer;
    }

    /// <summary>The platforms that there may be packages for.</summary>
    public static IReadOnlyList<string> Platforms => s_platforms;

    /// <summary>All packages, by their names. A file that is no readable archive is left out.</summary>
    public async Task<IReadOnlyList<ProviderPackage>> List(CancellationToken cancel)
    {
        if (_folder is null || !Directory.Exists(_folder))
            return [];
        var found = new List<ProviderPackage>();
        foreach (var file in new DirectoryInfo(_folder).EnumerateFiles("*.zip").OrderBy(f => f.Name, StringComparer.Ordinal))
        {
            if (PackageName().Match(file.Name) is not { Success: true } name || !s_platforms.Contains(name.Groups["platform"].Value))
                continue;
            // Archives are read once, and again where one was replaced.
            var key = (file.Name, file.Length, file.LastWriteTimeUtc);
            if (!_known.TryGetValue(key, out var package) && await Read(file, name, cancel) is { } read)
                _known[key] = package = read;
            if (package is not null)
                found.Add(package);
        }

        return found;
    }

    /// <summary>Where a package lies; null where there is none of that name.</summary>
    public async Task<string?> Find(string file, CancellationToken cancel) =>
        (await List(cancel)).Any(p => p.File == file) ? Path.Combine(_folder!, file) : null;

    /// <summary>The checksums as <c>sha256sum</c> writes and checks them.</summary>
    public async Task<byte[]> Checksums(CancellationToken cancel) =>
        Encoding.UTF8.GetBytes(string.Concat((await List(cancel)).Select(p => $"{p.Sha256}  {p.File}\n")));

    /// <summary>The signature of <see cref="Checksums"/>: ECDSA on P-256 with SHA-256, in DER, as <c>openssl dgst -verify</c> takes it.</summary>
    public async Task<byte[]> Signature(CancellationToken cancel)
    {
        using var key = await _signer.Open(cancel);
        return AuditSigner.Sign(key, await Checksums(cancel));
    }

    /// <summary>The public half of the key that signs, in PEM.</summary>
    public async Task<string> PublicKey(CancellationToken cancel)
    {
        using var key = await _signer.Open(cancel);
        return key.ExportSubjectPublicKeyInfoPem() + "\n";
    }

    private static async Task<ProviderPackage?> Read(FileInfo file, Match name, CancellationToken cancel)
    {
        try
        {
            await using var stream = file.OpenRead();
            var sha256 = Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, cancel));
            stream.Position = 0;
            return new ProviderPackage(file.Name, name.Groups["version"].Value, name.Groups["platform"].Value, file.Length, sha256, await ContentHash(stream, cancel));
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or UnauthorizedAccessException)
        {
            // It is just being written, or no archive.
            return null;
        }
    }

    /// <summary>Go's dirhash: SHA-256 over one line for each file, by name, of its SHA-256 and its name.</summary>
    private static async Task<string> ContentHash(Stream archive, CancellationToken cancel)
    {
        await using var zip = await ZipArchive.CreateAsync(archive, ZipArchiveMode.Read, leaveOpen: true, entryNameEncoding: null, cancel);
        var lines = new StringBuilder();
        foreach (var entry in zip.Entries.Where(e => !e.FullName.EndsWith('/')).OrderBy(e => e.FullName, StringComparer.Ordinal))
        {
            await using var content = await entry.OpenAsync(cancel);
            lines.Append(CultureInfo.InvariantCulture, $"{Convert.ToHexStringLower(await SHA256.HashDataAsync(content, cancel))}  {entry.FullName}\n");
        }

        return "h1:" + Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(lines.ToString())));
    }

    [GeneratedRegex(@"^terraform-provider-secretsportal_(?<version>\d{1,6}\.\d{1,6}\.\d{1,6})_(?<platform>[a-z]+_[a-z0-9]+)\.zip$", RegexOptions.CultureInvariant)]
    private static partial Regex PackageName();
}
