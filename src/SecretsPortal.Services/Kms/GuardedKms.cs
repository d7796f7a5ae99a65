using System.Globalization;
using System.Security.Cryptography;
using Polly;
using Polly.CircuitBreaker;
using Polly.Timeout;
using SecretsPortal.Core;

namespace SecretsPortal.Services.Kms;

/// <summary>
/// A KMS that answers within the timeout, one way or the other: behind a circuit breaker, so that a KMS that is away costs each caller a clear error
/// and not a wait. All providers are used through it.
/// </summary>
/// <remarks>
/// The breaker counts outages and timeouts alone, per provider: a key that is disabled, or bytes that do not unwrap, close no road for other keys.
/// It opens when within 30 seconds at least <see cref="FailuresToOpen"/> calls were made of which a quarter failed; 5 seconds later one call goes through,
/// which closes it again if it succeeds. A caller who gives up does not end the call, so that its outcome still counts.
/// </remarks>
internal sealed class GuardedKms : IKms, IDisposable
{
    /// <summary>How many failures in a row open the breaker, at least.</summary>
    public const int FailuresToOpen = 4;

    /// <summary>How long an open breaker lets nothing through.</summary>
    public static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    private readonly IKms _inner;
    private readonly TimeSpan _timeout;
    private readonly ResiliencePipeline _pipeline;
    private readonly CircuitBreakerStateProvider _circuit = new();

    public GuardedKms(IKms inner, TimeSpan timeout, TimeProvider clock)
    {
        _inner = inner;
        _timeout = timeout;
        _pipeline = new ResiliencePipelineBuilder { TimeProvider = clock }
            .AddCircuitBreaker(new CircuitBreakerStrategyOptions
            {
                ShouldHandle = new PredicateBuilder().Handle<KmsOutageException>().Handle<TimeoutRejectedException>(),
                FailureRatio = 0.25,
                MinimumThroughput = FailuresToOpen,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = Pause,
                StateProvider = _circuit,
            })
            .AddTimeout(timeout)
            .Build();
    }

    /// <inheritdoc/>
    public string Provider => _inner.Provider;

    /// <summary>True while the circuit breaker lets nothing through, or one call to try.</summary>
    public bool IsOpen => _circuit.CircuitState != CircuitState.Closed;

    /// <inheritdoc/>
    public Task<WrappedDataKey> Wrap(
        string keyReference, ReadOnlyMemory<byte> dataKey, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        // A copy, because the caller clears the key when it gives up, and the call goes on.
        var copy = dataKey.ToArray();
        return Run(
            async patience =>
            {
                try
                {
                    return await _inner.Wrap(keyReference, copy, context, patience);
                }
                finally
                {
                    CryptographicOperations.ZeroMemory(copy);
                }
            },
            cancel);
    }

    /// <inheritdoc/>
    public async Task<byte[]> Unwrap(
        string keyReference, WrappedDataKey wrapped, IReadOnlyDictionary<string, string> context, CancellationToken cancel)
    {
        var call = Start(patience => _inner.Unwrap(keyReference, wrapped, context, patience));
        try
        {
            return await Answer(call, cancel);
        }
        catch (OperationCanceledException)
        {
            _ = call.ContinueWith(Clear, CancellationToken.None, TaskContinuationOptions.OnlyOnRanToCompletion, TaskScheduler.Default);
            throw;
        }
    }

    /// <inheritdoc/>
    public Task<string> CurrentVersion(string keyReference, CancellationToken cancel) =>
        Run(patience => _inner.CurrentVersion(keyReference, patience), cancel);

    /// <inheritdoc/>
    public Task Check(string keyReference, CancellationToken cancel) => Run(
        async patience =>
        {
            await _inner.Check(keyReference, patience);
            return true;
        },
        cancel);

    /// <summary>Frees what the provider holds.</summary>
    public void Dispose() => (_inner as IDisposable)?.Dispose();

    private Task<T> Run<T>(Func<CancellationToken, Task<T>> call, CancellationToken cancel) => Answer(Start(call), cancel);

    private Task<T> Start<T>(Func<CancellationToken, Task<T>> call) => _pipeline.ExecuteAsync(
        static async (call, patience) => await call(patience).WaitAsync(patience), call, CancellationToken.None).AsTask();

    private async Task<T> Answer<T>(Task<T> call, CancellationToken cancel)
    {
        try
        {
            return await call.WaitAsync(cancel);
        }
        catch (KmsOutageException fault)
        {
            throw new PortalException(PortalError.Unavailable, fault.Message, fault.InnerException ?? fault);
        }
        catch (TimeoutRejectedException fault)
        {
            var seconds = _timeout.TotalSeconds.ToString(CultureInfo.InvariantCulture);
            throw new PortalException(PortalError.Unavailable, $"The KMS ({Provider}) did not answer within {seconds} seconds (Portal:Kms:TimeoutSeconds). Try again later.", fault);
        }
        catch (BrokenCircuitException fault)
        {
            throw new PortalException(PortalError.Unavailable, $"The KMS ({Provider}) is away; it is tried again every {Pause.Seconds} seconds. Try again later.", fault);
        }
    }

    private static async Task Clear(Task<byte[]> abandoned) => CryptographicOperations.ZeroMemory(await abandoned);
}
