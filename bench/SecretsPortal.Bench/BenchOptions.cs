using System.Globalization;

namespace SecretsPortal.Bench;

/// <summary>What to measure.</summary>
internal sealed record BenchOptions
{
    private const string Usage = """
        dotnet run -c Release --project bench/SecretsPortal.Bench -- [OPTIONS]
          --portal DIR         a published portal; default: publishes src/SecretsPortal.Web first
          --data DIR           its data directory, kept and used again; default: a temporary one
          --secrets N          how many secrets the store holds (default 100000)
          --names N            for how many of them requests are signed (default 10000)
          --connections LIST   default 32,64
          --seconds N          of each run (default 10)
          --runs N             medians are of so many (default 3)
          --steps LIST         of the road, in the table's order; all is the portal itself (default bare,signed,decided,opened,all)
        """;

    /// <summary>The folder of a published portal; null to publish one.</summary>
    public string? Portal { get; private init; }

    /// <summary>The portal's data directory; null for a temporary one.</summary>
    public string? Data { get; private init; }

    /// <summary>How many secrets the store holds.</summary>
    public int Secrets { get; private init; } = 100_000;

    /// <summary>For how many of them requests are signed.</summary>
    public int Names { get; private init; } = 10_000;

    /// <summary>How many connections ask at once, a table's row each.</summary>
    public IReadOnlyList<int> Connections { get; private init; } = [32, 64];

    /// <summary>Seconds of each run.</summary>
    public int Seconds { get; private init; } = 10;

    /// <summary>How many runs a median is of.</summary>
    public int Runs { get; private init; } = 3;

    /// <summary>The steps of the road, each a server; <see cref="Benchmark.All"/> is the portal.</summary>
    public IReadOnlyList<string> Steps { get; private init; } = [.. StepServer.Names, Benchmark.All];

    /// <summary>Reads the command line; null, with the usage on the console, where it cannot be read.</summary>
    public static BenchOptions? Parse(string[] args)
    {
        var options = new BenchOptions();
        try
        {
            for (var i = 0; i < args.Length; i += 2)
                options = options.With(args[i], i + 1 < args.Length ? args[i + 1] : throw new FormatException($"{args[i]} needs a value"));
            return options;
        }
        catch (FormatException fault)
        {
            Console.Error.WriteLine($"{fault.Message}{Environment.NewLine}{Usage}");
            return null;
        }
    }

    private BenchOptions With(string name, string value) => name switch
    {
        "--portal" => this with { Portal = value },
        "--data" => this with { Data = Path.GetFullPath(value) },
        "--secrets" => this with { Secrets = Number(name, value) },
        "--names" => this with { Names = Number(name, value) },
        "--connections" => this with { Connections = [.. value.Split(',').Select(c => Number(name, c))] },
        "--seconds" => this with { Seconds = Number(name, value) },
        "--runs" => this with { Runs = Number(name, value) },
        "--steps" => this with { Steps = [.. value.Split(',').Select(Step)] },
        _ => throw new FormatException($"{name} is no option"),
    };

    private static string Step(string name) => name == Benchmark.All || StepServer.Names.Contains(name)
        ? name
        : throw new FormatException($"--steps has no '{name}'; there are {string.Join(", ", StepServer.Names)} and {Benchmark.All}");

    private static int Number(string name, string text) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0
            ? number
            : throw new FormatException($"{name} needs whole numbers above 0, not '{text}'");
}
