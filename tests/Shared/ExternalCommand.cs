using System.Diagnostics;

namespace SecretsPortal.Tests.Shared;

/// <summary>What a program printed and how it ended.</summary>
public sealed record CommandResult(int ExitCode, string Output, string Error)
{
    /// <summary>The output of a program that must have succeeded.</summary>
    public string Succeeded(string what) => ExitCode == 0
        ? Output
        : throw new InvalidOperationException($"{what} ended with exit code {ExitCode}.\n{Output}\n{Error}");
}

/// <summary>Runs programs that a test needs, each with its own environment and a limit of time.</summary>
public static class ExternalCommand
{
    /// <summary>The program's path: the first of these that exists, else the one on the PATH; null where there is none.</summary>
    public static string? Find(string name, params string[] preferred) =>
        preferred.FirstOrDefault(File.Exists)
        ?? (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator)
            .Select(directory => Path.Combine(directory, name)).FirstOrDefault(File.Exists);

    /// <summary>Debian's AWS CLI, before any other one that the PATH may hold.</summary>
    public static string? AwsCli => Find("aws", "/usr/bin/aws");

    public static string? Terraform => Find("terraform");

    public static string? Chromium => Find("chromium", "/usr/bin/chromium");

    public static async Task<CommandResult> Run(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?>? environment = null,
        string? directory = null, TimeSpan? limit = null, string input = "")
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = true,
            WorkingDirectory = directory ?? "",
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string?>())
            start.Environment[name] = value;
        using var process = Process.Start(start) ?? throw new InvalidOperationException($"{program} did not start.");
        var output = process.StandardOutput.ReadToEndAsync();
        var error = process.StandardError.ReadToEndAsync();
        await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        using var timeout = new CancellationTokenSource(limit ?? TimeSpan.FromMinutes(2));
        try
        {
            await process.WaitForExitAsync(timeout.Token);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"{program} {string.Join(' ', arguments.Take(3))} took too long.");
        }

        return new CommandResult(process.ExitCode, await output, await error);
    }
}
