using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Services.Audit;

/// <summary>
/// A closed file of records: JSON Lines with their chain values, compressed by gzip, and beside it a signed manifest. Written under another name
/// first, flushed to the disk, and read back before it counts.
/// </summary>
internal static class AuditArchiveFile
{
    private static readonly UTF8Encoding s_utf8 = new(encoderShouldEmitUTF8Identifier: false);

    /// <summary>The name of the file for a range.</summary>
    public static string NameOf(long first, long last) => FormattableString.Invariant($"audit-{first:D12}-{last:D12}.jsonl.gz");

    /// <summary>The manifest's name beside it.</summary>
    public static string ManifestOf(string path) => path[..^".jsonl.gz".Length] + ".manifest.json";

    /// <summary>Writes the records; gives the SHA-256 of the file, which is on the disk then.</summary>
    public static async Task<byte[]> Write(string path, IAsyncEnumerable<ChainedRecord> records, CancellationToken cancel)
    {
        var draft = path + ".part";
        await using (var file = New(draft))
        {
            await using (var gzip = new GZipStream(file, CompressionLevel.Optimal, leaveOpen: true))
            await using (var text = new StreamWriter(gzip, s_utf8))
            {
                await foreach (var record in records.WithCancellation(cancel))
                {
                    await text.WriteAsync(JsonSerializer.Serialize(RecordLine.Of(record), AuditJson.Default.RecordLine));
                    await text.WriteAsync('\n');
                }
            }

            file.Flush(flushToDisk: true);
        }

        File.Move(draft, path, overwrite: true);
        return await Sha256(path, cancel);
    }

    /// <summary>Writes the manifest beside its file.</summary>
    public static async Task WriteManifest(string path, AuditAnchor anchor, byte[] publicKey, CancellationToken cancel)
    {
        var draft = ManifestOf(path) + ".part";
        await using (var file = New(draft))
        {
            await JsonSerializer.SerializeAsync(file, ManifestFile.Of(anchor, publicKey), AuditJson.Default.ManifestFile, cancel);
            file.Flush(flushToDisk: true);
        }

        File.Move(draft, ManifestOf(path), overwrite: true);
    }

    /// <summary>Reads a file to its end; null where it is the one that the anchor speaks of, else what is wrong with it.</summary>
    public static async Task<string?> Verify(string path, AuditAnchor anchor, byte[] key, CancellationToken cancel)
    {
        var name = Path.GetFileName(path);
        try
        {
            if (!AuditChain.Matches(await Sha256(path, cancel), anchor.FileSha256))
                return $"the archive {name} was changed: its SHA-256 is not the one of its anchor";
            var check = new AuditChainCheck(key, anchor.First - 1, anchor.PreviousMac);
            await using var file = File.OpenRead(path);
            await using var gzip = new GZipStream(file, CompressionMode.Decompress);
            using var text = new StreamReader(gzip, s_utf8);
            while (await text.ReadLineAsync(cancel) is { } line)
            {
                var record = JsonSerializer.Deserialize(line, AuditJson.Default.RecordLine)!.ToChained();
                if (check.Next(record.Sequence, record) is { } wrong)
                    return $"in the archive {name}, {wrong}";
            }

            return check.Sequence == anchor.Last && AuditChain.Matches(check.Mac, anchor.LastMac)
                ? null
                : $"the archive {name} ends at record {check.Sequence}, and its anchor says {anchor.Last}";
        }
        catch (Exception fault) when (fault is IOException or InvalidDataException or JsonException or FormatException or UnauthorizedAccessException)
        {
            return $"the archive {name} cannot be read: {fault.Message}";
        }
    }

    private static async Task<byte[]> Sha256(string path, CancellationToken cancel)
    {
        await using var file = File.OpenRead(path);
        return await SHA256.HashDataAsync(file, cancel);
    }

    private static FileStream New(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        return new FileStream(path, options);
    }
}
