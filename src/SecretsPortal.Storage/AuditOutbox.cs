using System.Data.Common;
using SecretsPortal.Core;

namespace SecretsPortal.Storage;

/// <summary>
/// The records that changes have left beside themselves, on their way to the chain. A record is removed here after the chain has it for good, and
/// the chain takes none whose id it has: each arrives exactly once, wherever a process ends.
/// </summary>
/// <param name="database">Where the changes are.</param>
/// <param name="append">Appends to the chain, leaving out what it has; done when all are there for good.</param>
#pragma warning disable CA1001 // The gate holds no handle, and may be asked for until the process ends.
internal sealed class AuditOutbox(Database database, Func<IReadOnlyList<AuditRow>, CancellationToken, Task> append)
#pragma warning restore CA1001
{
    // Changes in a burst are carried together, and removing them interferes once.
    private static readonly TimeSpan s_pause = TimeSpan.FromMilliseconds(250);

    private static readonly Sql s_select = Sql.Of("""
        SELECT position AS sequence, record_id, occurred_at, caller, access_key_id, action, resource, outcome, detail, source_address, request_id
        FROM audit_outbox
        ORDER BY position
        {limit}
        """);

    private static readonly SqlByIds s_delete = SqlByIds.Of("DELETE FROM audit_outbox WHERE record_id IN ({ids})");

    private readonly SemaphoreSlim _one = new(1, 1);
    private int _isScheduled;
    private volatile bool _isStopped;

    /// <summary>Carries all that is there now.</summary>
    public async Task Carry(CancellationToken cancel)
    {
        await _one.WaitAsync(cancel);
        try
        {
            ObjectDisposedException.ThrowIf(_isStopped, this);
            while (await Next(cancel) is { Count: > 0 } rows)
            {
                await append(rows, cancel);
                await database.Write(session => Remove(session, rows), CancellationToken.None);
            }
        }
        finally
        {
            _one.Release();
        }
    }

    /// <summary>Carries in a moment, in the background.</summary>
    public void CarrySoon()
    {
        if (Interlocked.Exchange(ref _isScheduled, 1) == 0)
            _ = CarryLater();
    }

    /// <summary>Lets what is being carried arrive; nothing is carried after that. The outbox keeps the rest for the next start.</summary>
    public void Stop()
    {
        _isStopped = true;
        // On the thread that closes the database, which may wait.
        if (_one.Wait(TimeSpan.FromSeconds(5)))
            _one.Release();
    }

    private async Task CarryLater()
    {
        await Task.Delay(s_pause);
        // From here on a new record schedules the next time: this one may have read already.
        Volatile.Write(ref _isScheduled, 0);
        if (_isStopped)
            return;
        try
        {
            await Carry(CancellationToken.None);
        }
        catch (Exception fault) when (fault is PortalException or DbException or ObjectDisposedException)
        {
            // The records stay where they are, durable; the next change, search or start carries them.
        }
    }

    private Task<IReadOnlyList<AuditRow>> Next(CancellationToken cancel) =>
        database.Read(session => session.Query<AuditRow>(s_select, new { limit = (long)SqlByIds.Capacity }), cancel);

    private static Task<int> Remove(Session session, IReadOnlyList<AuditRow> rows)
    {
        var (sql, parameters) = s_delete.With([.. rows.Select(row => row.RecordId)]);
        return session.Execute(sql, parameters);
    }
}
