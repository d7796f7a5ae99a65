using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>What the built-in drivers of all rotators have in common: opening values and storing a new one.</summary>
internal sealed partial class BuiltInWork(
    RotationValueSource values, SecretSealer sealer, SecretChanges changes, KeyRegistry keys, RotationRecords records, ILogger<BuiltInWork> log)
{
    /// <summary>Opens the values.</summary>
    public RotationValueSource Values => values;

    /// <summary>A new value under AWSPENDING, unless an earlier attempt stored one.</summary>
    public async Task<string> Store(RotationWork work, RotationSubject subject, Func<RotationValues, SecretValue> create, CancellationToken cancel)
    {
        var secret = subject.Secret;
        work.CheckPending(secret);
        if (secret.FindVersion(work.Run.Token) is { HasValue: true })
            return $"Version {work.Run.Token} has a value already; it is used again.";
        var value = create(await values.WithoutPending(subject, withMaster: false, work.Run.RunId, cancel));
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

    /// <summary>Logs a fault that nobody has words for by its type alone: what a database's driver says may quote a value.</summary>
    public void LogUnexpected(Secret secret, Exception fault) => LogUnexpected(secret.Arn.ToString(), fault.GetType().Name);

    [LoggerMessage(EventId = 1224, Level = LogLevel.Error, Message = "The target of {Secret} could not be asked: an unexpected fault ({FaultType})")]
    private partial void LogUnexpected(string secret, string faultType);
}

/// <summary>The driver of a rotator that is part of the portal.</summary>
internal sealed class BuiltInDriver(IRotator rotator, BuiltInWork common) : IRotationDriver
{
    /// <inheritdoc/>
    public bool CanAsk => true;

    /// <inheritdoc/>
    public bool HasTarget => rotator.HasTarget;

    /// <inheritdoc/>
    public bool NeedsMaster => rotator.NeedsMaster;

    /// <inheritdoc/>
    public Task<string> CreateSecret(RotationWork work, RotationSubject subject, CancellationToken cancel) => common.Store(work, subject, rotator.Create, cancel);

    /// <inheritdoc/>
    public async Task<string> SetSecret(RotationWork work, RotationSubject subject, CancellationToken cancel) =>
        await rotator.Set(await common.Values.Of(work, subject, rotator.NeedsMaster, cancel), cancel);

    /// <inheritdoc/>
    public async Task<string> TestSecret(RotationWork work, RotationSubject subject, CancellationToken cancel)
    {
        if (work.Run.Mode != RotationMode.TestOnly)
            return await rotator.Test(await common.Values.Pending(work, subject.Secret, cancel), cancel);
        try
        {
            return await rotator.Test(subject.Current, cancel);
        }
        catch (RotationException fault) when (fault.IsRefusal)
        {
            // Nothing is set before a test that is alone, so the same password would be refused again.
            throw new RotationException(fault.Message, isFinal: true) { IsRefusal = true };
        }
    }

    /// <inheritdoc/>
    public Task<string> FinishSecret(RotationWork work, RotationSubject subject, CancellationToken cancel) =>
        Task.FromResult($"AWSCURRENT moved to version {work.Run.Token}.");

    /// <inheritdoc/>
    public async Task<TargetAnswer> Ask(Secret secret, SecretValue value, CancellationToken cancel)
    {
        try
        {
            return await rotator.IsAccepted(value, cancel) ? TargetAnswer.Accepted : TargetAnswer.Refused;
        }
        catch (RotationException fault)
        {
            // A value that is no credential was never asked about, and nothing will ever say yes to it.
            return fault is { IsFinal: true, Concerns: PreflightCheck.Json } ? TargetAnswer.Refused : TargetAnswer.Unknown;
        }
        // Whatever it is, nothing is known; thrown, it would leave the run without an end.
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            common.LogUnexpected(secret, fault);
            return TargetAnswer.Unknown;
        }
    }

    /// <inheritdoc/>
    public async Task<PreflightReport> Check(Secret secret, CancellationToken cancel)
    {
        try
        {
            return await Findings(secret, cancel);
        }
        catch (Exception fault) when (fault is not (RotationException or PortalException) && !cancel.IsCancellationRequested)
        {
            common.LogUnexpected(secret, fault);
            return new PreflightReport(
            [
                new PreflightFinding(PreflightCheck.LogIn, PreflightState.Failed, $"An unexpected fault ({fault.GetType().Name}); the portal's log names the secret."),
            ]);
        }
    }

    private async Task<PreflightReport> Findings(Secret secret, CancellationToken cancel)
    {
        try
        {
            return await rotator.Check(await common.Values.WithoutPending(secret, rotator.NeedsMaster, secret.Id, cancel), cancel);
        }
        catch (RotationException fault) when (fault.Concerns == PreflightCheck.Master)
        {
            var report = await rotator.Check(await common.Values.WithoutPending(secret, withMaster: false, secret.Id, cancel), cancel);
            return new PreflightReport(
            [
                .. report.Findings.Select(finding => finding.Check == PreflightCheck.Master
                    ? new PreflightFinding(PreflightCheck.Master, PreflightState.Failed, fault.Message)
                    : finding),
            ]);
        }
    }
}
