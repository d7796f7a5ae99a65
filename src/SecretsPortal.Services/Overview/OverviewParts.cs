using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Core.Rotation;
using SecretsPortal.Services.Audit;
using SecretsPortal.Services.Rotation;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Overview;

/// <summary>Reads the parts of the overview, for whoever has been allowed them.</summary>
internal sealed class OverviewParts(
    OverviewStore store, RotationScheduleStore schedules, RotationOverview rotations, AuditStore log, AuditChainStore chain, AuditUpkeep upkeep,
    KmsOutlook kms, TimeProvider clock)
{
    private const int HistoryDays = 30;
    private const int NextShown = 6;
    private const int ChangesShown = 8;

    // How far back changes are looked for: where programs read all the time, older ones are a matter for the log's own page.
    private const int RecordsLookedAt = 500;

    // What an action's name begins with that changes nothing worth telling here; how rotations are stands in parts of their own, and would leave no room.
    private static readonly string[] s_quiet =
        ["Get", "BatchGet", "List", "Describe", "View", "Search", "Export", "Verify", "Validate", "Explain", "SignIn", "SignOut", "ProveIdentity", "Download", "Test", "Rotation"];

    public DateTimeOffset Now => clock.Now();

    public async Task<SecretNumbers> Secrets(string region, CancellationToken cancel)
    {
        var counts = await store.Count(region, cancel);
        return new SecretNumbers
        {
            Total = counts.ByKind.Sum(kind => kind.Number),
            ByKind = [.. counts.ByKind.Select(kind => new KindNumber(kind.Kind, kind.Number)).OrderByDescending(kind => kind.Number)],
            Deleted = counts.Deleted,
            Replicas = counts.Replicas,
        };
    }

    public async Task<RotationNumbers> Rotations(string region, CancellationToken cancel)
    {
        var now = clock.Now();
        var health = await schedules.CountByHealth(cancel);
        var first = DateOnly.FromDateTime(now.UtcDateTime).AddDays(1 - HistoryDays);
        var ended = (await store.Ended(region, DayOf(now).AddDays(1 - HistoryDays), TimeSpan.FromDays(1), HistoryDays, cancel))
            .ToDictionary(day => day.Bucket);
        return new RotationNumbers
        {
            ByHealth = Enum.GetValues<RotationHealth>().Where(h => h != RotationHealth.Off).ToDictionary(h => h, h => health.GetValueOrDefault((region, h))),
            Hold = await rotations.FindHold(cancel),
            NextHours = await store.Upcoming(region, HourOf(now), now, TimeSpan.FromHours(1), 24, cancel),
            NextDays = await store.Upcoming(region, DayOf(now), now, TimeSpan.FromDays(1), 7, cancel),
            Next = [.. (await store.Next(region, now, NextShown, cancel)).Select(next => new NextRotation(next.Name, next.BeginsAt, next.WindowEnd))],
            History = [.. Enumerable.Range(0, HistoryDays).Select(i => ended.TryGetValue(i, out var day)
                ? new RotationDay(first.AddDays(i), day.Succeeded, day.Failed) : new RotationDay(first.AddDays(i), 0, 0))],
        };
    }

    public async Task<IReadOnlyList<AuditEvent>> Changes(CancellationToken cancel) =>
        [.. (await log.Search(new AuditQuery { Limit = RecordsLookedAt }, cancel)).Where(IsChange).Take(ChangesShown)];

    public Task<IReadOnlyList<KmsState>> Kms(string region, CancellationToken cancel) => kms.Of(region, cancel);

    public async Task<AuditState> Audit(CancellationToken cancel)
    {
        var (head, checkpoint) = await chain.Tip(cancel);
        var lastVerified = new AuditQuery { Action = PortalActions.VerifyAudit, Outcome = AuditOutcome.Succeeded, Limit = 1 };
        var verified = await log.Search(lastVerified, cancel) is [var found, ..] ? found.Record : null;
        return new AuditState
        {
            Records = head?.Sequence ?? 0,
            CheckpointAt = checkpoint?.At,
            Checkpoints = head?.Checkpoints ?? 0,
            Unsigned = (head?.Sequence ?? 0) - (checkpoint?.Sequence ?? 0),
            VerifiedAt = verified?.At,
            Verification = verified?.Detail,
            IsIntact = verified?.Detail is not { } detail || AuditVerifier.SaysIntact(detail),
            Sinks = await upkeep.Sinks(cancel),
        };
    }

    private static DateTimeOffset DayOf(DateTimeOffset now) => new(now.UtcDateTime.Date, TimeSpan.Zero);

    private static DateTimeOffset HourOf(DateTimeOffset now) => DayOf(now).AddHours(now.UtcDateTime.Hour);

    private static bool IsChange(AuditEvent one)
    {
        var name = one.Record.Action[(one.Record.Action.IndexOf(':', StringComparison.Ordinal) + 1)..];
        return one.Record.Outcome == AuditOutcome.Succeeded && !RotationDetail.Is(one.Record) && !s_quiet.Any(quiet => name.StartsWith(quiet, StringComparison.Ordinal));
    }
}
