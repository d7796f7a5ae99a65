using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Core.SigV4;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Drills;

/// <summary>
/// kill -9 of the real portal under load: whatever was answered is in the log, and the chain verifies. A few rounds here; tests/drill.sh audit-kill
/// asks for many by the environment.
/// </summary>
public sealed class AuditKillDrill
{
    private const int Workers = 8;

    private static readonly int? s_drill = int.TryParse(Environment.GetEnvironmentVariable("DRILL_KILLS"), CultureInfo.InvariantCulture, out var n) ? n : null;

    [Fact]
    public async Task Whatever_was_answered_is_in_the_log_after_each_kill()
    {
        var kills = s_drill ?? 2;
        await using var portal = await PortalProcess.Start("--Logging:LogLevel:Default=Warning");
        var answered = new ConcurrentQueue<string>();
        for (var kill = 1; kill <= kills; kill++)
        {
            await LoadAndKill(portal, kill, answered);
            await portal.StartAgain("--Logging:LogLevel:Default=Warning");
            if (s_drill is not null && kill % 10 == 0)
                Console.WriteLine($"audit-kill: {kill} of {kills}, {answered.Count} requests answered");
        }

        var verified = await ExternalCommand.Run("dotnet", [PortalProcess.Program, "audit", "verify", "--contentRoot", AppContext.BaseDirectory, $"--Portal:DataDirectory={portal.DataDirectory}"]);
        Assert.True(verified.ExitCode == 0, verified.Output + verified.Error);
        var exported = await ExternalCommand.Run("dotnet", [PortalProcess.Program, "audit", "export", "--contentRoot", AppContext.BaseDirectory, $"--Portal:DataDirectory={portal.DataDirectory}"]);
        var recorded = exported.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => JsonDocument.Parse(line).RootElement.GetProperty("requestId").GetString()!).ToList();
        Assert.Empty(answered.Except(recorded));
        Assert.True(answered.Count > kills, "Nothing was answered.");
        Console.WriteLine($"audit-kill: {kills} kills, {answered.Count} answered requests, all in the log; {verified.Output.Trim()}");
    }

    private static async Task LoadAndKill(PortalProcess portal, int round, ConcurrentQueue<string> answered)
    {
        using var stop = new CancellationTokenSource();
        var workers = Enumerable.Range(0, Workers).Select(worker => Task.Run(() => Load(portal.Address, $"{round}-{worker}", answered, stop.Token))).ToList();
        // After a number of answers that differs from round to round, and a moment more: in the middle of whatever is under way then.
        var until = answered.Count + 2 + (round * 7919 % 150);
        for (var i = 0; i < 600 && answered.Count < until; i++)
            await Task.Delay(50);
        await Task.Delay(TimeSpan.FromMilliseconds(round * 31 % 40));
        await portal.Kill();
        await stop.CancelAsync();
        await Task.WhenAll(workers);
    }

    private static async Task Load(Uri address, string prefix, ConcurrentQueue<string> answered, CancellationToken cancel)
    {
        using var aws = new SigningClient(address, new SigningCredentials(PortalProcess.AccessKeyId, new SecretText(PortalProcess.SecretAccessKey)), "us-east-1");
        try
        {
            for (var i = 0; !cancel.IsCancellationRequested; i++)
            {
                var name = $"kill/{prefix}-{i / 4}";
                var answer = (i % 4) switch
                {
                    0 => await aws.Call("CreateSecret", new { Name = name, SecretString = "v", ClientRequestToken = Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString() }),
                    1 or 2 => await aws.Call("GetSecretValue", new { SecretId = name }),
                    _ => await aws.Call("GetSecretValue", new { SecretId = "kill/nowhere" }),
                };
                answered.Enqueue(answer.Message.Headers.GetValues("x-amzn-RequestId").Single());
            }
        }
        catch (Exception fault) when (fault is HttpRequestException or IOException or OperationCanceledException)
        {
            // Killed.
        }
    }
}
