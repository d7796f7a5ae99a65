using System.Diagnostics;
using System.Runtime.Versioning;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>Starts a program for each event and serves it the AWS Lambda Runtime API.</summary>
internal sealed partial class LambdaProcess(PortalOptions options, TimeProvider clock, ILogger<LambdaProcess> log) : IFunctionInvoker
{
    private const long MostOutput = 16L * 1024 * 1024;

    // How long a process that has answered may still write; one that asks for the next event is ended at once.
    private static readonly TimeSpan s_grace = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_drain = TimeSpan.FromSeconds(2);

    private int _hasWarned;

    /// <inheritdoc/>
    public FunctionKind Kind => FunctionKind.Process;

    /// <inheritdoc/>
    public async Task<InvocationResult> Invoke(StoredFunction function, SecretText? key, FunctionCall call, CancellationToken cancel)
    {
        if (!OperatingSystem.IsLinux())
            return InvocationResult.Fault("Functions of the kind Process run on Linux alone. Use an endpoint or a webhook on this machine.", "", isFinal: true);
        try
        {
            await using var launch = ProcessLaunch.Prepare(function, options.Functions);
            return await Run(launch, function, call, cancel);
        }
        catch (FunctionSetUpException fault)
        {
            return InvocationResult.Fault(fault.Message, "", isFinal: true);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException or System.Net.HttpListenerException or System.ComponentModel.Win32Exception)
        {
            return InvocationResult.Fault($"The function's process can't be started ({fault.GetType().Name}). Check free space, the limits of processes and files, and the rights on the function's folder.", "");
        }
    }

    [SupportedOSPlatform("linux")]
    private async Task<InvocationResult> Run(ProcessLaunch launch, StoredFunction function, FunctionCall call, CancellationToken cancel)
    {
        var output = new BoundedLog();
        var requestId = Guid.CreateVersion7(clock.GetUtcNow()).ToString();
        // The deadline is the machine's business, whatever clock the portal counts by.
        await using var api = RuntimeApi.Start(launch.UserId, call, requestId, TimeProvider.System.GetUtcNow() + function.Timeout);
        using var process = new Process { StartInfo = launch.StartInfo(function, call, api.Port) };
        if (launch.IsUnfenced && Interlocked.Exchange(ref _hasWarned, 1) == 0)
            LogUnfenced();
        process.Start();
        using var flood = new CancellationTokenSource();
        Task[] readers = [Read(process.StandardOutput.BaseStream, output, flood), Read(process.StandardError.BaseStream, output, flood)];
        InvocationResult result;
        try
        {
            process.StandardInput.Close();
            result = await Wait(process, api, function.Timeout, flood.Token, cancel);
        }
        finally
        {
            // The process itself first, by its handle: it may not have become its own user yet.
            process.Kill();
            await launch.End();
        }

        // Whoever escaped, and there is no way known, would hold the pipes open.
        await Task.WhenAny(Task.WhenAll(readers), Task.Delay(s_drain, CancellationToken.None));
        return result with { Log = output.Text() };
    }

    [SupportedOSPlatform("linux")]
    private static async Task<InvocationResult> Wait(Process process, RuntimeApi api, TimeSpan timeout, CancellationToken flood, CancellationToken cancel)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(flood, cancel);
        var exit = process.WaitForExitAsync(limit.Token);
        var late = Task.Delay(timeout, limit.Token);
        await Task.WhenAny(api.Answer, exit, late);
        cancel.ThrowIfCancellationRequested();
        if (!api.Answer.IsCompleted && exit.IsCompletedSuccessfully)
        {
            // Its last words may still be on their way.
            await Task.WhenAny(api.Answer, Task.Delay(TimeSpan.FromMilliseconds(200), CancellationToken.None));
        }

        if (api.Answer.IsCompleted)
        {
            await Task.WhenAny(api.Idle, exit, Task.Delay(s_grace, CancellationToken.None));
            await limit.CancelAsync();
            return await api.Answer;
        }

        var ended = exit.IsCompletedSuccessfully;
        await limit.CancelAsync();
        if (flood.IsCancellationRequested)
            return InvocationResult.Fault($"The function wrote more than {MostOutput / (1024 * 1024)} MiB of output and was ended. Let it write less.", "");
        return ended
            ? InvocationResult.Fault($"{Describe(process.ExitCode)} before it answered. Its output tells why; a limit of memory that is too low ends programs likewise.", "")
            : InvocationResult.Fault($"The function did not answer within {timeout.TotalSeconds:0} seconds and was ended. Check what it waits for, or raise \"timeoutSeconds\".", "");
    }

    // A shell's way to tell of signals.
    private static string Describe(int exitCode) => exitCode > 128 ? $"The function was ended by signal {exitCode - 128}" : $"The function ended with exit code {exitCode}";

    private static async Task Read(Stream stream, BoundedLog log, CancellationTokenSource flood)
    {
        var buffer = new byte[8192];
        try
        {
            int length;
            while ((length = await stream.ReadAsync(buffer)) > 0)
            {
                log.Write(buffer.AsSpan(0, length));
                if (log.Written > MostOutput)
                    await flood.CancelAsync();
            }
        }
        catch (Exception ended) when (ended is IOException or ObjectDisposedException or OperationCanceledException)
        {
            // The process is gone.
        }
    }

    [LoggerMessage(EventId = 1251, Level = LogLevel.Warning, Message = "This machine makes no namespace of processes for functions (unshare of util-linux; the kernel must let the portal's user make one): what a function starts may outlive it")]
    private partial void LogUnfenced();
}
