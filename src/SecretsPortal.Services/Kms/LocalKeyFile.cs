using System.Security.Cryptography;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// The local KMS's master key in a file: one line, <c>secrets-portal-local-key:1:</c> and 32 bytes in Base64. Only its owner may read it.
/// </summary>
internal static class LocalKeyFile
{
    /// <summary>Bytes of a master key.</summary>
    public const int KeySize = 32;

    private const string Header = "secrets-portal-local-key:1:";
    private const int LongestFile = 256;
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode Others = ~(OwnerOnly | UnixFileMode.UserExecute);

    /// <summary>Reads the key; <see cref="LocalKeyFileException"/> says what is wrong with the file and what to do.</summary>
    public static byte[] Read(string path)
    {
        string text;
        try
        {
            var file = new FileInfo(path);
            if (!file.Exists)
                throw new LocalKeyFileException($"the file {path} does not exist. Restore it from the back-up, or name the right file");
            if (!OperatingSystem.IsWindows() && (file.UnixFileMode & Others) != 0)
                throw new LocalKeyFileException($"others than its owner may use the file {path}. Run: chmod 600 {path}");
            if (file.Length > LongestFile)
                throw new LocalKeyFileException($"the file {path} is not a key file of this portal. Restore it from the back-up, or name the right file");
            text = File.ReadAllText(path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new LocalKeyFileException($"the file {path} can't be read. Let the portal's user read it ({fault.GetType().Name})");
        }

        return Parse(text.TrimEnd('\n'))
            ?? throw new LocalKeyFileException($"the file {path} is not a key file of this portal, or it is damaged. Restore it from the back-up, or name the right file");
    }

    /// <summary>
    /// Writes a fresh key, whole or not at all, and never over a file that is there: another process that was first has the key.
    /// </summary>
    public static void Create(string path)
    {
        var key = RandomNumberGenerator.GetBytes(KeySize);
        var temporary = $"{path}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8))}.new";
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            using (var file = new FileStream(temporary, OwnerOnlyOptions()))
            {
                file.Write(System.Text.Encoding.ASCII.GetBytes($"{Header}{Convert.ToBase64String(key)}\n"));
                file.Flush(flushToDisk: true);
            }

            File.Move(temporary, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // Another node of the same data directory made it in between; its key counts.
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new LocalKeyFileException($"the file {path} can't be created. Let the portal's user write to that folder ({fault.GetType().Name})");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
            DeleteIfThere(temporary);
        }
    }

    private static FileStreamOptions OwnerOnlyOptions()
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = OwnerOnly;
        return options;
    }

    private static void DeleteIfThere(string path)
    {
        if (File.Exists(path))
            File.Delete(path);
    }

    private static byte[]? Parse(string line)
    {
        var key = new byte[KeySize];
        return line.StartsWith(Header, StringComparison.Ordinal)
            && Convert.TryFromBase64String(line[Header.Length..], key, out var length)
            && length == KeySize
            && Convert.ToBase64String(key) == line[Header.Length..]
            ? key
            : null;
    }
}

/// <summary>The key file is no use as it is; the message names it and the remedy.</summary>
internal sealed class LocalKeyFileException(string message) : Exception(message);
