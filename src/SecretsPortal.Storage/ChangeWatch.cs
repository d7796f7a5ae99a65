using Microsoft.Data.Sqlite;

namespace SecretsPortal.Storage;

/// <summary>The numbers of <see cref="ChangeWatch.Access"/> and <see cref="ChangeWatch.Anything"/>, given together.</summary>
/// <param name="Access">Of callers, keys, groups, policies, attachments, tags.</param>
/// <param name="Anything">Of the whole database.</param>
public readonly record struct ChangeNumbers(long Access, long Anything);

/// <summary>
/// Tells cheaply whether something may have changed, whoever changed it: this process, another one, another node. What is kept in memory is
/// filled with what was read after a number was given, and is true as long as the same number is given again. Numbers are compared for
/// equality only, within one process. See docs/decisions/0011-epochs.md.
/// </summary>
public sealed class ChangeWatch(Database database) : IDisposable
{
    private readonly SemaphoreSlim _opening = new(1, 1);
    private volatile SqliteChangeCounter? _counter;
    private long _unlike;

    /// <summary>
    /// A number that differs from an earlier one where anything about access may have changed between: callers, keys, groups, policies,
    /// attachments, tags. <see cref="Core.PortalError.Unavailable"/> where the database can't say.
    /// </summary>
    public ValueTask<long> Access(CancellationToken cancel)
    {
        if (database.Provider == DatabaseProvider.SqlServer)
            return new ValueTask<long>(database.Read(session => session.Number(SqliteChangeCounter.AccessEpoch), cancel));
        return _counter is { } counter ? new ValueTask<long>(counter.Access()) : OpenFor(static counter => counter.Access(), cancel);
    }

    /// <summary>
    /// As <see cref="Access"/>, of the whole database. On SQL Server it is another number each time, so that nothing is taken for unchanged:
    /// a check would cost the round trip that reading costs.
    /// </summary>
    public ValueTask<long> Anything(CancellationToken cancel)
    {
        if (database.Provider == DatabaseProvider.SqlServer)
            return new ValueTask<long>(Interlocked.Increment(ref _unlike));
        return _counter is { } counter ? new ValueTask<long>(counter.Anything()) : OpenFor(static counter => counter.Anything(), cancel);
    }

    /// <summary>Both numbers by one question: a request that asks once, when it begins, sees all that was acknowledged before it.</summary>
    public async ValueTask<ChangeNumbers> Both(CancellationToken cancel)
    {
        if (_counter is { } counter)
            return counter.Both();
        return new ChangeNumbers(await Access(cancel), await Anything(cancel));
    }

    /// <summary>Closes the connections that it holds.</summary>
    public void Dispose()
    {
        _counter?.Dispose();
        _opening.Dispose();
    }

    private async ValueTask<long> OpenFor(Func<SqliteChangeCounter, long> ask, CancellationToken cancel)
    {
        await _opening.WaitAsync(cancel);
        try
        {
            return ask(_counter ??= await Open(cancel));
        }
        finally
        {
            _opening.Release();
        }
    }

    private async Task<SqliteChangeCounter> Open(CancellationToken cancel)
    {
        var lanes = new List<SqliteConnection>();
        try
        {
            while (lanes.Count < SqliteChangeCounter.Lanes)
                lanes.Add((SqliteConnection)await database.Open(cancel));
            return new SqliteChangeCounter(lanes);
        }
        catch
        {
            foreach (var lane in lanes)
                await lane.DisposeAsync();
            throw;
        }
    }
}
