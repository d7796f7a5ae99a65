using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Services.Secrets;

namespace SecretsPortal.Services.Tests.Secrets;

/// <summary>What is kept in memory of secrets is as true as the file, whoever has written last.</summary>
public sealed class SecretCacheTests
{
    private static readonly IReadOnlyList<(string Name, Func<TestPortal, Task> Change, Func<TestPortal, Task<string?>> Look, string? Expected)> s_changes =
    [
        ("value", node => node.Put("s", "two", TestPortal.Token(2)), async node => await node.Value("s"), "two"),
        ("previous", node => node.Put("s", "two", TestPortal.Token(2)), async node => await node.Value("s", stage: StagingLabels.Previous), "one"),
        ("label", async node => { await node.Put("s", "two", TestPortal.Token(2), "MINE"); }, async node => await node.Value("s", stage: "MINE"), "two"),
        ("tags", node => node.Tagger.Tag(node.Admin, "s", [new SecretTag("k", "v")], default), async node => (await Describe(node)).Tags?[0].Value, "v"),
        ("policy", node => node.Get<SecretPolicies>().Put(node.Admin, "s", Policy, blockPublic: false, default), async node => (await Describe(node)).ResourcePolicy, Policy),
        ("deletion", node => node.Writer.Delete(node.Admin, "s", null, force: false, default), async node => (await Describe(node)).DeletedAt is null ? "no" : "yes", "yes"),
        ("replica", async node => { await node.Get<ReplicaService>().Replicate(node.Admin, "s", [new("eu-central-1", null)], overwrites: false, default); },
            async node => (await Describe(node)).Replicas.Count == 0 ? null : "replica", "replica"),
        ("day", async node => { await node.Value("s"); await node.Get<AccessNotes>().Flush(); }, async node => (await Describe(node)).LastAccessedOn?.ToString("O", null), "2026-03-04"),
        ("day of a version", async node => { await node.Value("s", TestPortal.Token(1)); await node.Get<AccessNotes>().Flush(); },
            async node => (await Describe(node)).Versions[0].LastAccessedOn?.ToString("O", null), "2026-03-04"),
    ];

    private const string Policy = """{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"AWS":"arn:aws:iam::123456789012:user/u"},"Action":"secretsmanager:DescribeSecret","Resource":"*"}]}""";

    public static TheoryData<string> Changes => [.. s_changes.Select(c => c.Name)];

    [Theory]
    [MemberData(nameof(Changes))]
    public async Task A_change_by_another_node_is_seen_by_the_very_next_read(string name)
    {
        await using var here = await TestPortal.Start();
        await using var there = await here.StartNode();
        await here.Create("s", "one");
        var (_, change, look, expected) = s_changes.Single(c => c.Name == name);
        var before = await Look(here, look);
        Assert.Equal(before, await Look(there, look));
        Assert.NotEqual(expected, before);

        await change(there);

        Assert.Equal(expected, await look(here));
        Assert.Equal(expected, await look(there));
    }

    [Fact]
    public async Task A_name_that_was_removed_and_taken_again_is_the_new_secret()
    {
        await using var here = await TestPortal.Start();
        await using var there = await here.StartNode();
        var old = await here.Create("s", "old");
        Assert.Equal("old", await here.Value("s"));

        await there.Writer.Delete(there.Admin, "s", null, force: true, default);
        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => here.Value("s"))).Error);
        await there.Create("s", "new");

        Assert.Equal("new", await here.Value("s"));
        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => here.Value(old.Arn.ToString()))).Error);
    }

    [Fact]
    public async Task A_row_that_was_tampered_with_is_not_covered_up()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");
        Assert.Equal("one", await portal.Value("s"));

        await portal.ExecuteUnseen("UPDATE secret_version SET sealed = CAST(substr(sealed, 1, length(sealed) - 1) || x'00' AS BLOB)");

        Assert.Equal(PortalError.DecryptionFailure, (await Assert.ThrowsAsync<PortalException>(() => portal.Value("s"))).Error);
    }

    [Fact]
    public async Task Readers_on_two_nodes_never_see_less_than_was_acknowledged()
    {
        await using var here = await TestPortal.Start();
        await using var there = await here.StartNode();
        await here.Create("hot", "0");
        await here.Create("cold", "cold");
        var acknowledged = 0;
        using var stop = new CancellationTokenSource();
        var reads = 0L;

        var readers = new[] { here, there, here, there }.Select(node => Task.Run(async () =>
        {
            while (!stop.IsCancellationRequested)
            {
                var least = Volatile.Read(ref acknowledged);
                var seen = int.Parse(await node.Value("hot"), System.Globalization.CultureInfo.InvariantCulture);
                Assert.True(seen >= least, $"{seen} was read after {least} had been acknowledged");
                Assert.Equal("cold", await node.Value("cold"));
                Interlocked.Increment(ref reads);
            }
        })).ToArray();
        for (var i = 1; i <= 60; i++)
        {
            await (i % 2 == 0 ? here : there).Put("hot", $"{i}", TestPortal.Token(1000 + i));
            Volatile.Write(ref acknowledged, i);
            // So that there are reads between the writes, however busy the machine is.
            while (Interlocked.Read(ref reads) < i && !readers.Any(reader => reader.IsCompleted))
                await Task.Delay(1);
        }

        await stop.CancelAsync();
        await Task.WhenAll(readers);
        Assert.True(reads >= 60, $"only {reads} reads");
    }

    [Fact]
    public async Task A_write_of_one_secret_does_not_read_the_others_again()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");
        await portal.Create("other", "one");
        var cache = portal.Get<SecretCache>();
        var (before, _) = await cache.Find(TestPortal.Region, SecretId.Parse("s"), asOf: null, default);

        await portal.Put("other", "two", TestPortal.Token(2));

        var (after, asOf) = await cache.Find(TestPortal.Region, SecretId.Parse("s"), asOf: null, default);
        Assert.Same(before, after);
        var first = await cache.FindValue(after!.Id, TestPortal.Token(1), asOf, default);
        Assert.Same(first, await cache.FindValue(after.Id, TestPortal.Token(1), asOf, default));
        Assert.NotNull(first);
    }

    private static Task<Secret> Describe(TestPortal node) => node.Reader.Describe(node.Admin, "s", default);

    private static async Task<string?> Look(TestPortal node, Func<TestPortal, Task<string?>> look)
    {
        // Also what is asked for in vain is asked for, so that it could be remembered.
        try
        {
            return await look(node);
        }
        catch (PortalException)
        {
            return null;
        }
    }
}
