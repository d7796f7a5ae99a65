using Hangfire;
using SecretsPortal.Services.Notifications;

namespace SecretsPortal.Web.Jobs;

/// <summary>
/// Sends the notifications that wait. A job of its own, and one at a time on each node: a slow channel holds one worker and leaves the others to
/// rotations.
/// </summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Fail)]
[ShortHistory]
public sealed class NotificationTick(NotificationSender sender)
{
    /// <summary>One tick.</summary>
    /// <param name="cancel">Hangfire sets it when the server stops.</param>
    public Task Run(CancellationToken cancel) => sender.Tick(cancel);
}
