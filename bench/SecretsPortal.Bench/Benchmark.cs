using System.Globalization;

namespace SecretsPortal.Bench;

/// <summary>Drives the published portal and, in the same run, servers that walk only a part of the road; prints a table.</summary>
internal static class Benchmark
{
    /// <summary>The step that is the whole road: the portal.</summary>
    public const string All = "all";

    private const int WarmRequests = 60_000;
    private const int LongestWarmUp = 40;

    /// <summary>Measures everything that the options name.</summary>
    public static async Task Run(BenchOptions options)
    {
        using var work = new WorkFolder();
        var samples = new List<Sample>();
        foreach (var step in options.Steps)
        {
            if (step == All)
            {
                await MeasurePortal(options, work, samples);
                continue;
            }

            await using var server = await ServerProcess.Step(step);
            await Measure(server, StepServer.Describe(step), options, work, samples);
        }

        Print(samples);
    }

    private static async Task MeasurePortal(BenchOptions options, WorkFolder work, List<Sample> samples)
    {
        var folder = options.Portal ?? await Publish(work.File("portal"));
        await using var portal = await ServerProcess.Portal(folder, options.Data ?? work.File("data"));
        await StoreFiller.Fill(portal.Address, options.Secrets);
        await Measure(portal, "all of it: the portal", options, work, samples);
    }

    private static async Task<string> Publish(string folder)
    {
        Console.WriteLine("Publishing the portal …");
        await Command.Run("dotnet", "publish", Path.Combine(Repository.Root, "src", "SecretsPortal.Web"), "-c", "Release", "-o", folder, "-v", "quiet", "--nologo");
        return folder;
    }

    private static async Task Measure(ServerProcess server, string name, BenchOptions options, WorkFolder work, List<Sample> samples)
    {
        await WarmUp(server, name, options, work);
        foreach (var connections in options.Connections)
        {
            for (var run = 1; run <= options.Runs; run++)
            {
                var (result, cpu) = await Send(server, name, connections, options.Seconds, options, work);
                samples.Add(new Sample(name, connections, result, cpu));
                Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                    $"{name}, {connections} connections, run {run}: {result.PerSecond:0}/s, p50 {result.P50Milliseconds:0.00} ms, p99 {result.P99Milliseconds:0.00} ms"));
            }
        }
    }

    /// <summary>
    /// Until so many requests were answered that the code is compiled as well as it will be, which on a busy machine takes longer, and until each name
    /// was asked for once.
    /// </summary>
    private static async Task WarmUp(ServerProcess server, string name, BenchOptions options, WorkFolder work)
    {
        const int seconds = 2;
        var left = Math.Max(WarmRequests, 2L * options.Names);
        for (var tries = 0; left > 0 && tries < LongestWarmUp / seconds; tries++)
            left -= (await Send(server, name, options.Connections[^1], seconds, options, work)).Result.Requests;
    }

    private static async Task<(WrkResult Result, double CpuSeconds)> Send(
        ServerProcess server, string name, int connections, int seconds, BenchOptions options, WorkFolder work)
    {
        // Signed anew each time: a signature is good for five minutes.
        var requests = work.File("requests");
        SignedRequests.Write(requests, server.Address, options.Names, options.Secrets);
        var before = server.CpuSeconds;
        var result = await Wrk.Run(server.Address, requests, connections, seconds, work);
        var cpu = server.CpuSeconds - before;
        return result.BadAnswers + result.BrokenConnections == 0
            ? (result, cpu)
            : throw new InvalidOperationException($"{name}: {result.BadAnswers} answers were errors and {result.BrokenConnections} connections broke, so the figures mean nothing.");
    }

    private static void Print(List<Sample> samples)
    {
        Console.WriteLine();
        Console.WriteLine("| | connections | requests/s | of bare | p50 ms | p99 ms | CPU s per 1,000 |");
        Console.WriteLine("|---|---|---|---|---|---|---|");
        foreach (var group in samples.GroupBy(s => (s.Name, s.Connections)))
        {
            var bare = samples.Where(s => s.Name == StepServer.Describe(StepServer.Bare) && s.Connections == group.Key.Connections).Select(s => s.Result.PerSecond).ToList();
            var perSecond = Median(group.Select(s => s.Result.PerSecond));
            var ratio = bare.Count == 0 ? "" : (perSecond / Median(bare)).ToString("0.00", CultureInfo.InvariantCulture);
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"| {group.Key.Name} | {group.Key.Connections} | {perSecond:0} | {ratio} | {Median(group.Select(s => s.Result.P50Milliseconds)):0.00} | {Median(group.Select(s => s.Result.P99Milliseconds)):0.00} | {Median(group.Select(s => s.CpuSeconds * 1000 / s.Result.Requests)):0.000} |"));
        }
    }

    private static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToList();
        return sorted.Count % 2 == 1 ? sorted[sorted.Count / 2] : (sorted[sorted.Count / 2 - 1] + sorted[sorted.Count / 2]) / 2;
    }

    private sealed record Sample(string Name, int Connections, WrkResult Result, double CpuSeconds);
}
