using Hangfire;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Web.Jobs;

/// <summary>Hands runs to Hangfire.</summary>
internal sealed class HangfireRotationQueue(IBackgroundJobClient jobs) : IRotationQueue
{
    /// <inheritdoc/>
    public void Enqueue(string runId) => jobs.Enqueue<RotateSecretJob>(job => job.Run(runId, CancellationToken.None));
}
