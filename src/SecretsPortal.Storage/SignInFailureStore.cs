namespace SecretsPortal.Storage;

/// <summary>Failed sign-ins that count together.</summary>
/// <param name="Failures">How many there were in a row.</param>
/// <param name="LastFailedAt">When the last one was.</param>
/// <param name="WaitUntil">Before that no attempt is looked at.</param>
public sealed record SignInFailures(long Failures, DateTimeOffset LastFailedAt, DateTimeOffset WaitUntil);

/// <summary>Failed sign-ins, counted by all nodes together.</summary>
public sealed class SignInFailureStore(Database database)
{
    private static readonly Sql s_lock = Sql.Of(
        "SELECT failures, last_failed_at, wait_until_at FROM sign_in_failure {for update} WHERE bucket = @bucket");

    private static readonly Sql s_select = Sql.Of("SELECT failures, last_failed_at, wait_until_at FROM sign_in_failure WHERE bucket = @bucket");

    private static readonly Sql s_update = Sql.Of("""
        UPDATE sign_in_failure SET failures = @failures, last_failed_at = @lastFailedAt, wait_until_at = @waitUntilAt WHERE bucket = @bucket
        """);

    private static readonly Sql s_insert = Sql.Of("""
        INSERT INTO sign_in_failure (bucket, failures, last_failed_at, wait_until_at) VALUES (@bucket, @failures, @lastFailedAt, @waitUntilAt)
        """);

    private static readonly Sql s_delete = Sql.Of("DELETE FROM sign_in_failure WHERE bucket = @bucket");

    private static readonly Sql s_purge = Sql.Of("DELETE FROM sign_in_failure WHERE last_failed_at < @before AND wait_until_at < @before");

    /// <summary>What a bucket holds; null where nothing failed.</summary>
    public Task<SignInFailures?> Find(string bucket, CancellationToken cancel) =>
        database.Read(async session => (await session.First<FailureRow>(s_select, new { bucket }))?.ToFailures(), cancel);

    /// <summary>
    /// Changes a bucket: reads it under a lock, asks <paramref name="decide"/>, and writes what it says; null empties the bucket. Exceptions of
    /// <paramref name="decide"/> pass through and change nothing; it may be asked more than once. Gives what the bucket held before.
    /// </summary>
    public Task<SignInFailures?> Change(string bucket, Func<SignInFailures?, SignInFailures?> decide, CancellationToken cancel) => database.Write(
        async session =>
        {
            var before = (await session.First<FailureRow>(s_lock, new { bucket }))?.ToFailures();
            var after = decide(before);
            if (after is null)
            {
                if (before is not null)
                    await session.Execute(s_delete, new { bucket });
                return before;
            }

            await session.Execute(before is null ? s_insert : s_update, new
            {
                bucket, failures = after.Failures, lastFailedAt = Stored.Time(after.LastFailedAt), waitUntilAt = Stored.Time(after.WaitUntil),
            });
            return before;
        },
        cancel);

    /// <summary>Forgets what failed, and was waited for, before <paramref name="before"/>; gives the number of buckets.</summary>
    public Task<int> Purge(DateTimeOffset before, CancellationToken cancel) =>
        database.Write(session => session.Execute(s_purge, new { before = Stored.Time(before) }), cancel);

    private sealed record FailureRow
    {
        public long Failures { get; init; }

        public long LastFailedAt { get; init; }

        public long WaitUntilAt { get; init; }

        public SignInFailures ToFailures() => new(Failures, Stored.Time(LastFailedAt), Stored.Time(WaitUntilAt));
    }
}
