using System.Text.Json;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;
using SecretsPortal.Tests.Shared;

namespace SecretsPortal.Services.Tests.Audit.Sinks;

public sealed class AuditSinkTests
{
    [Theory]
    [InlineData(SyslogTransport.Udp)]
    [InlineData(SyslogTransport.Tcp)]
    [InlineData(SyslogTransport.Tls)]
    public async Task Syslog_gets_every_record_in_order_as_RFC_5424(SyslogTransport transport)
    {
        using var directory = new TemporaryDirectory();
        var (ca, certificate) = SyslogReceiver.NewCertificate(TimeProvider.System.GetUtcNow());
        using var _ = certificate;
        await File.WriteAllTextAsync(directory["ca.pem"], ca);
        await using var receiver = new SyslogReceiver(transport, certificate: certificate);
        var syslog = new SyslogOptions(transport, "localhost", receiver.Port, 13, transport == SyslogTransport.Tls ? directory["ca.pem"] : null);
        await using var portal = await Start(directory, new AuditOptions { Syslog = syslog });
        await Record(portal, "secretsmanager:GetSecretValue", AuditOutcome.Denied, "ein Wörtchen\nund eine Zeile 🔒");
        // A burst of datagrams must fit the receiver's buffer.
        for (var i = 0; i < (transport == SyslogTransport.Udp ? 40 : 300); i++)
            await Record(portal, $"test:{i}", AuditOutcome.Succeeded);
        var last = await Last(portal);

        await using (await Running.Start(portal))
        {
            var messages = await receiver.Wait((int)last);

            Assert.Equal(Enumerable.Range(1, (int)last).Select(i => $"{i}"), messages.Select(message => message.SequenceId));
            var denied = messages.First(message => message.MessageId == "GetSecretValue");
            Assert.Equal((13 * 8) + 4, denied.Priority);
            Assert.Equal(("secretsportal", portal.Clock.GetUtcNow()), (denied.App, denied.At));
            Assert.Equal("ein Wörtchen\nund eine Zeile 🔒", JsonDocument.Parse(denied.Text).RootElement.GetProperty("detail").GetString());
            Assert.DoesNotContain('\n', denied.Text);
        }
    }

    [Fact]
    public async Task A_receiver_with_a_certificate_of_somebody_else_gets_nothing()
    {
        using var directory = new TemporaryDirectory();
        var now = TimeProvider.System.GetUtcNow();
        var (_, certificate) = SyslogReceiver.NewCertificate(now);
        using var _ = certificate;
        await File.WriteAllTextAsync(directory["ca.pem"], SyslogReceiver.NewCertificate(now).CaPem);
        await using var receiver = new SyslogReceiver(SyslogTransport.Tls, certificate: certificate);
        await using var portal = await Start(directory, new AuditOptions { Syslog = new SyslogOptions(SyslogTransport.Tls, "localhost", receiver.Port, 13, directory["ca.pem"]) });

        await using (await Running.Start(portal))
        {
            await UntilAway(portal, "syslog");
            Assert.Empty(receiver.Messages);
        }
    }

    [Fact]
    public async Task A_receiver_that_is_away_delays_nothing_and_gets_all_once_it_is_back_and_after_a_restart()
    {
        using var directory = new TemporaryDirectory();
        var port = FreePort.Next();
        var options = new AuditOptions { Syslog = new SyslogOptions(SyslogTransport.Tcp, "127.0.0.1", port, 13, null) };
        await using var portal = await Start(directory, options);
        await using (await Running.Start(portal))
        {
            await UntilAway(portal, "syslog");
            for (var i = 0; i < 50; i++)
                await Record(portal, $"test:{i}", AuditOutcome.Succeeded);
            Assert.Contains("records wait in the log", (await portal.Get<AuditUpkeep>().Behind(default))["syslog"], StringComparison.Ordinal);
        }

        var before = await Last(portal);
        await using var again = await TestPortal.StartWith(portal.Options);
        await using (await Running.Start(again))
        {
            await using (var receiver = new SyslogReceiver(SyslogTransport.Tcp, port))
            {
                var messages = await receiver.Wait((int)before);
                Assert.Equal(Enumerable.Range(1, (int)before).Select(i => $"{i}"), messages.Select(message => message.SequenceId).Distinct());
            }

            // It dies and comes back: nothing is missing, something may come twice.
            for (var i = 0; i < 20; i++)
                await Record(again, $"later:{i}", AuditOutcome.Succeeded);
            var last = await Last(again);
            await using var back = new SyslogReceiver(SyslogTransport.Tcp, port);
            for (var i = 0; i < 300 && !back.Messages.Any(message => message.SequenceId == $"{last}"); i++)
                await Task.Delay(50);
            var arrived = back.Messages.Select(message => long.Parse(message.SequenceId, provider: null)).ToHashSet();
            Assert.All(Enumerable.Range((int)before + 1, (int)(last - before)), sequence => Assert.Contains(sequence, arrived));
        }
    }

    [Fact]
    public async Task A_collector_gets_every_record_in_order_and_again_what_it_refused()
    {
        using var directory = new TemporaryDirectory();
        await using var collector = new Collector();
        collector.Answers.Enqueue((503, "busy"));
        collector.Answers.Enqueue((200, """{"partialSuccess":{"rejectedLogRecords":"1","errorMessage":"full"}}"""));
        await using var portal = await Start(directory, new AuditOptions { OpenTelemetry = new OpenTelemetryOptions(collector.Endpoint, new SecretText("Bearer of-the-tests")) });
        await Record(portal, "secretsmanager:GetSecretValue", AuditOutcome.Denied, "ein Wörtchen");
        for (var i = 0; i < 300; i++)
            await Record(portal, $"test:{i}", AuditOutcome.Succeeded);
        var last = await Last(portal);

        await using (await Running.Start(portal))
        {
            await collector.Wait((int)last);
            Assert.Equal(Enumerable.Range(1, (int)last).Select(i => (long)i), collector.Sequences);
            Assert.All(collector.Authorizations, authorization => Assert.Equal("Bearer of-the-tests", authorization));
            var denied = collector.Records.First(record => record.GetProperty("severityText").GetString() == "WARN");
            Assert.Equal("secretsmanager:GetSecretValue Denied by " + portal.Admin.Caller.Arn, denied.GetProperty("body").GetProperty("stringValue").GetString());
        }
    }

    [Fact]
    public async Task What_a_sink_has_not_taken_is_not_archived()
    {
        using var directory = new TemporaryDirectory();
        await using var portal = await Start(
            directory, new AuditOptions { RetentionDays = 1, Syslog = new SyslogOptions(SyslogTransport.Tcp, "127.0.0.1", FreePort.Next(), 13, null) });
        await Record(portal, "old", AuditOutcome.Succeeded);
        portal.Clock.Advance(TimeSpan.FromDays(5));

        Assert.Null(await portal.Get<AuditArchiver>().Archive(portal.Admin, portal.Clock.GetUtcNow(), default));

        Assert.Contains("old", (await portal.Log()).Select(record => record.Action));
    }

    private static Task<TestPortal> Start(TemporaryDirectory directory, AuditOptions audit) =>
        TestPortal.StartWith(TestPortal.OptionsIn(directory["data"]) with { Audit = audit });

    private static Task Record(TestPortal portal, string action, AuditOutcome outcome, string? detail = null) =>
        portal.Get<AuditLog>().Record(portal.Get<AuditLog>().For(portal.Admin, action, null, outcome, detail), default);

    private static async Task<long> Last(TestPortal portal) => (await portal.Get<AuditStore>().Search(new AuditQuery { Limit = 1 }, default))[0].Sequence;

    private static async Task UntilAway(TestPortal portal, string sink)
    {
        for (var i = 0; i < 200; i++)
        {
            if ((await portal.Get<AuditUpkeep>().Behind(default)).ContainsKey(sink))
                return;
            await Task.Delay(50);
        }

        Assert.Fail($"The sink {sink} was never away.");
    }

    /// <summary>The upkeep of a portal, as the host runs it.</summary>
    private sealed class Running(CancellationTokenSource stop, Task task) : IAsyncDisposable
    {
        public static async Task<Running> Start(TestPortal portal)
        {
            var stop = new CancellationTokenSource();
            var task = Task.Run(() => portal.Get<AuditUpkeep>().Run(stop.Token));
            await Task.Yield();
            return new Running(stop, task);
        }

        public async ValueTask DisposeAsync()
        {
            await stop.CancelAsync();
            await task;
            stop.Dispose();
        }
    }
}
