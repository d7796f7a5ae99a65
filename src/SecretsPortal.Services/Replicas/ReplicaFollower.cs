using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Secrets;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Secrets;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Replicas;

/// <summary>Brings replicas up to date: at once behind each change of a primary, and by a tick what failed or was interrupted.</summary>
public sealed partial class ReplicaFollower
{
    private const int BatchSize = 100;

    // What a request is about to bring up to date by itself is left to it.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);
    // A region that does not answer keeps neither a request waiting nor the other replicas of a tick.
    private static readonly TimeSpan s_mostOfRequest = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_mostOfReplica = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan[] s_pauses = [TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15)];

    private readonly SecretStore _store;
    private readonly ReplicaStore _replicas;
    private readonly ReplicaTarget _target;
    private readonly SecretSealer _sealer;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<ReplicaFollower> _log;
    private readonly OneAtATime _ticks = new();

    internal ReplicaFollower(
        SecretStore store, ReplicaStore replicas, ReplicaTarget target, SecretSealer sealer, PortalOptions options, TimeProvider clock, ILogger<ReplicaFollower> log)
    {
        _store = store;
        _replicas = replicas;
        _target = target;
        _sealer = sealer;
        _options = options;
        _clock = clock;
        _log = log;
    }

    /// <summary>
    /// One tick: brings up every replica that is due, each in 10 seconds at most. Safe to run on several nodes at once; on this one a tick
    /// that finds another under way does nothing.
    /// </summary>
    public Task Tick(CancellationToken cancel) => _ticks.Run(() => BringDue(cancel));

    private async Task BringDue(CancellationToken cancel)
    {
        var due = await _replicas.FindDue(_clock.Now() - s_patience, BatchSize, cancel);
        foreach (var id in due.Select(replica => replica.SecretId).Distinct(StringComparer.Ordinal))
        {
            cancel.ThrowIfCancellationRequested();
            if (await _store.FindById(id, cancel) is not { } primary)
                continue;
            var requestId = Guid.CreateVersion7(_clock.Now()).ToString();
            foreach (var region in primary.Replicas.Where(replica => replica.DueAt <= _clock.Now()).Select(replica => replica.Region).ToList())
            {
                using var time = new CancellationTokenSource(s_mostOfReplica, _clock);
                using var limit = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
                var after = await Bring(primary, region, op: null, requestId, limit.Token, cancel);
                if (after is null && time.IsCancellationRequested)
                    after = await NoteFailure(primary.Id, region, TooSlow(), requestId, cancel);
                primary = after ?? primary;
            }
        }
    }

    /// <summary>
    /// Brings the due replicas of a primary up to date, but for those that failed before, and gives the primary as it is afterwards. Takes 2
    /// seconds at most and never throws: the change that made them due is committed, and what fails or is not done stays due for the tick.
    /// </summary>
    internal async Task<Secret> Follow(Secret primary, RecordedCall? op, string requestId, CancellationToken cancel)
    {
        var now = _clock.Now();
        using var time = new CancellationTokenSource(s_mostOfRequest, _clock);
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(time.Token, cancel);
        foreach (var replica in primary.Replicas.Where(replica => replica.DueAt <= now && replica.Failure is null).ToList())
            primary = await Bring(primary, replica.Region, op, requestId, limit.Token, cancel) ?? primary;
        return primary;
    }

    private async Task<Secret?> Bring(Secret primary, string region, RecordedCall? op, string requestId, CancellationToken limit, CancellationToken cancel)
    {
        try
        {
            if (!_options.Regions.Contains(region, StringComparer.Ordinal))
                throw new PortalException(PortalError.Unavailable, $"This portal does not serve the region {region} any more.");
            return await _target.Apply(primary, region, op, requestId, Reveal, limit);
        }
        catch (Exception) when (limit.IsCancellationRequested)
        {
            return null;
        }
        catch (Exception fault)
        {
            LogFailed(fault, primary.Id, region);
            return await NoteFailure(primary.Id, region, fault, requestId, cancel);
        }
    }

    private static PortalException TooSlow() => new(
        PortalError.Unavailable, $"The replica could not be brought up to date in {s_mostOfReplica.TotalSeconds:0} seconds. Is the KMS of its region within reach?");

    private async Task<SecretValue?> Reveal(Secret primary, SecretVersion version, CancellationToken cancel) =>
        await _store.FindValue(primary.Id, version.VersionId, cancel) is { } stored ? await _sealer.Open(primary.Arn, stored, cancel) : null;

    /// <summary>The same failure again is not recorded again.</summary>
    private async Task<Secret?> NoteFailure(string primaryId, string region, Exception fault, string requestId, CancellationToken cancel)
    {
        // Only faults that were written for people are shown; any other may hold what nobody should see.
        var message = $"Replication failed: {(fault is PortalException ? fault.Message : $"an unexpected fault ({fault.GetType().Name}); the portal's log says more.")}";
        try
        {
            return await _replicas.Change(primaryId, [], (primary, _) =>
            {
                if (ReplicaTarget.Listed(primary, region) is not { DueAt: not null } listed)
                    return null;
                var pause = s_pauses[Math.Min(listed.Attempts, s_pauses.Length - 1)];
                var failed = listed with { Attempts = listed.Attempts + 1, DueAt = _clock.Now() + pause, Failure = message };
                var record = _target.Record("ReplicaFailed", primary.Arn.InRegion(region), AuditOutcome.Failed, message, requestId);
                return new ReplicationChange(ReplicaTarget.With(primary, failed)) { Records = listed.Failure == message ? [] : [record] };
            }, cancel);
        }
        catch (Exception unsaved)
        {
            // The replica is still due as it was.
            LogFailed(unsaved, primaryId, region);
            return null;
        }
    }

    [LoggerMessage(EventId = 1301, Level = LogLevel.Warning, Message = "The replica of secret {SecretId} in {Region} could not be brought up to date; the portal tries again")]
    private partial void LogFailed(Exception fault, string secretId, string region);
}
