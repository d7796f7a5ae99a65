using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>What the target said, and about which versions.</summary>
/// <param name="Answers">What it said.</param>
/// <param name="CurrentVersion">AWSCURRENT's version when it was asked; null where there was none.</param>
/// <param name="OtherVersion">The other version that it accepts; null where it accepts none, or was not asked.</param>
internal sealed record AskedTarget(TargetAnswers Answers, string? CurrentVersion, string? OtherVersion);

/// <summary>What each step and each end of a run does to the secret and its target. Every one may be repeated under the run's token.</summary>
internal sealed class RotationSteps(
    RotationValueSource values, SecretChanges changes, DriverRegistry drivers, BuiltInWork common, RotationRecords records, TimeProvider clock)
{
    /// <summary>The record that a run begins; null where its secret was deleted.</summary>
    public async Task<AuditRecord?> StartOf(RotationWork work, CancellationToken cancel)
    {
        if (await values.Find(work, cancel) is not { } secret)
            return null;
        var action = work.Run.Mode switch
        {
            RotationMode.TestOnly => "TestRotationStarted",
            RotationMode.Resolve => "RotationResolveStarted",
            _ => "RotationStarted",
        };
        return records.Of(work, secret, action, AuditOutcome.Succeeded);
    }

    /// <summary>Writes a record by itself.</summary>
    public Task Write(AuditRecord record, CancellationToken cancel) => records.Write(record, cancel);

    /// <summary>Records that a run's window has ended and its target does not say which value works.</summary>
    public async Task RecordStall(RotationWork work, string message, CancellationToken cancel)
    {
        if (await values.Find(work, cancel) is { } secret)
            await records.Write(records.Of(work, secret, "RotationStalled", AuditOutcome.Failed, message), cancel);
    }

    /// <summary>createSecret: a new value under AWSPENDING, unless an earlier attempt stored one.</summary>
    public async Task<string> CreatePending(RotationWork work, CancellationToken cancel)
    {
        var (driver, subject) = await Begin(await values.Load(work, cancel), cancel);
        work.HasTarget = driver.HasTarget;
        if (driver.CanAsk)
            return await driver.CreateSecret(work, subject, cancel);
        var secret = subject.Secret;
        if (secret.FindVersion(work.Run.Token) is not { HasValue: true } && await values.LeftBehind(secret, work.Run.Token, cancel) is { } left)
        {
            await common.Store(work, subject, _ => left.Value, cancel);
            return $"{await driver.CreateSecret(work, subject, cancel)} The value is that of version {left.VersionId}, which an earlier rotation may have left in the target.";
        }

        var message = await driver.CreateSecret(work, subject, cancel);
        return (await values.Load(work, cancel)).FindVersion(work.Run.Token) is { HasValue: true }
            ? message
            : throw new RotationException($"createSecret ended without a value in version {work.Run.Token}. The function must call PutSecretValue with the event's ClientRequestToken and the label AWSPENDING.");
    }

    /// <summary>setSecret: the target gets the pending value.</summary>
    public async Task<string> SetPending(RotationWork work, CancellationToken cancel)
    {
        // Whose label was taken away by hand gets nothing put into the target.
        var secret = await values.Load(work, cancel);
        if (secret.Labels.VersionOf(StagingLabels.Current) != work.Run.Token)
            work.CheckPending(secret);
        var (driver, subject) = await Begin(secret, cancel);
        // That this step begins was not saved.
        if (driver.HasTarget && !work.HasTarget)
            throw new RotationException("Another rotator was set while the secret was being rotated. Rotate again.", isFinal: true);
        return await driver.SetSecret(work, subject, cancel);
    }

    /// <summary>testSecret: the target accepts the pending value; in a run that only tests, AWSCURRENT's.</summary>
    public async Task<string> TestPending(RotationWork work, CancellationToken cancel)
    {
        var (driver, subject) = await Begin(await values.Load(work, cancel), cancel);
        return await driver.TestSecret(work, subject, cancel);
    }

    /// <summary>The driver's part of finishSecret, before the labels move.</summary>
    public async Task<string> FinishPending(RotationWork work, CancellationToken cancel)
    {
        var (driver, subject) = await Begin(await values.Load(work, cancel), cancel);
        return await driver.FinishSecret(work, subject, cancel);
    }

    /// <summary>Where the labels are, seen from the run, and whether its target can be asked.</summary>
    public async Task<(RunPlace Place, bool CanAsk)> Look(RotationWork work, CancellationToken cancel)
    {
        if (await values.Find(work, cancel) is not { } secret)
            return (RunPlace.Elsewhere, false);
        var place = secret.Labels.VersionOf(StagingLabels.Current) == work.Run.Token ? RunPlace.Current
            : secret.Labels.VersionOf(StagingLabels.Pending) == work.Run.Token ? RunPlace.Pending
            : RunPlace.Elsewhere;
        try
        {
            return (place, await drivers.Of(secret, await values.Labelled(secret, StagingLabels.Current, cancel), cancel) is { CanAsk: true });
        }
        catch (PortalException)
        {
            // The KMS is away, say. Who rotates the secret is not known without its value, and what it would say neither.
            return (place, true);
        }
    }

    /// <summary>Asks the target about all values that it may have, the others only where that could matter.</summary>
    public async Task<AskedTarget> Ask(RotationWork work, CancellationToken cancel)
    {
        var unknown = new TargetAnswers(TargetAnswer.Unknown, TargetAnswer.Unknown, TargetAnswer.Unknown);
        if (await values.Find(work, cancel) is not { } secret)
            return new AskedTarget(unknown, null, null);
        var version = secret.Labels.VersionOf(StagingLabels.Current);
        try
        {
            var current = await values.Labelled(secret, StagingLabels.Current, cancel);
            var pending = version == work.Run.Token ? current : await values.Of(secret, work.Run.Token, cancel);
            var driver = await drivers.Require(secret, current ?? pending ?? SecretValue.FromText("{}"), cancel);
            var asked = await Task.WhenAll(AskOne(driver, secret, pending, cancel), AskOne(driver, secret, current, cancel));
            var answers = new TargetAnswers(asked[0], asked[1], TargetAnswer.Refused);
            if (asked.Contains(TargetAnswer.Accepted))
                return new AskedTarget(answers, version, null);
            foreach (var other in await values.Others(secret, work.Run.Token, cancel))
            {
                var answer = await driver.Ask(secret, other.Value, cancel);
                if (answer == TargetAnswer.Accepted)
                    return new AskedTarget(answers with { Others = answer }, version, other.VersionId);
                if (answer == TargetAnswer.Unknown)
                    answers = answers with { Others = answer };
            }

            return new AskedTarget(answers, version, null);
        }
        // Any other, thrown, would leave the run without an end.
        catch (Exception fault) when (!cancel.IsCancellationRequested)
        {
            if (fault is not (RotationException or PortalException))
                common.LogUnexpected(secret, fault);
            return new AskedTarget(unknown, version, null);
        }
    }

    /// <summary>
    /// Ends a run as its cycle has decided, in one transaction with the labels. A final <see cref="RotationException"/>, and nothing changed, where
    /// the labels are no longer where they were when it was decided.
    /// </summary>
    /// <param name="work">The run.</param>
    /// <param name="action">What was decided.</param>
    /// <param name="asked">What the target said; null where it was not asked.</param>
    /// <param name="message">For the run's page.</param>
    /// <param name="done">The steps that were done and are not stored yet.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task End(RotationWork work, CycleAction action, AskedTarget? asked, string? message, IReadOnlyList<RotationStepRecord> done, CancellationToken cancel) =>
        changes.Change(work.Run.SecretId, work.Run.RunId, secret =>
        {
            if (asked is not null && action is CycleAction.Finish or CycleAction.Restore && secret.Labels.VersionOf(StagingLabels.Current) != asked!.CurrentVersion)
                throw new RotationException("AWSCURRENT was moved while the target was asked. Rotate again.", isFinal: true);
            var change = action switch
            {
                CycleAction.Finish => Finished(work, secret, asked?.Answers, message),
                CycleAction.Restore => Restored(work, secret, asked!.OtherVersion!, message),
                _ => Kept(work, secret, action == CycleAction.Keep, message),
            };
            return change with { EndRun = change.EndRun! with { Steps = [.. done] } };
        }, cancel);

    private SecretChange Finished(RotationWork work, Secret secret, TargetAnswers? answers, string? message)
    {
        // Where the target takes this run's value alone, AWSCURRENT follows it, wherever AWSPENDING was put by hand; there it stays.
        var isOnlyOne = answers is { Pending: TargetAnswer.Accepted, Current: TargetAnswer.Refused };
        var current = secret.Labels.VersionOf(StagingLabels.Current);
        if (current != work.Run.Token && !isOnlyOne)
            work.CheckPending(secret);
        var isElsewhere = isOnlyOne && secret.Labels.VersionOf(StagingLabels.Pending) is { } pending && pending != work.Run.Token;
        var now = clock.Now();
        var after = secret with
        {
            Labels = isElsewhere
                ? secret.Labels.Move(StagingLabels.Current, work.Run.Token, current)
                : secret.Labels.FinishRotation(work.Run.Token),
            LastRotatedAt = now,
            Rotation = RotationStart.Rescheduled(secret.Rotation, now),
        };
        return Ended(work, changes.Touched(after), isSuccess: true, message);
    }

    private SecretChange Restored(RotationWork work, Secret secret, string version, string? message)
    {
        if (secret.FindVersion(version) is not { HasValue: true })
            throw new RotationException($"Version {version} was removed while the target was asked. Rotate again.", isFinal: true);
        var after = secret with { Labels = secret.Labels.FinishRotation(version) };
        return Ended(work, changes.Touched(after), isSuccess: work.Run.Mode == RotationMode.Resolve, message);
    }

    private SecretChange Kept(RotationWork work, Secret secret, bool isSuccess, string? message)
    {
        var isOwn = work.Run.Mode != RotationMode.TestOnly && secret.Labels.VersionOf(StagingLabels.Pending) == work.Run.Token;
        var after = isOwn ? secret with { Labels = secret.Labels.Without(StagingLabels.Pending) } : RotationStart.WithoutTest(secret, work.Run);
        return Ended(work, ReferenceEquals(after, secret) ? secret : changes.Touched(after), isSuccess, message);
    }

    private SecretChange Ended(RotationWork work, Secret after, bool isSuccess, string? message)
    {
        var action = (work.Run.Mode, isSuccess) switch
        {
            (RotationMode.TestOnly, true) => "TestRotationSucceeded",
            (RotationMode.TestOnly, false) => "TestRotationFailed",
            (RotationMode.Resolve, true) => "RotationResolved",
            (RotationMode.Resolve, false) => "RotationUnresolved",
            (_, true) => "RotationSucceeded",
            (_, false) => "RotationFailed",
        };
        var (outcome, state) = isSuccess ? (AuditOutcome.Succeeded, RotationRunState.Succeeded) : (AuditOutcome.Failed, RotationRunState.Failed);
        return new SecretChange(after, records.Of(work, after, action, outcome, message)) { EndRun = new RotationRunEnd(work.Run.RunId, work.Fence, state, message) };
    }

    private static async Task<TargetAnswer> AskOne(IRotationDriver driver, Secret secret, SecretValue? value, CancellationToken cancel) =>
        value is null ? TargetAnswer.Refused : await driver.Ask(secret, value, cancel);

    /// <summary>Who carries a step out, and on what.</summary>
    private async Task<(IRotationDriver Driver, RotationSubject Subject)> Begin(Secret secret, CancellationToken cancel)
    {
        var current = await values.Current(secret, cancel);
        return (await drivers.Require(secret, current, cancel), new RotationSubject(secret, current));
    }
}
