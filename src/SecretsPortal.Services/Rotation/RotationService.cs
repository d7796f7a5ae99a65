using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>What RotateSecret is asked for.</summary>
public sealed record RotateSecretRequest
{
    /// <summary>Name or ARN.</summary>
    public required string SecretId { get; init; }

    /// <summary>32–64 characters; becomes the new version's id.</summary>
    public string? ClientRequestToken { get; init; }

    /// <summary>The rotation function; null to keep what is set, or to use the built-in rotator of the secret's engine.</summary>
    public string? RotationLambdaArn { get; init; }

    /// <summary>The schedule; null to keep what is set. Build it with <see cref="RotationSchedule.Parse"/>.</summary>
    public RotationSchedule? Schedule { get; init; }

    /// <summary>What a partner's rotation needs to know; null to keep what is set.</summary>
    public IReadOnlyList<ExternalRotationItem>? ExternalMetadata { get; init; }

    /// <summary>The role that a partner's rotation assumes; null to keep what is set.</summary>
    public string? ExternalRoleArn { get; init; }

    /// <summary>False to store the settings and only run testSecret; true by default.</summary>
    public bool RotateImmediately { get; init; } = true;
}

/// <summary>Hands runs to whatever executes them. Two in use: Hangfire in the host, and direct execution in tests.</summary>
public interface IRotationQueue
{
    /// <summary>Asks for the run to be executed soon, at least once. Only ids travel.</summary>
    void Enqueue(string runId);
}

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
    private readonly AuditRecorder _recorder;
    private readonly IRotationQueue _queue;
    private readonly TimeProvider _clock;
    private readonly ILogger<RotationService> _log;

    internal RotationService(
        RotationStore rotations, SecretFinder finder, SecretChanges changes, RotationValueSource values, DriverRegistry drivers,
        AuditRecorder recorder, IRotationQueue queue, TimeProvider clock, ILogger<RotationService> log)
    {
        _rotations = rotations;
        _finder = finder;
        _changes = changes;
        _values = values;
        _drivers = drivers;
        _recorder = recorder;
        _queue = queue;
        _clock = clock;
        _log = log;
    }

    /// <summary>
    /// RotateSecret: stores the settings, registers the token under AWSPENDING and the run, and returns at once. Refused while another
    /// rotation is not complete, which is then attempted again at once; an open run that only tests is abandoned instead.
    /// </summary>
    public Task<WrittenSecret> Rotate(CallContext call, RotateSecretRequest request, CancellationToken cancel) =>
        _recorder.Recording(call, "secretsmanager:RotateSecret", request.SecretId, async op =>
        {
            var token = SecretRules.Token(request.ClientRequestToken, PortalError.InvalidParameter);
            if (request.RotationLambdaArn is { Length: 0 or > LongestFunction })
                throw new PortalException(PortalError.InvalidParameter, $"RotationLambdaARN must have 1 to {LongestFunction} characters.");
            op.AddCondition("RotationLambdaARN", request.RotationLambdaArn);
            op.AddCondition("ExternalSecretRotationRoleArn", request.ExternalRoleArn);
            op.AddCondition("ModifyRotationRules", request.Schedule is not null);
            op.AddCondition("RotateImmediately", request.RotateImmediately);
            var secret = await _finder.Find(op, request.SecretId, cancel);
            SecretRules.RefuseDeleted(secret);
            await CheckRotator(secret, request.RotationLambdaArn, cancel);
            var hasRunBefore = (await _rotations.History(secret.Id, RunsLookedAt, cancel)).Any(r => r.Token == token && !r.IsOpen);
            op.Detail = request.RotateImmediately ? $"version {token}" : "settings and a test";

            RotationRun? toExecute = null;
            var after = await _changes.Change(op, secret, (current, run) =>
            {
                SecretRules.RefuseDeleted(current);
                toExecute = run;
                var isSuperseded = run is { Mode: RotationMode.TestOnly } && run.Token != token;
                if ((run is not null && !isSuperseded) || hasRunBefore)
                    return null;
                var change = Start(op, current, request, token) with { AbandonOpenRun = isSuperseded };
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
                var cancelled = current with
                {
                    Rotation = current.Rotation is null ? null : current.Rotation with { Enabled = false, NextWindowStart = null, NextWindowEnd = null },
                    Labels = isEnding ? SecretChanges.WithoutRun(current.Labels, run) : current.Labels,
                };
                return new SecretChange(_changes.Touched(cancelled), _recorder.Success(op)) { AbandonOpenRun = isEnding };
            }, cancel);
            return new WrittenSecret(after, token is not null && after.FindVersion(token) is not null ? token : null);
        }, cancel);

    /// <summary>
    /// The secret's runs, newest first, with their steps (action <c>secretsmanager:DescribeSecret</c>). Only refusals are recorded: pages ask
    /// every second while a run is under way, after DescribeSecret was recorded once.
    /// </summary>
    public async Task<IReadOnlyList<RotationRun>> History(CallContext call, string secretId, int limit, CancellationToken cancel)
    {
        SecretRules.Range("limit", limit, 1, 100);
        var secret = await _finder.Find(new RecordedCall(call, "secretsmanager:DescribeSecret", secretId), secretId, cancel);
        return await _rotations.History(secret.Id, limit, cancel);
    }

    /// <summary>Refuses a secret that nothing can rotate, before anything is stored.</summary>
    private async Task CheckRotator(Secret secret, string? function, CancellationToken cancel)
    {
        var current = await _values.Labelled(secret, StagingLabels.Current, cancel);
        var settings = function is null ? secret.Rotation : new RotationSettings { Enabled = true, FunctionArn = function };
        var driver = await _drivers.Of(secret with { Rotation = settings }, current, cancel);
        if (driver is null && function is not null)
            throw new PortalException(PortalError.AccessDenied,
                "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants access to the principal secretsmanager.amazonaws.com.");
        if (driver is null)
            throw new PortalException(PortalError.InvalidRequest, "No Lambda rotation function ARN is associated with this secret.");
        if (current is null)
            throw new PortalException(PortalError.InvalidRequest, "The secret has no AWSCURRENT value to rotate. Put a value first.");
    }

    private SecretChange Start(RecordedCall op, Secret current, RotateSecretRequest request, string token)
    {
        var now = _clock.Now();
        if (request.RotateImmediately && RotationStart.HangingToken(current) is { } hanging && hanging != token)
        {
            var refused = _recorder.For(op.Call, op.Action, current.Arn.ToString(), AuditOutcome.Failed, $"reattempted: version {hanging}");
            return RotationStart.Change(_changes, current, RotationStart.Run(current, hanging, RotationMode.Rotate, RotationTrigger.Manual, now), refused);
        }

        var isPending = current.Labels.VersionOf(StagingLabels.Pending) == token;
        if (!isPending && current.FindVersion(token) is not null)
            throw SecretRules.TokenInUse(token, current, PortalError.InvalidRequest); // The model knows no other error for RotateSecret.
        var schedule = request.Schedule ?? current.Rotation?.Schedule;
        var window = schedule?.Next(request.RotateImmediately ? now : RotationStart.LastRotation(current, now), now);
        var settings = new RotationSettings
        {
            Enabled = true,
            FunctionArn = request.RotationLambdaArn ?? current.Rotation?.FunctionArn,
            ExternalMetadata = request.ExternalMetadata ?? current.Rotation?.ExternalMetadata,
            ExternalRoleArn = request.ExternalRoleArn ?? current.Rotation?.ExternalRoleArn,
            Schedule = schedule,
            NextWindowStart = window?.Start,
            NextWindowEnd = window?.End,
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
