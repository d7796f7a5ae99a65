using Microsoft.Extensions.DependencyInjection;
using SecretsPortal.Core;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Replicas;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Tests.Replicas;

/// <summary>What tests of replicas say often.</summary>
internal static class ReplicaTestExtensions
{
    public const string Frankfurt = "eu-central-1";
    public const string Sydney = "ap-southeast-2";

    public static Task<Secret> Replicate(this TestPortal portal, string id, string region = Frankfurt, string? key = null, bool overwrites = false) =>
        portal.Get<ReplicaService>().Replicate(portal.Admin, id, [new ReplicaRegion(region, key)], overwrites, default);

    public static Task<Secret> RemoveRegion(this TestPortal portal, string id, string region = Frankfurt) =>
        portal.Get<ReplicaService>().RemoveRegions(portal.Admin, id, [region], default);

    public static Task<Secret> Promote(this TestPortal portal, string id, string region = Frankfurt) =>
        portal.Get<ReplicaService>().Stop(portal.AdminIn(region), id, default);

    public static Task<Secret> Describe(this TestPortal portal, string id, string region = TestPortal.Region) =>
        portal.Reader.Describe(portal.AdminIn(region), id, default);

    public static async Task<string> ValueIn(this TestPortal portal, string region, string id, string? versionId = null, string? stage = null) =>
        (await portal.Reader.GetValue(portal.AdminIn(region), id, versionId, stage, default)).Value.Text;

    /// <summary>As after some seconds, in which nobody changed anything.</summary>
    public static async Task TickReplicas(this TestPortal portal, TimeSpan? after = null)
    {
        portal.Clock.Advance(after ?? TimeSpan.FromSeconds(6));
        await portal.Get<ReplicaFollower>().Tick(default);
    }

    /// <summary>A primary of one value, replicated to Frankfurt.</summary>
    public static async Task<Secret> CreateReplicated(this TestPortal portal, string name = "s", string? key = null)
    {
        await portal.Create(name, "one");
        return await portal.Replicate(name, key: key);
    }

    /// <summary>A key whose provider is a gate of the test's.</summary>
    public static async Task AddGatedKey(this TestPortal portal, string region = Frankfurt, string alias = "gated")
    {
        var now = portal.Clock.GetUtcNow();
        var id = Guid.CreateVersion7(now).ToString();
        var key = new StoredKmsKey { KeyId = id, Region = region, Alias = alias, Provider = GatedKms.Name, ProviderReference = id, CreatedAt = now };
        Assert.True(await portal.Get<KeyStore>().AddKey(key, default));
    }

    /// <summary>What the portal itself recorded of replicas, in order.</summary>
    public static async Task<IReadOnlyList<string>> ReplicaRecords(this TestPortal portal) =>
        [.. (await portal.Log()).Where(r => r.Caller.EndsWith("role/secretsportal/replication", StringComparison.Ordinal)).Select(r => r.Action["secretsportal:".Length..])];

    public static async Task Refused(PortalError error, string message, Func<Task> act)
    {
        var fault = await Assert.ThrowsAsync<PortalException>(act);
        Assert.Equal((error, message), (fault.Error, fault.Message));
    }
}

/// <summary>The local KMS behind a gate: a test sees each wrapping and may hold it up or let it fail.</summary>
internal sealed class GatedKms : IKms
{
    public const string Name = "gated";

    private int _wrapped;
    private int _unwrapped;

    /// <summary>Set once the portal has started.</summary>
    public LocalKms Inner { get; set; } = null!;

    /// <summary>Runs before each wrapping.</summary>
    public Func<Task> BeforeWrap { get; set; } = () => Task.CompletedTask;

    /// <summary>Runs before each unwrapping.</summary>
    public Func<Task> BeforeUnwrap { get; set; } = () => Task.CompletedTask;

    public int Wrapped => _wrapped;

    public int Unwrapped => _unwrapped;

    public string Provider => Name;

    /// <summary>Starts a portal with this KMS beside its own, and the key <c>alias/gated</c> in Frankfurt.</summary>
    public async Task<TestPortal> StartPortal()
    {
        var portal = await TestPortal.Start(services => services.AddSingleton<IKms>(this));
        Inner = portal.Get<LocalKms>();
        await portal.AddGatedKey();
        return portal;
    }

    public async Task<WrappedDataKey> Wrap(string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        await BeforeWrap().WaitAsync(cancel);
        Interlocked.Increment(ref _wrapped);
        return await Inner.Wrap(keyReference, dataKey, context, cancel);
    }

    public async Task<byte[]> Unwrap(string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        await BeforeUnwrap().WaitAsync(cancel);
        Interlocked.Increment(ref _unwrapped);
        return await Inner.Unwrap(keyReference, wrapped, context, cancel);
    }

    public Task<string> CurrentVersion(string keyReference, CancellationToken cancel) => Inner.CurrentVersion(keyReference, cancel);

    public Task Check(string keyReference, CancellationToken cancel) => Inner.Check(keyReference, cancel);

    /// <summary>From now on the KMS is away.</summary>
    public void Fail() => BeforeWrap = () => throw new PortalException(PortalError.Unavailable, "The KMS is away.");

    /// <summary>From now on it answers.</summary>
    public void Open() => BeforeWrap = () => Task.CompletedTask;

    /// <summary>Holds up the next wrapping; gives what tells that it waits there, and what lets it go on.</summary>
    public (Task Waits, TaskCompletionSource Go) HoldNext()
    {
        var waits = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var go = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        BeforeWrap = async () =>
        {
            Open();
            waits.SetResult();
            await go.Task.WaitAsync(TimeSpan.FromSeconds(30));
        };
        return (waits.Task.WaitAsync(TimeSpan.FromSeconds(30)), go);
    }
}
