using System.Collections.Concurrent;
using System.Net;
using System.Text;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Web.Tests.Configuration;

/// <summary>Metrics leave by OTLP; received by a collector of the test's own, over real HTTP.</summary>
public sealed class TelemetryTests
{
    [Fact]
    public async Task Metrics_of_rotations_are_sent_to_the_collector_with_its_credentials_and_name_no_secret()
    {
        using var collector = new HttpListener();
        var endpoint = $"http://127.0.0.1:{FreePort.Next()}";
        collector.Prefixes.Add($"{endpoint}/");
        collector.Start();
        var received = new ConcurrentQueue<(string Path, string? Authorization, string? Type, string Body)>();
        var receiving = Receive(collector, received);

        await using var portal = await TestPortal.Start(
            $"--Portal:Telemetry:Endpoint={endpoint}", "--Portal:Telemetry:Authorization=Bearer of the test", "--Portal:Telemetry:IntervalSeconds=1");
        await portal.Aws.Ok("CreateSecret", new
        {
            Name = "telemetry/secret", SecretString = """{"engine":"postgres","username":"canary-user","password":"canary-password","host":"127.0.0.1","port":1,"ssl":false}""",
            ClientRequestToken = NewToken(),
        });
        await portal.Aws.Ok("RotateSecret", new
        {
            SecretId = "telemetry/secret", ClientRequestToken = NewToken(), RotationRules = new { AutomaticallyAfterDays = 30 },
        });

        // The tick comes every ten seconds, the attempt fails by then, and the gauge follows.
        string[] names = ["secretsportal.rotation.attempts", "secretsportal.rotation.tick.duration", "secretsportal.rotation.secrets"];
        await Wait(() => names.All(name => received.Any(r => r.Body.Contains(name, StringComparison.Ordinal))));

        Assert.All(received, r => Assert.Equal(("/v1/metrics", "Bearer of the test", "application/x-protobuf"), (r.Path, r.Authorization, r.Type)));
        Assert.Contains(received, r => r.Body.Contains("secretsportal.outcome", StringComparison.Ordinal) && r.Body.Contains("retrying", StringComparison.Ordinal));
        Assert.All(received, r => Assert.DoesNotMatch("telemetry/secret|canary", r.Body));
        collector.Close();
        await receiving;
    }

    private static async Task Receive(HttpListener collector, ConcurrentQueue<(string, string?, string?, string)> received)
    {
        try
        {
            while (true)
            {
                var http = await collector.GetContextAsync();
                using var body = new MemoryStream();
                await http.Request.InputStream.CopyToAsync(body);
                received.Enqueue((http.Request.Url!.AbsolutePath, http.Request.Headers["Authorization"], http.Request.ContentType, Encoding.Latin1.GetString(body.ToArray())));
                http.Response.Close();
            }
        }
        catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
        {
            // The test is over.
        }
    }

    private static string NewToken() => Guid.CreateVersion7(TimeProvider.System.GetUtcNow()).ToString();

    private static async Task Wait(Func<bool> isSo)
    {
        for (var round = 0; round < 240 && !isSo(); round++)
            await Task.Delay(250, TestContext.Current.CancellationToken);
        Assert.True(isSo(), "The metrics did not come within a minute.");
    }
}
