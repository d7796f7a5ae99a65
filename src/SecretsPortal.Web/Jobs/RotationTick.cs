using Hangfire;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Web.Jobs;

/// <summary>Looks for rotations and deletions that are due. A tick that failed is not repeated, for the next one follows in seconds.</summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Fail)]
[ShortHistory]
public sealed class RotationTick(RotationDispatcher dispatcher)
{
    /// <summary>One tick.</summary>
    /// <param name="cancel">Hangfire sets it when the server stops.</param>
    public Task Run(CancellationToken cancel) => dispatcher.Tick(cancel);
}
