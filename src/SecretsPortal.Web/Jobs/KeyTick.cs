using Hangfire;
using SecretsPortal.Services.Kms;

namespace SecretsPortal.Web.Jobs;

/// <summary>
/// Looks for new versions of KMS keys and for keys to remove, and carries re-wrappings on. A job of its own, and one at a time on each node: a long
/// re-wrapping holds one worker and leaves the others to the other ticks.
/// </summary>
[AutomaticRetry(Attempts = 0, OnAttemptsExceeded = AttemptsExceededAction.Fail)]
[ShortHistory]
public sealed class KeyTick(KeyWatch watch, RewrapRunner runner)
{
    /// <summary>One tick.</summary>
    /// <param name="cancel">Hangfire sets it when the server stops.</param>
    public async Task Run(CancellationToken cancel)
    {
        await watch.Tick(cancel);
        await runner.Tick(cancel);
    }
}
