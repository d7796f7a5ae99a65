using SecretsPortal.Core;
using SecretsPortal.Services.Backups;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Configuration;

/// <summary><c>backup FILE</c>: writes a backup of the embedded database of a portal that runs or does not, with the portal's own settings.</summary>
internal static class BackupArguments
{
    private const string Usage = "backup must be followed by the FILE to write; settings may follow, such as --Portal:DataDirectory=/data.";

    /// <summary>True where the command line asks for this instead of a portal.</summary>
    public static bool IsAskedFor(string[] args) => args is ["backup", ..];

    /// <summary>Exit code 0 where it was written, 1 where not.</summary>
    public static async Task<int> Run(string[] args)
    {
        if (args is not [_, { Length: > 0 } name, .. var settings] || name.StartsWith('-') || settings.Any(arg => !arg.StartsWith("--", StringComparison.Ordinal)))
            throw new PortalStartException([Usage]);
        await using var app = PortalHost.Build(["--Logging:LogLevel:Default=Warning", .. settings]);
        var file = Path.GetFullPath(name);
        try
        {
            await app.Services.GetRequiredService<BackupCommand>().Write(file, CancellationToken.None);
        }
        catch (PortalException fault)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }

        await Console.Out.WriteLineAsync($"{file} is written. The KMS's keys are not in it; of the local KMS, keep the key file apart from it.");
        return 0;
    }
}
