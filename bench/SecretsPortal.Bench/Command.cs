using System.Diagnostics;

namespace SecretsPortal.Bench;

/// <summary>Programs that are run to their end.</summary>
internal static class Command
{
    /// <summary>Runs a program and gives what it printed; throws, with that, where it fails.</summary>
    public static async Task<string> Run(string program, params string[] arguments)
    {
        using var process = Process.Start(new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true })!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} failed:{Environment.NewLine}{output}{await errors}");
    }
}

/// <summary>A temporary folder that goes with the benchmark.</summary>
internal sealed class WorkFolder : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("secretsportal-bench-");

    /// <summary>The path of a file or folder in it.</summary>
    public string File(string name) => Path.Combine(_folder.FullName, name);

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);
}

/// <summary>Where the source tree lies.</summary>
internal static class Repository
{
    /// <summary>The folder that holds SecretsPortal.sln, above the working directory.</summary>
    public static string Root { get; } = Find(Directory.GetCurrentDirectory());

    private static string Find(string folder) => System.IO.File.Exists(Path.Combine(folder, "SecretsPortal.sln"))
        ? folder
        : Find(Path.GetDirectoryName(folder) ?? throw new InvalidOperationException("Run the benchmark inside the source tree, or name a published portal with --portal."));
}
