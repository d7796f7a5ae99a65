using System.Security.Cryptography;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit;

/// <summary>Something that is not as the portal wrote it.</summary>
/// <param name="Sequence">The first record that it concerns; null where it concerns none.</param>
/// <param name="What">In plain words.</param>
public sealed record AuditFinding(long? Sequence, string What);

/// <summary>What a verification saw.</summary>
public sealed record AuditVerification
{
    /// <summary>Empty for a log that is whole.</summary>
    public required IReadOnlyList<AuditFinding> Findings { get; init; }

    /// <summary>How many records were found as they were written.</summary>
    public required long Records { get; init; }

    /// <summary>The first of them; 0 for none.</summary>
    public required long First { get; init; }

    /// <summary>The last of them; 0 for none.</summary>
    public required long Last { get; init; }

    /// <summary>How many checkpoints were held against the log.</summary>
    public required int Checkpoints { get; init; }

    /// <summary>How many ranges lie in archives.</summary>
    public required int Archives { get; init; }

    /// <summary>True where nothing was found.</summary>
    public bool IsIntact => Findings.Count == 0;
}

/// <summary>Finds an edit, a deletion, a reorder, an insertion or a cut tail of the log. Reads it as a stream, whatever its size.</summary>
public sealed class AuditVerifier
{
    private const int PageSize = 1000;
    private const string Broken = "the log does not verify";

    private readonly AuditRecorder _recorder;
    private readonly AuditStore _store;
    private readonly AuditChainStore _chain;
    private readonly AuditSigner _signer;
    private readonly PortalKeys _keys;
    private readonly Authorizer _authorizer;

    internal AuditVerifier(AuditRecorder recorder, AuditStore store, AuditChainStore chain, AuditSigner signer, PortalKeys keys, Authorizer authorizer)
    {
        _recorder = recorder;
        _store = store;
        _chain = chain;
        _signer = signer;
        _keys = keys;
        _authorizer = authorizer;
    }

    /// <summary>Verifies the whole log (action <c>secretsportal:VerifyAudit</c>).</summary>
    /// <param name="call">Who asks.</param>
    /// <param name="progress">Told how many records have been read, now and then.</param>
    /// <param name="cancel">Ends it.</param>
    public Task<AuditVerification> Verify(CallContext call, IProgress<long>? progress, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.VerifyAudit, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            var seen = await Verify([], progress, cancel);
            op.Detail = DetailOf(seen);
            return seen;
        }, cancel);

    /// <summary>As the other, without asking anybody: for the host's own command, which whoever has the database and the key may run.</summary>
    /// <param name="kept">Checkpoints that were kept elsewhere.</param>
    /// <param name="progress">Told how many records have been read, now and then.</param>
    /// <param name="cancel">Ends it.</param>
    internal async Task<AuditVerification> Verify(IReadOnlyList<AuditCheckpoint> kept, IProgress<long>? progress, CancellationToken cancel)
    {
        await FlushIfPossible(cancel);
        while (true)
        {
            var outline = await _chain.Outline(cancel);
            var seen = await Verify(outline, kept, progress, cancel);
            // A range may have been archived meanwhile; then what seems missing lies in its archive.
            if (seen.IsIntact || (await _chain.Outline(cancel)).Anchors.Count == outline.Anchors.Count)
                return seen;
        }
    }

    /// <summary>What the record of a verification says.</summary>
    internal static string DetailOf(AuditVerification seen) => seen.IsIntact
        ? $"{seen.Records} records verified"
        : $"{Broken}: {string.Join("; ", seen.Findings.Take(3).Select(finding => finding.What))}";

    /// <summary>False where what <see cref="DetailOf"/> gave says that something was found.</summary>
    internal static bool SaysIntact(string detail) => !detail.StartsWith(Broken, StringComparison.Ordinal);

    private async Task FlushIfPossible(CancellationToken cancel)
    {
        try
        {
            await _store.Flush(cancel);
        }
        catch (Exception fault) when (fault is AuditLogBrokenException or Core.PortalException)
        {
            // What is wrong with the log is about to be said.
        }
    }

    private async Task<AuditVerification> Verify(
        AuditOutline outline, IReadOnlyList<AuditCheckpoint> kept, IProgress<long>? progress, CancellationToken cancel)
    {
        var findings = new List<AuditFinding>();
        using var key = await _signer.Open(cancel);
        CheckHead(outline, findings);
        var anchors = CheckAnchors(outline, key, findings);
        var checkpoints = CheckpointsOf(outline, kept, key, findings);
        var start = anchors.LastOrDefault();
        var check = new AuditChainCheck(await _keys.Get(PortalKeys.AuditChain, cancel), start?.Last ?? 0, start?.LastMac ?? AuditChain.Genesis);
        foreach (var checkpoint in checkpoints.Where(c => c.Checkpoint.Sequence == check.Sequence && check.Sequence > 0))
            Compare(checkpoint, check.Mac, findings);

        var isWhole = await Walk(check, outline, checkpoints, findings, progress, cancel);
        if (isWhole)
            await CheckEnd(check, outline, checkpoints, findings, cancel);
        return new AuditVerification
        {
            Findings = [.. findings.OrderBy(finding => finding.Sequence ?? 0)],
            Records = check.Sequence - (start?.Last ?? 0),
            First = check.Sequence > (start?.Last ?? 0) ? (start?.Last ?? 0) + 1 : 0,
            Last = check.Sequence,
            Checkpoints = checkpoints.Count,
            Archives = anchors.Count,
        };
    }

    private static void CheckHead(AuditOutline outline, List<AuditFinding> findings)
    {
        if (outline.Head is null && outline.IsInUse)
            findings.Add(new AuditFinding(null, "the log's head is missing"));
        if (outline.Head is not null && !outline.IsHeadAuthentic)
            findings.Add(new AuditFinding(null, "the log's head is not the one that the portal wrote"));
        if (outline is not { Head: { } head, IsHeadAuthentic: true })
            return;
        if (head.Checkpoints != outline.Checkpoints.Count)
            findings.Add(new AuditFinding(null, $"the log has {outline.Checkpoints.Count} checkpoints, and its head says {head.Checkpoints}"));
        if (head.Anchors != outline.Anchors.Count)
            findings.Add(new AuditFinding(null, $"the log has anchors for {outline.Anchors.Count} archives, and its head says {head.Anchors}"));
    }

    /// <summary>Those that hold, up to the first that does not.</summary>
    private static List<AuditAnchor> CheckAnchors(AuditOutline outline, ECDsa key, List<AuditFinding> findings)
    {
        var good = new List<AuditAnchor>();
        foreach (var anchor in outline.Anchors)
        {
            var (last, mac) = good.Count == 0 ? (0L, AuditChain.Genesis) : (good[^1].Last, good[^1].LastMac);
            var isSigned = AuditSigner.Verify(key, anchor.Signed(), anchor.Signature);
            if (!isSigned || anchor.First != last + 1 || !anchor.PreviousMac.AsSpan().SequenceEqual(mac))
            {
                findings.Add(new AuditFinding(anchor.First, isSigned
                    ? $"the anchor of the archive {anchor.FileName} does not follow the one before it"
                    : $"the anchor {anchor.Number} of an archive does not bear the portal's signature"));
                break;
            }

            good.Add(anchor);
        }

        return good;
    }

    private static List<NamedCheckpoint> CheckpointsOf(
        AuditOutline outline, IReadOnlyList<AuditCheckpoint> kept, ECDsa key, List<AuditFinding> findings)
    {
        var good = new List<NamedCheckpoint>();
        var number = 0L;
        foreach (var named in outline.Checkpoints.Select(c => new NamedCheckpoint(c, "the log's checkpoint"))
            .Concat(kept.Select(c => new NamedCheckpoint(c, "the checkpoint that was kept elsewhere,"))))
        {
            var (checkpoint, name) = named;
            var isOfLog = ++number <= outline.Checkpoints.Count;
            if (!AuditSigner.Verify(key, checkpoint.Signed(), checkpoint.Signature))
                findings.Add(new AuditFinding(null, $"{name} {checkpoint.Number} does not bear the portal's signature"));
            else if (isOfLog && checkpoint.Number != number)
                findings.Add(new AuditFinding(null, $"the log's checkpoint {number} is missing"));
            else
                good.Add(named);
        }

        return good;
    }

    /// <summary>Along the records up to the head; false where one does not belong.</summary>
    private async Task<bool> Walk(
        AuditChainCheck check, AuditOutline outline, List<NamedCheckpoint> checkpoints, List<AuditFinding> findings, IProgress<long>? progress,
        CancellationToken cancel)
    {
        var bySequence = checkpoints.ToLookup(named => named.Checkpoint.Sequence);
        var first = await _chain.Page(long.MinValue, 1, cancel);
        if (first is [var early] && early.Sequence <= check.Sequence)
        {
            findings.Add(new AuditFinding(early.Sequence, $"record {early.Sequence} was put in where an archive's anchor stands"));
            return false;
        }

        while (await _chain.Page(check.Sequence, PageSize, cancel) is { Count: > 0 } page)
        {
            foreach (var stored in page)
            {
                if (outline is { IsHeadAuthentic: true, Head: { } head } && stored.Sequence > head.Sequence && check.Sequence == head.Sequence)
                    return true;
                if (check.Next(stored.Sequence, stored.Record) is { } wrong)
                {
                    findings.Add(new AuditFinding(Math.Min(stored.Sequence, check.Sequence + 1), wrong));
                    return false;
                }

                foreach (var named in bySequence[check.Sequence])
                    Compare(named, check.Mac, findings);
            }

            progress?.Report(check.Sequence);
        }

        return true;
    }

    private async Task CheckEnd(
        AuditChainCheck check, AuditOutline outline, List<NamedCheckpoint> checkpoints, List<AuditFinding> findings, CancellationToken cancel)
    {
        if (outline is { IsHeadAuthentic: true, Head: { } head })
        {
            if (head.Sequence > check.Sequence)
                findings.Add(new AuditFinding(check.Sequence + 1, $"the log ends at record {check.Sequence}, and its head says {head.Sequence}: the tail was cut off"));
            else if (!AuditChain.Matches(head.Mac, check.Mac))
                findings.Add(new AuditFinding(check.Sequence, $"record {check.Sequence} is not the one that the head was written for"));
            var end = await _chain.End(cancel);
            if (end.Head is { } now && end.Last > now.Sequence)
                findings.Add(new AuditFinding(now.Sequence + 1, $"record {now.Sequence + 1} was put in after the end that the log's head says"));
        }

        foreach (var (checkpoint, name) in checkpoints.Where(named => named.Checkpoint.Sequence > check.Sequence))
        {
            findings.Add(new AuditFinding(
                check.Sequence + 1, $"{name} {checkpoint.Number} of {checkpoint.At:u} was signed at record {checkpoint.Sequence}, and the log ends at {check.Sequence}: the tail was cut off, or the log is an older copy"));
        }
    }

    private static void Compare(NamedCheckpoint named, byte[] mac, List<AuditFinding> findings)
    {
        if (!AuditChain.Matches(named.Checkpoint.Mac, mac))
            findings.Add(new AuditFinding(named.Checkpoint.Sequence, $"{named.Name} {named.Checkpoint.Number} was signed for another record {named.Checkpoint.Sequence}: the log is another one"));
    }

    private sealed record NamedCheckpoint(AuditCheckpoint Checkpoint, string Name);
}
