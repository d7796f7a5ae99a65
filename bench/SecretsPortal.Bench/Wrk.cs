using System.Globalization;

namespace SecretsPortal.Bench;

/// <summary>What one run of wrk found.</summary>
/// <param name="Requests">Answered.</param>
/// <param name="Microseconds">How long it took.</param>
/// <param name="P50Microseconds">Half of the answers came within this time.</param>
/// <param name="P99Microseconds">All but one in a hundred did.</param>
/// <param name="BadAnswers">Answers with another status than 2xx and 3xx.</param>
/// <param name="BrokenConnections">Connections that broke or timed out.</param>
internal sealed record WrkResult(long Requests, long Microseconds, long P50Microseconds, long P99Microseconds, long BadAnswers, long BrokenConnections)
{
    /// <summary>Requests in a second.</summary>
    public double PerSecond => Requests * 1e6 / Microseconds;

    /// <summary>The median in milliseconds.</summary>
    public double P50Milliseconds => P50Microseconds / 1000.0;

    /// <summary>The 99th percentile in milliseconds.</summary>
    public double P99Milliseconds => P99Microseconds / 1000.0;
}

/// <summary>The load generator, <c>wrk</c>.</summary>
internal static class Wrk
{
    private const string Mark = "RESULT ";

    /// <summary>Sends the requests of a file for a while.</summary>
    public static async Task<WrkResult> Run(Uri address, string requests, int connections, int seconds, WorkFolder work)
    {
        var script = work.File("requests.lua");
        await using (var source = typeof(Wrk).Assembly.GetManifestResourceStream("requests.lua")!)
        await using (var target = File.Create(script))
            await source.CopyToAsync(target);
        var output = await Command.Run("wrk", "-t2", $"-c{connections}", $"-d{seconds}s", "--timeout", "10s", "-s", script, address.ToString(), "--", requests);
        var line = output.Split('\n').First(l => l.StartsWith(Mark, StringComparison.Ordinal));
        var numbers = line[Mark.Length..].Split(' ').Select(n => long.Parse(n, CultureInfo.InvariantCulture)).ToArray();
        return new WrkResult(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
    }
}
