using System.Globalization;
using SecretsPortal.Services;
using SecretsPortal.Services.Demo;
using SecretsPortal.Services.Start;
using SecretsPortal.Web.Configuration;

namespace SecretsPortal.Web.Demo;

/// <summary><c>--demo</c>: a portal on a store of its own that is filled with a company nobody runs, for a first look.</summary>
internal static class DemoMode
{
    private const string Switch = "--demo";
    private const string Folder = "data-demo";
    private const string RunnerLog = "Logging:LogLevel:SecretsPortal.Services.Rotation.RotationRunner";

    /// <summary>True where the command line asks for it.</summary>
    public static bool IsAskedFor(string[] args) => args.Contains(Switch, StringComparer.Ordinal);

    /// <summary>The command line without the switch: a switch without a value would take the next argument for one.</summary>
    public static string[] WithoutSwitch(string[] args) => [.. args.Where(arg => arg != Switch)];

    /// <summary>
    /// Sets what nobody has set: a data directory of its own, a second region, and a folder with the code of a function.
    /// <see cref="PortalStartException"/> where the embedded store is there already and is no demonstration, before anything is touched. True where it is one, which
    /// starts as it is.
    /// </summary>
    public static bool Prepare(WebApplicationBuilder builder)
    {
        var (settings, root) = (builder.Configuration, builder.Environment.ContentRootPath);
        settings[SettingKeys.DataDirectory] ??= Folder;
        var directory = Path.GetFullPath(settings[SettingKeys.DataDirectory]!, root);
        var isFilled = DemoFill.IsFilled(directory);
        if (!isFilled && File.Exists(Path.Combine(directory, "portal.db")))
            throw DemoFill.NotEmpty(new PortalOptions { DataDirectory = directory });
        var home = settings[SettingKeys.Region] ?? "us-east-1";
        settings[SettingKeys.Regions] ??= $"{home},{(home == "eu-central-1" ? "us-east-1" : "eu-central-1")}";
        // That rotations fail is part of what is shown, and no news for the console.
        settings[RunnerLog] ??= nameof(LogLevel.Error);
        // Beside the data and not in it: a process runs as a user of its own, who may not look in there.
        settings[SettingKeys.FunctionsDirectory] ??= DemoFunctionCode.Write($"{directory.TrimEnd('/')}-functions");
        return isFilled;
    }

    /// <summary>Fills the store that the start has made, unless it is filled already.</summary>
    public static async Task Fill(IServiceProvider services, FirstStart first, TextWriter output, CancellationToken cancel)
    {
        var options = services.GetRequiredService<PortalOptions>();
        if (DemoFill.IsFilled(options.DataDirectory))
        {
            await output.WriteLineAsync(
                $"The store in {options.DataDirectory} is filled with a demonstration already and starts as it is; sign in with what was printed when it was filled. Remove the folder to have it filled anew.");
            return;
        }

        await output.WriteLineAsync("Filling the store with a demonstration: thirty days of a company that nobody runs…");
        var began = TimeProvider.System.GetTimestamp();
        await services.GetRequiredService<DemoFill>().Run(first, options.Functions.Directory, cancel);
        await output.WriteLineAsync(string.Create(CultureInfo.InvariantCulture, $"Filled in {TimeProvider.System.GetElapsedTime(began).TotalSeconds:0} seconds."));
    }
}
