using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Audit;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Rotation;

/// <summary>
/// Asks each target now and then whether it takes the value that AWSCURRENT has, so that a credential somebody has changed behind the portal's back is
/// found before a program is refused.
/// </summary>
public sealed partial class RotationHeartbeat
{
    private const int PageSize = 200;
    private const int PlanSize = 500;
    private const int AtOnce = 8;

    private static readonly TimeSpan s_pause = TimeSpan.FromMinutes(5);

    private readonly HeartbeatStore _heartbeats;
    private readonly RotationScheduleStore _schedules;
    private readonly SecretStore _store;
    private readonly RotationValueSource _values;
    private readonly DriverRegistry _drivers;
    private readonly RotationMetrics _metrics;
    private readonly AuditRecorder _recorder;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<RotationHeartbeat> _log;
    private readonly OneAtATime _ticks = new();

    internal RotationHeartbeat(
        HeartbeatStore heartbeats, RotationScheduleStore schedules, SecretStore store, RotationValueSource values, DriverRegistry drivers, RotationMetrics metrics,
        AuditRecorder recorder, PortalOptions options, TimeProvider clock, ILogger<RotationHeartbeat> log)
    {
        _heartbeats = heartbeats;
        _schedules = schedules;
        _store = store;
        _values = values;
        _drivers = drivers;
        _metrics = metrics;
        _recorder = recorder;
        _options = options;
        _clock = clock;
        _log = log;
    }

    private TimeSpan Interval => _options.Rotation.HeartbeatInterval;

    /// <summary>
    /// Asks those targets whose time has come, a few at once, and no more of one target than it bears together with the rotations there. Safe on
    /// several nodes at once; on one node a tick that comes while another still works does nothing.
    /// </summary>
    public Task Tick(CancellationToken cancel) => _ticks.Run(async () =>
    {
        if (Interval == TimeSpan.Zero || await _schedules.FindPause(cancel) is not null)
            return;
        var now = _clock.Now();
        await _heartbeats.Plan(id => now + PlaceOf(id), PlanSize, cancel);
        if (await _heartbeats.FindDue(now, PageSize, cancel) is not { Count: > 0 } due)
            return;
        var load = new TargetLoad(await _schedules.CountByTarget(cancel), _options.Rotation);
        await Parallel.ForEachAsync(due, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = cancel }, (one, token) => Ask(one, load, token));
    });

    /// <summary>The first heartbeat's place in the interval, which the secret's id decides: they are spread, and stay so.</summary>
    private TimeSpan PlaceOf(string secretId)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"heartbeat {secretId}"), hash);
        return TimeSpan.FromSeconds(BinaryPrimitives.ReadUInt64BigEndian(hash) % (ulong)Interval.TotalSeconds);
    }

    private async ValueTask Ask(DueHeartbeat due, TargetLoad load, CancellationToken cancel)
    {
        // A target that has its fill is asked with a later tick.
        lock (load)
        {
            if (!load.TryAdd(due.TargetKey))
                return;
        }

        try
        {
            var now = _clock.Now();
            var intervals = Math.Max(1, (long)Math.Ceiling((now - due.DueAt) / Interval));
            if (await _heartbeats.Take(due, due.DueAt + (Interval * intervals), cancel))
                await AskTarget(due.SecretId, cancel);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // Of the portal's own: the database or the KMS is away.
            LogFault(fault, due.SecretId);
            await Again(due.SecretId, cancel);
        }
        finally
        {
            lock (load)
                load.Remove(due.TargetKey);
        }
    }

    private async Task AskTarget(string secretId, CancellationToken cancel)
    {
        if (await _store.FindById(secretId, cancel) is not { DeletedAt: null, Rotation.Enabled: true } secret
            || secret.Labels.VersionOf(StagingLabels.Current) is not { } version
            || (secret.Rotation.FunctionArn is not null && await _drivers.Of(secret, current: null, cancel) is null or { CanAsk: false }))
            return;
        // As with every opening, the record comes first.
        await _recorder.Record(Record(secret, "RotationHeartbeat", AuditOutcome.Succeeded, $"version {version}"), cancel);
        if (await _values.Of(secret, version, cancel) is not { } value || await _drivers.Of(secret, value, cancel) is not { CanAsk: true } driver)
            return;
        var answer = await driver.Ask(secret, value, cancel);
        _metrics.Heard(answer);
        await _heartbeats.Save(
            secretId, new Heartbeat(_clock.Now(), version, answer, MessageOf(answer)),
            isOut => Record(
                secret, isOut ? "RotationOutOfSync" : "RotationInSync", isOut ? AuditOutcome.Failed : AuditOutcome.Succeeded,
                $"version {version}: the target {(isOut ? "refuses" : "takes")} it"),
            cancel);
    }

    private async Task Again(string secretId, CancellationToken cancel)
    {
        try
        {
            await _heartbeats.Postpone(secretId, _clock.Now() + s_pause, cancel);
        }
        catch (Exception fault) when (fault is not OperationCanceledException)
        {
            // It is asked again in its next interval.
            LogFault(fault, secretId);
        }
    }

    private static string MessageOf(TargetAnswer answer) => answer switch
    {
        TargetAnswer.Accepted => "The target takes the current value.",
        TargetAnswer.Refused => "The target refuses the current value: programs that read it cannot log in. Put the value that works, or let somebody set the password back, then rotate.",
        _ => "The target does not say: it can't be reached, or keeps the user out for another reason.",
    };

    private AuditRecord Record(Secret secret, string action, AuditOutcome outcome, string detail)
    {
        var call = CallerArn.System("heartbeat", _options.AccountId, secret.Arn.Region, Guid.CreateVersion7(_clock.Now()).ToString());
        return _recorder.For(call, $"secretsportal:{action}", secret.Arn.ToString(), outcome, detail);
    }

    [LoggerMessage(EventId = 1231, Level = LogLevel.Warning, Message = "The target of the secret {SecretId} could not be asked; that is tried again")]
    private partial void LogFault(Exception fault, string secretId);
}
