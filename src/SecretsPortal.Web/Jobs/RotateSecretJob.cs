using Hangfire;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Web.Jobs;

/// <summary>Executes one run. Hangfire never repeats it: the run itself knows when another attempt is due, and the tick enqueues it then.</summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Fail)]
[Queue(JobsRegistration.RotationsQueue)]
public sealed class RotateSecretJob(RotationDispatcher dispatcher)
{
    /// <summary>Carries the run as far as it goes.</summary>
    /// <param name="runId">The run; the only thing that is stored with the job.</param>
    /// <param name="cancel">Hangfire sets it when the server stops.</param>
    public Task Run(string runId, CancellationToken cancel) => dispatcher.Execute(runId, cancel);
}
