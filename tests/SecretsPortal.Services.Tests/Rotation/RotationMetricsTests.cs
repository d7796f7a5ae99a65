using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>What is measured of real rotations.</summary>
public sealed class RotationMetricsTests(PostgresFixture postgres)
{
    [Fact]
    public async Task Attempts_durations_heartbeats_and_health_are_measured_and_no_secret_is_named()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        var measured = new ConcurrentBag<(string Name, double Value, string Tags)>();
        using var listener = Listen(portal.Get<RotationMetrics>().Meter, measured);

        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2, r => r with { Schedule = RotationSchedule.Parse("rate(30 days)", null, null) });
        await Execute(portal);
        await role.Server.Execute($"ALTER ROLE {role.Name} PASSWORD 'changed'");
        await portal.Get<RotationHeartbeat>().Tick(default);
        portal.Clock.Advance(TimeSpan.FromDays(1));
        await portal.Get<RotationHeartbeat>().Tick(default);
        await portal.Rotate("db", 3);
        await Execute(portal);
        await portal.Get<RotationDispatcher>().Tick(default);
        listener.RecordObservableInstruments();

        Assert.Equal(1, Sum("secretsportal.rotation.attempts", "rotate succeeded"));
        Assert.Equal(1, Sum("secretsportal.rotation.attempts", "retrying rotate") + Sum("secretsportal.rotation.attempts", "failed rotate"));
        Assert.Equal(1, measured.Count(m => m is { Name: "secretsportal.rotation.duration", Tags: "rotate succeeded" }));
        Assert.Equal(1, Sum("secretsportal.rotation.heartbeats", "refused"));
        Assert.Equal(1, measured.Count(m => m.Name == "secretsportal.rotation.tick.duration"));
        Assert.Equal(1, measured.Where(m => m.Name == "secretsportal.rotation.secrets").Sum(m => m.Value));
        Assert.All(measured, m => Assert.DoesNotContain("db", m.Tags.Split(' ')));

        double Sum(string name, string tags) => measured.Where(m => m.Name == name && m.Tags == tags).Sum(m => m.Value);
    }

    [Fact]
    public async Task A_job_that_comes_twice_is_one_attempt_and_asking_a_target_is_no_test()
    {
        var role = await postgres.Role();
        await using var portal = await TestPortal.Start();
        var measured = new ConcurrentBag<(string Name, double Value, string Tags)>();
        using var listener = Listen(portal.Get<RotationMetrics>().Meter, measured);
        await portal.Create("db", role.Json());
        await portal.Rotate("db", 2);
        portal.Queue.RunIds.Add(Assert.Single(portal.Queue.RunIds));
        await Execute(portal);
        await portal.Put("db", await portal.Value("db"), TestPortal.Token(3), StagingLabels.Pending);
        portal.Clock.Advance(TimeSpan.FromHours(1));
        await portal.Get<RotationDispatcher>().Tick(default);
        await portal.Get<RotationDispatcher>().Tick(default);
        await Execute(portal);

        Assert.Equal(["resolve succeeded", "rotate succeeded"], measured.Where(m => m.Name == "secretsportal.rotation.attempts").Select(m => m.Tags).Order(StringComparer.Ordinal));
        Assert.Equal(2, measured.Count(m => m.Name == "secretsportal.rotation.duration"));
    }

    private static MeterListener Listen(Meter meter, ConcurrentBag<(string, double, string)> measured)
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter == meter)
                    listener.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => measured.Add((instrument.Name, value, Words(tags))));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => measured.Add((instrument.Name, value, Words(tags))));
        listener.Start();
        return listener;

        static string Words(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.ToArray().Select(tag => $"{tag.Value}").Order(StringComparer.Ordinal));
    }

    /// <summary>As the queue's worker would.</summary>
    private static async Task Execute(TestPortal portal)
    {
        List<string> ids = [.. portal.Queue.RunIds];
        portal.Queue.RunIds.Clear();
        foreach (var id in ids)
            await portal.Get<RotationDispatcher>().Execute(id, default);
    }
}
