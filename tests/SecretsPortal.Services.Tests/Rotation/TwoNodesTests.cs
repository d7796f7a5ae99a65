using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Rotation;
using static SecretsPortal.Services.Tests.Rotation.RotationTestExtensions;

namespace SecretsPortal.Services.Tests.Rotation;

/// <summary>Two nodes on one SQLite file, which both are told of every run.</summary>
public sealed class TwoNodesTests(PostgresFixture postgres)
{
    private const int Secrets = 10;

    [Fact]
    public async Task No_rotation_runs_twice()
    {
        // Their one target bears all at once, so that both nodes find every one of them.
        await using var first = await TestPortal.StartOwned(options => options with { Rotation = new RotationOptions { TargetLimit = Secrets } });
        await using var second = await first.StartNode();
        TestPortal[] nodes = [first, second];
        var roles = new List<TestRole>();
        for (var i = 0; i < Secrets; i++)
        {
            roles.Add(await postgres.Role());
            await first.Create($"db{i}", roles[i].Json());
            await first.Rotate($"db{i}", 2, r => r with { RotateImmediately = false, Schedule = RotationSchedule.Parse("rate(4 hours)", null, null) });
        }

        await first.ExecuteQueue();
        foreach (var node in nodes)
            node.Clock.Advance(TimeSpan.FromHours(4));

        // Both find all that is due at once, and both then carry out whatever they know of.
        await Task.WhenAll(nodes.Select(node => Task.Run(() => node.Get<RotationDispatcher>().Tick(default))));
        await Task.WhenAll(nodes.Select(node => Task.Run(() => node.Get<RotationDispatcher>().Tick(default))));
        var runs = nodes.SelectMany(node => node.Queue.RunIds).Distinct().ToList();
        await Task.WhenAll(nodes.SelectMany(node => runs.Select(run => Task.Run(() => node.Get<RotationRunner>().Run(run, default)))));

        Assert.Equal(Secrets, runs.Count);
        for (var i = 0; i < Secrets; i++)
        {
            var run = Assert.Single(await first.History($"db{i}"), r => r.Mode == RotationMode.Rotate);
            Assert.Equal((RotationRunState.Succeeded, 1), (run.State, run.Attempt));
            var secret = await first.Secret($"db{i}");
            Assert.Equal(2, secret.Versions.Count);
            Assert.Null(secret.Labels.VersionOf(StagingLabels.Pending));
            Assert.True(await roles[i].Accepts(PasswordOf(await second.Value($"db{i}"))));
        }

        var records = await first.RotationRecords();
        Assert.All(new[] { "RotationStarted", "RotationValueCreated", "RotationSucceeded" }, action => Assert.Equal(Secrets, records.Count(r => r == action)));
        Assert.Equal(4 * Secrets, await first.Number("SELECT COUNT(*) FROM rotation_step s JOIN rotation_run r ON r.id = s.run_id WHERE r.mode = 'Rotate'"));
    }
}
