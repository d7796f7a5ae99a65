using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>What the log says of itself, read at one moment.</summary>
/// <param name="Head">Null where there is none.</param>
/// <param name="IsHeadAuthentic">True where the portal wrote that head.</param>
/// <param name="IsInUse">True where there is any record, checkpoint or anchor.</param>
/// <param name="Checkpoints">In the order of their numbers.</param>
/// <param name="Anchors">In the order of their numbers.</param>
public sealed record AuditOutline(
    AuditHead? Head, bool IsHeadAuthentic, bool IsInUse, IReadOnlyList<AuditCheckpoint> Checkpoints, IReadOnlyList<AuditAnchor> Anchors)
{
    /// <summary>The newest anchor, after which the records begin; null where nothing was archived.</summary>
    public AuditAnchor? LastAnchor => Anchors is [.., var last] ? last : null;
}

/// <summary>A record as it lies in the log.</summary>
/// <param name="Sequence">Its place.</param>
/// <param name="Record">Null where what lies there is no record that the portal can have written.</param>
public sealed record StoredChainedRecord(long Sequence, ChainedRecord? Record);

/// <summary>The log as a chain: its outline, its records in order, checkpoints and anchors.</summary>
public sealed class AuditChainStore(Database database, AuditChainKey key)
{
    private static readonly Sql s_page = Sql.Of("""
        SELECT sequence, record_id, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id, mac
        FROM audit_record
        WHERE sequence > @place
        ORDER BY sequence
        {limit}
        """);

    private static readonly Sql s_checkpoints = Sql.Of(
        "SELECT number, sequence, mac, event_count, created_at, signature FROM audit_checkpoint ORDER BY number");

    private static readonly Sql s_lastCheckpoint = Sql.Of("SELECT MAX(sequence) FROM audit_checkpoint");

    private static readonly Sql s_newestCheckpoint = Sql.Of(
        "SELECT number, sequence, mac, event_count, created_at, signature FROM audit_checkpoint WHERE number = (SELECT MAX(number) FROM audit_checkpoint)");

    private static readonly Sql s_insertCheckpoint = Sql.Of("""
        INSERT INTO audit_checkpoint (number, sequence, mac, event_count, created_at, signature)
        VALUES (@number, @sequence, @mac, @count, @at, @signature)
        """);

    private static readonly Sql s_anchors = Sql.Of("""
        SELECT number, first_sequence, last_sequence, previous_mac, last_mac, file_name, file_sha256, created_at, signature
        FROM audit_anchor ORDER BY number
        """);

    private static readonly Sql s_insertAnchor = Sql.Of("""
        INSERT INTO audit_anchor (number, first_sequence, last_sequence, previous_mac, last_mac, file_name, file_sha256, created_at, signature)
        VALUES (@number, @first, @last, @previousMac, @lastMac, @fileName, @fileSha256, @at, @signature)
        """);

    private static readonly Sql s_remove = Sql.Of("DELETE FROM audit_record WHERE sequence <= @last");

    private static readonly Sql s_count = Sql.Of("SELECT COUNT(*) FROM audit_record WHERE sequence <= @last");

    private static readonly Sql s_lastSequence = Sql.Of("SELECT MAX(sequence) FROM audit_record");

    private static readonly Sql s_firstSince = Sql.Of("SELECT MIN(sequence) FROM audit_record WHERE occurred_at >= @from");

    /// <summary>Everything but the records.</summary>
    public async Task<AuditOutline> Outline(CancellationToken cancel)
    {
        var chainKey = await key(cancel);
        return await database.Log.ReadTogether(
            async session =>
            {
                var row = await session.First<AuditHeadRow>(AuditHeadRow.Select);
                var checkpoints = await session.Query<CheckpointRow>(s_checkpoints);
                var anchors = await session.Query<AnchorRow>(s_anchors);
                return new AuditOutline(
                    row?.ToHead(), row?.IsAuthentic(chainKey) == true, await session.Number(AuditHeadRow.Any) > 0,
                    [.. checkpoints.Select(c => c.ToCheckpoint())], [.. anchors.Select(a => a.ToAnchor())]);
            },
            cancel);
    }

    /// <summary>The head, and the last record that there is; 0 for none.</summary>
    public Task<(AuditHead? Head, long Last)> End(CancellationToken cancel) => database.Log.ReadTogether(
        async session => ((await session.First<AuditHeadRow>(AuditHeadRow.Select))?.ToHead(), await session.Number(s_lastSequence)), cancel);

    /// <summary>The head, and the newest checkpoint; null where there is none yet. Not verified.</summary>
    public Task<(AuditHead? Head, AuditCheckpoint? Checkpoint)> Tip(CancellationToken cancel) => database.Log.ReadTogether(
        async session => ((await session.First<AuditHeadRow>(AuditHeadRow.Select))?.ToHead(), (await session.First<CheckpointRow>(s_newestCheckpoint))?.ToCheckpoint()),
        cancel);

    /// <summary>Up to <paramref name="limit"/> records after a place, in order.</summary>
    public Task<IReadOnlyList<StoredChainedRecord>> Page(long after, int limit, CancellationToken cancel) => database.Log.Read<IReadOnlyList<StoredChainedRecord>>(
        async session =>
        {
            var rows = await session.Query<AuditRow>(s_page, new { place = after, limit = (long)limit });
            return [.. rows.Select(row => new StoredChainedRecord(row.Sequence, row.ToChained()))];
        },
        cancel);

    /// <summary>The last record before the first one that happened at <paramref name="from"/> or later; 0 for none.</summary>
    public Task<long> LastBefore(DateTimeOffset from, CancellationToken cancel) => database.Log.Read(
        async session =>
        {
            var first = await session.Number(s_firstSince, new { from = Stored.Time(from) });
            return first > 0 ? first - 1 : await session.Number(s_lastSequence);
        },
        cancel);

    /// <summary>Adds a checkpoint of the log's end; null where the last one is of the same end, or there is no record.</summary>
    /// <param name="sign">Makes it of the head and the number of records archived.</param>
    /// <param name="cancel">Ends the wait.</param>
    public async Task<AuditCheckpoint?> AddCheckpoint(Func<AuditHead, long, AuditCheckpoint> sign, CancellationToken cancel)
    {
        var chainKey = await key(cancel);
        return await database.Log.Write(
            async session =>
            {
                var head = await Head(session, chainKey);
                if (head.Sequence == await session.Number(s_lastCheckpoint))
                    return null;
                var archived = await session.Query<AnchorRow>(s_anchors) is [.., var anchor] ? anchor.LastSequence : 0;
                var checkpoint = sign(head, archived);
                await session.Execute(s_insertCheckpoint, new
                {
                    number = checkpoint.Number, sequence = checkpoint.Sequence, mac = checkpoint.Mac, count = checkpoint.Count,
                    at = Stored.Time(checkpoint.At), signature = checkpoint.Signature,
                });
                await Move(session, head with { Checkpoints = checkpoint.Number }, chainKey);
                return checkpoint;
            },
            cancel);
    }

    /// <summary>Puts an anchor in place of its range, in one transaction. False, and nothing changed, where the log is another one by now.</summary>
    public async Task<bool> Archive(AuditAnchor anchor, CancellationToken cancel)
    {
        var chainKey = await key(cancel);
        return await database.Log.Write(
            async session =>
            {
                var head = await Head(session, chainKey);
                var last = new { last = anchor.Last };
                if (head.Anchors + 1 != anchor.Number || head.Sequence < anchor.Last || await session.Number(s_count, last) != anchor.Last - anchor.First + 1)
                    return false;
                await session.Execute(s_insertAnchor, new
                {
                    number = anchor.Number, first = anchor.First, last = anchor.Last, previousMac = anchor.PreviousMac, lastMac = anchor.LastMac,
                    fileName = anchor.FileName, fileSha256 = anchor.FileSha256, at = Stored.Time(anchor.At), signature = anchor.Signature,
                });
                await session.Execute(s_remove, last);
                await Move(session, head with { Anchors = anchor.Number }, chainKey);
                return true;
            },
            cancel);
    }

    private static async Task<AuditHead> Head(Session session, byte[] chainKey)
    {
        var row = await session.First<AuditHeadRow>(AuditHeadRow.Select);
        return AuditHeadRow.Checked(row, row is not null || await session.Number(AuditHeadRow.Any) > 0, chainKey) ?? AuditHead.Empty;
    }

    private static Task<int> Move(Session session, AuditHead head, byte[] chainKey) => session.Execute(AuditHeadRow.Update, new
    {
        sequence = head.Sequence, mac = head.Mac, checkpoints = head.Checkpoints, anchors = head.Anchors, seal = AuditChain.SealOf(chainKey, head),
    });

    // Times that nobody can have written are kept apart from real ones by their signature alone, so they must not throw.
    private static DateTimeOffset TimeOf(long stored) =>
        stored is > -62_000_000_000_000_000 and < 250_000_000_000_000_000 ? Stored.Time(stored) : DateTimeOffset.MinValue;

    private sealed record CheckpointRow
    {
        public long Number { get; init; }

        public long Sequence { get; init; }

        public byte[] Mac { get; init; } = [];

        public long EventCount { get; init; }

        public long CreatedAt { get; init; }

        public byte[] Signature { get; init; } = [];

        public AuditCheckpoint ToCheckpoint() =>
            new() { Number = Number, Sequence = Sequence, Mac = Mac, Count = EventCount, At = TimeOf(CreatedAt), Signature = Signature };
    }

    private sealed record AnchorRow
    {
        public long Number { get; init; }

        public long FirstSequence { get; init; }

        public long LastSequence { get; init; }

        public byte[] PreviousMac { get; init; } = [];

        public byte[] LastMac { get; init; } = [];

        public string FileName { get; init; } = "";

        public byte[] FileSha256 { get; init; } = [];

        public long CreatedAt { get; init; }

        public byte[] Signature { get; init; } = [];

        public AuditAnchor ToAnchor() => new()
        {
            Number = Number,
            First = FirstSequence,
            Last = LastSequence,
            PreviousMac = PreviousMac,
            LastMac = LastMac,
            FileName = FileName,
            FileSha256 = FileSha256,
            At = TimeOf(CreatedAt),
            Signature = Signature,
        };
    }
}
