namespace SecretsPortal.Services.Rotation;

/// <summary>Finds what is due and registers runs for it.</summary>
public sealed class RotationDispatcher
{
    /// <summary>
    /// One tick: registers a run for each secret whose window has begun, purges secrets whose recovery window has ended, and
    /// enqueues every run that waits for a worker. Safe to run on several nodes at once.
    /// </summary>
    public Task Tick(CancellationToken cancel) => throw new NotImplementedException();
}
