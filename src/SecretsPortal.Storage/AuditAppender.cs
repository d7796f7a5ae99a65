using System.Data;
using System.Data.Common;
using Microsoft.Data.Sqlite;
using SecretsPortal.Core.Audit;

namespace SecretsPortal.Storage;

/// <summary>A connection of the writer's own with its statements prepared: the pool keeps none.</summary>
internal sealed class AuditAppender : IDisposable
{
    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO audit_record (
          sequence, record_id, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id, mac)
        VALUES (
          @sequence, @recordId, @occurredAt, @caller, @accessKeyId, @action, @resource, @outcome, @detail, @sourceAddress, @requestId, @mac)
        """);

    private static readonly Sql s_has = Sql.Of("SELECT COUNT(*) FROM audit_record WHERE record_id = @recordId");

    private readonly DbConnection _connection;
    private readonly DbCommand _head;
    private readonly DbCommand _any;
    private readonly DbCommand _has;
    private readonly DbCommand _insert;
    private readonly DbCommand _moveHead;
    private readonly DbCommand _insertHead;

    public AuditAppender(Database log)
    {
        // On a thread that may block: the writer's.
        _connection = log.Open(CancellationToken.None).GetAwaiter().GetResult();
        _head = Prepare(log, AuditHeadRow.Select);
        _any = Prepare(log, AuditHeadRow.Any);
        _has = Prepare(log, s_has, ("recordId", DbType.String, 32));
        _insert = Prepare(
            log, s_insert,
            ("sequence", DbType.Int64, 0), ("recordId", DbType.String, 32), ("occurredAt", DbType.Int64, 0), ("caller", DbType.String, 512),
            ("accessKeyId", DbType.String, 128), ("action", DbType.String, 128), ("resource", DbType.String, 800), ("outcome", DbType.String, 16),
            ("detail", DbType.String, 4000), ("sourceAddress", DbType.String, 128), ("requestId", DbType.String, 128),
            ("mac", DbType.Binary, AuditChain.MacSize));
        if (_connection is SqliteConnection sqlite)
            AuditFileKeeper.LeaveTo(sqlite);
        _moveHead = Prepare(log, AuditHeadRow.Update, AuditHeadRow.Parameters);
        _insertHead = Prepare(log, AuditHeadRow.Insert, AuditHeadRow.Parameters);
    }

    /// <summary>All of them, in their order, in one transaction; those that were carried and are there already are left out.</summary>
    public void Append(IReadOnlyList<AuditWriter.Entry> batch, byte[] key)
    {
        using var transaction = _connection is SqliteConnection sqlite
            ? sqlite.BeginTransaction(IsolationLevel.Serializable, deferred: false)
            : _connection.BeginTransaction(IsolationLevel.ReadCommitted);
        foreach (var command in (DbCommand[])[_head, _any, _has, _insert, _moveHead, _insertHead])
            command.Transaction = transaction;

        // The head is read under the write lock: another process may have appended since.
        var stored = ReadHead(key);
        var head = stored ?? AuditHead.Empty;
        foreach (var entry in batch)
        {
            if (!entry.IsCarried || !Has(entry.Id))
                head = Add(entry, head, key);
        }

        if (head.Sequence == stored?.Sequence)
            return;
        Write(stored is null ? _insertHead : _moveHead, head, key);
        transaction.Commit();
    }

    public void Dispose()
    {
        foreach (var command in (DbCommand[])[_head, _any, _has, _insert, _moveHead, _insertHead])
            command.Dispose();
        _connection.Dispose();
    }

    private AuditHead? ReadHead(byte[] key)
    {
        AuditHeadRow? row = null;
        using (var reader = _head.ExecuteReader())
        {
            if (reader.Read())
                row = new AuditHeadRow
                {
                    Sequence = reader.GetInt64(0), Mac = (byte[])reader.GetValue(1), Checkpoints = reader.GetInt64(2),
                    Anchors = reader.GetInt64(3), Seal = (byte[])reader.GetValue(4),
                };
        }

        return AuditHeadRow.Checked(row, row is not null || Convert.ToInt64(_any.ExecuteScalar(), null) > 0, key);
    }

    private bool Has(string id)
    {
        _has.Parameters[0].Value = id;
        return Convert.ToInt64(_has.ExecuteScalar(), null) > 0;
    }

    private AuditHead Add(AuditWriter.Entry entry, AuditHead head, byte[] key)
    {
        var record = entry.Record;
        var sequence = head.Sequence + 1;
        var mac = AuditChain.MacOf(key, head.Mac, sequence, entry.Id, record);
        Insert(sequence, entry.Id, record, mac);
        return head with { Sequence = sequence, Mac = mac };
    }

    private void Insert(long sequence, string id, AuditRecord record, byte[] mac)
    {
        var values = _insert.Parameters;
        values[0].Value = sequence;
        values[1].Value = id;
        values[2].Value = Stored.Time(record.At);
        values[3].Value = record.Caller;
        values[4].Value = (object?)record.AccessKeyId ?? DBNull.Value;
        values[5].Value = record.Action;
        values[6].Value = (object?)record.Resource ?? DBNull.Value;
        values[7].Value = record.Outcome.ToString();
        values[8].Value = (object?)record.Detail ?? DBNull.Value;
        values[9].Value = record.SourceAddress;
        values[10].Value = record.RequestId;
        values[11].Value = mac;
        _insert.ExecuteNonQuery();
    }

    private static void Write(DbCommand command, AuditHead head, byte[] key)
    {
        command.Parameters[0].Value = head.Sequence;
        command.Parameters[1].Value = head.Mac;
        command.Parameters[2].Value = head.Checkpoints;
        command.Parameters[3].Value = head.Anchors;
        command.Parameters[4].Value = AuditChain.SealOf(key, head);
        command.ExecuteNonQuery();
    }

    private DbCommand Prepare(Database log, Sql sql, params (string Name, DbType Type, int Size)[] parameters)
    {
        var command = _connection.CreateCommand();
#pragma warning disable CA2100 // The texts are the static fields that Sql.All finds.
        command.CommandText = sql.For(log.Provider);
#pragma warning restore CA2100
        foreach (var (name, type, size) in parameters)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.DbType, parameter.Size) = ($"@{name}", type, size);
            command.Parameters.Add(parameter);
        }

        return command;
    }
}
