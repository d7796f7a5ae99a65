using System.Collections.Concurrent;
using System.Security.Cryptography;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// Runs calls into native code on a few threads of its own. Such a call can't be ended from outside: the caller who no longer waits goes on at once, and the
/// thread is stuck until the call returns. There are never more threads, so a module that hangs costs these and nothing else.
/// </summary>
internal sealed class NativeWorkers : IDisposable
{
    private const int LongestQueue = 256;

    private readonly BlockingCollection<Action> _queue = new(LongestQueue);
    private int _busy;

    /// <param name="name">Of the threads, as a debugger shows them.</param>
    /// <param name="count">How many.</param>
    public NativeWorkers(string name, int count)
    {
        Count = count;
        for (var i = 1; i <= count; i++)
            new Thread(Work) { IsBackground = true, Name = $"{name} {i}" }.Start();
    }

    /// <summary>How many threads there are.</summary>
    public int Count { get; }

    /// <summary>How many of them are in a call.</summary>
    public int Busy => Volatile.Read(ref _busy);

    /// <summary>
    /// Runs <paramref name="call"/>; an answer that comes after <paramref name="cancel"/> is cleared if it is bytes.
    /// <see cref="KmsOutageException"/> where too many calls wait already.
    /// </summary>
    public async Task<T> Run<T>(Func<T> call, CancellationToken cancel)
    {
        var done = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        using var registration = cancel.Register(() => done.TrySetCanceled(cancel));
        if (!_queue.TryAdd(() => Run(call, done)))
            throw new KmsOutageException("The KMS module answers none of the calls that wait for it.");
        return await done.Task;
    }

    /// <summary>Lets the threads end once they are idle.</summary>
    public void Dispose() => _queue.CompleteAdding();

    private static void Run<T>(Func<T> call, TaskCompletionSource<T> done)
    {
        if (done.Task.IsCompleted)
            return;
        try
        {
            var answer = call();
            if (!done.TrySetResult(answer) && answer is byte[] late)
                CryptographicOperations.ZeroMemory(late);
        }
        catch (Exception fault)
        {
            done.TrySetException(fault);
        }
    }

    private void Work()
    {
        foreach (var run in _queue.GetConsumingEnumerable())
        {
            Interlocked.Increment(ref _busy);
            run();
            Interlocked.Decrement(ref _busy);
        }
    }
}
