using SecretsPortal.Core;
using SecretsPortal.Core.Audit;
using SecretsPortal.Core.Policies;
using SecretsPortal.Services.Access;
using SecretsPortal.Services.Start;
using SecretsPortal.Storage;

namespace SecretsPortal.Services.Audit;

/// <summary>One record with its place in the chain.</summary>
public sealed record AuditPlace
{
    /// <summary>The record and its number.</summary>
    public required AuditEvent Event { get; init; }

    /// <summary>The record's id.</summary>
    public required string Id { get; init; }

    /// <summary>The MAC of the record before; of nothing where that is archived.</summary>
    public required byte[]? PreviousMac { get; init; }

    /// <summary>The MAC that chains it to all records before it.</summary>
    public required byte[] Mac { get; init; }

    /// <summary>Whether it is as it was recorded after the one before; null where that one is archived and cannot be held against it here.</summary>
    public required bool? IsLinked { get; init; }

    /// <summary>The first signed checkpoint that vouches for it; null where none has been signed since.</summary>
    public AuditCheckpoint? Checkpoint { get; init; }
}

/// <summary>Looks at single records of the log, at what comes new, and at its archives.</summary>
public sealed class AuditReader
{
    /// <summary>How many new records are told at once, at most.</summary>
    public const int MostNew = 100;

    private readonly AuditRecorder _recorder;
    private readonly AuditSearch _search;
    private readonly AuditChainStore _chain;
    private readonly PortalKeys _keys;
    private readonly Authorizer _authorizer;

    internal AuditReader(AuditRecorder recorder, AuditSearch search, AuditChainStore chain, PortalKeys keys, Authorizer authorizer)
    {
        _recorder = recorder;
        _search = search;
        _chain = chain;
        _keys = keys;
        _authorizer = authorizer;
    }

    /// <summary>
    /// What was recorded after a record, newest first, at most <see cref="MostNew"/> (action <c>secretsportal:SearchAudit</c>). Only refusals are
    /// recorded: an open page asks again and again after a search that was recorded, and would fill the log with its own questions.
    /// </summary>
    public async Task<IReadOnlyList<AuditEvent>> Follow(CallContext call, AuditQuery query, long after, CancellationToken cancel)
    {
        ArgumentNullException.ThrowIfNull(query);
        await _authorizer.Require(new RecordedCall(call, PortalActions.SearchAudit, "*"), "*", secret: null, cancel);
        var found = await _search.Find(query with { Before = null, Limit = MostNew }, cancel);
        return [.. found.TakeWhile(record => record.Sequence > after)];
    }

    /// <summary>One record with its place in the chain (action <c>secretsportal:SearchAudit</c>); <see cref="PortalError.ResourceNotFound"/> where there is none, or it is archived.</summary>
    public Task<AuditPlace> Get(CallContext call, long sequence, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.SearchAudit, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            op.Detail = $"record {sequence}";
            var (before, found) = await Find(sequence, cancel);
            if (found is null)
                throw new PortalException(PortalError.ResourceNotFound, "There is no such record: it was never there, or it lies in an archive.");
            var previous = sequence == 1 ? AuditChain.Genesis : before?.Mac;
            var key = await _keys.Get(PortalKeys.AuditChain, cancel);
            var outline = await _chain.Outline(cancel);
            return new AuditPlace
            {
                Event = new AuditEvent(sequence, found.Record),
                Id = found.Id,
                PreviousMac = previous,
                Mac = found.Mac,
                IsLinked = previous is null ? null : AuditChain.Matches(found.Mac, AuditChain.MacOf(key, previous, sequence, found.Id, found.Record)),
                Checkpoint = outline.Checkpoints.FirstOrDefault(checkpoint => checkpoint.Sequence >= sequence),
            };
        }, cancel);

    /// <summary>The ranges of the log that lie in archive files, oldest first (action <c>secretsportal:SearchAudit</c>).</summary>
    public Task<IReadOnlyList<AuditAnchor>> ListArchives(CallContext call, CancellationToken cancel) =>
        _recorder.Recording(call, PortalActions.SearchAudit, "*", async op =>
        {
            await _authorizer.Require(op, "*", secret: null, cancel);
            op.Detail = "archives";
            return (await _chain.Outline(cancel)).Anchors;
        }, cancel);

    private async Task<(ChainedRecord? Before, ChainedRecord? Found)> Find(long sequence, CancellationToken cancel)
    {
        if (sequence < 1)
            return (null, null);
        var page = await _chain.Page(sequence - 2, 2, cancel);
        return (page.FirstOrDefault(stored => stored.Sequence == sequence - 1)?.Record, page.FirstOrDefault(stored => stored.Sequence == sequence)?.Record);
    }
}
