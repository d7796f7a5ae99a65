using Hangfire;
using SecretsPortal.Services.Replicas;

namespace SecretsPortal.Web.Jobs;

/// <summary>
/// Brings up replicas that are due. A job of its own, and one at a time on each node: a slow region holds one worker and leaves the others
/// to rotations.
/// </summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Fail)]
[ShortHistory]
public sealed class ReplicaTick(ReplicaFollower follower)
{
    /// <summary>One tick.</summary>
    /// <param name="cancel">Hangfire sets it when the server stops.</param>
    public Task Run(CancellationToken cancel) => follower.Tick(cancel);
}
