using Microsoft.Extensions.Time.Testing;
using SecretsPortal.Core;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Services.Tests.Kms;

public sealed class GuardedKmsTests
{
    private static readonly Dictionary<string, string> s_context = [];
    private readonly FakeTimeProvider _clock = new();
    private readonly ScriptedKms _inner = new();

    [Fact]
    public async Task Outages_open_the_breaker_and_one_call_tries_it_again()
    {
        using var kms = Guarded();
        _inner.Next = _ => throw new KmsOutageException("It burns.");
        for (var i = 0; i < GuardedKms.FailuresToOpen; i++)
            Assert.Equal("It burns.", await Message(kms));

        Assert.StartsWith("The KMS (scripted) is away;", await Message(kms), StringComparison.Ordinal);
        Assert.Equal(GuardedKms.FailuresToOpen, _inner.Calls);
        _clock.Advance(GuardedKms.Pause);
        Assert.Equal("It burns.", await Message(kms));
        Assert.StartsWith("The KMS (scripted) is away;", await Message(kms), StringComparison.Ordinal);

        _clock.Advance(GuardedKms.Pause);
        _inner.Next = _ => Task.FromResult("2");
        Assert.Equal("2", await kms.CurrentVersion("k", default));
        Assert.Equal("2", await kms.CurrentVersion("k", default));
    }

    [Fact]
    public async Task Faults_of_one_key_and_bytes_that_do_not_unwrap_count_for_nothing()
    {
        using var kms = Guarded();
        foreach (var fault in new[] { KmsFaults.KeyUnusable("Disabled."), KmsFaults.Refused() })
        {
            _inner.Next = _ => throw fault;
            for (var i = 0; i < 5 * GuardedKms.FailuresToOpen; i++)
                Assert.Equal(fault.Message, await Message(kms));
        }
    }

    [Fact]
    public async Task A_provider_that_ignores_its_patience_holds_nobody()
    {
        using var kms = Guarded();
        _inner.Next = _ => new TaskCompletionSource<string>().Task;
        var call = kms.CurrentVersion("k", default);
        _clock.Advance(TimeSpan.FromSeconds(4.9));
        Assert.False(call.IsCompleted);
        _clock.Advance(TimeSpan.FromSeconds(0.2));

        var fault = await Assert.ThrowsAsync<PortalException>(() => call);
        Assert.Equal((PortalError.Unavailable, "The KMS (scripted) did not answer within 5 seconds (Portal:Kms:TimeoutSeconds). Try again later."), (fault.Error, fault.Message));
    }

    [Fact]
    public async Task A_caller_who_gives_up_neither_ends_the_call_nor_leaves_the_key_behind()
    {
        using var kms = Guarded();
        var answer = new TaskCompletionSource<byte[]>();
        var token = CancellationToken.None;
        _inner.NextUnwrap = patience =>
        {
            token = patience;
            return answer.Task;
        };
        using var cancel = new CancellationTokenSource();
        var call = kms.Unwrap("k", new WrappedDataKey([1], "1"), s_context, cancel.Token);
        await cancel.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);

        Assert.False(token.IsCancellationRequested);
        byte[] dataKey = [1, 2, 3];
        answer.SetResult(dataKey);
        for (var i = 0; i < 100 && dataKey[0] != 0; i++)
            await Task.Delay(20);
        Assert.Equal(new byte[3], dataKey);
    }

    [Fact]
    public async Task Threads_that_are_stuck_are_never_more_than_there_were()
    {
        using var workers = new NativeWorkers("test", 2);
        using var stuck = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
        var calls = Enumerable.Range(0, 20).Select(i => workers.Run(() => { stuck.Wait(); return i; }, cancel.Token)).ToList();
        foreach (var call in calls)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal((2, 2), (workers.Count, workers.Busy));

        stuck.Set();
        Assert.Equal(7, await workers.Run(() => 7, default));
    }

    [Fact]
    public async Task A_queue_that_is_full_refuses_at_once()
    {
        using var workers = new NativeWorkers("test", 1);
        using var stuck = new ManualResetEventSlim();
        using var cancel = new CancellationTokenSource();
        Task<int> Stuck() => workers.Run(() => { stuck.Wait(); return 0; }, cancel.Token);
        var waiting = new List<Task<int>> { Stuck() };
        while (workers.Busy == 0)
            await Task.Delay(10);
        waiting.AddRange(Enumerable.Range(0, 256).Select(_ => Stuck()));

        await Assert.ThrowsAsync<KmsOutageException>(() => workers.Run(() => 0, cancel.Token));
        await cancel.CancelAsync();
        foreach (var call in waiting)
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        stuck.Set();
        for (var attempt = 0; workers.Busy > 0 && attempt < 100; attempt++)
            await Task.Delay(20);
        Assert.Equal(1, await workers.Run(() => 1, default));
    }

    private GuardedKms Guarded() => new(_inner, TimeSpan.FromSeconds(5), _clock);

    private static async Task<string> Message(GuardedKms kms) =>
        (await Assert.ThrowsAsync<PortalException>(() => kms.CurrentVersion("k", default))).Message;

    /// <summary>Not a KMS: what one might do.</summary>
    private sealed class ScriptedKms : IKms
    {
        public Func<CancellationToken, Task<string>> Next { get; set; } = _ => Task.FromResult("1");

        public Func<CancellationToken, Task<byte[]>> NextUnwrap { get; set; } = _ => Task.FromResult<byte[]>([]);

        public int Calls { get; private set; }

        public string Provider => "scripted";

        public Task<WrappedDataKey> Wrap(string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel) =>
            throw new NotSupportedException();

        public Task<byte[]> Unwrap(string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel) => NextUnwrap(cancel);

        public Task<string> CurrentVersion(string keyReference, CancellationToken cancel)
        {
            Calls++;
            return Next(cancel);
        }

        public Task Check(string keyReference, CancellationToken cancel) => Next(cancel);
    }
}
