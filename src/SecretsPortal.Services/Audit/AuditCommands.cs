using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Start;

namespace SecretsPortal.Services.Audit;

/// <summary>
/// What the host's own commands do with the log, beside a portal that runs or without one. They ask no policy, for whoever runs them has the database and
/// the key; what they do is recorded as the portal's own work.
/// </summary>
public sealed class AuditCommands
{
    private readonly PortalStart _start;
    private readonly AuditVerifier _verifier;
    private readonly AuditArchiver _archiver;
    private readonly AuditCheckpoints _checkpoints;
    private readonly AuditExport _export;
    private readonly AuditRecorder _recorder;
    private readonly TimeProvider _clock;

    internal AuditCommands(
        PortalStart start, AuditVerifier verifier, AuditArchiver archiver, AuditCheckpoints checkpoints, AuditExport export, AuditRecorder recorder,
        TimeProvider clock)
    {
        _start = start;
        _verifier = verifier;
        _archiver = archiver;
        _checkpoints = checkpoints;
        _export = export;
        _recorder = recorder;
        _clock = clock;
    }

    /// <summary>Opens the database and the keys; <see cref="PortalStartException"/> where there is no portal yet.</summary>
    public Task Open(CancellationToken cancel) => _start.OpenExisting(cancel);

    /// <summary>Verifies the log, and the archive files that lie in their folder.</summary>
    /// <param name="kept">Checkpoints that were kept elsewhere.</param>
    /// <param name="progress">Told how many records have been read, now and then.</param>
    /// <param name="cancel">Ends it.</param>
    public async Task<AuditVerification> Verify(IReadOnlyList<AuditCheckpoint> kept, IProgress<long>? progress, CancellationToken cancel)
    {
        var seen = await _verifier.Verify(kept, progress, cancel);
        var files = await _archiver.VerifyFiles(cancel);
        seen = seen with { Findings = [.. seen.Findings, .. files.Where(file => file.Wrong is not null).Select(file => new AuditFinding(file.Anchor.First, file.Wrong!))] };
        try
        {
            await Record(PortalActions.VerifyAudit, AuditVerifier.DetailOf(seen), cancel);
        }
        catch (Exception fault) when (!seen.IsIntact && fault is not OperationCanceledException)
        {
            // A log that was tampered with takes no records; the answer goes to whoever asks, all the same.
        }

        return seen;
    }

    /// <summary>All checkpoints as JSON Lines, after signing where the log ends now.</summary>
    public async Task<string> Checkpoints(CancellationToken cancel)
    {
        await Record(PortalActions.ExportAudit, "checkpoints", cancel);
        await _checkpoints.Sign(cancel);
        return await _checkpoints.Lines(cancel);
    }

    /// <summary>Writes the log, newest first, into a stream that it leaves open.</summary>
    public async Task Export(AuditExportFormat format, Stream output, CancellationToken cancel)
    {
        await Record(PortalActions.ExportAudit, $"{format}", cancel);
        await _export.WriteAll(format, output, cancel);
    }

    /// <summary>Archives what happened before a time; null where there is nothing.</summary>
    public Task<AuditAnchor?> Archive(DateTimeOffset before, CancellationToken cancel) => _archiver.RunAs(_archiver.System(), before, cancel);

    /// <summary>The time that a number of days ago was.</summary>
    public DateTimeOffset DaysAgo(int days) => _clock.Now().AddDays(-days);

    private Task Record(string action, string detail, CancellationToken cancel) =>
        _recorder.Record(_recorder.For(_archiver.System(), action, "*", AuditOutcome.Succeeded, detail), cancel);
}
