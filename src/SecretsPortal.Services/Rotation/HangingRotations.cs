using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>
/// Finds AWSPENDING that belongs to no run: left by hand, by a function, by a rotation that was cancelled. A run that asks the target takes it away, or
/// makes its version current, as the target says.
/// </summary>
internal sealed class HangingRotations(
    RotationStore rotations, SecretStore store, RotationValueSource values, SecretChanges changes, DriverRegistry drivers, AuditRecorder recorder, PortalOptions options)
{
    private const int BatchSize = 100;

    // Whoever rotates by calls of their own puts a value under AWSPENDING and moves the labels soon after; that is left alone.
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(10);

    private string _after = "";

    /// <summary>The ids of the next secrets with such an AWSPENDING; begins anew after the last ones.</summary>
    public async Task<IReadOnlyList<string>> Find(DateTimeOffset now, CancellationToken cancel)
    {
        var found = await rotations.FindHanging(_after, now - s_patience, BatchSize, cancel);
        _after = found.Count < BatchSize ? "" : found[^1];
        return found;
    }

    /// <summary>Registers a run for one of them, unless its target can't be asked: then its next rotation goes on with that version.</summary>
    public async Task Start(string id, DateTimeOffset now, CancellationToken cancel)
    {
        if (await store.FindById(id, cancel) is not { DeletedAt: null } seen
            || await drivers.Of(seen, await values.Labelled(seen, StagingLabels.Current, cancel), cancel) is not { CanAsk: true })
            return;
        await changes.Change(id, id, secret =>
        {
            if (secret.DeletedAt is not null || RotationStart.HangingToken(secret) is not { } token)
                return null;
            var run = RotationStart.Run(secret, token, RotationMode.Resolve, RotationTrigger.Schedule, now);
            var call = CallerArn.System("scheduler", options.AccountId, secret.Arn.Region, run.RunId);
            var record = recorder.For(call, "secretsportal:RotationResolveScheduled", secret.Arn.ToString(), AuditOutcome.Succeeded, $"run {run.RunId}, version {token}");
            return RotationStart.Change(changes, secret, run, record);
        }, cancel);
    }
}
