namespace SecretsPortal.Services.Rotation;

/// <summary>Executes one run: createSecret, setSecret, testSecret, finishSecret.</summary>
public sealed class RotationRunner
{
    /// <summary>
    /// Claims the run and carries it as far as it goes. Returns quietly where another node holds it or it has ended: jobs run at least once.
    /// Failures are recorded on the run, never thrown; only cancellation is.
    /// </summary>
    public Task Run(string runId, CancellationToken cancel) => throw new NotImplementedException();
}
