using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>What each step of a run does to the secret and its target. Every one may be repeated under the run's token.</summary>
internal sealed class RotationSteps(
    SecretStore store, RotationValueSource values, SecretSealer sealer, SecretChanges changes, KeyRegistry keys, RotatorRegistry rotators,
    AuditRecorder recorder, PortalOptions options, TimeProvider clock)
{
    /// <summary>Records that a run begins.</summary>
    public async Task RecordStart(RotationWork work, CancellationToken cancel)
    {
        var secret = await Load(work, cancel);
        await recorder.Record(Record(work, secret, work.Run.Mode == RotationMode.TestOnly ? "TestRotationStarted" : "RotationStarted", AuditOutcome.Succeeded), cancel);
    }

    /// <summary>createSecret: a new value under AWSPENDING, unless an earlier attempt stored one.</summary>
    public async Task<string> CreatePending(RotationWork work, CancellationToken cancel)
    {
        var secret = await Load(work, cancel);
        CheckPending(secret, work);
        if (secret.FindVersion(work.Run.Token) is { HasValue: true })
            return $"Version {work.Run.Token} has a value already; it is used again.";
        var current = await Current(secret, cancel);
        var value = RotatorOf(secret, current).Create(new RotationValues { Current = current, Settings = secret.Rotation?.ExternalMetadata ?? [] });
        var content = await sealer.Seal(secret.Arn, work.Run.Token, value, await keys.Resolve(secret.KmsKeyId, secret.Arn.Region, cancel), cancel);
        await changes.Change(secret.Id, work.Run.RunId, now =>
        {
            CheckPending(now, work);
            return now.FindVersion(work.Run.Token) is { HasValue: true }
                ? null
                : new SecretChange(
                    changes.Touched(now with { Versions = SecretChanges.WithVersion(now, content.Version) }),
                    Record(work, now, "RotationValueCreated", AuditOutcome.Succeeded))
                { Values = [content.Stored], HeldRun = work.Lease };
        }, cancel);
        return $"A new value was stored as version {work.Run.Token}.";
    }

    /// <summary>setSecret: the target gets the pending value.</summary>
    public async Task<string> SetPending(RotationWork work, CancellationToken cancel)
    {
        var (secret, known) = await LoadValues(work, cancel);
        return await RotatorOf(secret, known.Current).Set(known, cancel);
    }

    /// <summary>testSecret: the target accepts the pending value.</summary>
    public async Task<string> TestPending(RotationWork work, CancellationToken cancel)
    {
        var (secret, known) = await LoadValues(work, cancel);
        return await RotatorOf(secret, known.Current).Test(known.NewValue, cancel);
    }

    /// <summary>The test of RotateImmediately = false: the target accepts the current value, so a rotation could begin.</summary>
    public async Task<string> TestCurrent(RotationWork work, CancellationToken cancel)
    {
        var secret = await Load(work, cancel);
        var current = await Current(secret, cancel);
        return await RotatorOf(secret, current).Test(current, cancel);
    }

    /// <summary>finishSecret: AWSCURRENT to the new version, AWSPREVIOUS to the old one, AWSPENDING nowhere, the run succeeded.</summary>
    public Task MoveCurrent(RotationWork work, string? message, CancellationToken cancel) => changes.Change(work.Run.SecretId, work.Run.RunId, secret =>
    {
        if (secret.Labels.VersionOf(StagingLabels.Current) != work.Run.Token)
            CheckPending(secret, work);
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
            var (secret, known) = await LoadValues(work, cancel);
            CheckPending(secret, work);
            var rotator = RotatorOf(secret, known.Current);
            return await rotator.IsAccepted(known.NewValue, cancel) && !await rotator.IsAccepted(known.Current, cancel);
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
        new(after, Record(work, after, action, state == RotationRunState.Succeeded ? AuditOutcome.Succeeded : AuditOutcome.Failed, message))
        {
            EndRun = new RotationRunEnd(work.Run.RunId, work.Fence, state, message),
        };

    private AuditRecord Record(RotationWork work, Secret secret, string action, AuditOutcome outcome, string? message = null)
    {
        var call = CallerArn.System("rotation", options.AccountId, secret.Arn.Region, work.Run.RunId);
        var detail = $"run {work.Run.RunId}, attempt {work.Run.Attempt}, version {work.Run.Token}";
        return recorder.For(call, $"secretsportal:{action}", secret.Arn.ToString(), outcome, message is null ? detail : $"{detail}: {message}");
    }

    private async Task<Secret> Load(RotationWork work, CancellationToken cancel)
    {
        var secret = await store.FindById(work.Run.SecretId, cancel);
        return secret is { DeletedAt: null }
            ? secret
            : throw new RotationException("The secret was deleted while it was being rotated. Restore it and rotate again.", isFinal: true);
    }

    private async Task<(Secret Secret, RotationValues Values)> LoadValues(RotationWork work, CancellationToken cancel)
    {
        var secret = await Load(work, cancel);
        return await values.Of(secret, work.Run, cancel) is { } known
            ? (secret, known)
            : throw new RotationException("AWSCURRENT or the new version has no value. Put a value and rotate again.", isFinal: true);
    }

    private async Task<SecretValue> Current(Secret secret, CancellationToken cancel) =>
        await values.Labelled(secret, StagingLabels.Current, cancel)
            ?? throw new RotationException("The secret has no AWSCURRENT value. Put a value and rotate again.", isFinal: true);

    private IRotator RotatorOf(Secret secret, SecretValue current) => rotators.Of(secret.Rotation, current)
        ?? throw new RotationException(
            "Nothing rotates this secret: its JSON names no engine with a built-in rotator (postgres, aurora-postgresql), and no rotation function that this portal knows is set.",
            isFinal: true);

    private static void CheckPending(Secret secret, RotationWork work)
    {
        if (secret.Labels.VersionOf(StagingLabels.Pending) != work.Run.Token)
            throw new RotationException($"AWSPENDING was taken away from version {work.Run.Token} while it was being rotated. Rotate again.", isFinal: true);
    }
}
