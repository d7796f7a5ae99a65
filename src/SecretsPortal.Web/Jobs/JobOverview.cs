namespace SecretsPortal.Web.Jobs;

/// <summary>What is done in the background, at one moment.</summary>
public sealed record JobOverview
{
    /// <summary>When it was looked at.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>What is begun again and again, by name.</summary>
    public required IReadOnlyList<RecurringJob> Recurring { get; init; }

    /// <summary>The queues, by name.</summary>
    public required IReadOnlyList<JobQueue> Queues { get; init; }

    /// <summary>What is being done; the first of them.</summary>
    public required IReadOnlyList<ListedJob> Running { get; init; }

    /// <summary>How many are being done.</summary>
    public required long RunningCount { get; init; }

    /// <summary>What waits for its time, most often to be tried again; the first of them.</summary>
    public required IReadOnlyList<ListedJob> Waiting { get; init; }

    /// <summary>How many wait for their time.</summary>
    public required long WaitingCount { get; init; }

    /// <summary>What was given up; the newest of them.</summary>
    public required IReadOnlyList<ListedJob> Failed { get; init; }

    /// <summary>How many were given up.</summary>
    public required long FailedCount { get; init; }

    /// <summary>The servers of all nodes.</summary>
    public required IReadOnlyList<JobServer> Servers { get; init; }
}

/// <summary>What is begun again and again.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Cron">When, as a cron expression; with six fields the first is seconds.</param>
/// <param name="LastAt">When it was begun last; null where it never was.</param>
/// <param name="LastState">How that went; null where it never was, or is no longer known.</param>
/// <param name="NextAt">When it is begun next; null where it is not.</param>
/// <param name="Error">Why it could not be begun; null where it could.</param>
public sealed record RecurringJob(string Id, string Cron, DateTimeOffset? LastAt, string? LastState, DateTimeOffset? NextAt, string? Error);

/// <summary>A queue.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Waiting">How many jobs wait for a worker.</param>
/// <param name="Taken">How many a worker has.</param>
public sealed record JobQueue(string Name, long Waiting, long Taken);

/// <summary>A job in a list.</summary>
/// <param name="Id">Its id.</param>
/// <param name="State">The state in which it was seen, as Hangfire calls it.</param>
/// <param name="Name">What it does, with the ids that it does it to.</param>
/// <param name="At">Since when, or when it is its time.</param>
/// <param name="Detail">Where it runs, or why it was given up; null where there is nothing to say.</param>
public sealed record ListedJob(string Id, string State, string Name, DateTimeOffset? At, string? Detail);

/// <summary>A server.</summary>
/// <param name="Name">Its name, which begins with that of the host.</param>
/// <param name="Workers">How many jobs it does at once.</param>
/// <param name="Queues">Which queues it serves.</param>
/// <param name="StartedAt">Since when.</param>
/// <param name="HeartbeatAt">When it last said that it is there.</param>
public sealed record JobServer(string Name, int Workers, IReadOnlyList<string> Queues, DateTimeOffset StartedAt, DateTimeOffset? HeartbeatAt);
