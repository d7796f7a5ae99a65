using System.Globalization;
using SecretsPortal.Core;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Web.Configuration;

/// <summary>
/// <c>audit verify|checkpoints|export|archive</c>: works on the log of a portal that runs or does not, with the portal's own settings. What is asked for goes
/// to standard output, everything else to standard error.
/// </summary>
internal static class AuditCommand
{
    private const string Usage =
        "audit must be followed by verify [--checkpoints FILE], checkpoints, export [--format jsonl|csv], or archive --older-than-days N; settings may follow, such as --Portal:DataDirectory=/data.";

    /// <summary>True where the command line asks for this instead of a portal.</summary>
    public static bool IsAskedFor(string[] args) => args is ["audit", ..];

    /// <summary>Exit code 0 where it was done and the log is whole, 1 where not.</summary>
    public static async Task<int> Run(string[] args)
    {
        var (verb, options, settings) = Parse(args);
        await using var app = PortalHost.Build(["--Logging:LogLevel:Default=Warning", .. settings]);
        var commands = app.Services.GetRequiredService<AuditCommands>();
        try
        {
            await commands.Open(CancellationToken.None);
            return verb switch
            {
                "verify" => await Verify(commands, options.GetValueOrDefault("--checkpoints")),
                "checkpoints" => await Checkpoints(commands),
                "export" => await Export(commands, options.GetValueOrDefault("--format") ?? "jsonl"),
                _ => await Archive(commands, options.GetValueOrDefault("--older-than-days")),
            };
        }
        catch (Exception fault) when (fault is PortalException || fault is IOException || fault is UnauthorizedAccessException)
        {
            await Console.Error.WriteLineAsync(fault.Message);
            return 1;
        }
    }

    private static (string Verb, Dictionary<string, string> Options, string[] Settings) Parse(string[] args)
    {
        string[] known = args.ElementAtOrDefault(1) switch
        {
            "verify" => ["--checkpoints"],
            "checkpoints" => [],
            "export" => ["--format"],
            "archive" => ["--older-than-days"],
            _ => throw new PortalStartException([Usage]),
        };
        var options = new Dictionary<string, string>(StringComparer.Ordinal);
        var rest = args.Skip(2).ToList();
        while (rest.Count > 1 && known.Contains(rest[0]))
        {
            options[rest[0]] = rest[1];
            rest.RemoveRange(0, 2);
        }

        // What is left are settings; a misspelt option must not be taken for one.
        if (rest.FirstOrDefault(arg => arg.StartsWith("--", StringComparison.Ordinal) && !arg.Contains(':', StringComparison.Ordinal)
            && !arg.StartsWith("--contentRoot", StringComparison.OrdinalIgnoreCase)) is { } unknown)
            throw new PortalStartException([$"{unknown} is not understood here. {Usage}"]);
        return (args[1], options, [.. rest]);
    }

    private static async Task<int> Verify(AuditCommands commands, string? checkpointsFile)
    {
        var kept = checkpointsFile is null ? [] : AuditCheckpoints.Parse(await File.ReadAllTextAsync(checkpointsFile));
        var progress = new EveryMillion();
        var seen = await commands.Verify(kept, progress, CancellationToken.None);
        foreach (var finding in seen.Findings)
            await Console.Out.WriteLineAsync(finding.Sequence is { } sequence ? $"FOUND at record {sequence}: {finding.What}" : $"FOUND: {finding.What}");
        var range = seen.Records == 0 ? "no records" : $"records {seen.First} to {seen.Last}";
        await Console.Out.WriteLineAsync(seen.IsIntact
            ? $"The log is whole: {range}, {seen.Checkpoints} checkpoints, {seen.Archives} archives."
            : $"The log does NOT verify. As they were written: {range}.");
        return seen.IsIntact ? 0 : 1;
    }

    private static async Task<int> Checkpoints(AuditCommands commands)
    {
        await Console.Out.WriteAsync(await commands.Checkpoints(CancellationToken.None));
        return 0;
    }

    private static async Task<int> Export(AuditCommands commands, string format)
    {
        AuditExportFormat? known = format switch { "jsonl" => AuditExportFormat.JsonLines, "csv" => AuditExportFormat.Csv, _ => null };
        if (known is not { } chosen)
            throw new PortalStartException([$"--format must be jsonl or csv. {Usage}"]);
        await using var output = Console.OpenStandardOutput();
        await commands.Export(chosen, output, CancellationToken.None);
        return 0;
    }

    private static async Task<int> Archive(AuditCommands commands, string? days)
    {
        if (!int.TryParse(days, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number > 36_500)
            throw new PortalStartException([$"--older-than-days must be a whole number from 0 to 36500. {Usage}"]);
        var anchor = await commands.Archive(commands.DaysAgo(number), CancellationToken.None);
        await Console.Out.WriteLineAsync(anchor is null ? "There is nothing to archive." : $"Archived the records {anchor.First} to {anchor.Last} into {anchor.FileName}.");
        return 0;
    }

    private sealed class EveryMillion : IProgress<long>
    {
        private long _next = 1_000_000;

        public void Report(long value)
        {
            if (value < _next)
                return;
            _next = value + 1_000_000;
            Console.Error.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{value} records read"));
        }
    }
}
