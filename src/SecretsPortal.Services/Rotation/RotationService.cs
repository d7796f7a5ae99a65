using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>Turning rotation on, off, and asking for one by hand.</summary>
public sealed partial class RotationService
{
    private const int LongestFunction = 2048;
    private const int RunsLookedAt = 50;

    private readonly RotationStore _rotations;
    private readonly SecretFinder _finder;
    private readonly SecretChanges _changes;
    private readonly RotationValueSource _values;
    private readonly DriverRegistry _drivers;
    private readonly MasterSecrets _masters;
    private readonly RotationRunner _runner;
    private readonly TargetKeys _targets;
    private readonly RotationOverview _overview;
    private readonly AuditRecorder _recorder;
    private readonly IRotationQueue _queue;
    private readonly TimeProvider _clock;
    private readonly ILogger<RotationService> _log;

    internal RotationService(
        RotationStore rotations, SecretFinder finder, SecretChanges changes, RotationValueSource values, DriverRegistry drivers,
        MasterSecrets masters, RotationRunner runner, TargetKeys targets, RotationOverview overview, AuditRecorder recorder, IRotationQueue queue,
        TimeProvider clock, ILogger<RotationService> log)
    {
        _rotations = rotations;
        _finder = finder;
        _changes = changes;
        _values = values;
        _drivers = drivers;
        _masters = masters;
        _runner = runner;
        _targets = targets;
        _overview = overview;
        _recorder = recorder;
        _queue = queue;
        _clock = clock;
        _log = log;
    }

    /// <summary>
    /// RotateSecret: stores the settings, registers the token under AWSPENDING and the run, and returns at once. Refused while another
    /// rotation is not complete, which is then attempted again at once; an open run that only tests or asks is abandoned instead. Where the value
    /// names a master secret, the caller needs <c>secretsmanager:GetSecretValue</c> on that one, too.
    /// </summary>
    public Task<WrittenSecret> Rotate(CallContext call, RotateSecretRequest request, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:RotateSecret", request.SecretId, async op =>
        {
            var token = SecretRules.Token(request.ClientRequestToken, PortalError.InvalidParameter);
            CheckFunction(request.RotationLambdaArn);
            op.AddCondition("RotationLambdaARN", request.RotationLambdaArn);
            op.AddCondition("ExternalSecretRotationRoleArn", request.ExternalRoleArn);
            op.AddCondition("ModifyRotationRules", request.Schedule is not null);
            op.AddCondition("RotateImmediately", request.RotateImmediately);
            var secret = await _finder.Find(op, request.SecretId, cancel);
            SecretRules.RefuseDeleted(secret);
            await _overview.RefusePaused(cancel);
            var (master, targetKey, withoutMaster) = await CheckRotator(op, secret, request.RotationLambdaArn, cancel);
            var hasRunBefore = (await _rotations.History(secret.Id, RunsLookedAt, cancel)).Any(r => r.Token == token && r is { IsOpen: false, Mode: not RotationMode.Resolve });
            op.Detail = $"{(request.RotateImmediately ? $"version {token}" : "settings and a test")}{withoutMaster}";

            RotationRun? toExecute = null;
            var after = await _changes.Change(op, secret, (current, run) =>
            {
                SecretRules.RefuseDeleted(current);
                toExecute = run;
                var isSuperseded = run is { Mode: RotationMode.TestOnly or RotationMode.Resolve } && (run.Token != token || run.Mode == RotationMode.Resolve);
                if ((run is not null && !isSuperseded) || hasRunBefore)
                    return null;
                SecretRules.RefuseChanged(request.Seen, current, static (seen, now) => SettingsOf(seen) == SettingsOf(now));
                var freed = isSuperseded ? RotationStart.WithoutTest(current, run!) : current;
                var change = Start(op, freed, request, token, master, targetKey) with { AbandonOpenRun = isSuperseded };
                toExecute = change.StartRun;
                return change;
            }, cancel);

            var isRefused = toExecute is not null && toExecute.Token != token;
            if (isRefused)
                await _rotations.Hasten(toExecute!.RunId, _clock.Now(), cancel);
            Enqueue(toExecute);
            if (isRefused)
                throw new PortalException(PortalError.InvalidRequest, "A previous rotation isn't complete. That rotation will be reattempted.");
            return new WrittenSecret(after, request.RotateImmediately ? token : null);
        }, cancel);

    /// <summary>
    /// CancelRotateSecret: the schedule stops; an open run is abandoned and AWSPENDING removed, unless the run has begun to change the
    /// target: that one is carried to its end, because ended half-way it would leave AWSCURRENT with a value that no longer works.
    /// </summary>
    public Task<WrittenSecret> Cancel(CallContext call, string secretId, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:CancelRotateSecret", secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            SecretRules.RefuseDeleted(secret);
            string? token = null;
            // Asked of all attempts: one that was just claimed has no steps yet.
            var begun = await _rotations.FindOpen(secret.Id, cancel) is { } open && await _rotations.HasBegun(open.RunId, RotationStep.SetSecret, cancel)
                ? open.RunId
                : null;
            var after = await _changes.Change(op, secret, (current, run) =>
            {
                SecretRules.RefuseDeleted(current);
                token = run?.Token;
                var isEnding = run is not null && run.RunId != begun && run.Steps.All(s => s.Step != RotationStep.SetSecret);
                if (current.Rotation is null && !isEnding)
                    return null;
                var cancelled = (isEnding ? SecretChanges.WithoutRun(current, run) : current) with
                {
                    Rotation = current.Rotation is null ? null : current.Rotation with { Enabled = false, NextWindowStart = null, NextWindowEnd = null },
                };
                return new SecretChange(_changes.Touched(cancelled), _recorder.Success(op)) { AbandonOpenRun = isEnding };
            }, cancel);
            return new WrittenSecret(after, token is not null && after.FindVersion(token) is not null ? token : null);
        }, cancel);

    /// <summary>
    /// Whether a rotation would work, before it is turned on and without changing anything (action <c>secretsmanager:RotateSecret</c>; with a master
    /// secret, also <c>secretsmanager:GetSecretValue</c> on that one).
    /// </summary>
    /// <param name="call">Who asks.</param>
    /// <param name="secretId">Name or ARN.</param>
    /// <param name="function">The function that is to rotate it; null for the one that is set, or the built-in rotator of the secret's engine.</param>
    /// <param name="cancel">Ends the wait.</param>
    public Task<PreflightReport> Check(CallContext call, string secretId, string? function, CancellationToken cancel) =>
        _recorder.Recording(call, SecretActions.RotateSecret, secretId, async op =>
        {
            CheckFunction(function);
            op.AddCondition("RotationLambdaARN", function);
            var secret = await _finder.Find(op, secretId, cancel);
            SecretRules.RefuseDeleted(secret);
            op.Detail = "check: nothing is changed";
            var (driver, settings, current) = await FindDriver(secret, function, cancel);
            var asked = secret with { Rotation = settings ?? new RotationSettings { Enabled = false } };
            if (!driver.NeedsMaster)
                return await driver.Check(asked, cancel);
            try
            {
                return await driver.Check(asked with { Rotation = asked.Rotation with { MasterArn = await _masters.Approve(op, secret, current, cancel) } }, cancel);
            }
            catch (PortalException fault) when (fault.Error is PortalError.AccessDenied or PortalError.InvalidRequest)
            {
                // What else there is to say is said all the same.
                var report = await driver.Check(asked with { Rotation = asked.Rotation with { MasterArn = null } }, cancel);
                var finding = new PreflightFinding(PreflightCheck.Master, PreflightState.Failed, fault.Message);
                return new PreflightReport([.. report.Findings.Where(f => f.Check != PreflightCheck.Master), finding]);
            }
        }, cancel);

    /// <summary>
    /// Asks the target at once which of the secret's values it accepts and moves the labels to match (action <c>secretsmanager:RotateSecret</c>). An
    /// open run that waits is carried on instead: its end is the same. Gives the run, whose message says what was found and done; one that is still
    /// open then asks again by itself. Refused while a node works on the secret's run, and while rotations are paused where it would be one that begins.
    /// </summary>
    public async Task<RotationRun> Resolve(CallContext call, string secretId, CancellationToken cancel)
    {
        var runId = await _recorder.Recording(call, SecretActions.RotateSecret, secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            SecretRules.RefuseDeleted(secret);
            op.Detail = "resolve";
            var (driver, _, _) = await FindDriver(secret, function: null, cancel);
            var refusal = await _overview.FindRefusal(cancel);
            RotationRun? toCarry = null;
            await _changes.Change(op, secret, (now, open) =>
            {
                SecretRules.RefuseDeleted(now);
                toCarry = open;
                if (open is not null)
                    return null;
                var hanging = RotationStart.HangingToken(now);
                if (!driver.CanAsk && hanging is null)
                    throw new PortalException(PortalError.InvalidRequest, "Nothing hangs: AWSPENDING is nowhere. Whether AWSCURRENT works, only the rotation function could say; rotate to have it tested.");
                // A function's target is asked by the function alone, in a rotation under the version that hangs.
                var mode = driver.CanAsk ? RotationMode.Resolve : RotationMode.Rotate;
                if (mode == RotationMode.Rotate && refusal is not null)
                    throw refusal;
                toCarry = RotationStart.Run(now, hanging ?? now.Labels.VersionOf(StagingLabels.Current)!, mode, RotationTrigger.Manual, _clock.Now());
                return RotationStart.Change(_changes, now, toCarry, _recorder.Success(op));
            }, cancel);
            // To ask a target, or to end what was begun, is no rotation that begins.
            if (refusal is not null && toCarry!.Mode == RotationMode.Rotate && !await _rotations.HasBegun(toCarry.RunId, RotationStep.SetSecret, cancel))
                throw refusal;
            await Hasten(toCarry!, cancel);
            return toCarry!.RunId;
        }, cancel);
        await _runner.Run(runId, cancel);
        return await _rotations.Find(runId, cancel) ?? throw SecretRules.NotFound();
    }

    /// <summary>Has an open run that waits for its next attempt begin it now (action <c>secretsmanager:RotateSecret</c>). Refused where none waits.</summary>
    public Task Retry(CallContext call, string secretId, CancellationToken cancel) =>
        _recorder.Recording(call, SecretActions.RotateSecret, secretId, async op =>
        {
            var secret = await _finder.Find(op, secretId, cancel);
            SecretRules.RefuseDeleted(secret);
            op.Detail = "retry now";
            await _overview.RefusePaused(cancel);
            var run = await _rotations.FindOpen(secret.Id, cancel)
                ?? throw new PortalException(PortalError.InvalidRequest, "No rotation of this secret waits. Rotate it instead.");
            await Hasten(run, cancel);
            Enqueue(run);
            return true;
        }, cancel);

    /// <summary>Refuses a run that a node works on; one that waits is due now.</summary>
    private async Task Hasten(RotationRun run, CancellationToken cancel)
    {
        if (run.State == RotationRunState.Running)
            throw new PortalException(PortalError.InvalidRequest,
                $"A rotation of this secret is being carried out right now. Wait until it ends; if the node that works on it has died, another one goes on within {RotationRunner.Lease.TotalSeconds:0} seconds.");
        await _rotations.Hasten(run.RunId, _clock.Now(), cancel);
    }

    // What people set of a rotation; its windows move by themselves.
    private static (bool IsOn, string? Function, RotationSchedule? Schedule) SettingsOf(Secret secret) =>
        (secret.Rotation?.Enabled == true, secret.Rotation?.FunctionArn, secret.Rotation?.Schedule);

    private static void CheckFunction(string? function)
    {
        if (function is { Length: 0 or > LongestFunction })
            throw new PortalException(PortalError.InvalidParameter, $"RotationLambdaARN must have 1 to {LongestFunction} characters.");
    }

    /// <summary>
    /// Refuses a secret that nothing can rotate, before anything is stored. Gives the ARN of the master secret that the caller may use, the key of the
    /// target, and what the record is to say of a master that is gone without; null for none.
    /// </summary>
    private async Task<(string? Master, string? TargetKey, string? WithoutMaster)> CheckRotator(RecordedCall op, Secret secret, string? function, CancellationToken cancel)
    {
        var (driver, settings, current) = await FindDriver(secret, function, cancel);
        (string? Master, string? Without) found = driver switch
        {
            { NeedsMaster: true } => (await _masters.Approve(op, secret, current, cancel), null),
            { CanAsk: false } => await ApproveForFunction(op, secret, current, cancel),
            _ => (null, null),
        };
        return (found.Master, await _targets.Of(current, settings?.FunctionArn, cancel), found.Without);
    }

    /// <summary>A function may do without the master that the value names, so that nobody who may not read that one is kept from rotating.</summary>
    private async Task<(string? Master, string? Without)> ApproveForFunction(RecordedCall op, Secret secret, SecretValue current, CancellationToken cancel)
    {
        try
        {
            return (await _masters.Approve(op, secret, current, cancel), null);
        }
        catch (PortalException fault) when (fault.Error is PortalError.AccessDenied or PortalError.InvalidRequest)
        {
            // Without the name, which may be anything: it is a part of the value. A denial has its own record, which names what there is.
            return (null, fault.Error == PortalError.AccessDenied
                ? $", without the master secret that its value names: {SecretActions.GetSecretValue} on it was denied"
                : ", without the master secret that its value names: it can't be used");
        }
    }

    private async Task<(IRotationDriver Driver, RotationSettings? Settings, SecretValue Current)> FindDriver(Secret secret, string? function, CancellationToken cancel)
    {
        var current = await _values.Labelled(secret, StagingLabels.Current, cancel);
        var settings = function is null ? secret.Rotation : (secret.Rotation ?? new RotationSettings { Enabled = true }) with { FunctionArn = function };
        var driver = await _drivers.Of(secret with { Rotation = settings }, current, cancel);
        if (driver is null && settings?.FunctionArn is not null)
            throw new PortalException(PortalError.AccessDenied,
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.");
        if (driver is null)
            throw new PortalException(PortalError.InvalidRequest, "No Lambda rotation function ARN is associated with this secret.");
        return (driver, settings, current ?? throw new PortalException(PortalError.InvalidRequest, "The secret has no AWSCURRENT value to rotate. Put a value first."));
    }

    private SecretChange Start(RecordedCall op, Secret current, RotateSecretRequest request, string token, string? master, string? targetKey)
    {
        var now = _clock.Now();
        if (request.RotateImmediately && RotationStart.HangingToken(current) is { } hanging && hanging != token)
        {
            var refused = _recorder.For(op.Call, op.Action, current.Arn.ToString(), AuditOutcome.Failed, $"reattempted: version {hanging}");
            return RotationStart.Change(_changes, current, RotationStart.Run(current, hanging, RotationMode.Rotate, RotationTrigger.Manual, now), refused);
        }

        // A rotation goes on with what is under AWSPENDING; a test has a copy of its own there, and must not come over anybody's value.
        var isGoneOn = request.RotateImmediately && current.Labels.VersionOf(StagingLabels.Pending) == token;
        if (!isGoneOn && current.FindVersion(token) is not null)
            throw SecretRules.TokenInUse(token, current, PortalError.InvalidRequest); // The model knows no other error for RotateSecret.
        var schedule = request.Schedule ?? current.Rotation?.Schedule;
        var window = schedule?.Next(request.RotateImmediately ? now : RotationStart.LastRotation(current, now), now);
        var settings = new RotationSettings
        {
            Enabled = true,
            FunctionArn = request.RotationLambdaArn ?? current.Rotation?.FunctionArn,
            ExternalMetadata = request.ExternalMetadata ?? current.Rotation?.ExternalMetadata,
            ExternalRoleArn = request.ExternalRoleArn ?? current.Rotation?.ExternalRoleArn,
            MasterArn = master,
            Schedule = schedule,
            NextWindowStart = window?.Start,
            NextWindowEnd = window?.End,
            TargetKey = targetKey,
        };
        var mode = request.RotateImmediately ? RotationMode.Rotate : RotationMode.TestOnly;
        var run = RotationStart.Run(current, token, mode, RotationTrigger.Manual, now);
        return RotationStart.Change(_changes, current with { Rotation = settings }, run, _recorder.Success(op));
    }

    private void Enqueue(RotationRun? run)
    {
        if (run is not { IsOpen: true })
            return;
        try
        {
            _queue.Enqueue(run.RunId);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // The run is stored: the next tick finds it.
            LogNotEnqueued(fault, run.RunId);
        }
    }

    [LoggerMessage(EventId = 1201, Level = LogLevel.Warning, Message = "Rotation run {RunId} could not be enqueued; the next tick will")]
    private partial void LogNotEnqueued(Exception fault, string runId);
}
