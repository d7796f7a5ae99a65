using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Fuzz;

/// <summary>
/// A few seconds of each, on a host in this process. tests/fuzz.sh asks for long ones by the environment; they drive the host as a process
/// of its own and tell on the console how they go.
/// </summary>
public sealed class FuzzTests
{
    private const string Regions = "--Portal:Regions=us-east-1,eu-west-1,eu-central-1";
    private const string Quiet = "--Logging:LogLevel:Default=None";

    private static readonly int? s_longInputs = Number("FUZZ_INPUTS");
    private static readonly int? s_longRounds = Number("DRILL_ROUNDS");

    /// <summary>Two that stay and one that is new each time; of a long run the one that it was given, or a new one.</summary>
    public static TheoryData<int> Seeds => s_longInputs is null ? [1, 2, NewSeed()] : [Number("FUZZ_SEED") ?? NewSeed()];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Whatever_is_sent_is_answered_in_the_services_form_and_all_stays_in_order(int seed)
    {
        await using var portal = await Host.Start(s_longInputs is not null);
        var run = new FuzzRun(portal.Aws, (ulong)seed);
        var running = run.Run(s_longInputs ?? 1_200, workers: s_longInputs is null ? 4 : 16);
        while (s_longInputs is { } inputs && await Task.WhenAny(running, Task.Delay(TimeSpan.FromSeconds(30))) != running)
            Console.WriteLine($"{run.Report.Inputs} of {inputs}, {run.Report.Findings.Count} findings");
        var report = (await running).ToString();
        if (s_longInputs is not null)
            Console.WriteLine(report);
        Assert.True(run.Report.Findings.Count == 0, report);
    }

    [Fact]
    public async Task Calls_with_one_token_make_one_version()
    {
        await using var portal = await Host.Start(s_longRounds is not null);
        var started = Stopwatch.GetTimestamp();
        var rounds = s_longRounds ?? 10;
        for (var round = 1; round <= rounds; round++)
        {
            Assert.Null(await TokenDrill.Round(portal.Aws, $"drill/{round}", NewToken(), NewToken()));
            if (s_longRounds is not null && (round % 50 == 0 || round == rounds))
                Console.WriteLine($"{round} rounds of 2 x {TokenDrill.Parallel} calls, each 64 made one version; {round / Stopwatch.GetElapsedTime(started).TotalSeconds:0.0} rounds a second");
        }
    }

    private static string NewToken() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    private static int NewSeed() => RandomNumberGenerator.GetInt32(3, int.MaxValue);

    private static int? Number(string variable) =>
        int.TryParse(Environment.GetEnvironmentVariable(variable), CultureInfo.InvariantCulture, out var number) ? number : null;

    /// <summary>A portal in this process or of its own, and a client for it.</summary>
    private sealed record Host(SigningClient Aws, IAsyncDisposable Portal) : IAsyncDisposable
    {
        public static async Task<Host> Start(bool asProcess)
        {
            if (!asProcess)
            {
                var portal = await TestPortal.Start(Regions, Quiet);
                return new Host(portal.Aws, portal);
            }

            var process = await PortalProcess.Start(Regions, Quiet);
            var credentials = new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey));
            return new Host(new SigningClient(process.Address, credentials, TestPortal.Region), process);
        }

        public async ValueTask DisposeAsync()
        {
            Aws.Dispose();
            await Portal.DisposeAsync();
        }
    }
}
