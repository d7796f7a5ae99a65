using System.Runtime.CompilerServices;
using Microsoft.Extensions.Logging;
using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit;

/// <summary>
/// Moves what is older than the retention into closed files. A range leaves the log only when its file is on the disk and verified, in one
/// transaction that leaves a signed anchor in its place; nothing is ever deleted otherwise.
/// </summary>
public sealed partial class AuditArchiver
{
    private const int PageSize = 1000;

    private readonly AuditRecorder _recorder;
    private readonly AuditStore _store;
    private readonly AuditChainStore _chain;
    private readonly AuditSinkStore _sinks;
    private readonly AuditSigner _signer;
    private readonly PortalKeys _keys;
    private readonly Authorizer _authorizer;
    private readonly PortalOptions _options;
    private readonly TimeProvider _clock;
    private readonly ILogger<AuditArchiver> _log;

    internal AuditArchiver(
        AuditRecorder recorder, AuditStore store, AuditChainStore chain, AuditSinkStore sinks, AuditSigner signer, PortalKeys keys, Authorizer authorizer,
        PortalOptions options, TimeProvider clock, ILogger<AuditArchiver> log)
    {
        _recorder = recorder;
        _store = store;
        _chain = chain;
        _sinks = sinks;
        _signer = signer;
        _keys = keys;
        _authorizer = authorizer;
        _options = options;
        _clock = clock;
        _log = log;
    }

    private string Folder => _options.Audit.ArchiveDirectory ?? Path.Combine(_options.DataDirectory, "audit-archive");

    /// <summary>Archives what happened before a time (action <c>secretsportal:ArchiveAudit</c>); null where there is nothing.</summary>
    public Task<AuditAnchor?> Archive(CallContext call, DateTimeOffset before, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ArchiveAudit, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            var anchor = await Archive(before, cancel);
            op.Detail = DetailOf(anchor);
            return anchor;
        }, cancel);

    /// <summary>Archives what is past the retention, if there is one; recorded as the portal's own work.</summary>
    internal async Task Tick(CancellationToken cancel)
    {
        if (_options.Audit.RetentionDays is not { } days)
            return;
        var before = _clock.Now().AddDays(-days);
        if (await _chain.LastBefore(before, cancel) <= await ArchivedUpTo(cancel))
            return;
        try
        {
            await RunAs(System(), before, cancel);
        }
        catch (PortalException fault)
        {
            LogNotArchived(fault);
        }
    }

    /// <summary>Archives without asking anybody, recorded under <paramref name="call"/>: for the portal's own work and the host's command.</summary>
    internal Task<AuditAnchor?> RunAs(CallContext call, DateTimeOffset before, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.ArchiveAudit, "*", async op =>
        {
            var anchor = await Archive(before, cancel);
            op.Detail = DetailOf(anchor);
            return anchor;
        }, cancel);

    /// <summary>The portal itself, as the one who works on the log.</summary>
    internal CallContext System() => CallerArn.System("audit", _options.AccountId, _options.Region, Guid.CreateVersion7(_clock.GetUtcNow()).ToString());

    /// <summary>What is wrong with the archive files of the anchors that lie in the folder; null members where a file is whole.</summary>
    internal async Task<IReadOnlyList<(AuditAnchor Anchor, string? Wrong)>> VerifyFiles(CancellationToken cancel)
    {
        var seen = new List<(AuditAnchor, string?)>();
        var key = await _keys.Get(PortalKeys.AuditChain, cancel);
        foreach (var anchor in (await _chain.Outline(cancel)).Anchors)
        {
            var path = Path.Combine(Folder, Path.GetFileName(anchor.FileName));
            seen.Add((anchor, File.Exists(path) ? await AuditArchiveFile.Verify(path, anchor, key, cancel) : $"the archive {anchor.FileName} is not in {Folder}"));
        }

        return seen;
    }

    private async Task<AuditAnchor?> Archive(DateTimeOffset before, CancellationToken cancel)
    {
        await _store.Flush(cancel);
        var outline = await _chain.Outline(cancel);
        var from = outline.LastAnchor;
        var first = (from?.Last ?? 0) + 1;
        var last = Math.Min(await _chain.LastBefore(before, cancel), await TakenByAllSinks(cancel));
        if (last < first)
            return null;
        var key = await _keys.Get(PortalKeys.AuditChain, cancel);
        var check = new AuditChainCheck(key, first - 1, from?.LastMac ?? AuditChain.Genesis);
        var path = Path.Combine(Folder, AuditArchiveFile.NameOf(first, last));
        try
        {
            Directory.CreateDirectory(Folder);
            var sha256 = await AuditArchiveFile.Write(path, Range(check, last, cancel), cancel);
            var anchor = await Sign(new AuditAnchor
            {
                Number = outline.Anchors.Count + 1,
                First = first,
                Last = last,
                PreviousMac = from?.LastMac ?? AuditChain.Genesis,
                LastMac = check.Mac,
                FileName = Path.GetFileName(path),
                FileSha256 = sha256,
                At = _clock.Now(),
            }, cancel);
            await AuditArchiveFile.WriteManifest(path, anchor, await _signer.PublicKey(cancel), cancel);
            if (await AuditArchiveFile.Verify(path, anchor, key, cancel) is { } wrong)
                throw new PortalException(PortalError.Unavailable, $"Nothing was archived: {wrong}.");
            return await _chain.Archive(anchor, cancel)
                ? anchor
                : throw new PortalException(PortalError.Unavailable, "Nothing was archived: the log was archived by another node meanwhile. Look again.");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new PortalException(PortalError.Unavailable, $"Nothing was archived: the file {path} can't be written. {fault.Message}", fault);
        }
    }

    /// <summary>The records of a range; a log that does not verify is left as it is.</summary>
    private async IAsyncEnumerable<ChainedRecord> Range(AuditChainCheck check, long last, [EnumeratorCancellation] CancellationToken cancel)
    {
        while (check.Sequence < last)
        {
            var page = await _chain.Page(check.Sequence, (int)Math.Min(PageSize, last - check.Sequence), cancel);
            if (page.Count == 0)
                throw new PortalException(PortalError.InvalidRequest, $"Nothing was archived: the log ends at record {check.Sequence}, before the end of the range. Verify the log.");
            foreach (var stored in page)
            {
                if (check.Next(stored.Sequence, stored.Record) is { } wrong)
                    throw new PortalException(PortalError.InvalidRequest, $"Nothing was archived: {wrong}. Verify the log.");
                yield return stored.Record!;
            }
        }
    }

    /// <summary>A sink that is away keeps what it has not taken in the log.</summary>
    private async Task<long> TakenByAllSinks(CancellationToken cancel)
    {
        var last = long.MaxValue;
        foreach (var name in _options.Audit.SinkNames)
            last = Math.Min(last, await _sinks.Cursor(name, cancel) ?? 0);
        return last;
    }

    private async Task<long> ArchivedUpTo(CancellationToken cancel) => (await _chain.Outline(cancel)).LastAnchor?.Last ?? 0;

    private async Task<AuditAnchor> Sign(AuditAnchor anchor, CancellationToken cancel)
    {
        using var key = await _signer.Open(cancel);
        return anchor with { Signature = AuditSigner.Sign(key, anchor.Signed()) };
    }

    private static string DetailOf(AuditAnchor? anchor) =>
        anchor is null ? "nothing to archive" : $"records {anchor.First} to {anchor.Last} into {anchor.FileName}";

    [LoggerMessage(EventId = 1012, Level = LogLevel.Error, Message = "Old records of the audit log could not be archived; they stay in the log")]
    private partial void LogNotArchived(Exception fault);
}
