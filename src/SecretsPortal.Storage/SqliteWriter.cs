using System.Data;
using Microsoft.Data.Sqlite;

namespace SecretsPortal.Storage;

/// <summary>
/// SQLite's one writer: a transaction takes all that came while the one before was being committed, each in a savepoint of its own, so that they
/// share what it costs to reach the disk. No timer: one that comes alone is committed at once. Answers are given when they are durable.
/// </summary>
/// <param name="use">Runs something on an open connection, which is thrown away where that fails, and gives what it gives.</param>
/// <param name="committed">Is told of each session whose work has been committed, before its caller is answered.</param>
internal sealed class SqliteWriter(Func<Func<SqliteConnection, Task<bool>>, Task<bool>> use, Action<Session> committed)
{
    // So that nobody waits for more than a few others.
    private const int LargestBatch = 32;

    private const string Savepoint = "one";

    private readonly Lock _lock = new();
    private readonly Queue<Entry> _waiting = [];
    private bool _isWriting;

    /// <summary>
    /// Runs <paramref name="write"/> in its turn and gives its result once it is durable; whatever it throws undoes its own work alone and passes
    /// through. Cancelled while it waits, it never begins. It may be run again, by itself, where what another one did broke their transaction off.
    /// </summary>
    public async Task<T> Write<T>(Func<Session, Task<T>> write, CancellationToken cancel)
    {
        cancel.ThrowIfCancellationRequested();
        var entry = new Entry<T>(write, cancel);
        await using var withdrawal = cancel.UnsafeRegister(static state => ((Entry)state!).Withdraw(), entry);
        lock (_lock)
        {
            _waiting.Enqueue(entry);
            if (!_isWriting)
            {
                _isWriting = true;
                ThreadPool.UnsafeQueueUserWorkItem(static writer => _ = writer.Run(), this, preferLocal: false);
            }
        }

        return await entry.Result;
    }

    private async Task Run()
    {
        while (Next() is { Count: > 0 } batch)
            await Commit(batch);
    }

    private List<Entry> Next()
    {
        lock (_lock)
        {
            var batch = new List<Entry>();
            while (batch.Count < LargestBatch && _waiting.TryDequeue(out var entry))
            {
                if (entry.Begin())
                    batch.Add(entry);
            }

            _isWriting = batch.Count > 0;
            return batch;
        }
    }

    /// <summary>Never throws: every fault is the answer of an entry.</summary>
    private async Task Commit(IReadOnlyList<Entry> batch)
    {
        try
        {
            if (await use(connection => RunAll(batch, connection)))
            {
                foreach (var entry in batch)
                    entry.Answer(committed);
                return;
            }
        }
        catch (Exception fault)
        {
            foreach (var entry in batch)
                entry.Fail(fault);
            return;
        }

        // Nothing of any was written. By itself, each is told of its own fault alone.
        foreach (var entry in batch)
            await Commit([entry]);
    }

    /// <summary>False where one of several has broken the transaction off.</summary>
    private static async Task<bool> RunAll(IReadOnlyList<Entry> batch, SqliteConnection connection)
    {
        // The write lock at once (BEGIN IMMEDIATE): one that began as a reader could not wait for it.
        await using var transaction = connection.BeginTransaction(IsolationLevel.Serializable, deferred: false);
        foreach (var entry in batch)
        {
            if (batch.Count == 1)
                await entry.Run(connection, transaction);
            else if (!await RunApart(entry, connection, transaction))
                return false;
        }

        // Not cancelled half-way: nobody would know whether it was committed.
        try
        {
            await transaction.CommitAsync(CancellationToken.None);
            return true;
        }
        catch (SqliteException) when (batch.Count > 1)
        {
            // Too much for the disk together, say. Leaving undoes what is left of the transaction.
            return false;
        }
    }

    /// <summary>One among others: what it did before it failed is undone. False where its fault has ended the whole transaction, a full disk say.</summary>
    private static async Task<bool> RunApart(Entry entry, SqliteConnection connection, SqliteTransaction transaction)
    {
        transaction.Save(Savepoint);
        try
        {
            await entry.Run(connection, transaction);
        }
        catch (Exception fault)
        {
            if (SQLitePCL.raw.sqlite3_get_autocommit(connection.Handle!) != 0)
                return false;
            transaction.Rollback(Savepoint);
            entry.Refuse(fault);
        }

        transaction.Release(Savepoint);
        return true;
    }

    /// <summary>Somebody's work, and the promise of its result.</summary>
    private abstract class Entry
    {
        private const int Waiting = 0;
        private const int Begun = 1;
        private const int Withdrawn = 2;

        private int _state;

        /// <summary>False where it was withdrawn.</summary>
        public bool Begin() => Interlocked.CompareExchange(ref _state, Begun, Waiting) == Waiting;

        /// <summary>Takes it back if it has not begun.</summary>
        public void Withdraw()
        {
            if (Interlocked.CompareExchange(ref _state, Withdrawn, Waiting) == Waiting)
                Cancel();
        }

        /// <summary>Does the work within a transaction; may be called again after that was rolled back.</summary>
        public abstract Task Run(SqliteConnection connection, SqliteTransaction transaction);

        /// <summary>Notes that the work failed by itself, and was undone.</summary>
        public abstract void Refuse(Exception fault);

        /// <summary>Gives the result, or the fault that was noted.</summary>
        public abstract void Answer(Action<Session> committed);

        /// <summary>Gives a fault of all.</summary>
        public abstract void Fail(Exception fault);

        protected abstract void Cancel();
    }

    private sealed class Entry<T>(Func<Session, Task<T>> write, CancellationToken cancel) : Entry
    {
        private readonly TaskCompletionSource<T> _promise = new(TaskCreationOptions.RunContinuationsAsynchronously);
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private Session? _session;
        private T? _result;
        private Exception? _fault;

        public Task<T> Result => _promise.Task;

        public override async Task Run(SqliteConnection connection, SqliteTransaction transaction)
        {
            _fault = null;
            _session = new Session(connection, transaction, DatabaseProvider.Sqlite, cancel);
            _result = await InContext(write, _session);
        }

        public override void Refuse(Exception fault) => _fault = fault;

        public override void Answer(Action<Session> committed)
        {
            if (_fault is not null)
            {
                _promise.TrySetException(_fault);
                return;
            }

            try
            {
                committed(_session!);
                _promise.TrySetResult(_result!);
            }
            catch (Exception fault)
            {
                _promise.TrySetException(fault);
            }
        }

        public override void Fail(Exception fault) => _promise.TrySetException(fault);

        protected override void Cancel() => _promise.TrySetCanceled(cancel);

        // The work goes on in its caller's culture and trace, not in those of whoever came first.
        private Task<T> InContext(Func<Session, Task<T>> write, Session session)
        {
            if (_context is null)
                return write(session);
            Task<T>? work = null;
            ExecutionContext.Run(_context, _ => work = write(session), null);
            return work!;
        }
    }
}
