using System.Data;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>The one row that says where the log ends.</summary>
internal sealed record AuditHeadRow
{
    public static readonly Sql Select = Sql.Of("SELECT sequence, mac, checkpoints, anchors, seal FROM audit_head {for update} WHERE id = 1");

    public static readonly Sql Any = Sql.Of("SELECT (SELECT COUNT(*) FROM audit_anchor) + (SELECT COUNT(*) FROM audit_checkpoint) + CASE WHEN EXISTS (SELECT 1 FROM audit_record) THEN 1 ELSE 0 END");

    public static readonly Sql Update = Sql.Of(
        "UPDATE audit_head SET sequence = @sequence, mac = @mac, checkpoints = @checkpoints, anchors = @anchors, seal = @seal WHERE id = 1");

    public static readonly Sql Insert = Sql.Of(
        "INSERT INTO audit_head (id, sequence, mac, checkpoints, anchors, seal) VALUES (1, @sequence, @mac, @checkpoints, @anchors, @seal)");

    public static readonly (string Name, DbType Type, int Size)[] Parameters =
    [
        ("sequence", DbType.Int64, 0), ("mac", DbType.Binary, AuditChain.MacSize), ("checkpoints", DbType.Int64, 0), ("anchors", DbType.Int64, 0),
        ("seal", DbType.Binary, AuditChain.MacSize),
    ];

    public long Sequence { get; init; }

    public byte[] Mac { get; init; } = [];

    public long Checkpoints { get; init; }

    public long Anchors { get; init; }

    public byte[] Seal { get; init; } = [];

    public AuditHead ToHead() => new(Sequence, Mac, Checkpoints, Anchors);

    /// <summary>True where the portal has written this.</summary>
    public bool IsAuthentic(byte[] key) => Mac.Length == AuditChain.MacSize && AuditChain.Matches(Seal, AuditChain.SealOf(key, ToHead()));

    /// <summary>
    /// The head to go on from; null for a log that is new. Nothing is appended behind a head that is not the portal's own: its next one would
    /// make good what was done to the log.
    /// </summary>
    public static AuditHead? Checked(AuditHeadRow? row, bool isInUse, byte[] key)
    {
        if (row is null && isInUse)
            throw Broken("The audit log has records but no head");
        if (row is not null && !row.IsAuthentic(key))
            throw Broken("The audit log's head is not the one that the portal wrote");
        return row?.ToHead();
    }

    private static AuditLogBrokenException Broken(string what) => new(
        $"{what}: the log was tampered with or restored in part. Nothing is appended to it. Run \"audit verify\", and see \"A log that does not verify\" in docs/operations.md.");
}
