namespace SecretsPortal.Services.Tests.Audit;

/// <summary>Draws ways to tamper with a log; the same seed draws the same ones.</summary>
internal sealed class Tampering(LogFile log, ulong seed)
{
    private ulong _state = seed == 0 ? 1 : seed;

    /// <summary>Does one; says what was done.</summary>
    public string Next() => Below(12) switch
    {
        0 or 1 => EditRecord(),
        2 => Delete(),
        3 => Swap(),
        4 => InsertAtEnd(),
        5 => InsertBetween(),
        6 => Truncate(),
        7 => CopyOver(),
        8 => EditHead(),
        9 => TruncateWithHead(),
        10 => EditCheckpoint(),
        _ => EditAnchor(),
    };

    private string EditRecord()
    {
        string[] edits =
        [
            "record_id = record_id || 'x'", "occurred_at = occurred_at + 1", "caller = caller || 'x'",
            "access_key_id = CASE WHEN access_key_id IS NULL THEN '' ELSE NULL END", "action = action || 'x'",
            "resource = CASE WHEN resource IS NULL THEN '' ELSE NULL END",
            "outcome = CASE outcome WHEN 'Succeeded' THEN 'Denied' ELSE 'Succeeded' END", "outcome = 'Unheard'",
            "detail = CASE WHEN detail IS NULL THEN 'x' ELSE NULL END", "source_address = '203.0.113.99'", "request_id = request_id || 'x'",
            "mac = randomblob(32)", "mac = x''", "occurred_at = 9223372036854775807",
        ];
        return Did($"UPDATE audit_record SET {edits[Below(edits.Length)]} WHERE sequence = {Record()}");
    }

    private string Delete()
    {
        var from = Record();
        return Did($"DELETE FROM audit_record WHERE sequence BETWEEN {from} AND {from + Below(3)}");
    }

    private string Swap()
    {
        var (one, other) = (Record(), Record());
        if (one == other)
            return Swap();
        log.Execute($"UPDATE audit_record SET sequence = -1 WHERE sequence = {one}");
        log.Execute($"UPDATE audit_record SET sequence = {one} WHERE sequence = {other}");
        log.Execute($"UPDATE audit_record SET sequence = {other} WHERE sequence = -1");
        return $"records {one} and {other} swapped";
    }

    private string InsertAtEnd() => Did(Copy($"{Last() + 1}", Record()));

    private string InsertBetween()
    {
        var place = Record();
        var like = Record();
        log.Execute($"UPDATE audit_record SET sequence = -sequence WHERE sequence >= {place}");
        log.Execute("UPDATE audit_record SET sequence = 1 - sequence WHERE sequence < 0");
        return Did(Copy($"{place}", like >= place ? like + 1 : like)) + " with the later ones moved";
    }

    private string Truncate() => Did($"DELETE FROM audit_record WHERE sequence > {Last() - 1 - Below(10)}");

    private string CopyOver()
    {
        var (from, to) = (Record(), Record());
        if (from == to)
            return CopyOver();
        return Did($"""
            UPDATE audit_record SET (occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id, mac) =
              (SELECT occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id, mac FROM audit_record WHERE sequence = {from})
            WHERE sequence = {to}
            """);
    }

    private string EditHead()
    {
        string[] edits =
        [
            "UPDATE audit_head SET sequence = sequence + 1", "UPDATE audit_head SET sequence = sequence - 1", "UPDATE audit_head SET mac = randomblob(32)",
            "UPDATE audit_head SET seal = randomblob(32)", "UPDATE audit_head SET checkpoints = checkpoints - 1", "UPDATE audit_head SET anchors = 0",
            "DELETE FROM audit_head",
        ];
        return Did(edits[Below(edits.Length)]);
    }

    private string TruncateWithHead()
    {
        var end = Last() - 1 - Below(10);
        log.Execute($"DELETE FROM audit_record WHERE sequence > {end}");
        return Did($"UPDATE audit_head SET sequence = {end}, mac = (SELECT mac FROM audit_record WHERE sequence = {end})") + " with the tail cut off";
    }

    private string EditCheckpoint()
    {
        string[] edits =
        [
            "number = number + 100", "sequence = sequence - 1", "mac = randomblob(32)", "event_count = event_count + 1", "created_at = created_at + 1",
            "signature = randomblob(70)", "signature = x''",
        ];
        var number = 1 + Below((int)log.Number("SELECT COUNT(*) FROM audit_checkpoint"));
        return Below(4) == 0
            ? Did($"DELETE FROM audit_checkpoint WHERE number = {number}")
            : Did($"UPDATE audit_checkpoint SET {edits[Below(edits.Length)]} WHERE number = {number}");
    }

    private string EditAnchor()
    {
        string[] edits =
        [
            "number = number + 1", "first_sequence = first_sequence + 1", "last_sequence = last_sequence + 1", "previous_mac = randomblob(32)",
            "last_mac = randomblob(32)", "file_name = 'other.jsonl.gz'", "file_sha256 = randomblob(32)", "created_at = created_at - 1",
            "signature = randomblob(70)",
        ];
        return Below(4) == 0 ? Did("DELETE FROM audit_anchor") : Did($"UPDATE audit_anchor SET {edits[Below(edits.Length)]}");
    }

    private static string Copy(string sequence, long like) => $"""
        INSERT INTO audit_record (sequence, record_id, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id, mac)
        SELECT {sequence}, record_id || '+', occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id, mac
        FROM audit_record WHERE sequence = {like}
        """;

    private string Did(string sql)
    {
        Assert.True(log.Execute(sql) > 0, $"It changed nothing: {sql}");
        return sql;
    }

    private long First() => log.Number("SELECT MIN(sequence) FROM audit_record");

    private long Last() => log.Number("SELECT MAX(sequence) FROM audit_record");

    private long Record() => First() + Below((int)(Last() - First() + 1));

    // xorshift64*: not for secrets, the same on every machine.
    private int Below(int bound)
    {
        _state ^= _state >> 12;
        _state ^= _state << 25;
        _state ^= _state >> 27;
        return (int)((_state * 2685821657736338717UL) >> 33) % bound;
    }
}
