using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core;
using SecretsPortal.Core.Crypto;
using SecretsPortal.Core.Keys;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Services.Tests.Secrets;

namespace SecretsPortal.Services.Tests.Kms;

public sealed class RewrapTests
{
    [Fact]
    public async Task A_new_version_wraps_all_data_keys_and_leaves_the_values_alone()
    {
        await using var portal = await TestPortal.Start();
        await CreateMany(portal, 30);
        var rows = new Rows(portal);
        var before = SealedValue.Parse(await rows.Read("s7", TestPortal.Region, TestPortal.Token(1)));

        var job = await Rotate(portal);
        Assert.Equal((RewrapState.Queued, "2"), (job.State, job.TargetVersion));
        await portal.Get<RewrapRunner>().Tick(default);

        var ended = await Job(portal, job);
        Assert.Equal((RewrapState.Succeeded, 0, ended.Total), (ended.State, ended.Failed, ended.Done));
        Assert.Equal(30, await portal.VersionsUnder(job.SourceKeyId, "2"));
        Assert.Equal(0, await portal.VersionsUnder(job.SourceKeyId, "1"));
        // And beside the versions at least the portal's own keys and the first access key.
        Assert.True(ended.Total >= 30 + 2 + 1, $"{ended.Total}");
        var after = SealedValue.Parse(await rows.Read("s7", TestPortal.Region, TestPortal.Token(1)));
        Assert.Equal(Sealing(before), Sealing(after));
        Assert.NotEqual(before.WrappedKey, after.WrappedKey);
        await using var node = await portal.StartNode();
        for (var i = 0; i < 30; i++)
            Assert.Equal($"value {i}", await node.Value($"s{i}"));
        var record = Assert.Single(await portal.Log(), one => one.Action == "secretsportal:RewrapFinished");
        Assert.Equal($"job {job.JobId}: {ended.Total} of {ended.Total} wrapped anew", record.Detail);
    }

    [Fact]
    public async Task A_KMS_that_goes_away_half_way_holds_the_job_up_and_the_rest_follows()
    {
        var kms = new FailingKms();
        await using var portal = await StartWith(kms);
        await CreateMany(portal, 250);
        var job = await Rotate(portal);
        kms.FailAfter = 130;

        await portal.Get<RewrapRunner>().Tick(default);
        var held = await Job(portal, job);
        Assert.Equal((RewrapState.Queued, "The KMS is away."), (held.State, held.Message));
        Assert.InRange(held.Done, 100, 130);
        Assert.Equal(held.Done, await portal.VersionsUnder(job.SourceKeyId, "2"));
        await portal.Get<RewrapRunner>().Tick(default);
        Assert.Equal(held.Done, (await Job(portal, job)).Done);

        kms.FailAfter = int.MaxValue;
        portal.Clock.Advance(TimeSpan.FromSeconds(31));
        await portal.Get<RewrapRunner>().Tick(default);

        var ended = await Job(portal, job);
        Assert.Equal((RewrapState.Succeeded, ended.Total), (ended.State, ended.Done));
        Assert.Equal(250, await portal.VersionsUnder(job.SourceKeyId, "2"));
    }

    /// <summary>A node that dies holds its lease; another one goes on when it is over, where the first one stopped.</summary>
    [Fact]
    public async Task Another_node_goes_on_where_one_died()
    {
        var kms = new FailingKms();
        await using var portal = await StartWith(kms);
        await CreateMany(portal, 150);
        var job = await Rotate(portal);
        kms.HangAfter = 120;
        using var death = new CancellationTokenSource();
        var dying = portal.Get<RewrapRunner>().Tick(death.Token);
        await kms.Hangs.Task.WaitAsync(TimeSpan.FromMinutes(1));
        // What it would do next never reaches the database: another one has taken the job over.
        await using var node = await portal.StartNode();
        await node.Get<RewrapRunner>().Tick(default);
        Assert.Equal((RewrapState.Running, 100), ((await Job(portal, job)).State, (await Job(portal, job)).Done));
        node.Clock.Advance(TimeSpan.FromSeconds(16));

        await node.Get<RewrapRunner>().Tick(default);

        var ended = await Job(portal, job);
        Assert.Equal((RewrapState.Succeeded, ended.Total), (ended.State, ended.Done));
        Assert.Equal(150, await portal.VersionsUnder(job.SourceKeyId, "2"));
        await death.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => dying);
        Assert.Equal(RewrapState.Succeeded, (await Job(portal, job)).State);
    }

    [Fact]
    public async Task A_put_and_a_deletion_beside_the_job_win()
    {
        var kms = new FailingKms();
        await using var portal = await StartWith(kms);
        await CreateMany(portal, 20);
        var job = await Rotate(portal);
        kms.HangAfter = 10;
        var rewrapping = portal.Get<RewrapRunner>().Tick(default);
        await kms.Hangs.Task.WaitAsync(TimeSpan.FromMinutes(1));
        await portal.Writer.Delete(portal.Admin, "s3", null, force: true, default);
        await portal.Put("s4", "a newer one", TestPortal.Token(2));
        var rows = new Rows(portal);
        await rows.Write("s5", TestPortal.Region, TestPortal.Token(1), await rows.Read("s5", TestPortal.Region, TestPortal.Token(1)));
        kms.Go.SetResult();

        await rewrapping;

        Assert.Equal(RewrapState.Succeeded, (await Job(portal, job)).State);
        Assert.Equal(("a newer one", "value 4", "value 5"), (await portal.Value("s4"), await portal.Value("s4", TestPortal.Token(1)), await portal.Value("s5")));
        Assert.Equal(PortalError.ResourceNotFound, (await Assert.ThrowsAsync<PortalException>(() => portal.Value("s3"))).Error);
        Assert.Equal(0, await portal.VersionsUnder(job.SourceKeyId, "1"));
    }

    [Fact]
    public async Task A_damaged_row_is_told_and_the_others_are_done()
    {
        await using var portal = await TestPortal.Start();
        await CreateMany(portal, 12);
        var rows = new Rows(portal);
        var damaged = await rows.Read("s5", TestPortal.Region, TestPortal.Token(1));
        damaged[120] ^= 1;
        await rows.Write("s5", TestPortal.Region, TestPortal.Token(1), damaged);
        var job = await Rotate(portal);

        await portal.Get<RewrapRunner>().Tick(default);

        var ended = await Job(portal, job);
        Assert.Equal((RewrapState.Failed, 1, ended.Total - 1), (ended.State, ended.Failed, ended.Done));
        Assert.StartsWith("1 could not be wrapped anew and lie under the former key as before.", ended.Message, StringComparison.Ordinal);
        Assert.Contains("secret:s5-", ended.Message, StringComparison.Ordinal);
        Assert.Equal(damaged, await rows.Read("s5", TestPortal.Region, TestPortal.Token(1)));
        Assert.Equal("value 6", await portal.Value("s6"));
    }

    [Fact]
    public async Task A_job_pauses_resumes_and_is_cancelled()
    {
        await using var portal = await TestPortal.Start();
        await CreateMany(portal, 3);
        var (service, runner) = (portal.Get<RewrapService>(), portal.Get<RewrapRunner>());
        var job = await Rotate(portal);

        Assert.Equal(RewrapState.Paused, (await service.Pause(portal.Admin, job.JobId, default)).State);
        await runner.Tick(default);
        Assert.Equal(0, await portal.VersionsUnder(job.SourceKeyId, "2"));
        await service.Resume(portal.Admin, job.JobId, default);
        await runner.Tick(default);
        Assert.Equal(3, await portal.VersionsUnder(job.SourceKeyId, "2"));
        Assert.Equal(PortalError.InvalidRequest, (await Assert.ThrowsAsync<PortalException>(() => service.Cancel(portal.Admin, job.JobId, default))).Error);

        portal.Clock.Advance(TimeSpan.FromSeconds(1));
        var next = await Rotate(portal);
        await service.Cancel(portal.Admin, next.JobId, default);
        await runner.Tick(default);
        Assert.Equal(3, await portal.VersionsUnder(job.SourceKeyId, "2"));
        Assert.Equal("value 1", await portal.Value("s1"));
        Assert.Equal([next.JobId, job.JobId], (await service.List(portal.Admin, null, null, default)).Jobs.Select(one => one.JobId));
    }

    [Fact]
    public async Task Older_versions_follow_a_secret_to_its_new_key()
    {
        await using var portal = await TestPortal.Start();
        await portal.Create("s", "one");
        foreach (var (value, token) in (List<(string, int)>)[("two", 2), ("three", 3), ("four", 4)])
            await portal.Put("s", value, TestPortal.Token(token));
        var other = await portal.Create("other", "untouched");
        var key = await portal.CreateKey("mine");

        var updated = await portal.Writer.Update(portal.Admin, new UpdateSecretRequest { SecretId = "s", ClientRequestToken = TestPortal.Token(9), KmsKeyId = "alias/mine" }, default);
        Assert.Equal([false, false, true, true], updated.Secret.Versions.Select(version => version.KmsKeyId == key.KeyId));
        await portal.Get<RewrapRunner>().Tick(default);

        var after = await portal.Reader.Describe(portal.Admin, "s", default);
        Assert.All(after.Versions, version => Assert.Equal(key.KeyId, version.KmsKeyId));
        Assert.Equal(updated.Secret.LastChangedAt, after.LastChangedAt);
        Assert.Equal(["one", "two", "three", "four"], await Task.WhenAll(after.Versions.Select(version => portal.Value("s", version.VersionId))));
        Assert.Equal(other.Versions[0].KmsKeyId, (await portal.Reader.Describe(portal.Admin, "other", default)).Versions[0].KmsKeyId);
        var job = Assert.Single((await portal.Get<RewrapService>().List(portal.Admin, null, null, default)).Jobs);
        Assert.Equal((RewrapState.Succeeded, 2, after.Id), (job.State, job.Done, job.SecretId));
    }

    [Fact]
    public async Task A_new_version_at_the_provider_is_found_and_wrapped_under()
    {
        var kms = new FailingKms();
        await using var portal = await StartWith(kms);
        await portal.Keys().Create(portal.Admin, new CreateKeyRequest { Provider = FailingKms.Name, Reference = "hsm-key", Alias = "hsm" }, default);
        await portal.CreateUnder("s", "alias/hsm");
        var watch = portal.Get<KeyWatch>();
        await watch.Tick(default);
        Assert.Empty((await portal.Get<RewrapService>().List(portal.Admin, null, null, default)).Jobs);

        kms.Version = "7";
        await watch.Tick(default);
        Assert.Empty((await portal.Get<RewrapService>().List(portal.Admin, null, null, default)).Jobs);
        portal.Clock.Advance(TimeSpan.FromMinutes(5));
        await watch.Tick(default);
        await watch.Tick(default);
        await portal.Get<RewrapRunner>().Tick(default);

        var job = Assert.Single((await portal.Get<RewrapService>().List(portal.Admin, null, null, default)).Jobs);
        Assert.Equal((RewrapState.Succeeded, 1L, "7"), (job.State, job.Done, job.TargetVersion));
        Assert.Equal(1, await portal.VersionsUnder(job.SourceKeyId, "7"));
        Assert.Equal("7", (await portal.Keys().Get(portal.Admin, "alias/hsm", default)).CurrentVersion);
        Assert.Equal("one", await portal.Value("s"));
    }

    private static string Sealing(SealedValue value) =>
        $"{value.SealedUnder} {Convert.ToHexString(value.Nonce)} {Convert.ToHexString(value.Ciphertext)} {Convert.ToHexString(value.Tag)}";

    private static async Task CreateMany(TestPortal portal, int count)
    {
        for (var i = 0; i < count; i++)
            await portal.Create($"s{i}", $"value {i}");
    }

    private static Task<RewrapJob> Rotate(TestPortal portal) => portal.Get<RewrapService>().Rotate(portal.Admin, "alias/aws/secretsmanager", default);

    private static Task<RewrapJob> Job(TestPortal portal, RewrapJob job) => portal.Get<RewrapService>().Get(portal.Admin, job.JobId, default);

    /// <summary>A portal whose local KMS, and a further provider, stand behind what the test says.</summary>
    private static async Task<TestPortal> StartWith(FailingKms kms)
    {
        var portal = await TestPortal.Start(services =>
        {
            var local = services.Last(service => service.ServiceType == typeof(IKms));
            services.Remove(local);
            services.AddSingleton<IKms>(s => new BehindKms(kms, KmsProviders.Local, s.GetRequiredService<LocalKms>()));
            services.AddSingleton<IKms>(s => new BehindKms(kms, FailingKms.Name, s.GetRequiredService<LocalKms>()));
        });
        return portal;
    }

    /// <summary>What a test does to the KMS. Wrappings under a second version count.</summary>
    private sealed class FailingKms
    {
        public const string Name = "test-hsm";

        private int _rewraps;

        public int FailAfter { get; set; } = int.MaxValue;

        public int HangAfter { get; set; } = int.MaxValue;

        public string Version { get; set; } = "6";

        public TaskCompletionSource Hangs { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Go { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public async Task Before(string version, CancellationToken cancel)
        {
            if (version != "2")
                return;
            var number = Interlocked.Increment(ref _rewraps);
            if (number > FailAfter)
                throw new PortalException(PortalError.Unavailable, "The KMS is away.");
            if (number == HangAfter)
            {
                Hangs.SetResult();
                await Go.Task.WaitAsync(cancel);
            }
        }
    }

    private sealed class BehindKms(FailingKms kms, string provider, LocalKms local) : IKms
    {
        public string Provider => provider;

        public async Task<WrappedDataKey> Wrap(string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
        {
            var wrapped = await local.Wrap(keyReference, dataKey, context, cancel);
            await kms.Before(wrapped.KeyVersion, cancel);
            return provider == FailingKms.Name ? wrapped with { KeyVersion = kms.Version } : wrapped;
        }

        public Task<byte[]> Unwrap(string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel) =>
            local.Unwrap(keyReference, provider == FailingKms.Name ? wrapped with { KeyVersion = "1" } : wrapped, context, cancel);

        public Task<string> CurrentVersion(string keyReference, CancellationToken cancel) =>
            provider == FailingKms.Name ? Task.FromResult(kms.Version) : local.CurrentVersion(keyReference, cancel);

        public Task Check(string keyReference, CancellationToken cancel) => local.Check(keyReference, cancel);
    }
}
