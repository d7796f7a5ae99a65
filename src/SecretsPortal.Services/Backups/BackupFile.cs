using System.IO.Compression;
using System.Text.Json;
using SecretsPortal.Core;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Backups;

/// <summary>Makes the file of a backup: a zip of the databases and a note of what it is.</summary>
internal sealed class BackupFile(DatabaseCopy copy, PortalOptions options, TimeProvider clock)
{
    /// <summary>The name of the note in the zip.</summary>
    public const string NoteName = "about.json";

    private static readonly JsonSerializerOptions s_json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <summary>
    /// Writes a backup to <paramref name="file"/>, which appears there when it is whole and readable by its owner alone. <see cref="PortalError.ResourceExists"/>
    /// where there is a file; <see cref="PortalError.Unavailable"/> says why it could not be written.
    /// </summary>
    public async Task Write(string file, CancellationToken cancel)
    {
        if (!copy.IsEmbedded)
            throw new PortalException(PortalError.InvalidRequest, "The portal's database is on SQL Server: back it up with SQL Server's own means, and the KMS's keys with those of the KMS.");
        if (File.Exists(file))
            throw new PortalException(PortalError.ResourceExists, $"There is a file {file} already. Name another one.");
        var folder = $"{file}.part";
        try
        {
            MakeFolder(folder);
            await copy.WriteTo(folder, cancel);
            var packed = Path.Combine(folder, "backup.zip");
            await Pack(folder, packed, cancel);
            File.Move(packed, file);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or System.Data.Common.DbException
            || fault is PortalException { Error: PortalError.Unavailable })
        {
            var cause = (fault.InnerException ?? fault).Message;
            throw new PortalException(
                PortalError.Unavailable, $"The backup could not be written to {file}: {cause} See that the portal may write there and that there is room for twice the database.", fault);
        }
        finally
        {
            if (Directory.Exists(folder))
                Directory.Delete(folder, recursive: true);
        }
    }

    /// <summary>Makes a folder for its owner alone, with those above it.</summary>
    public static void MakeFolder(string folder)
    {
        if (OperatingSystem.IsWindows())
            Directory.CreateDirectory(folder);
        else
            Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
    }

    private async Task Pack(string folder, string packed, CancellationToken cancel)
    {
        var stream = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.ReadWrite };
        if (!OperatingSystem.IsWindows())
            stream.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        await using var output = new FileStream(packed, stream);
        await using (var zip = await ZipArchive.CreateAsync(output, ZipArchiveMode.Create, leaveOpen: true, entryNameEncoding: null, cancel))
        {
            foreach (var name in (string[])[DatabaseCopy.MainName, DatabaseCopy.LogName])
            {
                var part = Path.Combine(folder, name);
                await zip.CreateEntryFromFileAsync(part, name, CompressionLevel.Fastest, cancel);
                File.Delete(part);
            }

            await using var note = await zip.CreateEntry(NoteName).OpenAsync(cancel);
            await JsonSerializer.SerializeAsync(note, await Describe(cancel), s_json, cancel);
        }

        output.Flush(flushToDisk: true);
    }

    private async Task<BackupNote> Describe(CancellationToken cancel)
    {
        var facts = await copy.Describe(cancel);
        return new BackupNote(clock.GetUtcNow(), PortalStatus.Version, facts.Schema, options.Region, options.AccountId,
            "The KMS's keys (of the local KMS: the key file), the configuration, archives of the audit log, functions' files. Without the keys no value in here can be opened.");
    }

    private sealed record BackupNote(DateTimeOffset MadeAt, string Version, int Schema, string Region, string AccountId, string NotIncluded);
}
