using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>What the built-in drivers of all rotators have in common: opening values and storing a new one.</summary>
internal sealed class BuiltInWork(RotationValueSource values, SecretSealer sealer, SecretChanges changes, KeyRegistry keys, RotationRecords records)
{
    /// <summary>Opens the values.</summary>
    public RotationValueSource Values => values;

    /// <summary>A new value under AWSPENDING, unless an earlier attempt stored one.</summary>
    public async Task<string> Store(RotationWork work, Func<RotationValues, SecretValue> create, CancellationToken cancel)
    {
        var secret = await values.Load(work, cancel);
        work.CheckPending(secret);
        if (secret.FindVersion(work.Run.Token) is { HasValue: true })
            return $"Version {work.Run.Token} has a value already; it is used again.";
        var value = create(await values.WithoutPending(secret, cancel));
        var content = await sealer.Seal(secret.Arn, work.Run.Token, value, await keys.Resolve(secret.KmsKeyId, secret.Arn.Region, cancel), cancel);
        await changes.Change(secret.Id, work.Run.RunId, now =>
        {
            work.CheckPending(now);
            return now.FindVersion(work.Run.Token) is { HasValue: true }
                ? null
                : new SecretChange(
                    changes.Touched(now with { Versions = SecretChanges.WithVersion(now, content.Version) }),
                    records.Of(work, now, "RotationValueCreated", AuditOutcome.Succeeded))
                { Values = [content.Stored], HeldRun = work.Lease };
        }, cancel);
        return $"A new value was stored as version {work.Run.Token}.";
    }
}

/// <summary>The driver of a rotator that is part of the portal.</summary>
internal sealed class BuiltInDriver(IRotator rotator, BuiltInWork common) : IRotationDriver
{
    /// <inheritdoc/>
    public bool CanAsk => true;

    /// <inheritdoc/>
    public Task<string> CreateSecret(RotationWork work, CancellationToken cancel) => common.Store(work, rotator.Create, cancel);

    /// <inheritdoc/>
    public async Task<string> SetSecret(RotationWork work, CancellationToken cancel) =>
        await rotator.Set(await common.Values.Of(work, cancel), cancel);

    /// <inheritdoc/>
    public async Task<string> TestSecret(RotationWork work, CancellationToken cancel) => await rotator.Test(
        work.Run.Mode == RotationMode.TestOnly
            ? await common.Values.Current(await common.Values.Load(work, cancel), cancel)
            : (await common.Values.Of(work, cancel)).NewValue,
        cancel);

    /// <inheritdoc/>
    public Task<string> FinishSecret(RotationWork work, CancellationToken cancel) => Task.FromResult($"AWSCURRENT moved to version {work.Run.Token}.");

    /// <inheritdoc/>
    public async Task<TargetAnswer> Ask(Secret secret, SecretValue value, CancellationToken cancel)
    {
        try
        {
            return await rotator.IsAccepted(value, cancel) ? TargetAnswer.Accepted : TargetAnswer.Refused;
        }
        catch (RotationException fault)
        {
            // Final here means that the value itself can't be a credential of the target: nothing was asked, and nothing ever will say yes.
            return fault.IsFinal ? TargetAnswer.Refused : TargetAnswer.Unknown;
        }
    }

    /// <inheritdoc/>
    public async Task<PreflightReport> Check(Secret secret, CancellationToken cancel) =>
        await rotator.Check(await common.Values.WithoutPending(secret, cancel), cancel);
}
