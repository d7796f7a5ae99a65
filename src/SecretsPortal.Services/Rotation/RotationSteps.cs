using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>What each step of a run does to the secret and its target. Every one may be repeated under the run's token.</summary>
internal sealed class RotationSteps(
    RotationValueSource values, SecretChanges changes, DriverRegistry drivers, RotationRecords records, TimeProvider clock)
{
    /// <summary>Records that a run begins.</summary>
    public async Task RecordStart(RotationWork work, CancellationToken cancel)
    {
        var secret = await values.Load(work, cancel);
        await records.Write(records.Of(work, secret, work.Run.Mode == RotationMode.TestOnly ? "TestRotationStarted" : "RotationStarted", AuditOutcome.Succeeded), cancel);
    }

    /// <summary>createSecret: a new value under AWSPENDING, unless an earlier attempt stored one.</summary>
    public async Task<string> CreatePending(RotationWork work, CancellationToken cancel)
    {
        var message = await (await DriverOf(work, cancel)).CreateSecret(work, cancel);
        return (await values.Load(work, cancel)).FindVersion(work.Run.Token) is { HasValue: true }
            ? message
            : throw new RotationException($"createSecret ended without storing a value as version {work.Run.Token}. The function must call PutSecretValue with the event's ClientRequestToken.");
    }

    /// <summary>setSecret: the target gets the pending value.</summary>
    public async Task<string> SetPending(RotationWork work, CancellationToken cancel) => await (await DriverOf(work, cancel)).SetSecret(work, cancel);

    /// <summary>testSecret: the target accepts the pending value; in a run that only tests, AWSCURRENT's.</summary>
    public async Task<string> TestPending(RotationWork work, CancellationToken cancel) => await (await DriverOf(work, cancel)).TestSecret(work, cancel);

    /// <summary>The driver's part of finishSecret, before <see cref="MoveCurrent"/>.</summary>
    public async Task<string> FinishPending(RotationWork work, CancellationToken cancel) => await (await DriverOf(work, cancel)).FinishSecret(work, cancel);

    /// <summary>finishSecret: AWSCURRENT to the new version, AWSPREVIOUS to the old one, AWSPENDING nowhere, the run succeeded.</summary>
    public Task MoveCurrent(RotationWork work, string? message, CancellationToken cancel) => changes.Change(work.Run.SecretId, work.Run.RunId, secret =>
    {
        if (secret.Labels.VersionOf(StagingLabels.Current) != work.Run.Token)
            work.CheckPending(secret);
        var now = clock.Now();
        var after = secret with
        {
            Labels = secret.Labels.FinishRotation(work.Run.Token),
            LastRotatedAt = now,
            Rotation = RotationStart.Rescheduled(secret.Rotation, now),
        };
        return End(work, changes.Touched(after), RotationRunState.Succeeded, "RotationSucceeded", message);
    }, cancel);

    /// <summary>The end of a test that passed.</summary>
    public Task EndTest(RotationWork work, CancellationToken cancel) => changes.Change(
        work.Run.SecretId, work.Run.RunId, secret => End(work, secret, RotationRunState.Succeeded, "TestRotationSucceeded", message: null), cancel);

    /// <summary>
    /// The last attempt failed. Which value works is the target's word: where it takes the new one and refuses the old one, the rotation is
    /// finished; otherwise AWSPENDING is removed, AWSCURRENT stays and the run has failed. AWSPENDING never stays. False, and nothing was
    /// changed, where <paramref name="needsAnswer"/> (the target may have the new value already) and the target gives none.
    /// </summary>
    public async Task<bool> GiveUp(RotationWork work, string message, bool needsAnswer, CancellationToken cancel)
    {
        var hasMovedOn = work.Run.Mode == RotationMode.Rotate ? await HasTargetMovedOn(work, cancel) : false;
        if (hasMovedOn is null && needsAnswer)
            return false;
        if (hasMovedOn is true)
        {
            await MoveCurrent(work, $"Finished after a fault: the target accepts the new value and refuses the old one. The fault was: {message}", cancel);
            return true;
        }

        var action = work.Run.Mode == RotationMode.TestOnly ? "TestRotationFailed" : "RotationFailed";
        await changes.Change(work.Run.SecretId, work.Run.RunId, secret =>
        {
            var isOwn = work.Run.Mode == RotationMode.Rotate && secret.Labels.VersionOf(StagingLabels.Pending) == work.Run.Token
                && secret.Labels.VersionOf(StagingLabels.Current) != work.Run.Token;
            var after = isOwn ? changes.Touched(secret with { Labels = secret.Labels.Without(StagingLabels.Pending) }) : secret;
            return End(work, after, RotationRunState.Failed, action, message);
        }, cancel);
        return true;
    }

    /// <summary>Whether the target takes the new value and refuses the old one; null where it does not say.</summary>
    private async Task<bool?> HasTargetMovedOn(RotationWork work, CancellationToken cancel)
    {
        try
        {
            var secret = await values.Load(work, cancel);
            work.CheckPending(secret);
            var known = await values.Of(work, cancel);
            var driver = await drivers.Require(secret, known.Current, cancel);
            if (!driver.CanAsk)
                return false;
            return await driver.Ask(secret, known.NewValue, cancel) switch
            {
                TargetAnswer.Refused => false,
                TargetAnswer.Accepted => await driver.Ask(secret, known.Current, cancel) switch
                {
                    TargetAnswer.Refused => true,
                    TargetAnswer.Accepted => false,
                    _ => null,
                },
                _ => null,
            };
        }
        catch (RotationException fault) when (fault.IsFinal)
        {
            // Labels or values were changed by hand, so there is nothing left to move.
            return false;
        }
        catch (Exception fault) when (fault is RotationException or PortalException)
        {
            return null;
        }
    }

    private SecretChange End(RotationWork work, Secret after, RotationRunState state, string action, string? message) =>
        new(after, records.Of(work, after, action, state == RotationRunState.Succeeded ? AuditOutcome.Succeeded : AuditOutcome.Failed, message))
        {
            EndRun = new RotationRunEnd(work.Run.RunId, work.Fence, state, message),
        };

    private async Task<IRotationDriver> DriverOf(RotationWork work, CancellationToken cancel)
    {
        var secret = await values.Load(work, cancel);
        return await drivers.Require(secret, await values.Current(secret, cancel), cancel);
    }
}
