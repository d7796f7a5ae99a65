using SecretsPortal.Services;

namespace SecretsPortal.Web.Configuration;

/// <summary>The folder of the embedded database and the local key file.</summary>
internal static class DataDirectory
{
    /// <summary>Makes the folder, for its owner alone, and proves that it can be written to; otherwise adds a fault.</summary>
    public static void Prepare(PortalOptions options, List<string> faults)
    {
        var directory = options.DataDirectory;
        try
        {
            if (OperatingSystem.IsWindows())
                Directory.CreateDirectory(directory);
            else
                Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            var probe = Path.Combine(directory, $".write-test-{Environment.ProcessId}");
            File.WriteAllBytes(probe, []);
            File.Delete(probe);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            faults.Add($"{SettingKeys.DataDirectory}: {directory} cannot be made or written to; make it writable for the account that runs the portal, or name another directory.");
        }
    }
}
