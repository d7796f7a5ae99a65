using Hangfire;
using SecretsPortal.Services.Rotation;

namespace SecretsPortal.Web.Jobs;

/// <summary>
/// Asks targets whether they take what AWSCURRENT has. A job of its own, and one at a time on each node: a slow target holds one worker and leaves the
/// others to the other ticks.
/// </summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Fail)]
[ShortHistory]
public sealed class HeartbeatTick(RotationHeartbeat heartbeat)
{
    /// <summary>One tick.</summary>
    /// <param name="cancel">Hangfire sets it when the server stops.</param>
    public Task Run(CancellationToken cancel) => heartbeat.Tick(cancel);
}
