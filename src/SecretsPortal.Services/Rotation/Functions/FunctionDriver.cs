using Microsoft.Extensions.Logging;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Kms;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation.Functions;

/// <summary>What the drivers of all functions have in common, and which function a secret names.</summary>
internal sealed partial class FunctionWork(
    RotationFunctionStore functions, FunctionCaller caller, FunctionCredentials credentials, RotationTokens tokens, RotationValueSource values, SecretSealer sealer,
    SecretChanges changes, KeyRegistry keys, RotationRecords records, PortalOptions options, ILogger<FunctionWork> log)
{
    // Temporary credentials live for 15 minutes at least; a step may take as long.
    private static readonly TimeSpan s_spare = TimeSpan.FromMinutes(5);

    /// <summary>The values of a run.</summary>
    public RotationValueSource Values => values;

    /// <summary>The driver of the function that the secret's settings name; a final <see cref="RotationException"/> that says why there is none.</summary>
    /// <param name="secret">The secret, or as it would be with other settings.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<IRotationDriver> Require(Secret secret, CancellationToken cancel)
    {
        var arn = secret.Rotation?.FunctionArn;
        if (arn is null || CallerArn.Parse(arn, options.AccountId) is not (CallerKind.Function, var name) || arn.Split(':')[3] != secret.Arn.Region)
            throw Final($"{arn} is no rotation function of this portal in {secret.Arn.Region}. Rotate the secret with the ARN of one as RotationLambdaARN.");
        if (await functions.Find(name, cancel) is not { } function)
            throw Final($"The rotation function {name} does not exist. Register it, or rotate the secret with another one.");
        if (function.Caller.IsDisabled)
            throw Final($"The rotation function {name} is disabled. Enable it, or rotate the secret with another one.");
        return FunctionRules.Permits(function, secret.Name)
            ? new FunctionDriver(function, this)
            : throw Final($"The rotation function {name} does not permit secrets of this name. Add a pattern for it to the function's allowedSecrets.");
    }

    /// <summary>Sends the event of a step; the sentence for the run's page. A <see cref="RotationException"/> tells what the function said.</summary>
    public async Task<string> Send(StoredFunction function, RotationWork work, RotationSubject subject, RotationStep step, CancellationToken cancel)
    {
        var secret = subject.Secret;
        var lifetime = function.Timeout + s_spare;
        var master = await MasterOf(subject, work, cancel);
        var access = await credentials.Issue(
            secret, master is null ? null : secret.Rotation!.MasterArn, lifetime < TemporaryCredentials.ShortestLifetime ? TemporaryCredentials.ShortestLifetime : lifetime, cancel);
        // No record, no credentials.
        await records.Write(
            records.Of(work, secret, "FunctionInvoked", AuditOutcome.Succeeded, $"{FunctionWords.NameOf(step)} by {function.Caller.Name} with {access.AccessKeyId}, good until {access.ExpiresAt:yyyy-MM-dd'T'HH:mm:ss'Z'}"),
            cancel);
        var token = await tokens.Of(work.Run, step, cancel);
        var payload = FunctionCall.EventOf(step, secret.Arn.ToString(), work.Run.Token, token);
        var result = await caller.Call(function, secret.Arn.Region, payload, token, access, () => Seen(work, master, cancel), cancel);
        if (!result.Succeeded && result.Log.Length > 0)
            LogOutput(work.Run.RunId, function.Caller.Name, FunctionWords.NameOf(step), FunctionWords.ForLog(result));
        return FunctionWords.Of(function.Caller.Name, step, result);
    }

    /// <summary>
    /// A test before the first rotation: functions look for a version with AWSPENDING, so there is one with the current value for as long as it takes.
    /// </summary>
    public async Task<string> SendTest(StoredFunction function, RotationWork work, RotationSubject subject, CancellationToken cancel)
    {
        var (secret, current) = subject;
        CheckPlace(secret, work);
        var content = await sealer.Seal(secret.Arn, work.Run.Token, current, await keys.Resolve(secret.KmsKeyId, secret.Arn.Region, cancel), cancel);
        await Change(
            work,
            now =>
            {
                CheckPlace(now, work);
                return now with { Versions = SecretChanges.WithVersion(now, content.Version), Labels = now.Labels.StartRotation(work.Run.Token) };
            },
            content.Stored, cancel);
        try
        {
            return await Send(function, work, subject, RotationStep.TestSecret, cancel);
        }
        finally
        {
            await Change(
                work,
                now => now.Labels.VersionOf(StagingLabels.Pending) == work.Run.Token && now.Labels.VersionOf(StagingLabels.Current) != work.Run.Token
                    ? RotationStart.WithoutPending(now, work.Run.Token)
                    : now,
                value: null, CancellationToken.None);
        }
    }

    /// <summary>What the portal itself can say before a rotation: whether the function could be called. Nothing is changed, and it is not called.</summary>
    public PreflightReport Check(StoredFunction function)
    {
        try
        {
            if (function.Kind == FunctionKind.Process && OperatingSystem.IsLinux())
                ProcessLaunch.FolderOf(function, options.Functions);
            return new PreflightReport([new PreflightFinding(PreflightCheck.Reachable, PreflightState.Skipped, $"Only the function {function.Caller.Name} itself knows its target. RotateSecret with RotateImmediately = false lets it test the current value.")]);
        }
        catch (FunctionSetUpException fault)
        {
            return new PreflightReport([new PreflightFinding(PreflightCheck.Reachable, PreflightState.Failed, fault.Message)]);
        }
    }

    /// <summary>
    /// A final <see cref="RotationException"/> where AWSPENDING is somebody else's. (Nobody's value is under the test's own token: RotateSecret refuses one
    /// that is in use, and a put under it ends the test.)
    /// </summary>
    private static void CheckPlace(Secret secret, RotationWork work)
    {
        if (RotationStart.HangingToken(secret) is { } hanging && hanging != work.Run.Token)
            throw Final($"AWSPENDING is on version {hanging}: a rotation is not complete. Rotate the secret, or take the label away first.");
    }

    /// <summary>
    /// The value of the master secret that the function may be shown, so that it is taken out of the function's words; null where the value names
    /// none, or another one than whoever set the rotation up may read.
    /// </summary>
    private async Task<SecretValue?> MasterOf(RotationSubject subject, RotationWork work, CancellationToken cancel)
    {
        if (subject.Secret.Rotation?.MasterArn is null)
            return null;
        try
        {
            return (await values.WithoutPending(subject, withMaster: true, work.Run.RunId, cancel)).Master;
        }
        catch (RotationException)
        {
            // The function goes without, and says so if it needs one.
            return null;
        }
    }

    private async Task<IReadOnlyList<SecretValue>> Seen(RotationWork work, SecretValue? master, CancellationToken cancel)
    {
        var secret = await values.Load(work, cancel);
        List<SecretValue> seen = master is null ? [] : [master];
        foreach (var version in secret.Labels.ByLabel.Values.Append(work.Run.Token).Distinct(StringComparer.Ordinal))
        {
            if (await values.Of(secret, version, cancel) is { } value)
                seen.Add(value);
        }

        return seen;
    }

    private Task<Secret?> Change(RotationWork work, Func<Secret, Secret> change, SealedVersion? value, CancellationToken cancel) =>
        changes.Change(work.Run.SecretId, work.Run.RunId, now => change(now) is var after && ReferenceEquals(after, now)
            ? null
            : new SecretChange(changes.Touched(after), records.Of(work, now, value is null ? "TestVersionRemoved" : "TestVersionCreated", AuditOutcome.Succeeded))
            {
                Values = value is null ? [] : [value], HeldRun = work.Lease,
            }, cancel);

    private static RotationException Final(string message) => new(message, isFinal: true);

    [LoggerMessage(EventId = 1252, Level = LogLevel.Information, Message = "Rotation run {RunId}: the function {Function} failed in {Step}; its output, without what is known to be secret: {Output}")]
    private partial void LogOutput(string runId, string function, string step, string output);
}

/// <summary>The driver of a registered function. Its target is known to the function alone.</summary>
internal sealed class FunctionDriver(StoredFunction function, FunctionWork common) : IRotationDriver
{
    /// <inheritdoc/>
    public bool CanAsk => false;

    /// <inheritdoc/>
    public Task<string> CreateSecret(RotationWork work, RotationSubject subject, CancellationToken cancel) => common.Send(function, work, subject, RotationStep.CreateSecret, cancel);

    /// <inheritdoc/>
    public Task<string> SetSecret(RotationWork work, RotationSubject subject, CancellationToken cancel) => common.Send(function, work, subject, RotationStep.SetSecret, cancel);

    /// <inheritdoc/>
    public Task<string> TestSecret(RotationWork work, RotationSubject subject, CancellationToken cancel) => work.Run.Mode == RotationMode.TestOnly
        ? common.SendTest(function, work, subject, cancel)
        : common.Send(function, work, subject, RotationStep.TestSecret, cancel);

    /// <inheritdoc/>
    public Task<string> FinishSecret(RotationWork work, RotationSubject subject, CancellationToken cancel) => common.Send(function, work, subject, RotationStep.FinishSecret, cancel);

    /// <inheritdoc/>
    public Task<TargetAnswer> Ask(Secret secret, SecretValue value, CancellationToken cancel) => Task.FromResult(TargetAnswer.Unknown);

    /// <inheritdoc/>
    public Task<PreflightReport> Check(Secret secret, CancellationToken cancel) => Task.FromResult(common.Check(function));
}
