using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using System.Runtime.Versioning;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>What of Linux .NET has no words for: owners, signals to processes of others, whose socket a connection is.</summary>
[SupportedOSPlatform("linux")]
internal static class Linux
{
    private const int Kill = 9;

    /// <summary>The user id that this process acts as.</summary>
    public static int UserId { get; } = GetEffectiveUserId();

    /// <summary>Gives a file or folder to a user and the group of the same number.</summary>
    public static void ChangeOwner(string path, int userId)
    {
        if (ChangeOwnerOf([.. System.Text.Encoding.UTF8.GetBytes(path), 0], userId, userId) != 0)
            throw new IOException($"The owner of {path} can't be changed (error {Marshal.GetLastPInvokeError()}).");
    }

    /// <summary>Ends every process that <paramref name="isMeant"/> accepts, and those that they start meanwhile, at once.</summary>
    public static async Task EndAll(Func<int, bool> isMeant)
    {
        // A process that forks as fast as it can is met again in the next round; its limit of processes bounds that.
        for (var round = 0; round < 50; round++)
        {
            var found = ProcessIds().Where(isMeant).ToList();
            if (found.Count == 0)
                return;
            foreach (var id in found)
                _ = SendSignal(id, Kill);
            await Task.Delay(TimeSpan.FromMilliseconds(10));
        }
    }

    /// <summary>True where the process runs as the user, and is no zombie.</summary>
    public static bool IsOf(int processId, int userId) => StatusOf(processId) is { } status && status.UserId == userId && !status.IsZombie;

    /// <summary>True where the process began with the variable in its environment, and is no zombie. False for those that may not be looked at.</summary>
    public static bool HasVariable(int processId, string assignment)
    {
        try
        {
            return StatusOf(processId) is { IsZombie: false }
                && File.ReadAllText($"/proc/{processId}/environ").Split('\0').Contains(assignment, StringComparer.Ordinal);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    /// <summary>True where no process runs as the user.</summary>
    public static bool IsFree(int userId) => !ProcessIds().Any(id => StatusOf(id)?.UserId == userId);

    /// <summary>
    /// The user whose socket is at the other end of a connection within this machine's loopback; null where none is found.
    /// </summary>
    /// <param name="peer">The other end.</param>
    /// <param name="port">The port at this end.</param>
    public static int? OwnerOf(IPEndPoint peer, int port)
    {
        // Addresses stand there as the machine's own words of 32 bits in hexadecimal; IPv4 inside IPv6 is how sockets of both kinds show.
        var (from, to) = ($":{peer.Port:X4}", $":{port:X4}");
        foreach (var (table, address) in (ReadOnlySpan<(string, string)>)[("/proc/net/tcp", "0100007F"), ("/proc/net/tcp6", "0000000000000000FFFF00000100007F")])
        {
            foreach (var line in Lines(table))
            {
                var fields = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
                if (fields.Length > 7 && fields[1] == address + from && fields[2] == address + to && int.TryParse(fields[7], CultureInfo.InvariantCulture, out var owner))
                    return owner;
            }
        }

        return null;
    }

    private static IEnumerable<int> ProcessIds() => Directory.EnumerateDirectories("/proc")
        .Select(folder => int.TryParse(Path.GetFileName(folder), NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id : 0).Where(id => id > 1);

    private static (int UserId, bool IsZombie)? StatusOf(int processId)
    {
        int? user = null;
        var isZombie = false;
        foreach (var line in Lines($"/proc/{processId}/status"))
        {
            if (line.StartsWith("State:", StringComparison.Ordinal))
                isZombie = line.Contains('Z', StringComparison.Ordinal);
            if (line.StartsWith("Uid:", StringComparison.Ordinal) && int.TryParse(line.Split('\t')[1], CultureInfo.InvariantCulture, out var id))
                user = id;
        }

        return user is { } known ? (known, isZombie) : null;
    }

    private static string[] Lines(string path)
    {
        try
        {
            return File.ReadAllLines(path);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

#pragma warning disable SYSLIB1054 // Its generated code would need unsafe blocks.
    [DllImport("libc", EntryPoint = "kill")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);

    [DllImport("libc", EntryPoint = "geteuid")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetEffectiveUserId();

    [DllImport("libc", EntryPoint = "chown", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int ChangeOwnerOf(byte[] path, int owner, int group);
#pragma warning restore SYSLIB1054
}
