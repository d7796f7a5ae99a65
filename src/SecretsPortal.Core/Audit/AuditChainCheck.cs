namespace SecretsPortal.Core.Audit;

/// <summary>Goes along the chain, record by record, up to the first that does not belong where it stands.</summary>
/// <param name="key">The chain's key.</param>
/// <param name="after">Where to begin: the last sequence before the first record.</param>
/// <param name="mac">The MAC of that one.</param>
public sealed class AuditChainCheck(byte[] key, long after, byte[] mac)
{
    /// <summary>The last record that is as it was written.</summary>
    public long Sequence { get; private set; } = after;

    /// <summary>Its MAC.</summary>
    public byte[] Mac { get; private set; } = mac;

    /// <summary>Takes the next record; null where it belongs there, else what is wrong, in plain words.</summary>
    /// <param name="sequence">The number that stands there.</param>
    /// <param name="record">Null where it cannot be read.</param>
    public string? Next(long sequence, ChainedRecord? record)
    {
        var expected = Sequence + 1;
        if (sequence > expected)
            return sequence == expected + 1 ? $"record {expected} is missing" : $"the records {expected} to {sequence - 1} are missing";
        if (sequence < expected)
            return $"a record with the number {sequence} stands where {expected} should be";
        if (record is null)
            return $"record {sequence} holds a value that the portal does not write";
        var computed = AuditChain.MacOf(key, Mac, sequence, record.Id, record.Record);
        if (!AuditChain.Matches(record.Mac, computed))
            return $"record {sequence} is not what was recorded there: a value of it was changed, or another record was put in its place";
        Sequence = sequence;
        Mac = computed;
        return null;
    }
}
