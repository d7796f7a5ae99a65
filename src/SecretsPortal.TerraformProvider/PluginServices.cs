using Grpc.Core;
using SecretsPortal.TerraformProvider.Protocol;

namespace SecretsPortal.TerraformProvider;

/// <summary>Ends the process when Terraform asks for it.</summary>
internal sealed class ControllerService(IHostApplicationLifetime lifetime) : GRPCController.GRPCControllerBase
{
    /// <inheritdoc/>
    public override Task<Protocol.Empty> Shutdown(Protocol.Empty request, ServerCallContext context)
    {
        // The answer goes out first: a stopping server finishes the calls that it has.
        lifetime.StopApplication();
        return Task.FromResult(new Protocol.Empty());
    }
}

/// <summary>The stream of standard output that Terraform listens to; ours stays silent.</summary>
internal sealed class StdioService(IHostApplicationLifetime lifetime) : GRPCStdio.GRPCStdioBase
{
    /// <inheritdoc/>
    public override async Task StreamStdio(
        Google.Protobuf.WellKnownTypes.Empty request, IServerStreamWriter<StdioData> responseStream, ServerCallContext context)
    {
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.CancellationToken, lifetime.ApplicationStopping);
        await Task.Delay(Timeout.InfiniteTimeSpan, end.Token).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}
